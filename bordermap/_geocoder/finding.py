"""Names looked up as they are written, unwrapped, cut to initials, with letters lost, or misspelt."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

from bordermap._geocoder import ranking
from bordermap._geocoder.damage import WILDCARD, lost_letters
from bordermap._geocoder.query import Part
from bordermap._geocoder.ranking import Hit
from bordermap._geocoder.scope import Scope, initials
from bordermap.gazetteer import ALTERNATE, OWN, SHORT, Record, SqliteGazetteer
from bordermap.names import REGIONS, key
from bordermap.spelling import Spellings, typo_limit

__all__ = ["Finder"]

# A place so large is not overlooked in the municipality that it is said to be in.
_WEIGHTY = 10_000
_BORDER_WORDS = frozenset(("border", "frontera", "frontier", "fronteriza"))
# How sure a misspelt name is of which a word was set aside, and one with others two slips away.
# A short one, or one that begins with another letter, is less sure too.
_BARE, _RIVALLED, _SHORT = 0.9, 0.94, 7
# How much rarer two slips are than one, how much likelier one place must be to be meant, and how many
# people one without a figure has.
_SECOND_SLIP, _CLEARLY, _HAMLET = 0.05, 4.0, 300
# So many people make a city the one that is meant by a short misspelt name and its country.
_GREAT = 200_000
# What a large town is called besides its name.
_TITLES = (
    "heroica ", "heroica ciudad de ", "heroica ciudad ", "ciudad de ", "ciudad ", "puerto de ",
)  # fmt: skip
_ARTICLE = re.compile(r"^(?:el|la|los|las|the) ")


class Finder:
    """Looks names up within scopes.

    Parameters
    ----------
    inside : sequence of Part
        The municipality that is given beside the query: it may be misspelt.
    """

    outer_slip = ""
    """What a misspelt municipality was read as when something was found last."""

    def __init__(self, gazetteer: SqliteGazetteer, inside: Sequence[Part] = ()) -> None:
        self.gazetteer = gazetteer
        self.inside = inside

    def exact(self, scope: Scope) -> list[Hit]:
        """Records under the name as written, else as unwrapped, within the scope."""
        for text in scope.place.names:
            spelling = key(text)
            wants = scope.place.wants if text == scope.place.bare else ""
            lost = WILDCARD in spelling
            records = self._lost(spelling, scope) if lost else self.find(spelling, scope, wants)
            hits = self._inside(scope, ranking.together(self.gazetteer, records, wants))
            if hits:
                return [hit._replace(distance=1) for hit in hits] if lost else hits
        whole = key(scope.place.bare)
        short = _ARTICLE.sub("", whole)
        if short == whole:
            return self._initials(whole, scope) or self._untitled(whole, scope)
        # The index has "La Rumorosa" as "Rumorosa" too; here "El Sásabe" meets "Sásabe".
        records = [r._replace(form=SHORT) for r in self.find(short, scope) if r.form == OWN]
        return self._inside(scope, ranking.together(self.gazetteer, records, scope.place.wants))

    def _untitled(self, spelling: str, scope: Scope) -> list[Hit]:
        """Cities that are called one though it is not in their name: "Ciudad Reynosa"."""
        for title in _TITLES:
            rest = spelling.removeprefix(title)
            if rest == spelling:
                continue
            large = [
                record._replace(form=max(record.form, ALTERNATE))
                for record in self.find(rest, scope)
                if record.form != SHORT
                and record.country == "MX"
                and record.kind == "town"
                and (record.form == OWN or ranking.related(rest, record.name))
                and (record.rank or (record.population or 0) >= _WEIGHTY)
            ]
            hits = self._inside(scope, ranking.together(self.gazetteer, large, ""))
            if hits:
                return [hit._replace(reason=f"its name without {title.strip()!r}") for hit in hits]
        return []

    def find(self, spelling: str, scope: Scope, wants: str = "") -> list[Record]:
        records = self.gazetteer.find(spelling, scope.regions, scope.country)
        if wants == "municipality":
            counties = self.gazetteer.find(f"{spelling} county", scope.regions, scope.country)
            areas = [r for r in (*records, *counties) if r.kind in ("municipality", "county")]
            return areas or records
        return records

    def _initials(self, spelling: str, scope: Scope) -> list[Hit]:
        """Places whose name has been cut to initials: "San Luis R.C."."""
        pattern = initials(spelling) if scope.narrow else None
        if pattern is None:
            return []
        names = filter(pattern.fullmatch, self.spellings(scope))
        records = {r.number: r for name in names for r in self.find(name, scope)}
        whole = [
            record._replace(form=SHORT)
            for record in records.values()
            if record.form != SHORT and pattern.fullmatch(key(record.name))
        ]
        hits = ranking.together(self.gazetteer, whole, scope.place.wants)
        reason = f"{scope.place.shown!r} read as its initials"
        return self._inside(scope, [hit._replace(reason=reason, torn=True) for hit in hits])

    def _lost(self, spelling: str, scope: Scope) -> list[Record]:
        """Records under a name of which letters were lost."""
        pattern = lost_letters(spelling)
        lost = spelling.count(WILDCARD)  # a run of them stands for one letter or two
        size = len(spelling)
        names = self.spellings(scope).matching(pattern, size - lost + 1, size + lost)
        return [r for name in names for r in self.find(name, scope) if r.form != SHORT]

    def fuzzy(self, scope: Scope) -> list[Hit]:
        """Records under a spelling so close that it can be a slip."""
        for text in scope.place.names:
            spelling = key(text)
            if WILDCARD in spelling or not _BORDER_WORDS.isdisjoint(spelling.split()):
                continue
            limit = typo_limit(spelling) if scope.narrow else min(2, typo_limit(spelling) - 1)
            famous = not limit and (scope.country or scope.regions) and len(spelling) >= _SHORT
            if not scope.narrow and len(spelling) < _SHORT:
                limit = 0
            limit = 1 if famous else limit
            near = self._same_words(spelling, scope) if scope.narrow else []
            if not near and limit:
                # What lies a slip farther may be meant as well.
                reach = max(limit, 2) if scope.narrow else limit
                near = self.spellings(scope).near(spelling, reach)
            near = [(name, slips) for name, slips in near if _digits(name) == _digits(spelling)]
            best = near[0][1] if near else 0
            if 0 < best <= limit:
                hits = self._at(best, near, scope)
                if text != scope.place.text and scope.place.wants != "municipality":
                    hits = [h._replace(certainty=_BARE) for h in hits if h.people >= ranking.LARGE]
                if famous and all(hit.people < _GREAT for hit in hits):
                    continue
                if hits:
                    farther = self._at(best + 1, near, scope) if best == 1 else []
                    surely = len(spelling) >= _SHORT and near[0][0][0] == spelling[0]
                    return _rivalled(hits, farther, 1.0 if surely else _RIVALLED)
        return []

    def _at(self, slips: int, near: Sequence[tuple[str, int]], scope: Scope) -> list[Hit]:
        """What is called by the names that are so many slips away."""
        names = [name for name, distance in near if distance == slips]
        records = {r.number: r for name in names for r in self.find(name, scope) if r.form != SHORT}
        found = ranking.together(self.gazetteer, list(records.values()), scope.place.wants)
        return [hit._replace(distance=slips) for hit in self._inside(scope, found)]

    def spellings(self, scope: Scope) -> Spellings:
        return self.gazetteer.spellings(_regions(scope))

    def _same_words(self, spelling: str, scope: Scope) -> list[tuple[str, int]]:
        """Names of the same words, but for "de" and "la": one slip, or two in another order."""
        words = ranking.bare_words(spelling)
        if len(words) < 2:
            return []
        found = []
        for name in self.spellings(scope).holding(max(words, key=len)):
            others = ranking.bare_words(name)
            if sorted(others) == sorted(words):
                found.append((name, 1 if others == words else 2))
        return sorted(found, key=lambda item: item[1])

    def _inside(self, scope: Scope, hits: list[Hit]) -> list[Hit]:
        """Only those in the municipality, county or larger town that the query names too."""
        self.outer_slip = ""
        for outer in scope.outers if hits else ():
            areas = self.areas(outer, scope, own=True)
            if not any(hit.record.area in areas for hit in hits):
                areas = self.areas(outer, scope)
            if not areas:
                around = self.find(key(outer.bare), scope)
                areas = {record.area for record in around if record.area is not None}
            if not areas and outer in self.inside:
                areas = self._misspelt_area(outer, scope)
            hits = [
                hit._replace(reason=f"{hit.reason}, in {hit.record.area_name}")
                for hit in hits
                if hit.record.area in areas
            ]
        return hits

    def areas(self, outer: Part, scope: Scope, *, own: bool = False) -> set[int]:
        """Numbers of the municipalities or counties that a part can mean, or by their own names."""
        spellings = dict.fromkeys((key(outer.text), key(outer.bare), f"{key(outer.bare)} county"))
        return {
            record.area
            for spelling in spellings
            for record in self.find(spelling, scope)
            if record.kind in ("municipality", "county") and record.area is not None
            if record.form == OWN or not own
        }

    def seated(self, outer: Part, scope: Scope) -> set[int]:
        """Numbers of the municipalities of which the seat is called so: Ciudad Juárez is of Juárez."""
        found = self.find(key(outer.text), scope)
        return {r.area for r in found if r.number == r.seat and r.area is not None}

    def _misspelt_area(self, outer: Part, scope: Scope) -> set[int]:
        """The municipality whose name the one given resembles."""
        spelling = key(outer.bare)
        for name, _ in self.spellings(scope).near(spelling, typo_limit(spelling)):
            found = self.find(name, scope)
            areas = [r for r in found if r.kind in ("municipality", "county")]
            if areas:
                self.outer_slip = f"fuzzy match: {outer.shown!r} read as {areas[0].area_name}"
                return {r.area for r in areas if r.area is not None}
        return set()

    def well_known(self, scope: Scope) -> bool:
        """Whether a place of some weight has the name elsewhere in the state."""
        found = self.gazetteer.find(key(scope.place.bare), scope.regions)
        return any(r.form == OWN and (r.rank or (r.population or 0) >= _WEIGHTY) for r in found)


def _rivalled(hits: list[Hit], farther: Sequence[Hit], certainty: float) -> list[Hit]:
    """What is one slip away, less sure where another name lies two away; both, where it is large."""
    rivals = [hit for hit in farther if hit.record.form == OWN or hit.namesake]
    if rivals:
        nearest = max(max(hit.people, _HAMLET) for hit in hits)
        if max(hit.people for hit in rivals) * _SECOND_SLIP * _CLEARLY > nearest:
            return [hit._replace(torn=True) for hit in (*hits, *rivals)]
        certainty *= _RIVALLED
    return [hit._replace(certainty=hit.certainty * certainty) for hit in hits]


def _regions(scope: Scope) -> Collection[str] | None:
    """The states whose names a misspelt one is compared with; None for all."""
    if scope.regions:
        return scope.regions
    if scope.country:
        return [region for region in REGIONS if region.startswith(scope.country)]
    return None


def _digits(text: str) -> str:
    """The digits of a name: Kilometre 57 is no misspelt Kilometre 11."""
    return "".join(letter for letter in text if letter.isdigit())
