"""How far are ten towns from the US–Mexico border? Distances from Python, with their uncertainty.

Usage: python ten_towns.py
"""

import bordermap

TOWNS = [
    "Ensenada, Baja California",
    "Hermosillo, Sonora",
    "Tucson, Arizona",
    "Nuevo Casas Grandes, Chihuahua",
    "Las Cruces, New Mexico",
    "Villa Union, Coahuila",
    "Uvalde, Texas",
    "San Antonio, Texas",
    "Monterrey, Nuevo León",
    "San Fernando, Tamaulipas",
]


def main() -> None:
    """Print one line per town: distance, uncertainty, direction, nearest stretch of the border."""
    places = [bordermap.geocode(town) for town in TOWNS]

    # Arrays in, an array of metres out: the way for a whole column, be it ten rows or a million.
    metres = bordermap.distance.to_border(
        [place.lon for place in places], [place.lat for place in places]
    )

    print(f"{'town':<32}{'km':>8}{'±':>7}{'mi':>8}  {'direction':<11}nearest stretch")
    for place, distance_m in zip(places, metres, strict=True):
        # One place in, a Measurement out: distance, uncertainty, nearest point and border part.
        found = bordermap.measure(place)
        print(
            f"{place.label:<32}{distance_m / 1000:>8.1f}{found.uncertainty_m / 1000:>7.1f}"
            f"{found.miles:>8.1f}  {found.direction:<11}{found.part.label}"
        )


if __name__ == "__main__":
    main()
