"""The command line: the four verbs, `borders` and `doctor`.

Results go to stdout; notes, refused rows and the progress bar go to stderr. Exit codes: 0 all done,
1 some rows could not be placed (or `doctor` found something wrong), 2 wrong usage or input, 3 the
result could not be written; 70 bordermap itself is at fault: a bug, or data that are missing or
damaged; 130 interrupted.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

import bordermap
from bordermap._console import (
    each,
    given_names,
    is_number,
    measure_each,
    own_names,
    print_json,
    print_place,
    print_table,
    progress_bar,
    read_rows,
    report_rows,
    tables_and_names,
    write_table,
)
from bordermap._options import (
    border_option,
    check_output,
    file_name,
    json_option,
    keep_apart,
    narrowing,
    numbers,
    output_options,
    reader_options,
    refuse_narrowing,
    refuse_table_options,
    table_options,
    where_options,
)
from bordermap._process import ALL_DONE, SOME_REJECTED, Group, say

if TYPE_CHECKING:
    from bordermap.borders import Border

__all__ = ["cli", "main"]


def main() -> None:
    """Run the command line and exit."""
    cli()


@click.group(cls=Group, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(bordermap.__version__, prog_name="bordermap")
def cli() -> None:
    """Turn town names into places, places into distances from a border, and tables into maps."""


@cli.command()
@click.argument("source")
@click.option(
    "-o",
    "--output",
    required=True,
    metavar="FILE",
    help="Page (*.html, or - for stdout) or figure (*.png, *.svg, *.pdf) to write.",
)
@click.option(
    "--width",
    type=float,
    metavar="MM",
    help="Width of a figure in millimetres: 84 for a column, 174 (as it is) for a page.",
)
@border_option
@reader_options
@click.option(
    "--bands",
    metavar="LIST",
    help="Distances from the border to show and filter by, such as 25,50,100.",
)
@click.option(
    "--units", default="km", show_default=True, metavar="km|mi", help="What distances are told in."
)
@click.option(
    "--zone",
    "zones",
    multiple=True,
    metavar="NAME",
    help="Draw a zone that has a name: la-paz or 100-air-miles.",
)
@click.option("--color", metavar="COLUMN", help="Categories, numbers or dates that colours show.")
@click.option("--size", metavar="COLUMN", help="Numbers that areas show; incidents for none.")
@click.option(
    "--basemap",
    default="offline",
    show_default=True,
    metavar="NAME",
    help="Tiles of a provider, such as OpenStreetMap.Mapnik: the page then asks its host.",
)
@click.option("--open", "show", is_flag=True, help="Open the map, once it is written.")
@table_options
def draw(
    source: str,
    output: str,
    border: str | Border,
    title: str,
    lang: str,
    *,
    width: float | None,
    bands: str | None,
    units: str,
    zones: tuple[str, ...],
    color: str | None,
    size: str | None,
    basemap: str,
    show: bool,
    encoding: str | None,
    columns: tuple[str, ...],
    rejected: str | None,
    quiet: bool,
) -> int:
    """Draw a table of incidents (or one place) as a map: one HTML page, or a figure for print.

    SOURCE is a table (CSV, Excel, GeoJSON, GeoPackage, ...), - for one on stdin, or the name of a place.
    """
    from bordermap import _given, maps

    file_name("-o", output)
    file_name("--rejected", rejected)
    wanted = None if bands is None else numbers("--bands", bands)
    is_table = source == "-" or _given.as_file(source) is not None
    keep_apart(source if is_table else None, output, rejected)
    kind = "html" if output == "-" else maps.file_kind(output)
    if kind != "html":  # before a long table is read
        from bordermap import static

        static.check(maps.PAGE_MM if width is None else width)
    elif width is not None:
        raise click.UsageError("--width is for a figure: give -o a name such as map.png")
    if is_table:
        what: Any = read_rows(source, encoding, columns, quiet=quiet)
    else:
        refuse_table_options()
        what = source
    with progress_bar(quiet=quiet) as progress:
        made = bordermap.draw(
            what,
            border=border,
            title=title,
            lang=lang,
            bands=wanted,
            units=units,
            zones=zones,
            color=color,
            size=size,
            basemap=basemap,
            aliases=own_names(),
            progress=progress,
        )
        if output != "-" and width is None:
            made.save(output, progress=progress)
    if output == "-":
        click.echo(made.to_html(), nl=False)
    elif width is not None:
        to = {"png": made.to_png, "svg": made.to_svg, "pdf": made.to_pdf}[kind]
        click.echo(str(to(output, width_mm=width)))
    else:
        click.echo(str(Path(output)))
    if show and output != "-":
        click.launch(str(Path(output).resolve()))
    if isinstance(what, str):
        return ALL_DONE
    return report_rows(what, rejected, quiet=quiet, elsewhere="the map has a list of them")


@cli.command()
@click.argument("source")
@click.option(
    "-o",
    "--output",
    required=True,
    metavar="FILE",
    help="File to write: *.pdf, *.docx, *.html or *.md, which gets its pictures beside it.",
)
@border_option
@reader_options
@click.option(
    "--rows",
    type=click.IntRange(min=1),
    default=1_000,
    show_default=True,
    help="Incidents that its table holds at most, the nearest ones.",
)
@table_options
def report(
    source: str,
    output: str,
    border: str | Border,
    title: str,
    lang: str,
    *,
    rows: int,
    encoding: str | None,
    columns: tuple[str, ...],
    rejected: str | None,
    quiet: bool,
) -> int:
    """Write a briefing about a table of incidents: figures, map, charts, table, method, credits.

    SOURCE is a table, such as a CSV file, or - for one on stdin.
    """
    from bordermap import briefing

    file_name("-o", output)
    file_name("--rejected", rejected)
    keep_apart(source, output, rejected)
    if output == "-":
        raise click.UsageError("a briefing is a file: give -o a name, as in -o briefing.pdf")
    briefing.file_kind(output)  # before a long table is read
    incidents = read_rows(source, encoding, columns, quiet=quiet)
    with progress_bar(quiet=quiet) as progress:
        made = bordermap.report(
            incidents, border=border, title=title, lang=lang, rows=rows, progress=progress
        )
    click.echo(str(made.save(output)))
    return report_rows(
        incidents, rejected, quiet=quiet, elsewhere="the briefing has a list of them"
    )


@cli.command()
@click.argument("where", nargs=-1)
@border_option
@click.option("--lon", type=float, help="Longitude in degrees, west negative.")
@click.option("--lat", type=float, help="Latitude in degrees.")
@where_options
@json_option
@output_options
@table_options
def measure(
    where: tuple[str, ...],
    *,
    border: str | Border,
    lon: float | None,
    lat: float | None,
    as_json: bool,
    output: str | None,
    bom: bool,
    escape_formulas: bool,
    encoding: str | None,
    columns: tuple[str, ...],
    rejected: str | None,
    quiet: bool,
) -> int:
    """Say how far places, or the rows of a table, are from a border.

    WHERE is one place or several, a table (CSV, Excel, GeoJSON, GeoPackage, ...), or - for stdin: a
    table when its first line has known headings, else one place a line. A table comes out as CSV, or
    as the file that -o names.
    """
    if (lon is None) != (lat is None):
        raise click.UsageError("--lon and --lat belong together")
    if lon is not None and lat is not None:
        if where:
            raise click.UsageError("give either a place or --lon and --lat")
        refuse_narrowing()
        refuse_table_options()
        return measure_each([(lon, lat)], border, as_json=as_json)
    table, names = tables_and_names(where)
    if table is not None:
        refuse_narrowing()
        to_file = check_output(output, bom=bom, escape_formulas=escape_formulas, as_json=as_json)
        file_name("--rejected", rejected)
        keep_apart(table if isinstance(table, str) else None, output, rejected)
        incidents = read_rows(table, encoding, columns, quiet=quiet)
        with progress_bar(quiet=quiet) as progress:
            measured = bordermap.measure(incidents, border=border, progress=progress)
        if to_file:
            write_table(
                measured, str(output), bom=bom, escape_formulas=escape_formulas, quiet=quiet
            )
        else:
            print_table(measured, as_json=as_json)
        return report_rows(incidents, rejected, quiet=quiet)
    if output is not None:
        raise click.UsageError("-o is for a table, and none was given")
    refuse_table_options()
    if len(names) == 2 and all(is_number(name) for name in names):
        raise click.UsageError("for coordinates write --lon -100.73 --lat 28.22")
    return measure_each(names, border, as_json=as_json, narrow=narrowing())


@cli.command()
@click.argument("names", nargs=-1)
@where_options
@click.option(
    "--candidates", "every", is_flag=True, help="List every place that the name can mean."
)
@click.option(
    "--limit",
    type=click.IntRange(min=1),
    metavar="NUMBER",
    help="With --candidates: no more than so many, 10 as it is.",
)
@click.option("--aliases", metavar="FILE", help="Your own names, which come first: a CSV file.")
@click.option(
    "--decisions", metavar="FILE", help="What was decided on names before, as you reviewed it."
)
@json_option
def geocode(
    names: tuple[str, ...],
    *,
    every: bool,
    limit: int | None,
    aliases: str | None,
    decisions: str | None,
    as_json: bool,
) -> int:
    """Find the place that each NAME means; - reads names from stdin, one a line.

    Without a NAME the state, the country or the municipality of the options is the place.
    """
    narrow = narrowing()
    if limit is not None and not every:
        raise click.UsageError("--limit goes with --candidates, which is not given")
    if every and (aliases is not None or decisions is not None):
        option = "--aliases" if aliases is not None else "--decisions"
        raise click.UsageError(f"give either --candidates or {option}")

    def show(name: str) -> bool:
        if every:
            found = bordermap.candidates(name, **narrow, limit=limit or 10)
            for place in found:
                print_place(place, as_json=as_json)
            if not found:
                say(f"no place answers to {name!r}")
            return bool(found)
        place = bordermap.geocode(name, **narrow, aliases=aliases, decisions=decisions)
        print_place(place, as_json=as_json)
        return True

    asked = [""] if not names and narrow.keys() - {"near"} else given_names(names)
    return each(asked, show, as_json=as_json, narrow=narrow)


@cli.command()
@click.argument("source")
@json_option
@output_options
@table_options
def read(
    source: str,
    *,
    as_json: bool,
    output: str | None,
    bom: bool,
    escape_formulas: bool,
    encoding: str | None,
    columns: tuple[str, ...],
    rejected: str | None,
    quiet: bool,
) -> int:
    """Read a table, place its rows, and print it as CSV, or write the file that -o names.

    SOURCE is a table (CSV, Excel, GeoJSON, GeoPackage, ...), or - for one on stdin.
    """
    to_file = check_output(output, bom=bom, escape_formulas=escape_formulas, as_json=as_json)
    file_name("--rejected", rejected)
    keep_apart(source, output, rejected)
    incidents = read_rows(source, encoding, columns, quiet=quiet)
    if to_file:
        write_table(incidents, str(output), bom=bom, escape_formulas=escape_formulas, quiet=quiet)
    else:
        print_table(incidents, as_json=as_json)
    return report_rows(incidents, rejected, quiet=quiet)


@cli.command()
@json_option
def borders(*, as_json: bool) -> int:
    """List the borders that can be measured to."""
    from bordermap import borders as known

    keys = known.keys()
    for key in keys:
        line = known.load(key)
        if as_json:
            print_json({"key": key, "label": line.label, "accuracy_m": line.accuracy_m})
        else:
            click.echo(f"{key:<28}{line.label}, within {line.accuracy_m:,.0f} m")
    return ALL_DONE


@cli.command()
@json_option
def doctor(*, as_json: bool) -> int:
    """Check the installation: versions, data, gazetteer, the parts of a map."""
    from bordermap import _doctor

    findings = _doctor.examine()
    for finding in findings:
        if as_json:
            print_json({"what": finding.what, "ok": finding.ok, "detail": finding.detail})
        else:
            click.echo(f"{'ok  ' if finding.ok else 'BAD '} {finding.what}: {finding.detail}")
    return ALL_DONE if all(finding.ok for finding in findings) else SOME_REJECTED
