"""What the commands share: what is typed or piped in, and what is printed."""

from __future__ import annotations

import csv
import io
import json
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

import bordermap
from bordermap._options import column_names, kept_options, protection
from bordermap._process import ALL_DONE, BAD_INPUT, SOME_REJECTED, harmless, say
from bordermap.config import Settings
from bordermap.errors import (
    AmbiguousPlaceError,
    BordermapError,
    GeocodeError,
    InputError,
    TableError,
)

if TYPE_CHECKING:
    import pandas as pd

    from bordermap.borders import Border
    from bordermap.model import Incidents, Measurement, Place

__all__ = [
    "each",
    "given_names",
    "is_number",
    "measure_each",
    "print_json",
    "print_place",
    "print_table",
    "progress_bar",
    "read_rows",
    "report_rows",
    "tables_and_names",
    "write_table",
]

_SHOWN_REJECTED = 20
_LONG_WORK = 2_000
_MILLIMETRES = {
    "border_km": 6,
    "border_mi": 6,
    "border_uncertainty_km": 4,
    "nearest_lon": 8,
    "nearest_lat": 8,
    "azimuth_deg": 4,
    "match_score": 4,
    "radius_m": 1,
}


# --- input ------------------------------------------------------------------------------------


def read_rows(
    source: Any, encoding: str | None, columns: Sequence[str], *, quiet: bool
) -> Incidents:
    content = Stdin(stdin()) if source == "-" else source
    protect = protection()
    kept = kept_options()
    if protect is not None and "write_decisions" in kept:
        raise click.UsageError(
            "--write-decisions has the true points: write it in a run of its own, without "
            "--round-km and --jitter-km"
        )
    with progress_bar(quiet=quiet) as progress:
        incidents = bordermap.read(
            content,
            columns=column_names(columns),
            encoding=encoding,
            sheet=kept.get("sheet"),
            protect=protect,
            aliases=kept.get("aliases"),
            decisions=kept.get("decisions"),
            progress=progress,
        )
    if (path := kept.get("write_decisions")) is not None:
        _write_decisions(incidents, path, quiet=quiet)
    return incidents


def _write_decisions(incidents: Incidents, path: str, *, quiet: bool) -> None:
    from bordermap import _files
    from bordermap._placement import decisions

    found = incidents.decisions
    if found is None:  # for the type checker: what was read has them
        return
    _files.write_atomic(path, decisions.to_csv(found))
    if not quiet:
        say(
            f"{path}: what {len(found):,} names were taken for; write into 'choose', give it back "
            "with --decisions"
        )


def own_names() -> Any:
    """The user's own list of names, where one is given."""
    return kept_options().get("aliases")


class Stdin(io.BytesIO):
    """What came on stdin, under that name."""

    name = "stdin"


def stdin() -> bytes:
    """All of stdin, up to the limit for files."""
    limit = Settings.from_environment().max_bytes
    data: bytes = sys.stdin.buffer.read(limit + 1)
    if len(data) > limit:
        raise TableError(f"stdin is larger than the limit of {limit:,} bytes")
    return data


def given_names(arguments: Sequence[str]) -> list[str]:
    if not arguments:
        raise click.UsageError("give a place name, or - to read names from stdin")
    names: list[str] = []
    for argument in arguments:
        if argument == "-":
            names += lines(stdin())
        else:
            names.append(argument)
    return names


def lines(data: bytes) -> list[str]:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise TableError("stdin is not UTF-8") from error
    return [line.strip() for line in text.splitlines() if line.strip()]


def tables_and_names(where: Sequence[str]) -> tuple[Any, list[str]]:
    """The one table to measure, or the names of places."""
    from bordermap import _given

    files = [text for text in where if text != "-" and _given.as_file(text)]
    if files:
        if len(where) > 1:
            raise click.UsageError("give one table at a time, and no place beside it")
        return files[0], []
    if list(where) == ["-"]:
        data = stdin()
        if is_table(data):
            return Stdin(data), []
        return None, lines(data)
    return None, given_names(where)


