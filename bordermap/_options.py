"""The options that commands share, and what they mean together."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

import bordermap
from bordermap.errors import BorderError, GeocodeError

if TYPE_CHECKING:
    from bordermap.borders import Border
    from bordermap.protection import Jitter, Rounding

__all__ = [
    "border_option",
    "check_output",
    "column_names",
    "file_name",
    "json_option",
    "keep_apart",
    "kept_options",
    "narrowing",
    "numbers",
    "output_options",
    "protection",
    "reader_options",
    "refuse_narrowing",
    "refuse_table_options",
    "table_options",
    "where_options",
]

_Command = TypeVar("_Command", bound=Callable[..., Any])


def border_option(command: _Command) -> _Command:
    return click.option(
        "--border",
        default="us-mexico",
        show_default=True,
        metavar="KEY|FILE",
        callback=lambda _context, _option, text: _border(text),
        help="Border to measure to: 'bordermap borders' lists them; or a file of lines or polygons, or one "
        "that Border.save wrote (.border).",
    )(command)


def _border(text: str) -> str | Border:
    """A border by its key, which has no dot, or from the file of that name."""
    if not Path(text).suffix:
        return text
    from bordermap import borders

    try:
        if Path(text).suffix == ".border":
            return borders.Border.open(text)
        return borders.Border.from_file(text)
    except BorderError as error:
        raise click.UsageError(f"--border: {error}") from error


def reader_options(command: _Command) -> _Command:
    for option in (
        click.option(
            "--lang",
            default="en",
            show_default=True,
            metavar="en|es",
            help="Language of its words.",
        ),
        click.option("--title", default="", help="Its heading."),
    ):
        command = option(command)
    return command


def table_options(command: _Command) -> _Command:
    for option in (
        click.option("--encoding", metavar="NAME", help="Encoding of the CSV file, if not found."),
        click.option(
            "--sheet",
            metavar="NAME",
            expose_value=False,
            callback=_keep,
            help="Sheet of a workbook or layer of a geographic file: its name or number.",
        ),
        click.option(
            "--aliases",
            metavar="FILE",
            expose_value=False,
            callback=_keep,
            help="Your own names, which come first: a CSV file with name, and lat and lon or id.",
        ),
        click.option(
            "--decisions",
            metavar="FILE",
            expose_value=False,
            callback=_keep,
            help="What was decided on the names of this table before, as you reviewed it.",
        ),
        click.option(
            "--write-decisions",
            metavar="FILE",
            expose_value=False,
            callback=_keep,
            help="Write what each name was taken for and why, to be reviewed in a spreadsheet.",
        ),
        click.option(
            "--round-km",
            type=float,
            metavar="KM",
            expose_value=False,
            callback=_keep,
            help="Protect places: put each point at the middle of a grid cell of that size.",
        ),
        click.option(
            "--jitter-km",
            type=float,
            metavar="KM",
            expose_value=False,
            callback=_keep,
            help="Protect places: move each point at random by up to that far; needs --seed.",
        ),
        click.option(
            "--seed",
            metavar="SECRET",
            expose_value=False,
            callback=_keep,
            help="Decides where --jitter-km moves points to; who knows it can undo it.",
        ),
        click.option(
            "--sensitive",
            metavar="COLUMN",
            expose_value=False,
            callback=_keep,
            help="Protect only the rows in which this column says yes.",
        ),
        click.option(
            "--column",
            "columns",
            multiple=True,
            metavar="HEADING=NAME",
            help="What a heading means, as in --column sitio=place; can be repeated.",
        ),
        click.option(
            "--rejected",
            type=click.Path(dir_okay=False),
            metavar="FILE",
            help="Write the rows that could not be placed to this CSV file.",
        ),
        click.option("-q", "--quiet", is_flag=True, help="Nothing on stderr but errors."),
    ):
        command = option(command)
    return command


_TABLE_ONLY = "bordermap.table-only"
_NARROWING = "bordermap.narrowing"


def _keep(context: click.Context, option: click.Parameter, value: Any) -> None:
    """Keep what concerns the reading of a table for `read_rows`, past every command between."""
    if value is not None:
        context.meta.setdefault(_TABLE_ONLY, {})[option.name] = value


def kept_options() -> dict[str, Any]:
    kept: dict[str, Any] = click.get_current_context().meta.get(_TABLE_ONLY, {})
    return kept


def refuse_table_options() -> None:
    """Refuse options that mean nothing where places are given by name."""
    if kept := [name for name in kept_options() if name != "aliases"]:
        option = kept[0].replace("_", "-")
        raise click.UsageError(f"--{option} is for a table, and none was given")


def protection() -> Rounding | Jitter | None:
    """How the options ask for sensitive places to be moved."""
    kept = kept_options()
    side, farthest, seed, only = (
        kept.get(name) for name in ("round_km", "jitter_km", "seed", "sensitive")
    )
    if side is not None and farthest is not None:
        raise click.UsageError("give either --round-km or --jitter-km")
    if side is not None:
        return bordermap.Rounding(side, only=only)
    if farthest is not None:
        if seed is None:
            raise click.UsageError("--jitter-km needs --seed, a secret that decides where to")
        return bordermap.Jitter(farthest, seed, only=only)
    if seed is not None or only is not None:
        option = "--seed" if seed is not None else "--sensitive"
        raise click.UsageError(f"{option} goes with --jitter-km or --round-km, which is not given")
    return None


def output_options(command: _Command) -> _Command:
    for option in (
        click.option(
            "-o",
            "--output",
            metavar="FILE",
            help="Write to a file instead: *.csv, *.xlsx, *.geojson, *.gpkg, *.parquet, *.shp, *.kml.",
        ),
        click.option("--bom", is_flag=True, help="Mark the CSV file as UTF-8, which Excel needs."),
        click.option(
            "--escape-formulas",
            is_flag=True,
            help="Put ' before cells of the CSV file that a spreadsheet would calculate.",
        ),
    ):
        command = option(command)
    return command


def check_output(output: str | None, *, bom: bool, escape_formulas: bool, as_json: bool) -> bool:
    """Whether the table goes to a file; what cannot be written is told before a table is read."""
    from bordermap import export

    file_name("-o", output)
    if output is None or output == "-":
        if bom or escape_formulas:
            option = "--bom" if bom else "--escape-formulas"
            raise click.UsageError(f"{option} is for a CSV file: give one with -o")
        return False
    if as_json:
        raise click.UsageError("--json is for stdout: leave it out, or -o")
    export.file_kind(output)
    return True


def keep_apart(source: str | None, output: str | None, rejected: str | None) -> None:
    """Refuse to write a result over what is read, or over another result."""
    kept = kept_options()
    file_name("--write-decisions", kept.get("write_decisions"))
    named = [
        (what, Path(text))
        for what, text in (
            ("the table", source),
            ("--aliases", kept.get("aliases")),
            ("--decisions", kept.get("decisions")),
            ("-o", output),
            ("--rejected", rejected),
            ("--write-decisions", kept.get("write_decisions")),
        )
        if text not in (None, "-")
    ]
    for position, (what, path) in enumerate(named):
        for other, earlier in named[:position]:
            if same_file(path, earlier):
                raise click.UsageError(
                    f"{what} {path} is the same file as {other} {earlier}: give another name"
                    if other != "the table"
                    else f"{what} {path} would overwrite the table that is read: give another name"
                )


def same_file(one: Path, other: Path) -> bool:
    """Whether two names lead to one file that holds something; devices take what they are given."""
    try:
        if one.exists() and other.exists():
            return one.is_file() and one.samefile(other)
        return one.resolve() == other.resolve()
    except OSError:
        return False


def file_name(option: str, text: str | None) -> None:
    if text is not None and (not text.strip() or (option != "-o" and text == "-")):
        raise click.UsageError(f"{option} {text!r} is no file name: give one")


def numbers(option: str, text: str) -> tuple[float, ...]:
    """Numbers with commas between them."""
    try:
        return tuple(float(part) for part in text.split(",") if part.strip())
    except ValueError as error:
        raise click.UsageError(
            f"{option} {text!r} is no list of numbers: write it as 25,50,100"
        ) from error


_WHERE = {"country": "country", "state": "admin1", "municipality": "admin2", "near": "near"}


def where_options(command: _Command) -> _Command:
    for option in (
        click.option(
            "--country",
            metavar="NAME",
            expose_value=False,
            callback=_keep_where,
            help="Country that the place is in.",
        ),
        click.option(
            "--state",
            metavar="NAME",
            expose_value=False,
            callback=_keep_where,
            help="State or province that it is in.",
        ),
        click.option(
            "--municipality",
            metavar="NAME",
            expose_value=False,
            callback=_keep_where,
            help="Municipality or county that it is in.",
        ),
        click.option(
            "--near",
            metavar="WHERE",
            expose_value=False,
            callback=_keep_where,
            help="Of several places, the one within 100 km of that: a border by its key, a point "
            "such as '28.22, -100.73', or a place.",
        ),
    ):
        command = option(command)
    return command


def _keep_where(context: click.Context, option: click.Parameter, value: Any) -> None:
    if value is not None:
        context.meta.setdefault(_NARROWING, {})[_WHERE[str(option.name)]] = value


def narrowing() -> dict[str, Any]:
    """What the options say of where a place is, as the arguments of `geocode`."""
    given = dict(click.get_current_context().meta.get(_NARROWING, {}))
    if "near" in given:
        given["near"] = _near(given["near"])
    return given


def refuse_narrowing() -> None:
    """Refuse what narrows a name where no name is given."""
    given = click.get_current_context().meta.get(_NARROWING, {})
    if option := next((option for option, name in _WHERE.items() if name in given), None):
        raise click.UsageError(
            f"--{option} narrows names, and none was given; a table has columns for that"
        )


def _near(text: str) -> Any:
    """A border by its key, else the place that the text names."""
    from bordermap import borders

    if text in set(borders.keys()):
        return text
    try:
        return bordermap.geocode(text)
    except GeocodeError as error:
        raise click.UsageError(f"--near: {error}") from error


def json_option(command: _Command) -> _Command:
    return click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")(command)


def column_names(pairs: Sequence[str]) -> dict[str, str | None] | None:
    columns: dict[str, str | None] = {}
    for pair in pairs:
        heading, sign, name = pair.rpartition("=")
        if not sign or not heading:
            raise click.UsageError(f"--column {pair}: write HEADING=NAME, as in sitio=place")
        columns[heading] = name or None
    return columns or None
