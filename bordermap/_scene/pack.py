"""Columns → bytes: what a page holds, small enough to send and quick enough to open.

Sections are deflated by themselves, so that the page inflates what it needs and when, but for the small
ones that it opens with, which share one stream. Coordinates
are one rising Morton number a row, as differences; other numbers are whatever is shortest of their
values, their differences and their ranks among the values there are; all as byte planes. Texts lie
in blocks of rows, their frequent words replaced by codes of one or two bytes: that halves what
deflate alone makes of prose, and lets a search fold each word once.
"""

from __future__ import annotations

import json
import os
import zlib
from collections.abc import Callable, Container, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from itertools import chain
from typing import TYPE_CHECKING, Any

import numpy as np

from bordermap._scene.fields import MISSING, Column, morton
from bordermap.errors import SceneError

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["BLOCK_ROWS", "Sections", "beginning", "columns"]

BLOCK_ROWS = 4096
# Two percent less would take twice the time, which only large tables notice.
_QUICK, _BEST = 5, 9
_ALIGN = 3  # bytes that four characters of base64 stand for: sections begin with a character
_SMALL = 1 << 17  # bytes: to begin a stream takes a browser longer than to inflate fewer
_SAMPLE = 65_536
_SEVENS = np.arange(0, 35, 7, dtype=np.uint64)  # bits that the bytes of a varint begin at
# Rows that the table of a page begins with, by how many there are, and what it shows of each.
_LARGE = 5000
_PAGE_ROWS, _FIRST_ROWS = 100, 24
_TABLE_TEXTS = ("title", "place", "match_name", "admin1", "date_text", "match", "category")
_POINT = {"lon", "lat"}  # packed together

Progress = Callable[[str, int, int], None]


@dataclass(slots=True)
class _Section:
    raw: bytes | Callable[[], bytes] | list[bytes]
    rows: int
    later: bool
    level: int
    strategy: int
    place: list[int]


class Sections:
    """Sections to be deflated, one after another; where each begins is known once they are.

    Those that a page opens with come first: it need not wait for the others.
    """

    def __init__(self) -> None:
        self._every: list[_Section] = []
        self._small: list[tuple[bytes, list[int]]] = []

    def add(
        self,
        raw: bytes | Callable[[], bytes],
        rows: int = 0,
        *,
        later: bool = False,
        level: int | None = None,
        strategy: int = zlib.Z_DEFAULT_STRATEGY,
    ) -> list[int]:
        """Put a section at the end, or what makes it once it is its turn.

        The offset and length returned are filled in by `deflated`; with a small one that a page opens
        with, where it begins in what they inflate to, and its size, follow. `rows` counts for
        progress, what is wanted `later` only follows all else, `level` and `strategy` are zlib's.
        """
        if isinstance(raw, bytes) and len(raw) < _SMALL and not later:
            self._small.append((raw, [0, 0, 0, len(raw)]))
            return self._small[-1][1]
        level = level or (_BEST if isinstance(raw, bytes) and len(raw) < 200_000 else _QUICK)
        section = _Section(raw, rows, later, level, strategy, [0, 0])
        self._every.append(section)
        return section.place

    def add_json(self, value: Any, *, later: bool = False) -> list[int]:
        """Put a value at the end, as JSON."""
        text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
        return self.add(text.encode("utf-8"), later=later)

    def add_lines(self, lines: Iterable[Sequence[int]]) -> list[int]:
        """Each line's length and numbers as zigzag varints: seven bits a byte, low ones first."""
        numbers = chain.from_iterable((len(line), *line) for line in lines)
        rest = _zigzag(np.fromiter(numbers, dtype=np.int64))[:, None] >> _SEVENS
        more = rest[:, 1:] > 0
        out = (rest & np.uint64(0x7F)).astype(np.uint8)
        out[:, :-1] |= more.astype(np.uint8) << 7
        kept = np.hstack([np.ones((len(rest), 1), dtype=bool), more])
        return self.add(out[kept].tobytes())

    def deflated(self, progress: Progress | None = None) -> tuple[bytes, int]:
        """All sections, and how many bytes of them a page opens with.

        Each is deflated by itself and begins where a character of base64 does.
        """
        shared = self._shared()
        every = [shared, *sorted(self._every, key=lambda section: section.later)]
        parts: list[bytes] = []
        offset, first, done, total = 0, 0, 0, sum(section.rows for section in every)
        # zlib and numpy let go of the interpreter while they work.
        with ThreadPoolExecutor(min(8, os.cpu_count() or 1)) as pool:
            for section, part in zip(every, pool.map(_deflated, every), strict=True):
                section.place[:] = offset, len(part)
                parts.append(part + bytes(-len(part) % _ALIGN))
                offset += len(parts[-1])
                first = first if section.later else offset
                done += section.rows
                if progress and section.rows:
                    progress("Packing", done, total)
        for _, place in self._small:
            place[:2] = shared.place
        return b"".join(parts), first

    def _shared(self) -> _Section:
        """The small sections as one, each with where it begins in it."""
        size = 0
        for raw, place in self._small:
            place[2] = size
            size += len(raw)
        parts = [raw for raw, _ in self._small]
        return _Section(parts, 0, False, _BEST, zlib.Z_DEFAULT_STRATEGY, [0, 0])


