"""One query, what was found for it, and how the answer or the refusal is put."""

from __future__ import annotations

from collections.abc import Sequence

from bordermap._geocoder import ranking
from bordermap._geocoder.ranking import Hit, label, listed, told
from bordermap._geocoder.scope import MISSPELT_REGION, Scope
from bordermap.errors import AmbiguousPlaceError, PlaceNotFoundError
from bordermap.gazetteer import SqliteGazetteer
from bordermap.model import Match, Place

__all__ = ["Inquiry", "clipped"]

_LEAST_SCORE = 0.3
_QUOTED = 80


def clipped(text: str) -> str:
    """A text as a message quotes it: a whole page in one cell is not repeated in full.

    Examples
    --------
    >>> len(clipped("x" * 5000))
    80
    """
    return text if len(text) <= _QUOTED else f"{text[: _QUOTED - 3]}..."


class Inquiry:
    """What is known of one query so far.

    Parameters
    ----------
    query : str
        As it was asked; messages quote no more than the beginning of a long one.

    Attributes
    ----------
    hits : sequence of Hit
        What answers to it, best first.
    notes : tuple of str
        What was repaired or assumed to understand it, as clauses.
    where : str
        What it was sought in: "Coahuila".
    certainty : float
        Factor by which those assumptions lower the score.
    misspelt : bool
        True where something beside the name was misspelt.
    """

    hits: Sequence[Hit] = ()
    notes: tuple[str, ...] = ()
    where = ""
    certainty = 1.0
    misspelt = False

    def __init__(self, query: str, gazetteer: SqliteGazetteer) -> None:
        self.asked = query
        self.query = clipped(query)
        self.gazetteer = gazetteer

    def within(self, scope: Scope, *slips: str) -> None:
        """Take over what a scope assumes, and misspelt words that were read as others."""
        self.notes = (*scope.notes, *slips)
        self.where = scope.where
        self.certainty = scope.certainty * MISSPELT_REGION ** len(slips)
        self.misspelt = scope.misspelt or bool(slips)

    def place(self, hit: Hit, *, sure: bool, score: float | None = None) -> Place:
        """A hit as the place that a caller sees."""
        reason = hit.reason
        if hit.distance:
            reason = f"fuzzy match: {self.query!r} read as {hit.record.name}; {reason}"
        if sure and hit.record.kind == "town" and not hit.reason.startswith("the seat"):
            reason = f"{reason}, the only one on record in {self.where}"
        reason = "; ".join((reason, *self.notes))
        if score is None:
            score = ranking.base_score(hit, self.hits) * self.certainty
            score = round(max(score, _LEAST_SCORE), 2)
        else:
            reason = "; ".join(filter(None, (reason, ranking.facts(hit.record))))
        match: Match = "fuzzy" if self.misspelt else hit.match
        return hit.record.place(self.gazetteer.source, match, score, reason)

    def suggestions(self, score: float = 0.5) -> list[Place]:
        """What was weighed, as places, each with the score."""
        return [self.place(hit, sure=False, score=score) for hit in self.hits]

    def not_found(self, message: str, nearest: Sequence[str] = ()) -> PlaceNotFoundError:
        """The error that there is none."""
        return PlaceNotFoundError(message, query=self.asked, nearest_names=nearest)

    def ambiguous(self, message: str, score: float = 0.5) -> AmbiguousPlaceError:
        """The error that lists what was weighed."""
        return AmbiguousPlaceError(message, query=self.asked, candidates=self.suggestions(score))

    def torn(self, scope: Scope, far: str = "") -> AmbiguousPlaceError:
        """The error that nothing sets one of the hits apart.

        Parameters
        ----------
        far : str
            How far the first lies from what is given as near, where that is why.
        """
        shown = [told(hit.record) for hit in self.hits]
        if far:
            message = f"{self.query!r} may be {shown[0]}, but that lies {far}: add the state"
        elif len(shown) == 1:
            message = (
                f"{self.query!r} may be {shown[0]}, but a name with no state to it says too little: "
                "add the state"
            )
        else:
            hint = "municipality" if scope.regions else "state"
            message = f"{self.query!r} may be {listed(shown, 'or')}: add the {hint}"
        return self.ambiguous(message, round(0.9 / max(len(self.hits), 2), 2))

    def labels(self, most: int = 5) -> list[str]:
        """The first hits by name and state."""
        return [label(hit.record) for hit in self.hits[:most]]
