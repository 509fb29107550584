"""A `Document` as an HTML page, as Markdown, as a Word file and as a PDF.

The text of a document is nobody's markup: each writer escapes it by the rules of its format, or hands
it over as data. The same document gives the same bytes.
"""

from __future__ import annotations

import base64
import hashlib
import io
import json
import re
import zipfile
from dataclasses import asdict
from datetime import datetime, time
from functools import lru_cache
from html import escape
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from bordermap._briefing.document import (
    Cell,
    Document,
    Figures,
    Heading,
    Items,
    Paragraph,
    Picture,
    Table,
    TableColumn,
)
from bordermap._extras import needed

if TYPE_CHECKING:
    from docx.document import Document as WordDocument
    from docx.table import _Cell as WordCell
    from docx.text.paragraph import Paragraph as WordParagraph

__all__ = ["docx", "html", "markdown", "pdf"]


@lru_cache(maxsize=8)
def _asset(name: str) -> str:
    return resources.files("bordermap").joinpath("assets", name).read_text(encoding="utf-8")


# --- HTML ---------------------------------------------------------------------------------------


def html(document: Document) -> str:
    """One HTML page, pictures included, that runs no script and asks no host."""
    style = "\n" + re.sub(r"/\*.*?\*/\n?", "", _asset("briefing.css"))
    digest = base64.b64encode(hashlib.sha256(style.encode("utf-8")).digest()).decode("ascii")
    policy = (
        f"default-src 'none'; style-src 'sha256-{digest}'; img-src data:; base-uri 'none'; "
        "form-action 'none'"
    )
    made = ""
    if document.made:
        made = f'<meta name="date" content="{document.made.isoformat()}">\n'
    body = "\n".join(_html_block(block) for block in document.blocks)
    return (
        f'<!DOCTYPE html>\n<html lang="{document.lang}">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"{made}<title>{escape(document.title)}</title>\n"
        f'<link rel="icon" href="data:,">\n<style>{style}</style>\n</head>\n<body>\n<main>\n'
        f"<header>\n<h1>{escape(document.title)}</h1>\n"
        f'<p class="subtitle">{escape(document.subtitle)}</p>\n</header>\n'
        f"{body}\n</main>\n</body>\n</html>\n"
    )


def _html_block(block: object) -> str:
    match block:
        case Heading():
            tag = f"h{block.level + 1}"
            return f"<{tag}>{escape(block.text)}</{tag}>"
        case Paragraph():
            return f"<p>{escape(block.text)}</p>"
        case Items():
            return "<ul>\n" + "\n".join(f"<li>{escape(t)}</li>" for t in block.texts) + "\n</ul>"
        case Figures():
            figures = "\n".join(
                f'<div><dt>{escape(f.label)}</dt><dd class="value">{escape(f.value)}</dd>'
                f"<dd>{escape(f.note)}</dd></div>"
                for f in block.figures
            )
            return f'<dl class="figures">\n{figures}\n</dl>'
        case Picture():
            picture = base64.b64encode(block.draw("svg")).decode("ascii")
            return (
                f'<figure>\n<img alt="{escape(block.alt)}" '
                f'src="data:image/svg+xml;base64,{picture}">\n'
                f"<figcaption>{escape(block.caption)}</figcaption>\n</figure>"
            )
        case Table():
            return _html_table(block)
    raise TypeError(block)


def _html_table(table: Table) -> str:
    kind = [_html_class(column) for column in table.columns]
    heads = "".join(
        f'<th scope="col"{k}>{escape(column.head)}</th>'
        for column, k in zip(table.columns, kind, strict=True)
    )
    rows = []
    for i, row in enumerate(table.rows):
        first, *rest = (_html_cell(cell) for cell in row)
        total = ' class="total"' if table.total and i == len(table.rows) - 1 else ""
        cells = "".join(f"<td{k}>{cell}</td>" for cell, k in zip(rest, kind[1:], strict=True))
        rows.append(f'<tr{total}><th scope="row"{kind[0]}>{first}</th>{cells}</tr>')
    body = "\n".join(rows)
    return (
        # A table wider than a telephone scrolls, also by the arrow keys.
        f'<div class="wide" tabindex="0" role="group" aria-label="{escape(table.caption)}">'
        f"<table>\n<caption>{escape(table.caption)}</caption>\n"
        f"<thead><tr>{heads}</tr></thead>\n<tbody>\n{body}\n</tbody>\n</table></div>"
    )


