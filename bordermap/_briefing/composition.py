"""The figures of a briefing in words, laid out as a `Document`.

This is done once, so that a PDF, a Word file, a web page and a Markdown file say the same.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date
from functools import cache, partial
from typing import TYPE_CHECKING, Literal

import numpy as np

from bordermap._briefing.charts import WIDTH_MM, Bars
from bordermap._briefing.document import (
    Block,
    Cell,
    Document,
    Figure,
    Figures,
    Heading,
    Items,
    Paragraph,
    Picture,
    Table,
    TableColumn,
    safe_link,
    shown,
)
from bordermap._briefing.summary import Group, Summary, Total, cells_of, iso_parts, summarise
from bordermap.model import UNNAMED, Incidents
from bordermap.reasons import translated
from bordermap.words import Words

if TYPE_CHECKING:
    import pandas as pd

    from bordermap.scene import Credit, Scene

__all__ = ["compose"]

_MOST_REJECTED = 200
_MOST_CHARACTERS = 400
_MOST_MONTHS = 240
_MOST_BARS = 25
_MAP_MM = 150.0  # so that it stands on the first page, below the key figures


def compose(scene: Scene, incidents: Incidents, rows: int) -> Document:
    """Lay a briefing out: all its text, figures, pictures and tables, in the order of reading.

    Parameters
    ----------
    scene : Scene
        The map, and the briefing's title, language and date of making.
    incidents : Incidents
        Measured; at least one has been placed.
    rows : int
        Incidents that the table holds at most.
    """
    return _Composer(scene, incidents, rows).document()


class _Composer:
    """The parts of one briefing, each a list of blocks."""

    def __init__(self, scene: Scene, incidents: Incidents, rows: int) -> None:
        self.scene = scene
        self.incidents = incidents
        self.rows = rows
        self.frame: pd.DataFrame = incidents.frame
        self._columns: dict[str, list[str]] = {}
        self.w = Words(scene.lang, "briefing")
        self.s: Summary = summarise(incidents)
        self.border = shown(self.w.border(scene.border.label))
        name = incidents.source.name
        self.source = self.w("the_table") if name == UNNAMED else _cut(name)
        self.period = self._period()

    def document(self) -> Document:
        w = self.w
        parts: tuple[Callable[[], list[Block]], ...] = (
            self._summary,
            self._map,
            self._when,
            self._near,
            self._where,
            self._what,
            self._table,
            self._not_placed,
            self._method,
            self._credits,
        )
        made = date.fromisoformat(self.scene.made) if self.scene.made else None
        subtitle = [w("subtitle", period=self.period)]
        if made:
            subtitle.append(w("made", date=self._date(made.isoformat())))
        return Document(
            title=_cut(self.scene.title) or w("title", border=self.border),
            subtitle=" · ".join(subtitle),
            lang=self.scene.lang,
            made=made,
            page=w("page"),
            blocks=tuple(block for part in parts for block in part()),
        )

    # --- words ------------------------------------------------------------------------------

    def _period(self) -> str:
        first, last = self.s.first, self.s.last
        if not first:
            return self.w("period_unknown")
        if first == last:
            return self._date(first)
        return self.w("period", first=self._date(first), last=self._date(last))

    def _date(self, text: str) -> str:
        """A date of the table, as precisely as it is given; what is none stays as it is."""
        parts = iso_parts(text)
        if parts is None:
            return shown(text)
        year, month, day = parts
        return self.w.date(year * 10000 + month * 100 + day)

    def _n(self, value: float) -> str:
        return self.w.number(value, 0 if float(value).is_integer() else 1)

    def _total(self, total: Total) -> str:
        return self._n(total.sum) if total.known else "–"

    def _people(self, name: str, total: Total) -> str:
        n = total.sum
        return self.w.count(f"people_{name}", int(n) if n.is_integer() else 2) if n else ""

    def _listed(self, parts: Sequence[str]) -> str:
        if len(parts) < 2:
            return "".join(parts)
        return self.w("and", all=", ".join(parts[:-1]), last=parts[-1])

    def _place(self, position: int) -> str:
        """The place of a row as the table names it, else its coordinates."""
        cells = [self._cell(name, position) for name in ("place", "admin1")]
        if not cells[0]:
            lat, lon = (self._float(name, position) for name in ("lat", "lon"))
            cells[0] = f"{self.w.number(lat, 3)} {self.w.number(lon, 3)}"
        return ", ".join(cell for cell in cells if cell)

    def _cell(self, name: str, position: int) -> str:
        if name not in self._columns:
            self._columns[name] = cells_of(self.frame, name)
        return self._columns[name][position]

    def _float(self, name: str, position: int) -> float:
        return float(self.frame[name].iloc[position])

    # --- parts --------------------------------------------------------------------------------

    def _summary(self) -> list[Block]:
        return [
            Heading(self.w("summary")),
            Paragraph(" ".join(self._lead())),
            Figures(
                self.w("figures"),
                (self.w("figure"), self.w("value"), self.w("note")),
                tuple(self._key_figures()),
            ),
        ]

    def _lead(self) -> list[str]:
        w, s = self.w, self.s
        lead = [w.count("lead", s.incidents, period=self.period)]
        if s.undated:
            lead.append(w.count("lead_undated", s.undated))
        killed = self._people("killed", s.killed) if s.killed else ""
        injured = self._people("injured", s.injured) if s.injured else ""
        if killed and injured:
            lead.append(w("lead_casualties", killed=killed, injured=injured))
        elif killed:
            lead.append(w("lead_killed", killed=killed))
        elif injured:
            lead.append(w("lead_injured", injured=injured))
        if s.incidents > 2:
            lead.append(w("lead_half", median=w.km(s.median_km), border=self.border))
        km = w.km(self._float("border_km", s.nearest))
        place = self._place(s.nearest) if self._cell("place", s.nearest) else ""
        if place:
            lead.append(w("lead_nearest", km=km, place=_cut(place)))
        else:
            lead.append(w("lead_nearest_unnamed", km=km))
        if s.rejected:
            lead.append(w.count("lead_rejected", s.rejected))
        return lead

    def _key_figures(self) -> list[Figure]:
        w, s = self.w, self.s
        rows = w.number(s.incidents + s.rejected)
        figures = [Figure(w("incidents"), w.number(s.incidents), w("of_rows", rows=rows))]
        for name, total in (("killed", s.killed), ("injured", s.injured)):
            if total is None:
                figures.append(Figure(w(name), "–", w("no_column")))
                continue
            known, every = w.number(total.known), w.number(s.incidents)
            note = w("known_for", known=known, all=every)
            figures.append(Figure(w(name), self._total(total), note))
        figures.append(Figure(w("median"), w.km(s.median_km), w("median_note", border=self.border)))
        for limit, within in s.within.items():
            if within.low == within.high:
                note = w("within_sure")
            else:
                low, high = w.number(within.low), w.number(within.high)
                note = w("within_between", low=low, high=high)
            figures.append(Figure(w("within", km=limit), w.number(within.count), note))
        nearest = w.km(self._float("border_km", s.nearest))
        about = [self._place(s.nearest), self._date(self._cell("date", s.nearest))]
        figures.append(Figure(w("nearest"), nearest, _cut(", ".join(a for a in about if a))))
        return figures

    def _map(self) -> list[Block]:
        w = self.w
        top = [self._state_only(group) for group in self.s.states[:3] if group.key[1]]
        alt = w(
            "map_alt",
            incidents=w.count("incident", self.s.incidents),
            border=self.border,
            states=w("map_alt_states", states=self._listed(top)) if len(self.s.states) > 3 else "",
        )
        caption = " ".join([w("map_caption", border=self.border), *self._protected()])
        # The document's title stands above the map already.
        bare = replace(self.scene, title="")
        return [Picture("map", alt, caption, cache(partial(_draw_map, bare)), _MAP_MM)]

    def _told(self, text: str) -> str:
        """A reason or note of bordermap's own in the reader's language."""
        return translated(text, self.w.lang)

    def _protected(self) -> list[str]:
        """That points were moved, where they were."""
        how = self.incidents.protection
        if how is None:
            return []
        share = self.w("protected_all")
        if how.rows < self.s.incidents:
            n, every = self.w.number(how.rows), self.w.number(self.s.incidents)
            share = self.w("protected_some", n=n, total=every)
        return [self.w(f"protected_{how.method}", share=share, km=self._n(how.km))]

    def _when(self) -> list[Block]:
        w, s = self.w, self.s
        if not s.months:
            return []
        blocks: list[Block] = [Heading(w("when")), self._over_time()]
        if not self._by_month():
            blocks.append(Paragraph(w("by_year_why")))
        unknown = any(counts[12] for counts in s.months.values())
        heads = [w("year"), *w.months_short] + [w("month_unknown")] * unknown
        columns = [TableColumn(head, number=True, width=0.8) for head in heads]
        columns = [TableColumn(w("year"), width=1.1), *columns[1:], _number(w("total"), 1.0)]
        rows = []
        for year, counts in s.months.items():
            cells = [*counts[:12], *counts[12 : 12 + unknown]]
            texts = [w.number(n) if n else "–" for n in cells]
            rows.append(_row(f"{year:04}", *texts, w.number(sum(counts))))
        sums = np.array(list(s.months.values())).sum(axis=0)
        texts = [w.number(n) for n in sums[: 12 + unknown]]
        rows.append(_row(w("total"), *texts, w.number(int(sums.sum()))))
        blocks.append(Table(w("by_month_table"), tuple(columns), tuple(rows), total=True))
        if s.undated:
            blocks.append(Paragraph(w("undated", n=w.number(s.undated))))
        return blocks

    def _by_month(self) -> bool:
        years = list(self.s.months)
        dated = any(any(counts[:12]) for counts in self.s.months.values())
        return dated and (years[-1] - years[0] + 1) * 12 <= _MOST_MONTHS

    def _over_time(self) -> Picture:
        w, months = self.w, self.s.months
        years = range(min(months), max(months) + 1)
        shown_years = list(years) if len(years) <= _MOST_MONTHS else list(months)
        if self._by_month():
            name, ticks, labels, values, names = "by_month", [], [], [], []
            for year in shown_years:
                for month, n in enumerate(months.get(year, (0,) * 13)[:12]):
                    labels.append(f"{year}")
                    values.append(n)
                    names.append(w.date(year * 10000 + (month + 1) * 100))
            used = [i for i, n in enumerate(values) if n]
            cut = slice(used[0], used[-1] + 1) if len(shown_years) <= 2 else slice(None)
            labels, values, names = labels[cut], values[cut], names[cut]
            if len(values) <= 24:
                labels = [w.months_short[(i + (cut.start or 0)) % 12] for i in range(len(values))]
                labels = [
                    f"{label}\n{name[-4:]}" if i == 0 or (i + (cut.start or 0)) % 12 == 0 else label
                    for i, (label, name) in enumerate(zip(labels, names, strict=True))
                ]
                ticks = list(range(len(values)))
            else:
                ticks = list(range(0, len(values), 12 * (1 + len(shown_years) // 21)))
        else:
            name = "by_year"
            values = [sum(months.get(year, (0,))) for year in shown_years]
            labels = names = [f"{year:04}" for year in shown_years]
            ticks = list(range(0, len(values), 1 + len(values) // 20))
        most = int(np.argmax(values))
        alt = w(f"{name}_alt", period=self.period, most=w.number(values[most]), at=names[most])
        bars = Bars(labels, values, [w.number(n) for n in values], ticks)
        return Picture("months", alt, w(name), cache(bars.draw), WIDTH_MM)

    def _near(self) -> list[Block]:
        w, bands = self.w, self.s.bands
        return [
            Heading(w("near")),
            self._bars("distance", "by_band", bands, self._band, border=self.border),
            self._groups(w("by_band_table"), w("band"), bands, self._band),
        ]

    def _where(self) -> list[Block]:
        w, states = self.w, self.s.states
        blocks: list[Block] = [
            Heading(w("where")),
            self._bars("states", "by_state", states, self._state),
            self._groups(w("by_state_table"), w("state"), states, self._state_only, country=True),
        ]
        if len(states) > _MOST_BARS:
            note = w("chart_first", n=_MOST_BARS, all=w.number(len(states)))
            blocks.insert(2, Paragraph(note))
        return blocks

    def _what(self) -> list[Block]:
        w, categories = self.w, self.s.categories
        if not categories:
            return []
        return [
            Heading(w("what")),
            self._groups(w("by_category"), w("category"), categories, self._category),
        ]

    def _band(self, group: Group) -> str:
        low, high = group.key
        if not low:
            return self.w("band_first", high=high)
        return (
            self.w("band_last", low=low)
            if high == np.inf
            else self.w("band_middle", low=low, high=high)
        )

    def _state(self, group: Group) -> str:
        code, name = group.key
        return (
            ", ".join(p for p in (self._state_only(group), self.w.country(code)) if p)
            if name
            else self.w("state_unknown")
        )

    def _state_only(self, group: Group) -> str:
        return _cut(group.key[1]) or self.w("state_unknown")

    def _category(self, group: Group) -> str:
        return _cut(group.key) or self.w("category_unknown")

    def _bars(
        self,
        name: str,
        key: str,
        groups: Sequence[Group],
        label: Callable[[Group], str],
        **values: str,
    ) -> Picture:
        head = groups[:_MOST_BARS]
        labels = [label(group) for group in head]
        counts = [group.incidents for group in head]
        texts = [self.w.number(n) for n in counts]
        told = "; ".join(f"{label}: {text}" for label, text in zip(labels, texts, strict=True))
        bars = Bars(labels, counts, texts)
        drawn = cache(bars.draw)
        return Picture(
            name, self.w(f"{key}_alt", list=told), self.w(key, **values), drawn, WIDTH_MM
        )

    def _groups(
        self,
        caption: str,
        head: str,
        groups: Sequence[Group],
        label: Callable[[Group], str],
        *,
        country: bool = False,
    ) -> Table:
        """A row for each group, and one for all."""
        w, s = self.w, self.s
        columns = [TableColumn(head, width=2.4)]
        if country:
            columns.append(TableColumn(w("country"), width=1.6))
        heads = [w("incidents"), w("share")]
        heads += [w(name) for name in ("killed", "injured") if getattr(s, name)]
        heads += [w("nearest_km"), w("median_km")]
        columns += [_number(text, 1.2) for text in heads]

        def row(texts: list[str], group: Group) -> tuple[Cell, ...]:
            share = w("percent", n=w.number(100 * group.incidents / s.incidents, 1))
            texts = [*texts, w.number(group.incidents), share]
            for name in ("killed", "injured"):
                if getattr(s, name):
                    texts.append(self._total(getattr(group, name)))
            for km in (group.nearest_km, group.median_km):
                texts.append(w.number(km, 1) if group.incidents else "–")
            return _row(*texts)

        rows = []
        for group in groups:
            where = [w.country(group.key[0])] if country else []
            rows.append(row([label(group), *where], group))
        none = Total(0.0, 0)
        nearest = self._float("border_km", s.nearest)
        every = Group(None, s.incidents, s.killed or none, s.injured or none, nearest, s.median_km)
        rows.append(row([w("all"), *([""] if country else [])], every))
        return Table(caption, tuple(columns), tuple(rows), total=True)

    def _table(self) -> list[Block]:
        w, s = self.w, self.s
        km = self.frame["border_km"].to_numpy(dtype=np.float64)
        every = s.incidents <= self.rows
        if every:
            dates = [self._cell("date", i) for i in range(s.incidents)]
            order = sorted(
                range(s.incidents), key=lambda i: (iso_parts(dates[i]) or (9999, 99, 99), i)
            )
            caption = w("table_all", border=self.border, source=self.source)
        else:
            order = [int(i) for i in np.argsort(km, kind="stable")[: self.rows]]
            n, total = w.number(self.rows), w.number(s.incidents)
            caption = w("table_part", n=n, all=total, border=self.border, source=self.source)
        counted = [name for name in ("killed", "injured") if getattr(s, name)]
        columns = [
            _number(w("row"), 0.65),
            TableColumn(w("date"), width=1.25),
            TableColumn(w("place"), width=1.9),
            TableColumn(w("incident"), width=4.0),
            *(_number(w(name), 1.0) for name in counted),
            _number(w("km"), 0.85),
            _number(w("plus_minus"), 0.85),
        ]
        rows = []
        cut = False
        for i in order:
            what = self._happened(i)
            cut = cut or any(text.endswith("…") for text in (what.text, what.small))
            numbers = [self._count(name, i) for name in counted]
            numbers.append(w.number(km[i], 1))
            numbers.append(self._plus_minus(i))
            row = shown(str(self.frame.index[i]))
            when, where = _cut(self._cell("date", i)), _cut(self._place(i))
            rows.append((Cell(row), Cell(when), Cell(where), what, *map(Cell, numbers)))
        blocks: list[Block] = [
            Heading(w("table")),
            Table(caption, tuple(columns), tuple(rows)),
        ]
        if cut:
            blocks.append(Paragraph(w("table_cut", n=w.number(_MOST_CHARACTERS))))
        return blocks

    def _count(self, name: str, position: int) -> str:
        text = self._cell(name, position)
        return self._n(float(text)) if text else "–"

    def _plus_minus(self, position: int) -> str:
        text = self._cell("border_uncertainty_km", position)
        return self.w.number(float(text), 1) if text else "–"

    def _happened(self, position: int) -> Cell:
        """What a row tells, its source below, and the link to it."""
        named = (self._cell(name, position) for name in ("title", "category", "description"))
        text = next((cell for cell in named if cell), "")
        source, url = self._cell("source", position), self._cell("url", position)
        small = self.w("source_named", source=source or url) if source or url else ""
        return Cell(_cut(text) or "–", _cut(small) or self.w("source_none"), safe_link(url))

    def _not_placed(self) -> list[Block]:
        w, rejected = self.w, self.incidents.rejected
        blocks: list[Block] = [Heading(w("not_placed"))]
        if not len(rejected):
            return [*blocks, Paragraph(w("placed_all"))]
        text = w.count("rejected", len(rejected), source=self.source)
        if len(rejected) > _MOST_REJECTED:
            n, total = w.number(_MOST_REJECTED), w.number(len(rejected))
            text += " " + w("rejected_part", n=n, all=total, source=self.source)
        columns = (
            _number(w("row"), 0.6),
            TableColumn(w("column"), width=1.0),
            TableColumn(w("reason"), width=4.2),
            TableColumn(w("content"), width=3.2),
        )
        told = ("date", "place", "admin1", "country", "lon", "lat", "title")
        rows = []
        own = ("row", "column", "reason")
        head = rejected.head(_MOST_REJECTED)
        cells = {name: cells_of(head, name) for name in (*own, *told)}
        cells["reason"] = [self._told(reason) for reason in cells["reason"]]
        for i in range(len(head)):
            content = " · ".join(cells[name][i] for name in told if cells[name][i])
            rows.append(_row(*(_cut(t) for t in (*(cells[n][i] for n in own), content))))
        return [*blocks, Paragraph(text), Table(w("rejected_table"), columns, tuple(rows))]

    def _method(self) -> list[Block]:
        w = self.w
        kinds = Counter(self._cell("match", i) for i in range(self.s.incidents))
        found = [
            w(f"match_{kind}", n=w.number(kinds[kind]))
            for kind in ("exact", "alternate", "fuzzy", "coordinates")
            if kind in kinds
        ]
        sure = self.frame["border_uncertainty_km"].to_numpy(dtype=np.float64)
        sure = sure[np.isfinite(sure)]
        accuracy = f"{w.number(self.scene.border.accuracy_m)}\N{NO-BREAK SPACE}m"
        blocks: list[Block] = [
            Heading(w("method")),
            Paragraph(w("method_measure", border=self.border)),
        ]
        if found:
            blocks.append(Paragraph(w("method_match", list=self._listed(found))))
        if sure.size:
            middle, most = w.km(float(np.median(sure))), w.km(float(sure.max()))
            text = w("method_uncertainty", accuracy=accuracy, median=middle, most=most)
            blocks.append(Paragraph(text))
        blocks += [Paragraph(text) for text in self._protected()]
        if self.s.killed or self.s.injured:
            blocks.append(Paragraph(w("method_known")))
        if self.incidents.notes:
            blocks.append(Heading(w("method_notes"), level=2))
            blocks.append(Items(tuple(_cut(self._told(note)) for note in self.incidents.notes)))
        return blocks

    def _credits(self) -> list[Block]:
        from bordermap import __version__

        w = self.w
        roles: dict[Credit, list[str]] = {}
        for credit in self.scene.credits:
            if credit.role != "software":  # of the page, not of a briefing
                roles.setdefault(replace(credit, role=""), []).append(w(f"credit_{credit.role}"))
        lines = []
        for credit, (first, *others) in roles.items():
            role = self._listed([first, *map(str.lower, others)])
            parts = [w("credit_line", role=role, name=credit.name)]
            parts += [credit.edition] if credit.edition else []
            parts += [credit.attribution] if credit.attribution != credit.name else []
            parts += [w("credit_licence", licence=credit.licence)] if credit.licence else []
            lines.append(_cut("; ".join(parts)))
        return [
            Heading(w("credits")),
            Items(tuple(lines)),
            Paragraph(w("made_with", version=__version__)),
        ]


def _draw_map(scene: Scene, kind: Literal["svg", "png"]) -> bytes:
    from bordermap import static

    return static.render(scene, kind, width_mm=_MAP_MM)


def _number(head: str, width: float) -> TableColumn:
    return TableColumn(head, number=True, width=width)


def _row(*texts: str) -> tuple[Cell, ...]:
    return tuple(Cell(text) for text in texts)


def _cut(text: str) -> str:
    """The text as a document shows it; one too long for a table ends with "…"."""
    text = shown(text)
    return text if len(text) <= _MOST_CHARACTERS else text[: _MOST_CHARACTERS - 1] + "…"
