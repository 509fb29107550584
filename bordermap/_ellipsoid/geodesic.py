"""Geodesic lengths on WGS84 without iteration, for millions of pairs of points.

`length` gives the length of the geodesic between two points of the ellipsoid from the straight
chord between them, for chords up to `NEAR`:

    s = c A(y) [1 - e'² y² T],        y = c² κ² / 4,

    κ  = (1 + e'² η²) / (a √(1 + e'² ζ²)),
    T  = F(y) (η² - ζ²) + e'² (P₀ + y P₁)(η², ζ²).

Here c is the chord, η the z-component of its direction, and ζ the sine of the parametric latitude
under its midpoint. κ is exactly the normal curvature of the ellipsoid along the chord there: for
two points of the quadric xᵀQx = 1 with chord d and midpoint m, dᵀQm = 0, so the chord is parallel
to the tangent plane above m. c A(y), with A(y) = asin(√y)/√y, is then the arc of the osculating
sphere. What it lacks is of order e'² c⁵; F is its part of first order in the flattening, exact:
the difference to Andoyer's and Lambert's formula (Lambert 1942; Rapp, Geometric Geodesy, part I,
1991, section 4.2), G(σ) = 2 tan(σ/2) + sin(σ)/2 - 3σ/2 with sin²(σ/2) = y, divided by 2σy². P₀ and
P₁ carry the second order; their ten coefficients are a least-squares fit to GeographicLib (Karney,
Journal of Geodesy 87, 2013) over 600,000 random geodesics of all latitudes and azimuths. The
greatest error seen against GeographicLib:

    ======================  ========  ========  ========  ========  ========
    up to (km)              500       1,000     1,500     2,000     2,500
    error (mm)              0.00001   0.0002    0.0006    0.0031    0.0080
    ======================  ========  ========  ========  ========  ========

`order` tells, for a few operations, which of several chords from one point belongs to the shorter
geodesic. To first order in e'² and for short chords κ² = (1 + 2 e'² η² - e'² ζ²)/a², and the squared
length q (1 + qκ²/12 + ...) of a chord √q is then, but for a common growing function of it,

    K = q + (e'²/12a²) (2 q z² - q² ζ²),        z = η √q.

What K neglects is of order e'⁴ u and e'² u², u = q/a²: relative to K less than 3.8e-6 u + 1.4e-4 u²
from one direction and latitude to another on 3,200,000 random geodesics; `tie` allows twice as much.

`rough` is Andoyer's and Lambert's formula itself, good for any two points to within `slack`: it
decides which edges are worth an exact look, and nothing else.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from pyproj import Geod

__all__ = [
    "EP2",
    "NEAR",
    "TIE",
    "A",
    "B",
    "Floats",
    "ecef",
    "geod",
    "length",
    "order",
    "rough",
    "slack",
    "tie",
]

Floats = NDArray[np.float64]

# WGS84 (NIMA TR8350.2, third edition, table 3.1): semi-major axis in metres and flattening.
A = 6378137.0
FLATTENING = 1 / 298.257223563
B = A * (1 - FLATTENING)
E2 = FLATTENING * (2 - FLATTENING)
EP2 = E2 / (1 - E2)

# Longest chord, in metres, that `length` is used for: a geodesic of 2,414 km.
NEAR = 2.4e6

# Taylor coefficients of A(y) and F(y), from the closed forms above.
ASIN = (1.0, 1 / 6, 3 / 40, 5 / 112, 35 / 1152, 63 / 2816, 231 / 13312, 143 / 10240)
FIRST = (1 / 10, 19 / 210, 257 / 3150, 7753 / 103950, 9793997 / 141891750)
# Second order in e'²: ζ², η², ζ⁴, ζ²η², η⁴, each for y⁰ and y¹.
SECOND = (
    (0.06642093, 0.01073584, -0.06633487, -0.07800692, -0.10994560),
    (0.06190578, 0.00613083, -0.14036705, 0.16273193, -0.17857095),
)
TIE = (8e-6, 2.8e-4)


@lru_cache(maxsize=1)
def geod() -> Geod:
    """GeographicLib's geodesics on WGS84, by way of PROJ."""
    from pyproj import Geod

    return Geod(ellps="WGS84")


