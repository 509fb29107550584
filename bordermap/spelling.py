"""Misspelt names: how many slips are forgiven, and which names lie within them.

A slip is a letter too many, too few or wrong, or two neighbours swapped (the optimal string
alignment distance).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

__all__ = ["Spellings", "closest", "typo_limit"]


def typo_limit(spelling: str) -> int:
    """How many slips are forgiven: none in a short name, more as it grows.

    Examples
    --------
    >>> [typo_limit(name) for name in ("nava", "zapata", "villa union", "nuevo casas grandes")]
    [0, 1, 2, 3]
    """
    size = len(spelling)
    return 0 if size < 5 else 1 if size < 9 else 2 if size < 16 else 3


def closest(spelling: str, names: Iterable[str], limit: int) -> list[tuple[str, int]]:
    """Names within `limit` slips, each with their number, nearest first.

    Examples
    --------
    >>> closest("hermosilo", ["hermosillo", "sombrerillo"], 2)
    [('hermosillo', 1)]
    """
    if limit < 1:
        return []
    from rapidfuzz.distance import OSA  # only a misspelt name needs it

    slips: Any = OSA.distance
    found = {name: slips(spelling, name, score_cutoff=limit) for name in names}
    near = [(name, distance) for name, distance in found.items() if distance <= limit]
    return sorted(near, key=lambda item: (item[1], item[0]))


class Spellings:
    r"""Names to hold a misspelt one to: one text for each length, a name a line.

    Of `n` slips each spoils one of `n + 1` pieces of a name at most, so that every name within reach
    holds one of them intact; texts are searched for pieces far faster than names are compared.

    Parameters
    ----------
    names : iterable of str
        Without line breaks; more than once is as once.

    Examples
    --------
    >>> names = Spellings(["hermosillo", "nogales", "naco", "caborca"])
    >>> names.near("hermosilo", 2), names.near("nogalse", 1), names.holding("or")
    ([('hermosillo', 1)], [('nogales', 1)], ['caborca'])
    """

    def __init__(self, names: Iterable[str]) -> None:
        by_length: dict[int, dict[str, None]] = {}
        for name in names:
            by_length.setdefault(len(name), {})[name] = None
        self._texts = {
            length: "\n".join(("", *found, "")) for length, found in sorted(by_length.items())
        }

    def __iter__(self) -> Iterator[str]:
        for text in self._texts.values():
            yield from text[1:-1].split("\n")

    def near(self, spelling: str, limit: int) -> list[tuple[str, int]]:
        """Names within `limit` slips, each with their number, nearest first."""
        if limit < 1 or not spelling:
            return []
        size = len(spelling)
        pieces = _pieces(spelling, limit)
        found: dict[str, None] = {}
        for length in range(max(size - limit, 1), size + limit + 1):
            text = self._texts.get(length)
            if text is not None:
                if not pieces:
                    found.update(dict.fromkeys(text[1:-1].split("\n")))
                for piece in pieces:
                    found.update(dict.fromkeys(_lines(text, length, piece)))
        return closest(spelling, found, limit)

    def holding(self, part: str) -> list[str]:
        """Names in which a piece of text occurs."""
        return [name for length, text in self._texts.items() for name in _lines(text, length, part)]

    def matching(self, pattern: re.Pattern[str], shortest: int, longest: int) -> list[str]:
        """Names of a range of lengths that are wholly of a pattern."""
        return [
            name
            for length in range(shortest, longest + 1)
            for name in self._texts.get(length, "")[1:-1].split("\n")
            if pattern.fullmatch(name)
        ]


def _pieces(spelling: str, limit: int) -> list[str]:
    """Pieces of a name, one more than the slips; the first and the last hold on to its ends.

    A letter is left out between two of them, so that two swapped neighbours spoil only one. Empty
    for a name too short to be cut up: any other may be within reach.
    """
    count = limit + 1
    letters = len(spelling) - limit
    if letters < count:
        return []
    pieces, start = [], 0
    for number in range(count):
        end = start + letters // count + (number < letters % count)
        pieces.append(spelling[start:end])
        start = end + 1
    pieces[0] = f"\n{pieces[0]}"
    pieces[-1] = f"{pieces[-1]}\n"
    return pieces


def _lines(text: str, length: int, piece: str) -> Iterator[str]:
    """Lines of a text, all of one length, in which a piece occurs, which may begin or end one."""
    anchored = piece.startswith("\n")
    at = text.find(piece)
    while at >= 0:
        inside = at if anchored else at - 1
        start = inside - inside % (length + 1) + 1
        if start + length >= len(text):
            return
        yield text[start : start + length]
        at = text.find(piece, start + length + (not anchored))
