"""The process around a command: its streams, its exit codes, and errors as one sentence.

What the codes mean is told in `bordermap.cli`.
"""

from __future__ import annotations

import errno
import io
import os
import sys
import unicodedata
from pathlib import Path
from typing import Any

import click

from bordermap.errors import BordermapError, DataError, OutputError

__all__ = [
    "ALL_DONE",
    "BAD_INPUT",
    "INTERRUPTED",
    "NOT_WRITTEN",
    "OUR_FAULT",
    "SOME_REJECTED",
    "Group",
    "harmless",
    "say",
]

ALL_DONE, SOME_REJECTED, BAD_INPUT, NOT_WRITTEN, OUR_FAULT, INTERRUPTED = 0, 1, 2, 3, 70, 130


class Group(click.Group):
    """A command group whose every way to fail is one sentence and an exit code."""

    def main(self, *args: Any, **options: Any) -> Any:
        options["standalone_mode"] = False
        code = self._code(*args, **options)
        raise SystemExit(code)

    def _code(self, *args: Any, **options: Any) -> int:
        try:
            _open_streams()
            for stream in (sys.stdout, sys.stderr):
                _as_utf8(stream)
            code = super().main(*args, **options)
            sys.stdout.flush()
        except click.exceptions.Exit as done:
            code = done.exit_code
        except (click.ClickException, BordermapError) as error:
            code = _refused(error)
        except (KeyboardInterrupt, click.Abort):
            say("")
            code = INTERRUPTED
        except OSError as error:
            code = _unwritten(error)
        except SystemExit:  # click's own answer to a closed pipe
            code = _unwritten(BrokenPipeError())
        except Exception as error:
            if os.environ.get("BORDERMAP_DEBUG"):
                raise
            say(
                f"Error: this is a bug in bordermap ({type(error).__name__}: {error}); please "
                "report it, with what BORDERMAP_DEBUG=1 prints"
            )
            code = OUR_FAULT
        return code if isinstance(code, int) else ALL_DONE


def _refused(error: click.ClickException | BordermapError) -> int:
    if isinstance(error, OutputError):
        say(f"Error: {error}")
        return NOT_WRITTEN
    if isinstance(error, DataError):
        say(f"Error: {error}")
        return OUR_FAULT
    if isinstance(error, click.ClickException):
        error.show()
    else:
        say(f"Error: {error}")
    if isinstance(error, click.NoSuchOption) and error.option_name.lstrip("-")[:1].isdigit():
        say("For coordinates write --lon -100.73 --lat 28.22.")
    return BAD_INPUT


def _open_streams() -> None:
    """Put something where a stream was closed before the start, when Python has None for it.

    It also takes the stream's number, which the next file opened would get: what is printed, or the
    end of a broken pipe, must not reach a file of ours. Nothing can be written to this stdout, and
    whoever tries learns it.
    """
    if sys.stdin is None:
        sys.stdin = Path(os.devnull).open(encoding="utf-8")  # noqa: SIM115
    if sys.stdout is None:
        sys.stdout = Path(os.devnull).open(encoding="utf-8")  # noqa: SIM115
    if sys.stderr is None:
        sys.stderr = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115


def _as_utf8(stream: Any) -> None:
    """Names have accents: where the locale cannot write them, UTF-8 or an escape can."""
    if (getattr(stream, "encoding", None) or "").lower().replace("-", "") != "utf8":
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure:
            if stream.isatty():
                reconfigure(errors="backslashreplace")
            else:
                reconfigure(encoding="utf-8", errors="backslashreplace")


def _unwritten(error: OSError) -> int:
    """Stdout has gone away or is full; without a stream, Python must not try to flush it again."""
    if not isinstance(error, BrokenPipeError) and error.errno != errno.EPIPE:
        why = "stdout is closed" if isinstance(error, io.UnsupportedOperation) else error.strerror
        say(f"Error: cannot write the result: {why or error}")
    devnull = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(devnull, sys.stdout.fileno())
    except (OSError, ValueError, io.UnsupportedOperation):
        pass
    finally:
        os.close(devnull)
    return NOT_WRITTEN


def say(text: str) -> None:
    """One line on stderr. What a table holds must not drive the terminal."""
    click.echo(harmless(text), err=True)


def harmless(text: str) -> str:
    """Control characters and direction overrides made visible."""
    return "".join(
        f"\\u{ord(char):04x}" if unicodedata.category(char) in ("Cc", "Cf", "Cs") else char
        for char in text
    )