def _html_class(column: TableColumn) -> str:
    """Numbers stand in line; wide columns hold text, whose words may break."""
    return ' class="number"' if column.number else ' class="text"' if column.width >= 1.5 else ""


def _html_cell(cell: Cell) -> str:
    text, small = escape(cell.text), escape(cell.small)
    if cell.link:
        start = f'<a href="{escape(cell.link)}" rel="noopener noreferrer">'
        text, small = (text, f"{start}{small}</a>") if small else (f"{start}{text}</a>", "")
    return f"{text}<small>{small}</small>" if small else text


# --- Markdown -----------------------------------------------------------------------------------

# What CommonMark, GitHub and Pandoc could take for more than a character.
_SPECIAL = re.compile(r"[\\`*_\[\]~|$^@#{}!]")
_LINE_START = re.compile(r"^(\s*)([-+=]|\d+(?=[.)](?:\s|$)))")


def markdown(document: Document, stem: str) -> dict[str, bytes]:
    """Markdown with its pictures: contents by file name, the text first."""
    files: dict[str, bytes] = {f"{stem}.md": b""}
    parts = [f"# {_md(document.title)}", _md_line(document.subtitle)]
    for block in document.blocks:
        if isinstance(block, Picture):
            name = f"{stem}-{block.name}.png"
            files[name] = block.draw("png")
            parts += [f"![{_md(block.alt)}]({quote(name)})", f"*{_md(block.caption)}*"]
        else:
            parts.append(_md_block(block))
    files[f"{stem}.md"] = ("\n\n".join(parts) + "\n").encode("utf-8")
    return files


def _md(text: str) -> str:
    """Text that Markdown shows as it is."""
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return _SPECIAL.sub(r"\\\g<0>", text)


def _md_line(text: str) -> str:
    """Text at the start of a line, where a number or a dash could begin a list."""
    return _LINE_START.sub(_unlisted, _md(text))


def _unlisted(found: re.Match[str]) -> str:
    # A digit cannot be escaped, the mark behind it can.
    return f"{found[1]}{found[2]}\\" if found[2].isdecimal() else f"{found[1]}\\{found[2]}"


def _md_block(block: object) -> str:
    match block:
        case Heading():
            return f"{'#' * (block.level + 1)} {_md(block.text)}"
        case Paragraph():
            return _md_line(block.text)
        case Items():
            return "\n".join(f"- {_md_line(text)}" for text in block.texts)
        case Figures():
            rows = [[_md(f.label), f"**{_md(f.value)}**", _md(f.note)] for f in block.figures]
            return _md_rows([*map(_md, block.heads)], [False, True, False], rows)
        case Table():
            rows = [[_md_cell(cell) for cell in row] for row in block.rows]
            if block.total:
                rows[-1] = [f"**{cell}**" if cell else "" for cell in rows[-1]]
            heads = [_md(column.head) for column in block.columns]
            lines = _md_rows(heads, [column.number for column in block.columns], rows)
            return f"*{_md(block.caption)}*\n\n{lines}"
    raise TypeError(block)


def _md_rows(heads: list[str], numbers: list[bool], rows: list[list[str]]) -> str:
    rule = ["---:" if number else "---" for number in numbers]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in (heads, rule, *rows))


