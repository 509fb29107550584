"""What is packed comes back: read here by a decoder of its own, written from the description."""

from __future__ import annotations

import json
import zlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bordermap._scene import fields, pack
from bordermap._scene.fields import MISSING, Column
from bordermap.errors import SceneError


class Unpacked:
    """The sections and their description, read back."""

    def __init__(self, columns, progress=None):
        sections = pack.Sections()
        self.meta = pack.columns(columns, sections)
        self.blob, self.opening = sections.deflated(progress)
        self.n = len(columns[0].values) if columns else 0

    def section(self, at):
        offset, length, *part = at
        assert offset % 3 == 0, "a group of four characters of base64 begins here"
        raw = zlib.decompress(self.blob[offset : offset + length], -15)
        return raw[part[0] : sum(part)] if part else raw

    def planes(self, at, count, n):
        raw = self.section(at)
        assert len(raw) == count * n
        return [sum(raw[p * n + i] << (8 * p) for p in range(count)) for i in range(n)]

    def steps(self, at, count, n):
        unfolded = [(z >> 1) ^ -(z & 1) for z in self.planes(at, count, n)]
        return np.cumsum(unfolded).tolist()

    def column(self, name):
        (one,) = [one for one in self.meta["columns"] if one["name"] == name]
        if one["kind"] == "text":
            return [text for j in range(len(one["blocks"])) for text in self.texts(one, j)]
        if one["coding"] == "same":
            return [MISSING if one["base"] is None else one["base"]] * self.n
        if one["coding"] == "steps":
            return self.steps(one["at"], one["planes"], self.n)
        raw = self.planes(one["at"], one["planes"], self.n)
        if one["coding"] == "ranks":
            size, planes, at = one["table"]
            table = self.steps(at, planes, size)
            return [table[rank] for rank in raw]
        assert one["coding"] == "plain"
        return [one["base"] - 1 + v if v else MISSING for v in raw]

    def points(self):
        planes, at = self.meta["points"]["planes"], self.meta["points"]["at"]
        found = []
        for key in np.cumsum(self.planes(at, planes, self.n)).tolist():
            bits = f"{key:052b}"
            found.append((int(bits[1::2], 2) - 2**25, int(bits[0::2], 2) - 2**25))
        return found

    def texts(self, one, j):
        raw = self.section(one["blocks"][j])
        rows = min(self.meta["block_rows"], self.n - j * self.meta["block_rows"])
        if "words" not in one:
            return raw.decode().split("\0")[:rows]
        words = self.section(one["words"]).split(b"\0")
        short = one["short"]
        ends = [i for i, code in enumerate(raw) if code == 0]
        first = raw[: ends[rows - 1] + 1]
        second = iter(raw[len(first) :])
        seconds = sum(code >= short + 2 for code in first)
        literals = iter(raw[len(first) + seconds :].split(b"\0"))
        texts, text = [], b""
        for code in first:
            if code == 0:
                texts.append(text.decode())
                text = b""
            elif code == 1:
                text += next(literals)
            elif code < short + 2:
                text += words[code - 2]
            else:
                text += words[short + (code - 2 - short) * 256 + next(second)]
        return texts


def placed(lon, lat, *others):
    """Columns in Morton order."""
    lon, lat = np.asarray(lon, dtype=np.int64), np.asarray(lat, dtype=np.int64)
    order = fields.order(lon, lat, None)
    return [
        Column("lon", "number", lon[order].astype(np.int32), 5),
        Column("lat", "number", lat[order].astype(np.int32), 5),
        *others,
    ]


coordinates = st.tuples(st.integers(-18_000_000, 18_000_000), st.integers(-9_000_000, 9_000_000))


@given(st.lists(coordinates, min_size=1, max_size=40))
def test_points_come_back(points):
    columns = placed(*zip(*points, strict=True))
    unpacked = Unpacked(columns)
    assert sorted(unpacked.points()) == sorted(points)
    assert unpacked.points() == list(zip(columns[0].values, columns[1].values, strict=True))


numbers = st.one_of(
    st.just(MISSING),
    st.integers(0, 5),
    st.integers(-(2**31) + 1, 2**31 - 1),
)


