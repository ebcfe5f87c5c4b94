"""Progress as text: every phase once, one line that moves where it can, a few plain lines elsewhere."""

from __future__ import annotations

import io
import re
import sys
from types import ModuleType

import pytest
from rich.console import Console

import audit
from attacks import ATTACKS
from audit import console as module
from audit.analysis import work
from audit.config import AnalysisConfig
from audit.console import ConsoleProgress
from audit.pipeline import run
from audit.progress import Phases, Silent, listener_or_default
from audit.settings import resolve

SMALL = {
    "data": {"source": "tiny_sources:easy"},
    "model": "linear",
    "pool": {"models": 12},
    "dp": {"epsilons": [8.0], "recipe": {"epochs": 2}},
    "standard": {"epochs": 2},
    "analysis": {"headline": "lira-online", "attacks": ["lira-online", "loss"]},
    "workers": 1,
}


class Heard(Silent):
    """Keeps the phases."""

    def __init__(self) -> None:
        self.phases: list[tuple[str, int, int, float]] = []
        self.ended = 0

    def phase(self, name: str, done: int, total: int, share: float) -> None:
        self.phases.append((name, done, total, share))

    def end(self) -> None:
        self.ended = len(self.phases)


@pytest.fixture
def seconds(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The time of day, which a test moves."""
    now = [100.0]
    for name in ("audit.progress.time", "audit.console.time"):
        monkeypatch.setattr(f"{name}.perf_counter", lambda: now[0])
    return now


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def drawn(width: int = 80, live: bool = True) -> tuple[ConsoleProgress, io.StringIO]:
    stream = io.StringIO()
    return ConsoleProgress(Console(file=stream, width=width), live=live), stream


def last(stream: io.StringIO) -> str:
    return stream.getvalue().split("\r")[-1].rstrip()


def test_an_audit_tells_of_every_phase_once_and_in_order(tmp_path) -> None:
    heard = Heard()
    config = resolve(SMALL)
    run(config, tmp_path / "run", heard)
    planned = list(work(["standard", "dp-eps-8"], config.analysis))
    assert [name for name, *_ in heard.phases] == planned
    assert [done for _, done, *_ in heard.phases] == list(range(len(planned)))
    shares = [share for *_, share in heard.phases]
    assert shares[0] == 0
    assert 0 < shares[-1] < 1
    assert heard.ended == len(planned)


def test_the_phases_name_every_attack() -> None:
    named = [name for name in work(["standard"], AnalysisConfig()) if ": attack " in name]
    assert sorted(named) == sorted(f"standard: attack {name}" for name in ATTACKS)


def test_what_an_arm_took_is_what_the_next_is_expected_to_take(seconds: list[float]) -> None:
    """The weights are wrong by a factor of ten; after one arm the time is known all the same."""
    heard = Heard()
    phases = Phases(heard, {"a: x": 1.0, "a: y": 1.0, "b: x": 1.0, "b: y": 1.0})
    for name, took in (("a: x", 1.0), ("a: y", 10.0), ("b: x", 1.0), ("b: y", 10.0)):
        phases.begin(name)
        seconds[0] += took
    shares = [share for *_, share in heard.phases]
    assert shares == pytest.approx([0, 1 / 4, 11 / 22, 12 / 22])


def test_a_phase_that_is_not_of_the_plan_or_begins_again_is_not_told() -> None:
    heard = Heard()
    phases = Phases(heard, {"a: x": 1.0, "a: y": 1.0})
    for name in ("a: x", "a: z", "a: x", "a: y", "a: x"):
        phases.begin(name)
    assert [name for name, *_ in heard.phases] == ["a: x", "a: y"]


def test_one_line_tells_what_is_done_of_how_much_and_how_long_it_takes(seconds: list[float]) -> None:
    progress, stream = drawn(width=100)
    progress.arm("standard", 16, 0)
    progress.arm("dp-eps-8", 16, 8)
    seconds[0] += 10
    progress.trained("standard", 8)
    assert re.fullmatch(r"training \S{24} 16 of 32 models, about 20 s left: standard 8/16, dp-eps-8 8/16", last(stream))
    progress.trained("standard", 8)
    progress.trained("dp-eps-8", 8)
    progress.end()
    progress.phase("standard: memorization", 0, 4, 0.0)
    assert last(stream).endswith("1 of 4, 1 s so far: standard: memorization")
    seconds[0] += 30
    progress.phase("reports", 3, 4, 0.75)
    assert re.fullmatch(r"analysis \S{24} 4 of 4, about 10 s left: reports", last(stream))
    progress.end()
    kept = [line.split("\r")[-1] for line in stream.getvalue().split("\n")[:-1]]
    assert kept == ["trained 24 models in 10.0 s", "analysed in 30.0 s"]


def test_the_time_left_shrinks_while_a_phase_takes_its_time_and_is_never_negative(seconds: list[float]) -> None:
    progress, stream = drawn()
    progress.phase("standard: memorization", 0, 4, 0.0)
    seconds[0] += 10
    progress.phase("standard: link", 1, 4, 0.5)
    said = []
    for _ in range(3):
        seconds[0] += 4
        progress._draw()
        said.append(re.search(r"2 of 4, (.*): standard: link", last(stream))[1])
    assert said == ["about 6 s left", "about 2 s left", "22 s so far"]


def test_the_line_fits_the_terminal_and_is_gone_before_a_note(seconds: list[float]) -> None:
    for width in (20, 40, 80, 160):
        progress, stream = drawn(width)
        progress.phase("standard: attack lira-online-per-record", 0, 56, 0.0)
        seconds[0] += 60
        progress.phase("dp-eps-8: attack modified-entropy-by-class", 30, 56, 0.5)
        progress.note("a note")
        assert max(len(part.rstrip("\n")) for part in stream.getvalue().split("\r")) < width
        assert "\ra note\n" in stream.getvalue()


def test_a_pipe_gets_a_few_plain_lines() -> None:
    progress, stream = drawn(live=False)
    for arm in ("standard", "dp-eps-8"):
        progress.arm(arm, 500, 0)
    for arm in ("standard", "dp-eps-8"):
        for _ in range(500):
            progress.trained(arm, 1)
    progress.end()
    phases = Phases(progress, work(["standard", "dp-eps-8"], AnalysisConfig()))
    for name in work(["standard", "dp-eps-8"], AnalysisConfig()):
        phases.begin(name)
    progress.end()
    assert "\r" not in stream.getvalue()
    lines = stream.getvalue().splitlines()
    assert lines[:2] == ["standard: 500 models trained", "dp-eps-8: 500 models trained"]
    assert len(lines) == 8
    assert any("analysis, 0 of 56 phases: standard" in line for line in lines)


@pytest.mark.parametrize(("ci", "terminal", "moves"), [("", True, True), ("true", True, False), ("", False, False)])
def test_a_line_moves_on_a_terminal_that_is_no_ci(
    ci: str, terminal: bool, moves: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CI", ci)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("FORCE_COLOR", "1")
    stream = Terminal() if terminal else io.StringIO()
    progress = ConsoleProgress(Console(file=stream, width=80))
    progress.phase("standard: link", 0, 2, 0.0)
    progress.end()
    assert ("\r" in stream.getvalue()) == moves


def test_without_unicode_it_is_drawn_in_ascii() -> None:
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding="ascii")
    progress = ConsoleProgress(Console(file=stream, width=80), live=True)
    progress.plan(["Audit of mlp on Größe: 3 records"])
    progress.phase("standard: link", 1, 2, 0.5)
    progress.end()
    stream.flush()
    assert b"Gr??e" in raw.getvalue()
    assert b"####" in raw.getvalue()


def test_a_notebook_sees_progress_as_text_without_being_asked(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    shell = type("ZMQInteractiveShell", (), {})()
    ipython = ModuleType("IPython")
    ipython.get_ipython = lambda: shell  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "IPython", ipython)
    monkeypatch.setitem(sys.modules, "ipykernel", ModuleType("ipykernel"))
    progress = listener_or_default(None)
    assert isinstance(progress, audit.ConsoleProgress)
    progress.phase("standard: link", 0, 2, 0.0)
    progress.end()
    out, err = capsys.readouterr()
    assert "1 of 2, 1 s so far: standard: link" in out
    assert out.count("\n") == 1
    assert err == ""


def test_python_elsewhere_is_silent_unless_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "ipykernel", raising=False)
    assert not module.in_notebook()
    assert isinstance(listener_or_default(None), audit.Silent)
    asked = audit.ConsoleProgress()
    assert listener_or_default(asked) is asked