def _md_cell(cell: Cell) -> str:
    text, small = _md(cell.text), _md(cell.small)
    if cell.link:
        # Between angle brackets an address may hold anything but these.
        address = quote(cell.link, safe="%:/?#[]@!$&'()*+,;=-._~").replace("|", "%7C")
        if small:
            small = f"[{small}](<{address}>)"
        else:
            text = f"[{text}](<{address}>)"
    return f"{text}<br>{small}" if small else text


# --- Word ---------------------------------------------------------------------------------------

_ZIP_EPOCH = (1980, 1, 1, 0, 0, 0)
_INK, _QUIET, _ACCENT, _LINE = "1D2B36", "52616C", "2B5F8A", "B8C2CA"
_TEXT_WIDTH_MM = 176.0


def docx(document: Document) -> bytes:
    """A Word file with real headings, tables whose headings repeat, and described pictures."""
    needed("docx", "a Word briefing", "report")
    return _Word(document).save()


class _Word:
    def __init__(self, document: Document) -> None:
        import docx
        from docx.shared import Mm

        self.document = document
        self.word: WordDocument = docx.Document()
        section = self.word.sections[0]
        section.page_width, section.page_height = Mm(215.9), Mm(279.4)
        section.left_margin = section.right_margin = Mm((215.9 - _TEXT_WIDTH_MM) / 2)
        section.top_margin, section.bottom_margin = Mm(20), Mm(20)
        self._styles()
        self._properties()
        self._footer()
        self.word.add_paragraph(document.title, style="Title")
        self.word.add_paragraph(document.subtitle, style="Subtitle")
        for block in document.blocks:
            self._block(block)

    def save(self) -> bytes:
        raw = io.BytesIO()
        self.word.save(raw)
        out = io.BytesIO()
        # python-docx stamps each part with the clock.
        with zipfile.ZipFile(raw) as made, zipfile.ZipFile(out, "w") as fixed:
            for name in made.namelist():
                part = zipfile.ZipInfo(name, _ZIP_EPOCH)
                part.compress_type = zipfile.ZIP_DEFLATED
                part.external_attr = 0o600 << 16
                fixed.writestr(part, made.read(name))
        return out.getvalue()

    # --- around the text ---------------------------------------------------------------------

    def _styles(self) -> None:
        from docx.oxml.ns import qn
        from docx.shared import Pt, RGBColor

        looks: dict[str, tuple[float, str, bool]] = {
            "Normal": (10.5, _INK, False),
            "Title": (22, _INK, True),
            "Subtitle": (11, _QUIET, False),
            "Heading 1": (15, _ACCENT, True),
            "Heading 2": (12, _ACCENT, True),
            "Caption": (9, _QUIET, False),
        }
        for name, (size, colour, bold) in looks.items():
            style = self.word.styles[name]
            font = style.font
            font.name, font.size, font.bold = "Calibri", Pt(size), bold
            font.color.rgb = RGBColor.from_string(colour)
            font.italic = False
            properties = style.element.get_or_add_rPr()
            fonts = properties.rFonts
            for key in [k for k in fonts.attrib if k.endswith("Theme")]:
                del fonts.attrib[key]
            for script in ("eastAsia", "cs", "hAnsi"):
                fonts.set(qn(f"w:{script}"), "Calibri")
        grid = self.word.styles["Table Grid"].element.find(qn("w:tblPr"))
        for line in grid.find(qn("w:tblBorders")):
            line.set(qn("w:color"), _LINE)
            if line.tag in (qn("w:left"), qn("w:right"), qn("w:insideV")):
                line.set(qn("w:val"), "nil")
        for side in ("w:left", "w:right"):  # a figure that breaks in its column is misread
            grid.find(qn("w:tblCellMar")).find(qn(side)).set(qn("w:w"), "50")
        region = {"en": "en-US", "es": "es-MX"}.get(self.document.lang, self.document.lang)
        for element in self.word.styles.element.iter(qn("w:lang")):
            element.set(qn("w:val"), region)

    def _properties(self) -> None:
        properties = self.word.core_properties
        properties.title = self.document.title[:255]
        properties.subject = self.document.subtitle[:255]
        properties.language = self.document.lang
        properties.author = properties.comments = properties.last_modified_by = ""
        properties.keywords = "bordermap"
        made = self.document.made
        if made:
            properties.created = properties.modified = datetime.combine(made, time())
        else:  # the template's own date would be a lie
            element = properties._element  # noqa: SLF001
            for child in list(element):
                if child.tag.endswith(("}created", "}modified")):
                    element.remove(child)

    def _footer(self) -> None:
        from docx.oxml import OxmlElement
        from docx.oxml.ns import qn

        paragraph = self.word.sections[0].footer.paragraphs[0]
        paragraph.add_run(f"{self.document.title[:120]}\t\t{self.document.page} ")
        field = OxmlElement("w:fldSimple")
        field.set(qn("w:instr"), "PAGE")
        paragraph._p.append(field)  # noqa: SLF001

    # --- blocks --------------------------------------------------------------------------------

    def _block(self, block: object) -> None:
        match block:
            case Heading():
                self.word.add_heading(block.text, block.level)
            case Paragraph():
                self.word.add_paragraph(block.text)
            case Items():
                for text in block.texts:
                    self.word.add_paragraph(text, style="List Bullet")
            case Figures():
                self._figures(block)
            case Picture():
                self._picture(block)
            case Table():
                self._table(block)

    def _picture(self, picture: Picture) -> None:
        from docx.shared import Mm

        paragraph = self.word.add_paragraph()
        paragraph.paragraph_format.keep_with_next = True
        shape = paragraph.add_run().add_picture(
            io.BytesIO(picture.draw("png")), width=Mm(picture.width_mm)
        )
        described = shape._inline.docPr  # noqa: SLF001
        described.set("descr", picture.alt)
        described.set("title", picture.caption)
        self.word.add_paragraph(picture.caption, style="Caption")

    def _figures(self, block: Figures) -> None:
        from docx.shared import Mm, Pt

        across = 4
        down = -(-len(block.figures) // across)
        grid = self._grid(down, [_TEXT_WIDTH_MM / across] * across, block.caption)
        for i, figure in enumerate(block.figures):
            cell = grid[i // across][i % across]
            _shade(cell, "F1F4F6")
            lines = ((figure.label, 9, False), (figure.value, 18, True), (figure.note, 8.5, False))
            for j, (text, size, bold) in enumerate(lines):
                paragraph = cell.add_paragraph() if j else cell.paragraphs[0]
                paragraph.paragraph_format.space_after = Mm(0.5)
                run = paragraph.add_run(text)
                run.font.size, run.font.bold = Pt(size), bold
        self.word.add_paragraph()

    def _table(self, table: Table) -> None:
        from docx.enum.text import WD_ALIGN_PARAGRAPH
        from docx.shared import Pt

        caption = self.word.add_paragraph(table.caption, style="Caption")
        caption.paragraph_format.keep_with_next = True
        whole = sum(column.width for column in table.columns)
        widths = [_TEXT_WIDTH_MM * column.width / whole for column in table.columns]
        grid = self._grid(len(table.rows) + 1, widths, table.caption, header=True)
        heads = tuple(Cell(column.head) for column in table.columns)
        for i, (cells, row) in enumerate(zip(grid, (heads, *table.rows), strict=True)):
            bold = i == 0 or (table.total and i == len(table.rows))
            for word, cell, column in zip(cells, row, table.columns, strict=True):
                paragraph = word.paragraphs[0]
                paragraph.paragraph_format.space_after = Pt(0)
                if column.number:
                    paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT
                if i == 0:
                    _shade(word, "E4EAEF")
                self._cell(paragraph, cell, bold=bold, size=8 if i == 0 else 9)
        self.word.add_paragraph()

    def _cell(self, paragraph: WordParagraph, cell: Cell, *, bold: bool, size: int) -> None:
        from docx.shared import Pt, RGBColor

        linked = "small" if cell.small else "text"
        for name in ("text", "small"):
            text = getattr(cell, name)
            if not text:
                continue
            run = paragraph.add_run(text)
            run.font.size = Pt(size if name == "text" else 8)
            run.font.bold = bold
            if name == "small":
                run.font.color.rgb = RGBColor.from_string(_QUIET)
                run._r.insert_element_before(_element("w:br"), "w:t")  # noqa: SLF001
            if cell.link and name == linked:
                run.font.color.rgb = RGBColor.from_string(_ACCENT)
                self._link(paragraph, run, cell.link)

    def _link(self, paragraph: WordParagraph, run: Any, address: str) -> None:
        from docx.opc.constants import RELATIONSHIP_TYPE
        from docx.oxml.ns import qn

        link = _element("w:hyperlink")
        target = paragraph.part.relate_to(address, RELATIONSHIP_TYPE.HYPERLINK, is_external=True)
        link.set(qn("r:id"), target)
        paragraph._p.append(link)  # noqa: SLF001
        link.append(run._r)  # noqa: SLF001

    def _grid(
        self, rows: int, widths: list[float], caption: str, *, header: bool = False
    ) -> list[list[WordCell]]:
        """An empty table's cells, row by row."""
        from docx.oxml.ns import qn
        from docx.shared import Mm

        table = self.word.add_table(rows, len(widths), style="Table Grid" if header else None)
        table.autofit = False
        described = _element("w:tblCaption")
        described.set(qn("w:val"), caption[:255])
        table._tbl.tblPr.append(described)  # noqa: SLF001
        for column, width in zip(table.columns, widths, strict=True):
            column.width = Mm(width)
        grid = []
        for i, row in enumerate(table.rows):
            properties = row._tr.get_or_add_trPr()  # noqa: SLF001
            properties.append(_element("w:cantSplit"))
            if header and i == 0:
                properties.append(_element("w:tblHeader"))
            cells = list(row.cells)
            for cell, width in zip(cells, widths, strict=True):
                cell.width = Mm(width)
            grid.append(cells)
        return grid


def _element(tag: str) -> Any:
    from docx.oxml import OxmlElement

    return OxmlElement(tag)


def _shade(cell: WordCell, colour: str) -> None:
    from docx.oxml.ns import qn

    shade = _element("w:shd")
    shade.set(qn("w:val"), "clear")
    shade.set(qn("w:color"), "auto")
    shade.set(qn("w:fill"), colour)
    cell._tc.get_or_add_tcPr().append(shade)  # noqa: SLF001


# --- PDF ----------------------------------------------------------------------------------------


def pdf(document: Document) -> bytes:
    """A tagged PDF with embedded fonts, set by Typst out of data, never out of markup."""
    typst = needed("typst", "a PDF briefing", "report")
    mpl = needed("matplotlib", "a PDF briefing", "report")
    files: dict[str, bytes] = {}
    blocks = []
    for block in document.blocks:
        if isinstance(block, Picture):
            file = f"{block.name}.svg"
            files[file] = block.draw("svg")
            words = {"alt": block.alt, "caption": block.caption}
            record = {"file": file, "width": block.width_mm, **words}
        else:
            record = asdict(block)
        blocks.append({"kind": type(block).__name__, **record})
    made = document.made
    data = {
        "title": document.title,
        "subtitle": document.subtitle,
        "lang": document.lang,
        "made": [made.year, made.month, made.day] if made else None,
        "page": document.page,
        "blocks": blocks,
    }
    files["document.json"] = json.dumps(data).encode("ascii")
    files["main"] = _asset("briefing.typ").encode("utf-8")
    compiled: bytes = typst.compile(
        files,
        format="pdf",
        # Fonts of this machine would make another file of it.
        font_paths=[str(Path(mpl.get_data_path()) / "fonts" / "ttf")],
        ignore_system_fonts=True,
        pdf_standards="ua-1",
    )
    return compiled