@given(st.lists(numbers, min_size=1, max_size=60))
def test_numbers_come_back(values):
    n = len(values)
    column = Column("v", "number", np.array(values, dtype=np.int32), 2)
    assert Unpacked(placed([0] * n, [0] * n, column)).column("v") == values


@pytest.mark.parametrize("kind", ["same", "plain", "steps", "ranks"])
def test_every_coding_is_used_where_it_is_short(kind):
    rng = np.random.default_rng(7)
    n = 5000
    values = {
        "same": np.full(n, -7),
        "plain": rng.integers(0, 200, n),
        "steps": np.cumsum(rng.integers(-3, 4, n)) + 900_000,
        "ranks": rng.choice(rng.integers(0, 2**30, 50), n),
    }[kind].astype(np.int32)
    unpacked = Unpacked(placed([0] * n, [0] * n, Column("v", "number", values)))
    (one,) = [one for one in unpacked.meta["columns"] if one["name"] == "v"]
    assert one["coding"] == kind
    assert unpacked.column("v") == values.tolist()


words = st.sampled_from(["gunmen ", "Villa Unión", "the", " ", ".", "—", "\U0001f600", "12", "\n"])
texts = st.one_of(
    st.lists(words, max_size=12).map("".join),
    st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=40),
)


@settings(max_examples=60, deadline=None)
@given(st.lists(texts, min_size=1, max_size=12), st.integers(1, 60))
def test_texts_come_back(some, times):
    values = tuple(some * times)
    n = len(values)
    unpacked = Unpacked(placed([0] * n, [0] * n, Column("t", "text", values)))
    assert unpacked.column("t") == list(values)


def test_texts_of_many_words_come_back():
    """More words than codes of one byte, and of two; words that share their first 16 bytes."""
    rng = np.random.default_rng(3)
    vocabulary = np.array(
        [f"w{i:x}" * (1 + i % 4) for i in range(40_000)]
        + ["abcdefghijklmnop", "abcdefghijklmnopq", "abcdefghijklmnopr"] * 50
    )
    values = tuple(" ".join(line) for line in rng.choice(vocabulary, (9000, 20)))
    n = len(values)
    told = []
    unpacked = Unpacked(
        placed([0] * n, [0] * n, Column("t", "text", values)), lambda *said: told.append(said)
    )
    assert "words" in unpacked.meta["columns"][-1]
    assert unpacked.column("t") == list(values)
    assert [done for _, done, _ in told] == [4096, 8192, 9000]
    assert {total for *_, total in told} == {9000}


def test_prose_takes_two_thirds_of_what_deflate_makes_of_it():
    rng = np.random.default_rng(5)
    letters = np.array(list("abcdefghijklmnoprstuvy"))
    known = np.array(["".join(rng.choice(letters, rng.integers(2, 11))) for _ in range(3000)])
    weight = 1 / np.arange(1, 3001)
    lines = rng.choice(known, (8000, 30), p=weight / weight.sum())
    values = tuple(" ".join(line) for line in lines)
    n = len(values)
    packed = len(Unpacked(placed([0] * n, [0] * n, Column("t", "text", values))).blob)
    assert packed < 0.67 * len(zlib.compress("\n".join(values).encode(), 9))