def is_table(data: bytes) -> bool:
    """Whether the first line has the headings of a table rather than the name of a place.

    What is no text at all is a file of another kind.
    """
    from bordermap import columns
    from bordermap._tables import content as _content

    if _content.recognise(data, "stdin") != "csv":
        return True
    first = data.lstrip().split(b"\n", 1)[0].decode("utf-8-sig", errors="replace")
    for delimiter in ",;\t|":
        headings = next(csv.reader([first], delimiter=delimiter), [])
        if columns.says_where(columns.assign(headings).theirs):
            return True
    return False


def is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


# --- output -----------------------------------------------------------------------------------


def each(
    names: Sequence[Any],
    show: Callable[[Any], bool],
    *,
    as_json: bool,
    narrow: Mapping[str, Any] | None = None,
) -> int:
    """Show one after another; one that fails does not stop the others.

    Among JSON a failure is an object too, in its place, so that each name has its line.
    """
    failed = 0
    for name in names:
        try:
            done = show(name)
        except (GeocodeError, InputError) as error:
            if as_json:
                print_json(error_record(name, error, narrow or {}))
            if len(names) == 1:
                raise
            say(f"{name}: {error}")
            done = False
        failed += not done
    if not failed:
        return ALL_DONE
    return BAD_INPUT if failed == len(names) else SOME_REJECTED


def measure_each(
    where: Sequence[Any],
    border: str | Border,
    *,
    as_json: bool,
    narrow: Mapping[str, Any] | None = None,
) -> int:
    def show(one: Any) -> bool:
        if isinstance(one, str):
            one = bordermap.geocode(one, **(narrow or {}), aliases=own_names())
        found = bordermap.measure(one, border=border)
        print_measurement(found, as_json=as_json)
        return True

    return each(where, show, as_json=as_json, narrow=narrow)


def print_measurement(found: Measurement, *, as_json: bool) -> None:
    if not as_json:
        click.echo(harmless(str(found)))
        return
    part = found.part
    print_json(
        {
            "place": place_record(found.place),
            "border": found.border.key,
            "border_km": round(found.km, 6),
            "border_mi": round(found.miles, 6),
            "uncertainty_km": round(found.uncertainty_m / 1000.0, 4),
            "nearest_lon": round(found.nearest[0], 8),
            "nearest_lat": round(found.nearest[1], 8),
            "azimuth_deg": round(found.azimuth_deg, 4),
            "part": part.label,
            "us_state": part.us_state,
            "neighbour_state": part.neighbour_state,
            "river": part.river or None,
            "side": found.side,
        }
    )


def print_place(place: Place, *, as_json: bool) -> None:
    if as_json:
        print_json(place_record(place))
        return
    label = ", ".join(part for part in (place.label, place.country) if part)
    told = [f"{place.lat:.4f}, {place.lon:.4f}"] if label else []
    if place.kind not in ("town", "point"):
        told.append(place.kind)
    if place.admin2 and place.admin2 != place.name:
        told.append(f"municipality or county {place.admin2}")
    if place.population:
        told.append(f"{place.population:,} people")
    told.append(f"{place.match} match, score {place.score:.2f}")
    if place.reason:
        told.append(place.reason)
    click.echo(harmless(f"{label or f'{place.lat:.4f}, {place.lon:.4f}'}: {'; '.join(told)}"))


def place_record(place: Place) -> dict[str, Any]:
    return {
        "name": place.name,
        "lon": place.lon,
        "lat": place.lat,
        "country": place.country or None,
        "admin1": place.admin1,
        "admin2": place.admin2,
        "id": place.id or None,
        "kind": place.kind,
        "population": place.population,
        "radius_m": place.radius_m,
        "match": place.match,
        "score": place.score,
        "reason": place.reason,
    }


def error_record(asked: Any, error: BordermapError, narrow: Mapping[str, Any]) -> dict[str, Any]:
    """What went wrong with one name, and the places that the sentence speaks of."""
    found: Sequence[Place] = ()
    if isinstance(error, AmbiguousPlaceError):
        found = error.candidates
    elif isinstance(error, GeocodeError) and isinstance(asked, str):
        found = bordermap.candidates(asked, **narrow)
    return {
        "query": asked if isinstance(asked, str) else list(asked),
        "error": str(error),
        "candidates": [place_record(place) for place in found],
    }


