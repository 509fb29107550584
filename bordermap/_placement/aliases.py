"""A user's own list of names: what "La Fronteriza" or "colonia X" means in their tables."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from bordermap import areas
from bordermap import gazetteer as _gazetteer
from bordermap._geocoder import query
from bordermap._placement import lists
from bordermap.cells import rounding_m
from bordermap.errors import AmbiguousPlaceError, GeocodeError, InputError, TableError
from bordermap.gazetteer import SqliteGazetteer
from bordermap.geocoder import Query
from bordermap.model import Gazetteer, Place, Source
from bordermap.names import REGIONS, country_code, key, region_codes

__all__ = ["Aliases"]

_HEADINGS = {
    **dict.fromkeys(("name", "nombre", "alias", "place", "lugar", "place name"), "name"),
    **dict.fromkeys(("admin1", "state", "estado", "entidad", "province", "provincia"), "admin1"),
    **dict.fromkeys(("country", "pais"), "country"),
    **dict.fromkeys(("lon", "longitude", "longitud", "lng", "long"), "lon"),
    **dict.fromkeys(("lat", "latitude", "latitud"), "lat"),
    **dict.fromkeys(("id", "match id"), "id"),
    **dict.fromkeys(("radius m", "radio m"), "radius_m"),
}


@dataclass(frozen=True, slots=True)
class _Entry:
    """One line of the list: where it is valid, and what it means."""

    row: int
    country: str | None
    region: str | None
    place: Place


@dataclass(frozen=True, slots=True)
class Aliases:
    """Names and the places that a user says they mean; they come before the gazetteer.

    An entry with a state answers only rows of that state, and rows that name none. An entry without
    one is held to the state that its point lies in.
    """

    source: Source
    _entries: Mapping[str, list[_Entry]] = field(repr=False)

    @classmethod
    def read(cls, source: Any, gazetteer: Gazetteer | None = None) -> Aliases:
        """A list from a CSV file, a DataFrame or a mapping.

        Parameters
        ----------
        source : path, bytes, file object, DataFrame, mapping or Aliases
            Columns `name`, `lon` and `lat` or `id`, and, as wanted, `admin1`, `country` and
            `radius_m`. A mapping goes from name to (lon, lat), to an id or to a `Place`.
        gazetteer : Gazetteer, optional
            Knows the ids; the shipped one when not given.

        Raises
        ------
        TableError
            Where a row cannot be used; the message names row and column.

        Examples
        --------
        >>> mine = Aliases.read({"La Mora": (-109.02, 30.55), "the twin city": "geonames:3979844"})
        >>> len(mine)
        2
        """
        if isinstance(source, Aliases):
            return source
        known = gazetteer if isinstance(gazetteer, SqliteGazetteer) else _gazetteer.load()
        if isinstance(source, Mapping):
            sheet = _from_mapping(source)
            given = {row.number: place for row, place in sheet if isinstance(place, Place)}
            name, rows = "aliases", [row for row, _ in sheet]
        else:
            found = lists.read(source, "aliases", _HEADINGS)
            missing = {"name"} - found.columns or (
                {"lon", "lat"} - found.columns if "id" not in found.columns else set()
            )
            if missing:
                raise TableError(
                    f"{found.name} has no column {' and '.join(sorted(missing))}: a list of "
                    "aliases needs name, and lon and lat or id"
                )
            name, rows, given = found.name, list(found.rows), {}
        credit = Source(name, "", "", "")
        entries: dict[str, list[_Entry]] = defaultdict(list)
        for row in rows:
            spelling, entry = _entry(row, known, credit, given.get(row.number))
            for other in entries[spelling]:
                same = (other.place.lon, other.place.lat) == (entry.place.lon, entry.place.lat)
                if (other.country, other.region) == (entry.country, entry.region) and not same:
                    raise row.wrong(
                        "name",
                        f"{row.get('name')!r} means another place in row {other.row}: keep one, or "
                        "give each its state",
                    )
            entries[spelling].append(entry)
        return cls(credit, dict(entries))

    def __len__(self) -> int:
        return sum(map(len, self._entries.values()))

    def find(self, asked: Query) -> Place | GeocodeError | None:
        """What the list says of a query; None where it says nothing."""
        whole = self._valid(self._entries.get(key(asked.place), ()), asked, ())
        if not whole:
            parts = query.read(asked.place).parts
            if len(parts) < 2:
                return None
            entries = self._entries.get(key(parts[0].text), ())
            whole = self._valid(entries, asked, [part.bare for part in parts[1:]])
        places = list({(entry.place.lon, entry.place.lat): entry.place for entry in whole}.values())
        if len(places) < 2:
            return places[0] if places else None
        where = " or ".join(place.label for place in places)
        return AmbiguousPlaceError(
            f"{asked.place!r} may be {where} by {self.source.name}: add the state",
            query=asked.place,
            candidates=[replace(place, score=round(0.9 / len(places), 2)) for place in places],
        )

    @staticmethod
    def _valid(entries: Any, asked: Query, behind: Any) -> list[_Entry]:
        """Entries that what the row says beside the name agrees with."""
        out = []
        for entry in entries:
            place = entry.place
            country = country_code(asked.country) if asked.country else None
            ok = asked.country is None or country == place.country
            said = [word for word in (asked.admin1, *behind) if word]
            for word in said:
                states = {REGIONS[code].name for code in region_codes(word, country)}
                own = {place.admin1, place.admin2}
                named = country_code(word) == place.country
                unsure = place.admin1 is None and bool(states)  # on the line between two
                within = bool(states & own) or key(word) == key(place.admin2 or "")
                ok = ok and (named or unsure or within)
            if ok:
                out.append(entry)
        return out


def _from_mapping(source: Mapping[Any, Any]) -> list[tuple[lists.Row, Place | None]]:
    rows = []
    for number, (name, meant) in enumerate(source.items(), start=1):
        cells = {"name": str(name)}
        place = meant if isinstance(meant, Place) else None
        if isinstance(meant, str):
            cells["id"] = meant
        elif place is None:
            try:
                lon, lat = (repr(float(value)) for value in meant)
            except (TypeError, ValueError):
                raise InputError(
                    f"aliases, {name!r}: it means a (lon, lat), an id or a Place, not {meant!r}"
                ) from None
            cells |= {"lon": lon, "lat": lat}
        rows.append((lists.Row("aliases", number, cells), place))
    return rows


def _entry(
    row: lists.Row, known: SqliteGazetteer, credit: Source, place: Place | None
) -> tuple[str, _Entry]:
    """The folded name of a row and what it stands for."""
    name = row.get("name")
    if name is None or not key(name):
        raise row.wrong("name", "it is empty" if name is None else f"{name!r} is no name")
    country, region = row.country(), row.region()
    if region is not None:
        country = region.country
    if place is None:
        place = _meant(row, name, known, credit)
    if (country and place.country != country) or (
        region is not None and place.admin1 not in {region.name, None}
    ):
        lies = place.admin1 or place.country or "none of the three countries"
        column = "admin1" if region is not None else "country"
        raise row.wrong(column, f"the place lies in {lies}, not in {row.get(column)}")
    if region is not None and place.admin1 is None:
        place = replace(place, admin1=region.name)
    code = region.code if region is not None else None
    return key(name), _Entry(row.number, country, code, place)


def _meant(row: lists.Row, name: str, known: SqliteGazetteer, credit: Source) -> Place:
    """The place that a row describes by a point or an id."""
    reason = f"from your list, {row.sheet}, row {row.number}"
    radius = row.number_of("radius_m")
    if radius is not None and radius < 0:
        raise row.wrong("radius_m", f"{radius:g} is less than 0")
    point, identity = row.point(), row.get("id")
    if point is None and identity is None:
        raise row.wrong("id", "it is empty, and so are lon and lat: one of them must say where")
    if point is None:
        found = lists.record(identity or "", known)
        if found is None:
            raise row.wrong(
                "id", f"{identity!r} is not in the gazetteer; an id looks like geonames:3980122"
            )
        place = found.place(known.source, "exact", 1.0, reason)
        return place if radius is None else replace(place, radius_m=radius)
    lon, lat = point
    where = areas.locate([lon], [lat], gazetteer=known)
    region = row.region()
    admin1 = where.admin1[0]
    if admin1 is None and region is not None:
        near = areas.near_states(np.array([lon]), np.array([lat]), {region.name}, np.zeros(1))
        admin1 = region.name if near[0] else None
    return Place(
        name=name, lon=lon, lat=lat, country=where.country[0] or "", admin1=admin1,
        admin2=where.admin2[0], id=identity or "", kind="town", population=None,
        radius_m=float(rounding_m(lon, lat)) if radius is None else radius, match="exact",
        score=1.0, source=credit, reason=reason,
    )  # fmt: skip
