"""The command line as a user meets it: real processes for exit codes, streams and files."""

from __future__ import annotations

import csv
import io
import json
import os
import pty
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pandas as pd
import pytest
from click.testing import CliRunner, Result

import bordermap
from bordermap.cli import cli

ROOT = Path(__file__).parents[1]
CORPUS = Path(__file__).parent / "corpus"
EXAMPLES = ROOT / "examples" / "incidents.csv"
VILLA_UNION = "Villa Union, Coahuila"
COMMANDS = ["borders", "doctor", "draw", "geocode", "measure", "read", "report"]


def run(
    *arguments: str | Path, stdin: str | bytes = b"", **environment: str
) -> subprocess.CompletedProcess[bytes]:
    """The command line in a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "bordermap", *map(str, arguments)],
        input=stdin.encode() if isinstance(stdin, str) else stdin,
        capture_output=True,
        check=False,
        env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
        timeout=120,
    )


def runner() -> CliRunner:
    """A runner that keeps the two streams apart, which click does by itself from 8.2 on."""
    try:
        return CliRunner(mix_stderr=False)  # type: ignore[call-arg]
    except TypeError:
        return CliRunner()


def invoke(*arguments: str | Path, stdin: str | bytes | None = None) -> Result:
    """The command line in this process, which is quicker."""
    return runner().invoke(cli, [str(argument) for argument in arguments], input=stdin)


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_json_has_every_kind_of_cell(tmp_path: Path) -> None:
    cells = {
        "when": pd.to_datetime(["2020-01-01 10:00", None]),
        "many": [[1.5, float("nan")], None],
        "endless": [float("inf"), 1.0],
        "raw": [b"x", None],
    }
    where = {"lon": [-100.7, -99.5], "lat": [28.2, 27.5]}
    pd.DataFrame(cells | where).to_parquet(tmp_path / "odd.parquet")
    done = invoke("read", tmp_path / "odd.parquet", "--json")
    assert done.exit_code == 0, done.stderr
    first, second = (
        json.loads(line, parse_constant=pytest.fail) for line in done.stdout.splitlines()
    )
    assert {name: first[name] for name in cells} == {
        "when": "2020-01-01T10:00:00", "many": [1.5, None], "endless": None, "raw": "x"
    }  # fmt: skip
    assert {second[name] for name in ("when", "many", "raw")} == {None}


# --- help ---------------------------------------------------------------------------------------


def test_every_command_is_there_and_has_help() -> None:
    overview = invoke("--help")
    assert overview.exit_code == 0
    assert sorted(cli.commands) == COMMANDS
    for command in COMMANDS:
        assert f"\n  {command} " in overview.output
        own = invoke(command, "--help")
        assert own.exit_code == 0
        assert own.output.startswith("Usage: ")
        for option in cli.commands[command].params:
            assert option.name
            if option.param_type_name == "option":
                assert option.help, f"{command} {option.opts} has no help"  # type: ignore[attr-defined]


def test_version() -> None:
    assert invoke("--version").output == f"bordermap, version {bordermap.__version__}\n"
    assert run("--version").stdout.decode().split() == [
        "bordermap,",
        "version",
        bordermap.__version__,
    ]


@pytest.mark.parametrize(
    "arguments",
    [
        ["frobnicate"],
        ["draw", "x.csv"],
        ["draw"],
        ["measure"],
        ["geocode"],
        ["measure", VILLA_UNION, "--lon", "1"],
        ["measure", VILLA_UNION, "--lon", "1", "--lat", "1"],
        ["measure", "--", "-100.73", "28.22"],
        ["measure", "-100.73", "28.22"],
        ["measure", str(EXAMPLES), "Nava"],
        ["read", "x.csv", "--column", "sitio"],
    ],
)
def test_wrong_usage_is_two_with_one_plain_sentence(arguments: list[str]) -> None:
    result = invoke(*arguments)
    assert result.exit_code == 2
    assert result.stdout == ""
    assert "Error: " in result.stderr
    assert "Traceback" not in result.stderr


def test_negative_coordinates_get_the_command_that_works() -> None:
    for dashes in ([], ["--"]):
        result = invoke("measure", *dashes, "-100.73", "28.22")
        assert "--lon -100.73 --lat 28.22" in result.stderr
    assert invoke("measure", "--lon", "-100.73", "--lat", "28.22").stdout.startswith(
        "The point (28.220"
    )
    assert invoke("measure", "28.22, -100.73").exit_code == 0


# --- measure ------------------------------------------------------------------------------------


def test_one_place_is_one_plain_sentence() -> None:
    done = run("measure", VILLA_UNION)
    assert done.returncode == 0
    assert done.stderr == b""
    sentence = done.stdout.decode()
    assert sentence == f"{bordermap.measure(VILLA_UNION)}\n"
    assert sentence.startswith(
        "Villa Unión, Coahuila, is 41.8 km (26.0 mi) south-west of the US border"
    )


def test_json_is_one_object_a_line() -> None:
    result = invoke("measure", VILLA_UNION, "Nuevo Laredo", "--json")
    records = [json.loads(line) for line in result.stdout.splitlines()]
    assert [record["place"]["name"] for record in records] == ["Villa Unión", "Nuevo Laredo"]
    expected = bordermap.measure(VILLA_UNION)
    assert records[0]["border_km"] == pytest.approx(expected.km, abs=1e-6)
    assert records[0]["us_state"] == "Texas"
    assert records[0]["side"] == "MX"
    assert records[0]["place"]["lon"] == expected.place.lon


def test_one_failure_among_several_does_not_stop_the_others() -> None:
    some = invoke("measure", "Xyzzyville", VILLA_UNION)
    assert some.exit_code == 1
    assert some.stdout.startswith("Villa Unión")
    assert "Xyzzyville: " in some.stderr
    assert invoke("measure", "Xyzzyville", "Xyzzytown").exit_code == 2


@pytest.mark.parametrize(
    ("place", "told"),
    [("Villa Union", ["Sinaloa", "Coahuila", "Durango"]), ("Xyzzyville", ["Xyzzyville"])],
)
def test_one_place_that_cannot_be_resolved_is_two(place: str, told: list[str]) -> None:
    for command in ("measure", "geocode"):
        result = invoke(command, place)
        assert result.exit_code == 2
        assert result.stdout == ""
        assert len(result.stderr.splitlines()) == 1
        assert all(word in result.stderr for word in told)


def test_state_and_country_narrow() -> None:
    assert invoke("measure", "Villa Union", "--state", "Coah.").exit_code == 0
    assert invoke("geocode", "Villa Union", "--state", "Sin.", "--country", "México").exit_code == 0


def test_a_table_goes_in_and_csv_comes_out() -> None:
    done = run("measure", EXAMPLES)
    assert done.returncode == 0
    table = rows(done.stdout.decode())
    expected = bordermap.measure(EXAMPLES).frame
    assert [row["title"] for row in table] == expected["title"].tolist()
    assert [float(row["border_km"]) for row in table] == pytest.approx(
        expected["border_km"].tolist(), abs=1e-6
    )
    assert f"{len(table)} of {len(table)} rows placed" in done.stderr.decode()


def test_stdin_is_a_table_when_its_first_line_has_headings_else_names() -> None:
    table = run("measure", "-", stdin="lugar;estado\nVilla Union;Coahuila\nXyzzyville;\n")
    assert table.returncode == 1
    assert [row["match_name"] for row in rows(table.stdout.decode())] == ["Villa Unión"]
    assert b"stdin, row 3, column place: " in table.stderr
    names = run("measure", "-", stdin=f"{VILLA_UNION}\n\nNuevo Laredo\n")
    assert names.returncode == 0
    assert len(names.stdout.splitlines()) == 2
    assert run("measure", "-", stdin=b"\xff\xfe\xfa").returncode == 2
    assert run("geocode", "-", stdin=f"{VILLA_UNION}\n").returncode == 0


def test_other_borders() -> None:
    assert "Texas" in invoke("measure", "Nuevo Laredo", "--border", "us-mexico/texas").stdout
    wrong = invoke("measure", "Nuevo Laredo", "--border", "us-mexic")
    assert wrong.exit_code == 2
    assert "did you mean 'us-mexico'" in wrong.stderr


# --- geocode and read ---------------------------------------------------------------------------


def test_geocode_says_what_it_found_and_how() -> None:
    result = invoke("geocode", "Villa Unio, Coah.")
    assert result.stdout.startswith("Villa Unión, Coahuila, MX: 28.2")
    assert "fuzzy match" in result.stdout
    record = json.loads(invoke("geocode", VILLA_UNION, "--json").stdout)
    place = bordermap.geocode(VILLA_UNION)
    assert (record["lon"], record["lat"], record["id"]) == (place.lon, place.lat, place.id)


def test_candidates_are_listed_and_none_is_one_failure() -> None:
    result = invoke("geocode", "--candidates", "Villa Union")
    assert result.exit_code == 0
    assert len(result.stdout.splitlines()) == len(bordermap.candidates("Villa Union"))
    assert invoke("geocode", "--candidates", "Xyzzyvillequux").exit_code == 2


@pytest.mark.parametrize("near", ["28.4, -100.7", "Nava, Coahuila", "us-mexico"])
def test_near_decides_between_places_of_one_name(near: str) -> None:
    result = invoke("geocode", "Villa Union", "--near", near, "--json")
    assert json.loads(result.stdout)["admin1"] == "Coahuila"
    result = invoke("measure", "Villa Union", "--near", near, "--json")
    assert json.loads(result.stdout)["place"]["admin1"] == "Coahuila"


@pytest.mark.parametrize("what", [[str(EXAMPLES)], ["--lon", "-100.7", "--lat", "28.2"]])
def test_what_narrows_names_is_refused_without_any(what: list[str]) -> None:
    result = invoke("measure", *what, "--state", "Sonora")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "--state narrows names, and none was given" in result.stderr


def test_near_that_is_nowhere_is_wrong_usage() -> None:
    result = invoke("geocode", "Villa Union", "--near", "Xyzzyvillequux")
    assert result.exit_code == 2
    assert "--near: 'Xyzzyvillequux' is not on record" in result.stderr


@pytest.mark.parametrize(
    ("options", "kind", "name"),
    [
        (["--state", "Coah."], "state", "Coahuila"),
        (["--country", "MX"], "country", "Mexico"),
        (["--municipality", "Nava", "--state", "Coahuila"], "municipality", "Nava"),
    ],
)
def test_options_alone_name_what_they_say(options: list[str], kind: str, name: str) -> None:
    record = json.loads(invoke("geocode", *options, "--json").stdout)
    assert (record["kind"], record["name"]) == (kind, name)


def test_candidates_are_limited_and_decisions_are_kept(tmp_path: Path) -> None:
    assert len(invoke("geocode", "Nogales", "--candidates", "--limit", "2").stdout.split("\n")) == 3
    table, reviewed = tmp_path / "a.csv", tmp_path / "reviewed.csv"
    table.write_text("place\nNogales\n")
    invoke("read", table, "--write-decisions", reviewed)
    frame = pd.read_csv(reviewed, dtype=str, keep_default_na=False)
    frame.assign(choose="Nogales, Sonora").to_csv(reviewed, index=False)
    result = invoke("geocode", "Nogales", "--decisions", reviewed, "--json")
    assert json.loads(result.stdout)["admin1"] == "Sonora"
    for wrong in (["--limit", "2"], ["--candidates", "--decisions", reviewed]):
        assert invoke("geocode", "Nogales", *wrong).exit_code == 2


def test_a_contradiction_lists_the_place_that_its_sentence_names() -> None:
    record = json.loads(invoke("geocode", "Tijuana", "--state", "Sonora", "--json").stdout)
    assert "Tijuana, Baja California" in record["error"]
    assert [place["admin1"] for place in record["candidates"]] == ["Baja California"]


def test_read_prints_what_was_placed_and_says_what_was_not(tmp_path: Path) -> None:
    rejected = tmp_path / "rejected.csv"
    result = invoke("read", CORPUS / "coordinates.csv", "--rejected", rejected)
    assert result.exit_code == 1
    table, refused = rows(result.stdout), rows(rejected.read_text(encoding="utf-8"))
    assert (len(table), len(refused)) == (5, 14)
    assert "coordinates.csv, row 3, column lat: latitude" in result.stderr
    assert "5 of 19 rows placed, 14 rejected" in result.stderr
    assert {"row", "column", "reason"} <= set(refused[0])
    records = [
        json.loads(line)
        for line in invoke("read", CORPUS / "utf8.csv", "--json").stdout.splitlines()
    ]
    assert records[0]["place"] == "Villa Unión"
    assert records[0]["injured"] is None


def test_the_list_of_the_rejected_is_capped_with_a_count(tmp_path: Path) -> None:
    path = tmp_path / "many.csv"
    path.write_text("place\n" + "Xyzzyville\n" * 50 + "Nuevo Laredo\n", encoding="utf-8")
    result = invoke("read", path)
    assert result.exit_code == 1
    assert result.stderr.count("many.csv, row ") == 20
    assert "... and 30 more; --rejected FILE writes them all" in result.stderr
    quiet = invoke("read", path, "--quiet")
    assert quiet.stderr == ""
    assert quiet.exit_code == 1


def test_numbers_in_json_are_the_shortest_that_mean_them() -> None:
    lines = invoke("read", EXAMPLES, "--json").stdout.splitlines()
    frame = bordermap.read(EXAMPLES).frame
    assert len(lines) == len(frame)
    for line, lon, killed in zip(lines, frame["lon"], frame["killed"], strict=True):
        record = json.loads(line)
        assert f'"lon": {float(lon)!r},' in line
        assert record["killed"] == (None if pd.isna(killed) else int(killed))


def test_an_error_is_json_where_json_was_asked_for() -> None:
    for command in ("measure", "geocode"):
        result = invoke(command, "Villa Union", "--json")
        assert result.exit_code == 2
        record = json.loads(result.stdout)
        assert record["query"] == "Villa Union"
        assert result.stderr == f"Error: {record['error']}\n"
        assert {place["admin1"] for place in record["candidates"]} > {"Coahuila", "Sinaloa"}
        unknown = invoke(command, "Xyzzyville", VILLA_UNION, "--json")
        assert unknown.exit_code == 1
        first, second = map(json.loads, unknown.stdout.splitlines())
        assert first["candidates"] == []
        assert "Xyzzyville" in first["error"]
        assert "error" not in second


def test_headings_and_encoding_can_be_said() -> None:
    data = "sitio,edo\nVilla Unión,Coahuila\n".encode("mac_roman")
    result = runner().invoke(
        cli,
        [
            "read",
            "-",
            "--column",
            "sitio=place",
            "--column",
            "edo=admin1",
            "--encoding",
            "mac_roman",
        ],
        input=data,
    )
    assert result.exit_code == 0
    assert rows(result.stdout)[0]["match_name"] == "Villa Unión"
    assert invoke("read", CORPUS / "utf8.csv", "--column", "nada=place").exit_code == 2


@pytest.mark.parametrize(
    "arguments",
    [
        ["--encoding", "klingon"],
        ["--column", "nada=place"],
        ["--column", "lugar=plaze"],
        ["--column", "lugar=place", "--column", "estado=place"],
        [],
    ],
)
def test_messages_of_the_command_line_speak_no_python(arguments: list[str]) -> None:
    heading = "sitio" if not arguments else "lugar"
    result = invoke("read", "-", *arguments, stdin=f"{heading},estado\nNava,Coahuila\n")
    assert result.exit_code == 2
    assert not re.search(r"\b(encoding|columns)=(?!\{'HEADING')", result.stderr)
    if not arguments:
        assert "--column HEADING=place" in result.stderr


def test_what_a_table_holds_does_not_drive_the_terminal() -> None:
    result = invoke("read", "-", stdin='place\n"Xyz\x1b[2J\u202eabc"\n')
    assert result.exit_code == 1
    assert "\x1b" not in result.stderr
    assert "\u202e" not in result.stderr
    assert "[2J" in result.stderr
    named = invoke("geocode", "Xyz\x1b[2J\u202e", VILLA_UNION)
    assert "\x1b" not in named.stderr
    assert named.stderr.startswith("Xyz\\u001b[2J\\u202e: ")


# --- draw ---------------------------------------------------------------------------------------


def test_draw_writes_one_page_and_prints_its_path(tmp_path: Path) -> None:
    target = tmp_path / "map.html"
    done = run("draw", EXAMPLES, "-o", target, "--title", "Incidentes", "--lang", "es")
    assert done.returncode == 0
    assert done.stdout.decode() == f"{target}\n"
    page = target.read_text(encoding="utf-8")
    assert page.startswith("<!DOCTYPE html>")
    assert '<html lang="es"' in page
    assert page == bordermap.draw(EXAMPLES, title="Incidentes", lang="es").to_html()
    assert [path.name for path in tmp_path.iterdir()] == ["map.html"]


def test_draw_from_stdin_to_stdout_and_of_one_place() -> None:
    done = run("draw", "-", "-o", "-", stdin=EXAMPLES.read_bytes())
    assert done.returncode == 0
    assert done.stdout.startswith(b"<!DOCTYPE html>")
    assert invoke("draw", VILLA_UNION, "-o", "-").stdout.startswith("<!DOCTYPE html>")


def test_some_rows_rejected_is_one_and_the_map_is_there(tmp_path: Path) -> None:
    target = tmp_path / "map.html"
    result = invoke("draw", CORPUS / "coordinates.csv", "-o", target)
    assert result.exit_code == 1
    assert target.is_file()
    assert "row 18, column place: 'Xyzzyville'" in result.stderr


def test_where_no_row_was_placed_there_is_a_map_and_no_briefing(tmp_path: Path) -> None:
    table = tmp_path / "lost.csv"
    table.write_text("place,state\nXyzzyville,Sonora\n", encoding="utf-8")
    result = invoke("draw", table, "-o", tmp_path / "map.html")
    assert result.exit_code == 1
    assert "row 2, column place: 'Xyzzyville'" in result.stderr
    assert (tmp_path / "map.html").is_file()
    result = invoke("report", table, "-o", tmp_path / "briefing.md")
    assert result.exit_code == 2
    assert "none of the 1 rows" in result.stderr
    assert not (tmp_path / "briefing.md").exists()


@pytest.mark.parametrize(
    "source", ["missing.csv", "empty.csv", "workbook_renamed.csv", "header_only.csv", "Xyzzyville"]
)
def test_bad_input_is_two_and_the_old_map_stays(source: str, tmp_path: Path) -> None:
    target = tmp_path / "map.html"
    target.write_bytes(b"old")
    path = CORPUS / source if source.endswith(".csv") else source
    result = invoke("draw", path, "-o", target)
    assert result.exit_code == 2
    assert target.read_bytes() == b"old"
    assert len(result.stderr.strip().splitlines()) == 1
    assert [entry.name for entry in tmp_path.iterdir()] == ["map.html"]


def test_a_map_that_cannot_be_written_is_three_and_a_wrong_name_two(tmp_path: Path) -> None:
    (tmp_path / "folder.html").mkdir()
    for target, code in (("none/map.html", 3), ("folder.html", 3), ("map.gif", 2), ("map", 2)):
        result = invoke("draw", CORPUS / "utf8.csv", "-o", tmp_path / target)
        assert result.exit_code == code
        assert "Error: cannot write" in result.stderr


def test_no_result_is_written_over_the_table_or_over_the_other(tmp_path: Path) -> None:
    table = tmp_path / "s.csv"
    content = b"place,state\nVilla Union,Coahuila\nXyzzyville,\n"
    table.write_bytes(content)
    page = tmp_path / "s.html"
    page.symlink_to("s.csv")
    other = tmp_path / "sub" / ".." / "s.csv"
    other.parent.parent.mkdir()
    for arguments in (
        ["draw", table, "-o", tmp_path / "o.html", "--rejected", table],
        ["draw", table, "-o", tmp_path / "o.html", "--rejected", other],
        ["draw", table, "-o", table],
        ["draw", table, "-o", page],
        ["draw", table, "-o", tmp_path / "o.html", "--rejected", tmp_path / "o.html"],
        ["read", table, "--rejected", table],
        ["measure", table, "--rejected", table],
    ):
        result = invoke(*arguments)
        assert result.exit_code == 2
        assert "give another name" in result.stderr
        assert result.stdout == ""
        assert table.read_bytes() == content
        assert not (tmp_path / "o.html").exists()
    apart = invoke("draw", table, "-o", tmp_path / "o.html", "--rejected", tmp_path / "r.csv")
    assert apart.exit_code == 1
    assert (tmp_path / "r.csv").is_file()


@pytest.mark.parametrize(("option", "text"), [("-o", ""), ("--rejected", ""), ("--rejected", "-")])
def test_what_is_no_file_name_is_wrong_usage(option: str, text: str) -> None:
    rest = ["-o", "-"] if option == "--rejected" else []
    result = invoke("draw", EXAMPLES, *rest, option, text)
    assert result.exit_code == 2
    assert f"{option} {text!r} is no file name" in result.stderr


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full here")
def test_a_full_disk_is_three_without_a_traceback() -> None:
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [sys.executable, "-m", "bordermap", "read", EXAMPLES, "-q"],
            stdout=full,
            stderr=subprocess.PIPE,
            cwd=ROOT,
            check=False,
        )
    assert done.returncode == 3
    assert b"No space left" in done.stderr
    assert b"Traceback" not in done.stderr
    assert b"Exception ignored" not in done.stderr


# --- streams and signals ------------------------------------------------------------------------


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX shells")
def test_closed_streams_are_no_bug() -> None:
    def shell(redirections: str, *arguments: str) -> subprocess.CompletedProcess[bytes]:
        return subprocess.run(
            [
                "/bin/sh",
                "-c",
                f'"$@" {redirections}',
                "-",
                sys.executable,
                "-m",
                "bordermap",
                *arguments,
            ],
            capture_output=True,
            cwd=ROOT,
            check=False,
        )

    for arguments in (["measure", VILLA_UNION], ["geocode", VILLA_UNION], ["borders"]):
        done = shell(">&-", *arguments)
        assert (done.returncode, done.stdout) == (3, b"")
        assert done.stderr == b"Error: cannot write the result: stdout is closed\n"
    assert shell("2>&-", "measure", VILLA_UNION).returncode == 0
    assert shell("2>&-", "measure", "Xyzzyville").returncode == 2
    assert shell("<&-", "measure", VILLA_UNION).returncode == 0
    assert shell("<&- >&- 2>&-", "measure", VILLA_UNION).returncode == 3
    assert b"Traceback" not in shell("<&-", "read", "-").stderr


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX pipes")
def test_a_closed_pipe_ends_quietly() -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "bordermap", "draw", str(EXAMPLES), "-o", "-", "-q"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=ROOT,
    )
    assert process.stdout
    assert process.stderr
    process.stdout.close()
    complaint = process.stderr.read()
    process.stderr.close()
    assert process.wait() == 3
    assert complaint == b""


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals")
def test_interrupting_is_130_without_a_traceback() -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "bordermap", "measure", "-"],
        stdin=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=ROOT,
    )
    assert process.stderr
    # It waits for stdin once it sleeps there; until then the signal could meet a bare interpreter.
    for _ in range(200):
        time.sleep(0.05)
        wait = Path(f"/proc/{process.pid}/wchan")
        if not wait.exists() or "pipe" in wait.read_text():
            break
    process.send_signal(signal.SIGINT)
    complaint = process.stderr.read()
    process.stderr.close()
    assert process.wait() == 130
    assert b"Traceback" not in complaint
    assert process.stdin
    process.stdin.close()


def test_accents_survive_a_locale_that_cannot_write_them() -> None:
    done = run("measure", VILLA_UNION, LC_ALL="C", PYTHONIOENCODING="ascii", PYTHONUTF8="0")
    assert done.returncode == 0
    assert done.stdout.decode("utf-8").startswith("Villa Unión, Coahuila")


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX terminals")
def test_a_progress_bar_for_long_work_on_a_terminal_only(tmp_path: Path) -> None:
    path = tmp_path / "long.csv"
    path.write_text("lat,lon\n" + "28.22,-100.73\n" * 3000, encoding="utf-8")
    assert b"Measuring" not in run("measure", path).stderr
    ours, theirs = pty.openpty()
    with os.fdopen(ours, "rb", buffering=0) as screen:
        process = subprocess.Popen(
            [sys.executable, "-m", "bordermap", "measure", str(path)],
            stdout=subprocess.DEVNULL,
            stderr=theirs,
            cwd=ROOT,
        )
        os.close(theirs)
        shown = b""
        try:
            while chunk := screen.read(4096):
                shown += chunk
        except OSError:  # the terminal closes with the process
            pass
    assert process.wait() == 0
    assert b"Measuring" in shown
    assert b"100%" in shown


def test_a_bug_is_one_line_and_a_code_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise ZeroDivisionError("of our own making")

    monkeypatch.setattr(bordermap, "geocode", fail)
    monkeypatch.delenv("BORDERMAP_DEBUG", raising=False)
    result = invoke("geocode", "Nava")
    assert result.exit_code == 70
    assert "bug in bordermap (ZeroDivisionError" in result.stderr
    monkeypatch.setenv("BORDERMAP_DEBUG", "1")
    assert isinstance(invoke("geocode", "Nava").exception, ZeroDivisionError)


def test_damaged_data_are_our_fault_too(tmp_path: Path) -> None:
    done = run("measure", VILLA_UNION, BORDERMAP_DATA=str(tmp_path))
    assert done.returncode == 70
    assert b"BORDERMAP_DATA" in done.stderr
    assert b"bug" not in done.stderr


# --- borders and doctor -------------------------------------------------------------------------


def test_borders_lists_every_key() -> None:
    listed = [line.split()[0] for line in invoke("borders").stdout.splitlines()]
    assert listed == list(bordermap.borders.keys())
    assert {"us-mexico", "us-canada", "us", "us-mexico/texas", "us-mexico/coahuila"} <= set(listed)
    records = [json.loads(line) for line in invoke("borders", "--json").stdout.splitlines()]
    assert [record["key"] for record in records] == listed


def test_doctor_finds_all_well_or_says_what_is_not(tmp_path: Path) -> None:
    well = invoke("doctor")
    assert well.exit_code == 0, well.output
    assert {line[:3] for line in well.stdout.splitlines()} == {"ok "}
    (tmp_path / "manifest.json").write_text(
        '{"version": "1", "layers": {}, "files": {"a.shp": {"bytes": 1, "sha256": "0", "layer": "a"}}}'
    )
    ill = run("doctor", "--json", BORDERMAP_DATA=str(tmp_path))
    assert ill.returncode == 1
    findings = {record["what"]: record for record in map(json.loads, ill.stdout.splitlines())}
    assert findings["libraries"]["ok"]
    assert not findings["data"]["ok"]
    assert "a.shp: missing" in findings["data"]["detail"]
    assert b"Traceback" not in ill.stderr


@pytest.fixture
def fence(tmp_path: Path) -> Path:
    """A file with a line from west to east, 31.8 degrees north."""
    path = tmp_path / "fence.geojson"
    path.write_text('{"type": "LineString", "coordinates": [[-107, 31.8], [-106, 31.8]]}')
    return path


def test_a_border_of_ones_own_is_measured_to_from_its_file(fence: Path) -> None:
    said = runner_output("measure", "El Paso, Texas", "--border", fence)
    # A degree of latitude has 110.87 km here: 4.57 km from 31.7587 to 31.8.
    assert said.startswith(
        "El Paso, Texas, is 4.6 km (2.8 mi) south of the border, nearest at (31.8"
    )
    told = json.loads(runner_output("measure", "El Paso, Texas", "--border", fence, "--json"))
    assert (told["border"], told["part"]) == ("fence", "part 1")
    table = fence.with_name("rows.csv")
    table.write_text("place,admin1\nEl Paso,Texas\n")
    (row,) = csv.DictReader(io.StringIO(runner_output("measure", table, "--border", fence)))
    assert row["border"] == "fence"
    assert float(row["border_km"]) == pytest.approx(4.57, abs=0.02)
    page = fence.with_name("map.html")
    runner_output("draw", table, "--border", fence, "-o", page)
    assert page.stat().st_size > 100_000


def test_a_saved_border_is_measured_to_from_its_file(fence: Path) -> None:
    saved = fence.with_name("saved.border")
    bordermap.Border.from_file(fence).save(saved)
    assert runner_output("measure", "El Paso, Texas", "--border", saved) == runner_output(
        "measure", "El Paso, Texas", "--border", fence
    )
    fence.rename(saved)
    done = runner().invoke(cli, ["measure", "El Paso, Texas", "--border", str(saved)])
    assert done.exit_code == 2
    assert "is not a border that Border.save wrote" in done.stderr


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("nowhere.geojson", "there is no file"),
        ("empty.geojson", "holds no shapes"),
        ("points.geojson", "a border needs lines or polygons"),
    ],
)
def test_a_file_that_is_no_border_is_refused_with_the_reason(
    tmp_path: Path, name: str, reason: str
) -> None:
    (tmp_path / "empty.geojson").write_text('{"type": "FeatureCollection", "features": []}')
    (tmp_path / "points.geojson").write_text('{"type": "Point", "coordinates": [1, 2]}')
    done = runner().invoke(cli, ["measure", "El Paso, Texas", "--border", str(tmp_path / name)])
    assert done.exit_code == 2
    assert "--border: " in done.stderr
    assert reason in done.stderr


def runner_output(*arguments: str | Path) -> str:
    done = runner().invoke(cli, [str(argument) for argument in arguments])
    assert done.exit_code == 0, done.stderr
    return done.stdout