def written(kind, rows):
    """Texts of a kind, as hard or as easy to make short as they come."""
    rng = np.random.default_rng(9)
    letters = np.array(list("abcdefghijklmnoprstuvy"))
    known = np.array(["".join(rng.choice(letters, rng.integers(2, 11))) for _ in range(1000)])
    if kind == "words":
        return [" ".join(line)[:120] for line in rng.choice(known, (rows, 30))]
    if kind == "addresses":
        return [f"https://example.org/{rng.bytes(12).hex()}" for _ in range(rows)]
    if kind == "letters":
        return ["".join(line) for line in rng.choice(letters, (rows, 60))]
    if kind == "one script without spaces":
        signs = ["墨西哥", "边境", "事件", "警察", "袭击", "死亡", "城市", "，", "。"]
        return ["".join(line) for line in rng.choice(signs, (rows, 20))]
    if kind == "sentences":
        every = [" ".join(rng.choice(known, 12)) for _ in range(30)]
        return [f"{every[a]} {k} {every[b]}" for a, b, k in rng.integers(0, 30, (rows, 3))]
    assert kind == "spaces and nothing"
    return ["", "  ", " a  b ", "\t", "c" * 100_000, "d " * 300] * (rows // 6)


@pytest.mark.parametrize(
    "kind",
    [
        "words",
        "addresses",
        "letters",
        "one script without spaces",
        "sentences",
        "spaces and nothing",
    ],
)
def test_texts_of_any_kind_come_back_and_are_no_longer_than_zlib_makes_them(kind):
    rows = 9000 if kind != "spaces and nothing" else 60
    values = tuple(written(kind, rows))
    unpacked = Unpacked(placed([0] * rows, [0] * rows, Column("t", "text", values)))
    assert unpacked.column("t") == list(values)
    (one,) = [one for one in unpacked.meta["columns"] if one["name"] == "t"]
    packed = sum(length for _, length in one["blocks"]) + one.get("words", [0, 0])[1]
    blocks = ["\0".join(values[at : at + 4096]) for at in range(0, rows, 4096)]
    alone = sum(len(zlib.compress(block.encode(), 9, -15)) for block in blocks)
    assert packed <= 1.01 * alone  # the coding is chosen by a part of the rows


def test_what_a_page_opens_with_comes_first():
    rng = np.random.default_rng(11)
    names = ("a", "b", "c")
    columns = [Column(name, "number", rng.integers(0, 99, 50).astype(np.int32)) for name in names]
    sections = pack.Sections()
    late = sections.add(b"late", later=True)
    meta = pack.columns(placed([0] * 50, [0] * 50, *columns), sections, {"lon", "lat", "b"})
    _, opening = sections.deflated()
    at = {one["name"]: one["at"][0] for one in meta["columns"] if "at" in one}
    assert max(at["b"], meta["points"]["at"][0]) < opening <= min(at["a"], at["c"], late[0])


def test_small_sections_that_a_page_opens_with_share_a_stream():
    sections = pack.Sections()
    texts = [b"the first", bytes(range(256)) * 40, b""]
    small = [sections.add(text) for text in texts]
    large = sections.add(b"large" * 50_000)
    late = sections.add(b"late", later=True)
    blob, opening = sections.deflated()
    stream = zlib.decompress(blob[small[0][0] : sum(small[0][:2])], -15)
    assert [stream[start : start + size] for _, _, start, size in small] == texts
    assert len({tuple(place[:2]) for place in (*small, large, late)}) == 3
    assert zlib.decompress(blob[large[0] : sum(large)], -15) == b"large" * 50_000
    assert max(small[0][0], large[0]) < opening <= late[0]


@given(st.lists(st.lists(st.integers(-(2**30), 2**30 - 1), max_size=6), max_size=6))
def test_lines_are_told_in_sevens_of_bits(lines):
    sections = pack.Sections()
    place = sections.add_lines(lines)
    blob, _ = sections.deflated()
    raw = zlib.decompress(blob[place[0] : sum(place[:2])], -15)[place[2] :]
    numbers, z, shift = [], 0, 0
    for byte in raw:
        z |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            numbers.append((z >> 1) ^ -(z & 1))
            z = shift = 0
    assert numbers == [value for line in lines for value in (len(line), *line)]


def test_near_rows_follow_each_other_and_equal_ones_by_their_number():
    order = fields.order(
        np.array([5, 5, 900_000, 5]), np.zeros(4, dtype=np.int64), np.arange(9, 5, -1)
    )
    assert order.tolist() == [3, 1, 0, 2]


def test_rows_out_of_order_are_refused():
    columns = placed([0, 900_000], [0, 0])
    turned = [Column(c.name, c.kind, np.asarray(c.values)[::-1], c.decimals) for c in columns]
    with pytest.raises(SceneError, match="Morton order"):
        Unpacked(turned)


def test_what_is_no_latitude_is_refused():
    with pytest.raises(SceneError, match="latitudes from -90 to 90"):
        fields.order(np.array([0]), np.array([9_500_000]), None)


def test_labels_are_json():
    column = Column("c", "category", np.array([1, 0], dtype=np.int32), labels=("</script>",))
    unpacked = Unpacked(placed([0, 0], [0, 0], column))
    one = unpacked.meta["columns"][-1]
    assert one["count"] == 1
    assert json.loads(unpacked.section(one["labels_at"])) == ["</script>"]
    assert unpacked.column("c") == [1, 0]