def print_json(record: dict[str, Any]) -> None:
    click.echo(json.dumps(record, ensure_ascii=False, allow_nan=False, default=_as_json))


def _as_json(value: Any) -> Any:
    """A cell of a kind that JSON has not: a date, bytes, a list of numbers."""
    if hasattr(value, "isoformat"):
        return value.isoformat()
    if hasattr(value, "tolist"):
        return [None if cell != cell else cell for cell in value.tolist()]  # noqa: PLR0124 - NaN
    return value.decode("utf-8", errors="replace") if isinstance(value, bytes) else str(value)


def print_table(incidents: Incidents, *, as_json: bool) -> None:
    import pandas as pd

    frame = pd.DataFrame(incidents.frame.drop(columns="geometry"))
    frame = frame.round({name: n for name, n in _MILLIMETRES.items() if name in frame})
    if as_json:
        # Not pandas' own JSON, which writes 15 digits where the shortest that mean the number do.
        cells = [_cells(frame.iloc[:, position]) for position in range(frame.shape[1])]
        names = [str(name) for name in frame.columns]
        for row in zip(*cells, strict=True):
            print_json(dict(zip(names, row, strict=True)))
    else:
        click.echo(frame.to_csv(index=False), nl=False)


def _cells(column: pd.Series[Any]) -> list[Any]:
    known = column.notna()
    if column.dtype.kind == "f":  # JSON has no infinity
        known &= ~column.isin([float("inf"), float("-inf")])
    cells: list[Any] = column.astype(object).where(known, None).tolist()
    return cells


def write_table(
    incidents: Incidents, output: str, *, bom: bool, escape_formulas: bool, quiet: bool
) -> None:
    """Write the table to a file, and say what its format could not hold."""
    written = bordermap.write(incidents, output, bom=bom, escape_formulas=escape_formulas)
    click.echo(str(written.path))
    for note in () if quiet else written.notes:
        say(f"Note: {note}")


def report_rows(
    incidents: Incidents, rejected: str | None, *, quiet: bool, elsewhere: str = ""
) -> int:
    """Say on stderr what became of the rows; the exit code says whether all were placed."""
    refused = incidents.rejected
    if rejected is not None:
        from bordermap import _files

        _files.write_atomic(rejected, refused.to_csv(index=False).encode("utf-8"))
    if not quiet:
        name = incidents.source.name
        for note in incidents.notes:
            say(f"Note: {note}")
        shown = refused.head(_SHOWN_REJECTED)
        for row, column, reason in zip(shown["row"], shown["column"], shown["reason"], strict=True):
            where = f", column {column}" if column else ""
            say(f"{name}, row {row}{where}: {reason}")
        more = len(refused) - _SHOWN_REJECTED
        if more > 0:
            whole = f"{rejected} has them all" if rejected else elsewhere
            say(f"... and {more:,} more; {whole or '--rejected FILE writes them all'}")
        total = len(incidents)
        say(f"{name}: {len(incidents.frame):,} of {total:,} rows placed, {len(refused):,} rejected")
    return SOME_REJECTED if len(refused) else ALL_DONE


@contextmanager
def progress_bar(*, quiet: bool) -> Iterator[Callable[[str, int, int], None] | None]:
    """A bar on stderr for long work, when somebody is looking."""
    if quiet or not sys.stderr.isatty():
        yield None
        return
    bars: dict[str, Any] = {}

    def show(label: str, done: int, total: int) -> None:
        if total < _LONG_WORK:
            return
        if label not in bars:
            bars[label] = click.progressbar(length=total, label=label, file=sys.stderr)
            bars[label].__enter__()
        bar = bars[label]
        bar.update(done - bar.pos)
        if done >= total:
            bar.render_finish()

    try:
        yield show
    finally:
        for bar in bars.values():
            bar.render_finish()
