"""The names of a table, each looked up once: what was decided before, one's own list, the gazetteer.

In this order, the first that answers: reviewed decisions, the user's aliases, the geocoder, the
municipality that the row names beside a place that is not on record, and what the other rows of the
table leave no doubt about. What is still ambiguous then is asked of the caller, or said.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from bordermap import geocoder
from bordermap._placement import evidence
from bordermap._placement.aliases import Aliases
from bordermap._placement.decisions import Decisions
from bordermap.errors import AmbiguousPlaceError, GeocodeError, PlaceNotFoundError
from bordermap.geocoder import Near, Query
from bordermap.model import Gazetteer, Place

__all__ = ["Lookup", "OnAmbiguous", "Progress"]

OnAmbiguous = Callable[[AmbiguousPlaceError], Place | None]
Progress = Callable[[str, int, int], None]  # what is being done, how many are done, of how many

_CHUNK = 2_000
_IN_MUNICIPALITY = 0.6  # score of a place known only to be somewhere in its municipality


@dataclass(frozen=True, slots=True)
class Lookup:
    """Where names are looked up.

    Attributes
    ----------
    gazetteer : Gazetteer, optional
        The shipped one when not given.
    aliases, decisions : optional
        The user's own list, and what was reviewed before.
    on_ambiguous : callable, optional
        Is asked once for each distinct name that several places answer to.
    near : Near, optional
        Narrows the choice, as for `geocoder.resolve`.
    progress : callable, optional
    """

    gazetteer: Gazetteer | None = None
    aliases: Aliases | None = None
    decisions: Decisions | None = None
    on_ambiguous: OnAmbiguous | None = None
    near: Near | None = None
    progress: Progress | None = None

    @classmethod
    def made(
        cls,
        gazetteer: Gazetteer | None,
        *,
        aliases: Any = None,
        decisions: Any = None,
        near: Near | None = None,
        on_ambiguous: OnAmbiguous | None = None,
        progress: Progress | None = None,
    ) -> Lookup:
        """One of what a caller gives: aliases and decisions as files, frames or mappings."""
        return cls(
            gazetteer,
            None if aliases is None else Aliases.read(aliases, gazetteer),
            None if decisions is None else Decisions.read(decisions, gazetteer),
            on_ambiguous,
            near,
            progress,
        )

    def one(self, query: Query) -> Place:
        """The place of one query; raises as `geocoder.resolve` does."""
        found = self._known(query)
        if isinstance(found, Place):
            return found
        if found is not None:
            raise found
        try:
            return geocoder.resolve(
                query.place,
                country=query.country,
                admin1=query.admin1,
                admin2=query.admin2,
                near=self.near,
                gazetteer=self.gazetteer,
            )
        except AmbiguousPlaceError as error:
            chosen = geocoder.chosen(self.on_ambiguous, error)
            if chosen is None:
                raise
            return chosen

    def many(
        self, queries: Sequence[Query], counts: Sequence[int], elsewhere: evidence.Tally
    ) -> list[Place | GeocodeError]:
        """What each of several distinct queries of a table means.

        Parameters
        ----------
        queries, counts : sequences
            The queries, and in how many rows each stands.
        elsewhere : Tally
            Where the rows lie that give their coordinates.
        """
        known = [self._known(query) for query in queries]
        open_ = [number for number, answer in enumerate(known) if answer is None]
        rest = iter(self._looked_up([queries[number] for number in open_]))
        answers = [
            self._in_municipality(query, next(rest)) if answer is None else answer
            for query, answer in zip(queries, known, strict=True)
        ]
        settled = evidence.narrowed(queries, answers, counts, elsewhere, self._resolve)
        for number in open_:
            answers[number] = self._decided(settled[number])
        return answers

    def _known(self, query: Query) -> Place | GeocodeError | None:
        """What was decided before, or is on the user's own list."""
        answer = self.decisions.answer(query) if self.decisions else None
        if answer is None and self.aliases:
            return self.aliases.find(query)
        return answer

    def _looked_up(self, queries: Sequence[Query]) -> list[Place | GeocodeError]:
        answers: list[Place | GeocodeError] = []
        for start in range(0, len(queries), _CHUNK):
            chunk = queries[start : start + _CHUNK]
            answers += geocoder.resolve_many(chunk, near=self.near, gazetteer=self.gazetteer)
            if self.progress:
                self.progress("Looking up places", len(answers), len(queries))
        return answers

    def _resolve(self, query: Query) -> Place | GeocodeError:
        return geocoder.resolve_many([query], near=self.near, gazetteer=self.gazetteer)[0]

    def _in_municipality(self, query: Query, answer: Place | GeocodeError) -> Place | GeocodeError:
        """The municipality that the row names, for a place in it that is not on record."""
        # Not found, with a municipality beside it, is a town or a municipality that lies elsewhere:
        # the row contradicts itself.
        unlisted = isinstance(answer, AmbiguousPlaceError) and query.admin2 and query.place
        if not unlisted:
            return answer
        area = self._resolve(replace(query, place=f"municipio de {query.admin2}", admin2=None))
        if not isinstance(area, Place) or area.kind != "municipality" or area.match == "fuzzy":
            return answer
        return replace(
            area,
            match="fuzzy",
            score=_IN_MUNICIPALITY,
            reason=(
                f"{query.place!r} is not on record in {area.name}: the middle of the municipality "
                "that the row names, and a radius that covers it"
            ),
        )

    def _decided(self, answer: Place | GeocodeError) -> Place | GeocodeError:
        """The caller's choice where there is one; no point for a state or a country alone."""
        if isinstance(answer, AmbiguousPlaceError):
            return geocoder.chosen(self.on_ambiguous, answer) or answer
        if isinstance(answer, Place) and answer.kind in {"state", "country"}:
            what = "province or territory" if answer.country == "CA" else "state"
            what = answer.kind if answer.kind == "country" else what
            return PlaceNotFoundError(
                f"only the {what} {answer.name} is named: give a town or municipality",
                query=answer.name,
            )
        return answer