def _deflated(section: _Section) -> bytes:
    raw = section.raw() if callable(section.raw) else section.raw
    return _deflate(raw if isinstance(raw, list) else [raw], section.level, section.strategy)


def _deflate(parts: Iterable[bytes], level: int, strategy: int) -> bytes:
    deflate = zlib.compressobj(level, zlib.DEFLATED, -15, zlib.DEF_MEM_LEVEL, strategy)
    out: list[bytes] = []
    for part in parts:
        if out:  # what differs in kind has codes of its own
            out.append(deflate.flush(zlib.Z_BLOCK))
        out.append(deflate.compress(part))
    return b"".join(out) + deflate.flush()


# --- numbers -------------------------------------------------------------------------------------


def _zigzag(steps: NDArray[np.int64]) -> NDArray[np.uint64]:
    return ((steps << 1) ^ (steps >> 63)).astype(np.uint64)


def _planes(values: NDArray[np.uint64]) -> tuple[int, bytes]:
    """How many bytes a number takes, and the lowest byte of each, then the next."""
    top = int(values.max(initial=0))
    count = max(1, (top.bit_length() + 7) // 8)
    parts = [
        ((values >> np.uint64(8 * p)) & np.uint64(0xFF)).astype(np.uint8) for p in range(count)
    ]
    return count, b"".join(part.tobytes() for part in parts)


def _distinct(values: NDArray[np.int64]) -> NDArray[np.int64]:
    """The values there are, in order: by a sort, which takes a third of `np.unique`'s time."""
    ordered = np.sort(values)
    distinct: NDArray[np.int64] = ordered[np.append(True, ordered[1:] != ordered[:-1])]
    return distinct


def _numbers(column: Column) -> tuple[dict[str, Any], dict[str, bytes]]:
    """Numbers in the shortest of the codings that `data.js` reads, and the sections these take.

    "same": all are `base`. "plain": `base` and more, nought for missing. "steps": differences,
    zigzag. "ranks": places in the sorted list of the values there are, itself in steps.
    """
    wide = np.asarray(column.values).astype(np.int64)
    known = wide[wide != MISSING]
    low = int(known.min(initial=2**31))
    high = int(known.max(initial=MISSING))
    if not known.size or (low == high and known.size == wide.size):
        return {"coding": "same", "base": low if known.size else None}, {}
    codings = {"plain": np.where(wide == MISSING, 0, wide - low + 1).astype(np.uint64)}
    if known.size == wide.size:
        codings["steps"] = _zigzag(np.diff(wide, prepend=0))
    distinct = _distinct(wide[:_SAMPLE])
    table = (0, b"")
    if column.kind != "category" and distinct.size <= _SAMPLE // 4:
        distinct = _distinct(wide)
        if distinct.size <= _SAMPLE:
            codings["ranks"] = np.searchsorted(distinct, wide).astype(np.uint64)
            table = _planes(_zigzag(np.diff(distinct, prepend=0)))

    def cost(coding: str) -> float:
        tried = _planes(codings[coding][:_SAMPLE])[1]
        whole = len(zlib.compress(tried, 1)) * max(1.0, wide.size / _SAMPLE)
        return whole + (len(zlib.compress(table[1], 1)) if coding == "ranks" else 0)

    coding = min(codings, key=cost)
    count, raw = _planes(codings[coding])
    packed: dict[str, Any] = {"coding": coding, "base": low, "planes": count}
    if coding == "ranks":
        packed["table"] = [int(distinct.size), table[0]]
        return packed, {"table": table[1], "at": raw}
    return packed, {"at": raw}


def _points(lon: Column, lat: Column, sections: Sections) -> dict[str, Any]:
    steps = np.diff(morton(np.asarray(lon.values), np.asarray(lat.values)), prepend=0)
    if bool(np.any(steps < 0)):
        raise SceneError("the rows of a scene stand in Morton order: make it with scene.build")
    planes, raw = _planes(steps.astype(np.uint64))
    return {"planes": planes, "at": sections.add(raw)}


def columns(
    every: Sequence[Column], sections: Sections, opening: Container[str | None] = ()
) -> dict[str, Any]:
    """All columns of a scene, and the description by which `data.js` finds them again.

    Parameters
    ----------
    every : sequence of Column
        Of one length, in Morton order.
    sections : Sections
        Where they go; blocks of texts are made only when the sections are deflated.
    opening : container of str
        Columns of numbers and categories that a page opens with; all others are wanted later.
    """
    by_name = {column.name: column for column in every}
    described = []
    coded = [column for column in every if column.kind != "text" and column.name not in _POINT]
    spelled = {column.name: column.values for column in every if column.kind == "text"}
    # As many columns at a time as there are processors; the sections follow in their order.
    with ThreadPoolExecutor(min(8, os.cpu_count() or 1)) as pool:
        codings = dict(zip(spelled, pool.map(_Coding, spelled.values()), strict=True))
        numbers = dict(
            zip((column.name for column in coded), pool.map(_numbers, coded), strict=True)
        )
    for column in every:
        kind = "number" if column.kind == "date" else column.kind
        one: dict[str, Any] = {"name": column.name, "kind": kind}
        if column.kind != "text":
            one["scale"] = 10**column.decimals
        later = column.name not in opening
        if column.name in numbers:
            packed, parts = numbers[column.name]
            one |= packed
            if "table" in parts:
                one["table"].append(sections.add(parts["table"], later=later))
            if "at" in parts:
                one["at"] = sections.add(parts["at"], later=later)
        if column.kind == "category":
            at = sections.add_json(column.labels, later=later)
            one |= {"labels_at": at, "count": len(column.labels)}
        described.append(one)
    points = _points(by_name["lon"], by_name["lat"], sections) if every else None
    for column, one in zip(every, described, strict=True):
        if column.name in codings:
            one.update(_texts(column.values, codings[column.name], sections))
    return {"columns": described, "points": points, "block_rows": BLOCK_ROWS}


def beginning(every: Sequence[Column], sections: Sections) -> list[int] | None:
    """A section of the rows that the page's table begins with, as it sorts them, and their texts.

    The latest come first, or, without dates, the nearest to the border; None without either.
    """
    by_name = {column.name: column for column in every}
    key = by_name.get("date") or by_name.get("border_km")
    if key is None:
        return None
    n = len(key.values)
    most = min(n, _PAGE_ROWS if n <= _LARGE else _FIRST_ROWS)
    keys = np.asarray(key.values).astype(np.int64)
    # What is missing comes last.
    keys = np.where(keys == MISSING, 2**40, -keys if key.name == "date" else keys)
    tie = np.asarray(by_name["row"].values) if "row" in by_name else np.arange(n)
    near = np.flatnonzero(keys <= np.partition(keys, most - 1)[most - 1])
    rows = near[np.lexsort((tie[near], keys[near]))][:most]
    texts = {
        name: [_spelled(by_name[name], int(row)) for row in rows]
        for name in _TABLE_TEXTS
        if name in by_name
    }
    return sections.add_json({"rows": rows.tolist(), "texts": texts})


def _spelled(column: Column, row: int) -> str:
    value = column.values[row]
    if column.kind == "category":
        return column.labels[int(value) - 1] if value else ""
    return str(value)


# --- texts ---------------------------------------------------------------------------------------

_KIND = np.full(256, 1, dtype=np.uint8)  # 0 ends a row, 2 is of a word, 1 is all else
_KIND[0] = 0
_KIND[[*b"0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"]] = 2
_KIND[0x80:] = 2
_LONGEST = 16  # bytes of a word that gets a code: two machine words
_MASK = np.array([(1 << (8 * n)) - 1 for n in range(9)], dtype=np.uint64)
_SLOT_BITS = 18
_TRIED_ROWS = 1024
_MOST_PREFIXES = 64
_END, _LITERAL, _FIRST = 0, 1, 2  # what the first bytes of codes mean


def _joined(values: Sequence[str]) -> NDArray[np.uint8]:
    """The rows' UTF-8, a NUL after each: no text holds one."""
    return np.frombuffer(("\0".join(values) + "\0").encode("utf-8"), dtype=np.uint8)


class _Words:
    """Words of a text, each with what is between it and the next, and numbers that tell them apart."""

    def __init__(self, raw: NDArray[np.uint8]) -> None:
        kind = _KIND.take(raw)
        before = np.empty_like(kind)
        before[0], before[1:] = 0, kind[:-1]
        self.raw = raw
        self.starts = np.flatnonzero((kind == 0) | (before == 0) | ((kind == 2) & (before == 1)))
        self.lengths = np.diff(self.starts, append=raw.size)
        self.ends_row = kind[self.starts] == 0
        # The first eight bytes of each word as one number, and the next eight.
        padded = np.zeros(raw.size + _LONGEST, dtype=np.uint8)
        padded[: raw.size] = raw
        eights = np.ndarray((raw.size + 8,), dtype="<u8", buffer=padded, strides=(1,))
        self.low = eights[self.starts] & _MASK[np.minimum(self.lengths, 8)]
        self.high = np.zeros_like(self.low)
        long = np.flatnonzero(self.lengths > 8)
        beyond = np.minimum(self.lengths[long] - 8, 8)
        self.high[long] = eights[self.starts[long] + 8] & _MASK[beyond]
        mixed = self.low * np.uint64(0x9E3779B97F4A7C15)
        mixed ^= mixed >> np.uint64(29)
        self.mixed = (mixed + self.high) * np.uint64(0xD6E8FEB86659FD93)
        self.fit = (self.lengths <= _LONGEST) & ~self.ends_row

    def slots(self) -> NDArray[np.intp]:
        """Where each word is looked up."""
        return (self.mixed >> np.uint64(64 - _SLOT_BITS)).astype(np.intp)

    def text(self, at: int) -> bytes:
        start = int(self.starts[at])
        return self.raw[start : start + int(self.lengths[at])].tobytes()


class _Vocabulary:
    """The words of one column that are worth a code, most frequent first."""

    def __init__(self, values: Sequence[str]) -> None:
        blocks = range(0, len(values), BLOCK_ROWS)
        every = max(1, len(blocks) // 5)
        sample = [
            value for start in blocks[::every] for value in values[start : start + BLOCK_ROWS]
        ]
        words = _Words(_joined(sample))
        fit = np.flatnonzero(words.fit)
        # The first word of each slot stands for it; another that falls there has no code.
        slots = words.slots()[fit]
        at = np.full(1 << _SLOT_BITS, -1, dtype=np.intp)
        at[slots[::-1]] = fit[::-1]
        same = words.mixed[at[slots]] == words.mixed[fit]
        counts = np.bincount(slots[same], minlength=at.size)
        taken = np.flatnonzero(at >= 0)
        at, counts = at[taken], counts[taken]
        lengths = words.lengths[at]
        times = counts * (len(values) / len(sample))
        # Bytes that a code saves, deflated, against those that the list of words takes.
        gain = times * (0.62 * lengths - 0.4) - 0.7 * (lengths + 1)
        worth = np.flatnonzero((gain > 0) & (counts > 1))
        # The text itself decides between equals, so that the order of the bytes does not.
        texts = {int(i): words.text(int(at[i])) for i in worth}
        ranked = sorted(texts, key=lambda i: (-int(counts[i]), texts[i]))
        kept = ranked[: 256 * _MOST_PREFIXES]
        self.slot = np.full(1 << _SLOT_BITS, -1, dtype=np.int32)
        self.slot[taken[kept]] = np.arange(len(kept))
        self.words = [texts[i] for i in kept]
        self.low, self.high = words.low[at[kept]], words.high[at[kept]]
        n = len(kept)
        prefixes = max(0, -(-(n - 256 + _FIRST) // 255))
        short = 256 - _FIRST - prefixes
        code = np.arange(n)
        beyond = code - short
        self.first = np.where(beyond < 0, code + _FIRST, short + _FIRST + (beyond >> 8))
        self.first = self.first.astype(np.uint8)
        self.second = (np.maximum(beyond, 0) & 0xFF).astype(np.uint8)
        self.short = short

    def coded(self, values: Sequence[str]) -> bytes:
        """First bytes of all codes, then second bytes, then the words that have none, each NUL-ended."""
        words = _Words(_joined(values))
        found = self.slot[words.slots()]
        known = words.fit & (found >= 0)
        if self.words:
            known &= (self.low[found] == words.low) & (self.high[found] == words.high)
        literal = ~known & ~words.ends_row
        # Literal words that follow each other make one.
        opens = literal.copy()
        opens[1:] &= ~literal[:-1]
        first = np.where(words.ends_row, _END, _LITERAL).astype(np.uint8)
        first[known] = self.first[found[known]]
        ours = found[known]
        second = self.second[ours[ours >= self.short]]
        lengths = words.lengths[literal]
        size = int(lengths.sum())
        bytes_of = np.arange(size)
        begun = np.cumsum(lengths) - lengths
        places = bytes_of + np.repeat(np.cumsum(opens[literal]) - 1, lengths)
        rest = np.zeros(size + int(opens.sum()), dtype=np.uint8)
        rest[places] = words.raw[bytes_of + np.repeat(words.starts[literal] - begun, lengths)]
        kept = first[~literal | opens]
        return bytes(kept) + bytes(second) + bytes(rest)


class _Coding:
    """How the texts of one column are written: the shortest of four ways, tried on its first rows.

    In codes, or, where these would not make them shorter, as they stand, as short as zlib can make
    that. Among random words and figures zlib does better not to look for short repeats.
    """

    def __init__(self, values: Sequence[str]) -> None:
        vocabulary = _Vocabulary(values)
        sample = values[:_TRIED_ROWS]
        times = len(values) / len(sample)
        self.dictionary = b"\0".join(vocabulary.words)
        self.short = vocabulary.short
        coded, how_coded = _shortest(vocabulary.coded(sample), _QUICK)
        plain, how_plain = _shortest(_plain(sample), _QUICK)
        codes = coded * times + len(zlib.compress(self.dictionary))
        # What is far ahead needs no other try.
        if codes > 0.8 * plain * times:
            plain, how_plain = _shortest(_plain(sample), _BEST)
        self.in_codes = codes < plain * times
        self.strategy = how_coded if self.in_codes else how_plain
        large = self.in_codes and len(values) > BLOCK_ROWS
        self.level = _QUICK if large else _BEST
        self.make: Callable[[Sequence[str]], bytes] = vocabulary.coded if self.in_codes else _plain


def _shortest(raw: bytes, level: int) -> tuple[int, int]:
    """The fewest bytes that zlib makes of it, and by which strategy."""
    return min(
        (len(_deflate([raw], level, strategy)), strategy)
        for strategy in (zlib.Z_DEFAULT_STRATEGY, zlib.Z_FILTERED)
    )


def _texts(values: Any, coding: _Coding, sections: Sections) -> dict[str, Any]:
    """The list of words, and the blocks of texts, which are made when it is their turn."""
    packed: dict[str, Any] = {}
    if coding.in_codes:
        packed = {"words": sections.add(coding.dictionary, later=True), "short": coding.short}
    packed["blocks"] = [
        sections.add(
            partial(_block, coding.make, values, start),
            min(BLOCK_ROWS, len(values) - start),
            later=True,
            level=coding.level,
            strategy=coding.strategy,
        )
        for start in range(0, len(values), BLOCK_ROWS)
    ]
    return packed


def _block(make: Callable[[Sequence[str]], bytes], values: Sequence[str], start: int) -> bytes:
    """The block of rows that begins at `start`: texts are fetched when it is its turn."""
    return make(values[start : start + BLOCK_ROWS])


def _plain(values: Sequence[str]) -> bytes:
    return _joined(values).tobytes()