def ecef(lon: Floats, lat: Floats) -> tuple[Floats, Floats, Floats]:
    """Earth-centred, Earth-fixed coordinates in metres of points on the ellipsoid (degrees)."""
    theta = np.radians(lon)
    phi = np.radians(lat)
    sine = np.sin(phi)
    cosine = np.cos(phi)
    normal = A / np.sqrt(1 - E2 * sine * sine)
    across = normal * cosine
    return across * np.cos(theta), across * np.sin(theta), (1 - E2) * normal * sine


def length(squared_chord: Floats, dz: Floats, sum_z: Floats) -> Floats:
    """Geodesic length in metres between points whose chord is at most `NEAR`.

    Parameters
    ----------
    squared_chord : array
        |q - p|², in square metres.
    dz, sum_z : array
        q_z - p_z and q_z + p_z, in metres.
    """
    eta = dz * dz / np.maximum(squared_chord, 1e-300)
    stretch = 1 + EP2 * eta
    # The midpoint lies inside the ellipsoid by as much as the chord is long: scale it back up.
    zeta = sum_z * sum_z / (4 * B * B * (1 - squared_chord * stretch / (4 * A * A)))
    y = squared_chord * stretch * stretch / (4 * A * A * (1 + EP2 * zeta))
    first = (((FIRST[4] * y + FIRST[3]) * y + FIRST[2]) * y + FIRST[1]) * y + FIRST[0]
    low, high = SECOND
    second = zeta * (
        low[0] + y * high[0] + zeta * (low[2] + y * high[2]) + eta * (low[3] + y * high[3])
    ) + eta * (low[1] + y * high[1] + eta * (low[4] + y * high[4]))
    arc = ASIN[7]
    series = np.full_like(y, arc)
    for coefficient in ASIN[6::-1]:
        series *= y
        series += coefficient
    series *= np.sqrt(squared_chord)
    out: Floats = series * (1 - EP2 * y * y * (first * (eta - zeta) + EP2 * second))
    return out


def order(squared_chord: Floats, dz: Floats, sum_z: Floats) -> Floats:
    """What grows with the length, in square metres; arguments as for `length`."""
    out = dz * dz
    out *= 2.0
    out -= squared_chord * sum_z * sum_z * (0.25 / (B * B))
    out *= squared_chord
    out *= EP2 / (12 * A * A)
    out += squared_chord
    return out


def tie(key: Floats) -> Floats:
    """Up to which `order` a length may be no longer than one of this `order`."""
    u = key * (1 / (A * A))
    out: Floats = key * (1 + 1e-11 + u * (TIE[0] + u * TIE[1])) + 1e-6
    return out


def rough(squared_chord: Floats, dz: Floats, sum_z: Floats) -> Floats:
    """Geodesic length between any two points, to within `slack`; arguments as for `length`."""
    # On the auxiliary sphere the chord is the ECEF chord with z stretched by a/b.
    k = (squared_chord + dz * dz * (A * A / (B * B) - 1)) / (A * A)
    half = np.clip(k / 4, 0.0, 1.0)
    sigma = 2 * np.arcsin(np.sqrt(half))
    sine = 2 * np.sqrt(half * (1 - half))
    zeta = sum_z * sum_z / (4 * B * B * np.maximum(1 - half, 1e-12))
    eta = dz * dz / (B * B * np.maximum(k, 1e-300))
    out: Floats = A * (
        sigma
        - FLATTENING
        / 2
        * ((sigma - sine) * np.minimum(zeta, 1.0) + (sigma + sine) * np.minimum(eta, 1.0))
    )
    return out


def slack(distance: Floats) -> Floats:
    """How far `rough` may be off at a distance, in metres.

    Twice the greatest error seen on 400,000 random pairs: 1 m for every 100 km up to 5,000 km, and
    5 times as much beyond; near the antipode, where geodesics fold over, by steps.
    """
    out: Floats = np.where(
        distance < 1.5e7,
        1e-3 + distance * 1e-5,
        np.where(distance < 1.8e7, 500.0, np.where(distance < 1.9e7, 1000.0, 40_000.0)),
    )
    return out
