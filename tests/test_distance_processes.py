"""Distances while other threads are at work: in a child of the process, and after Ctrl-C."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading

import numpy as np
import pytest

from bordermap import borders, distance
from bordermap._ellipsoid.arcs import Arcs
from bordermap.borders import Border

RNG = np.random.default_rng(1)
LON, LAT = RNG.uniform(-107, -105, 12_000), RNG.uniform(30, 32, 12_000)  # a crowd: worth tables
forks = pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")


def fresh() -> Border:
    """The Mexican border without tables."""
    known = borders.load("us-mexico")
    return Border("fresh", "", known.lines, known.parts, known.accuracy_m, known.source)


def child_answers(border: Border, want: np.ndarray, before=lambda: None) -> bool:
    """Whether a child of this process, forked now, has the distances within half a minute."""
    child = os.fork()
    if child == 0:  # its assertions would be pytest's
        signal.alarm(30)
        before()
        got = distance.to_border(LON[: want.size], LAT[: want.size], border)
        os._exit(0 if np.abs(got - want).max() < 1e-6 else 1)
    return os.waitpid(child, 0)[1] == 0


@forks
@pytest.mark.parametrize("compiled", [False, True])
def test_a_child_does_not_wait_for_tables_that_a_thread_was_making(compiled):
    if compiled:
        pytest.importorskip("bordermap._ellipsoid.fast")
    many = LON.size if compiled else 200
    want = distance.to_border(LON[:many], LAT[:many], fresh())
    border = fresh()
    holder = border.cells._kernel(many) if compiled else border.cells
    with holder._lock:
        assert child_answers(border, want)
    assert child_answers(border, want)


@forks
def test_a_child_does_not_wait_for_arcs_that_a_thread_was_making(monkeypatch):
    want = distance.to_border(LON[:100], LAT[:100], fresh())
    whole, begun, go_on = Arcs.of, threading.Event(), threading.Event()

    def slowly(lines):
        begun.set()
        go_on.wait(60)
        return whole(lines)

    monkeypatch.setattr(Arcs, "of", slowly)
    border = fresh()
    thread = threading.Thread(target=lambda: border.arcs)
    thread.start()
    try:
        assert begun.wait(30)
        assert child_answers(border, want, before=go_on.set)
    finally:
        go_on.set()
        thread.join()


INTERRUPTED = """
import signal, sys
import numpy as np
from bordermap import distance

class Interrupting:
    def find_spec(self, name, path=None, target=None):
        if name == "numba.core.types":
            sys.meta_path.remove(self)
            signal.raise_signal(signal.SIGINT)

sys.meta_path.insert(0, Interrupting())
lon, lat = np.linspace(-118, -86, 12_000), np.linspace(14, 36, 12_000)
try:
    distance.to_border(lon, lat)
except KeyboardInterrupt:
    print("interrupted", len(distance.to_border(lon, lat)))
"""


def test_after_ctrl_c_while_numba_is_loaded_distances_are_found():
    """Half of numba cannot be completed by importing it again."""
    pytest.importorskip("numba")
    done = subprocess.run(
        [sys.executable, "-c", INTERRUPTED], capture_output=True, text=True, check=False
    )
    assert (done.stdout, done.returncode) == ("interrupted 12000\n", 0), done.stderr[-2000:]
