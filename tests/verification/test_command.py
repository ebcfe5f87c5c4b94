"""`audit verify-dp`: what it prints, writes and exits with."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import typer
from rich.console import Console
from typer.testing import CliRunner, Result

from audit.cli_verify import verify_dp
from audit.verification import verify as module
from reports.epsilon import ClaimTest, Guesses, SelfCheck, SelfCheckVerdict, Trials
from reports.verification import ClaimedTraining, Control, Expected, Verification
from reports.verification_terminal import render_verification

Call = Callable[..., Result]


def engine(name: str, expected: Expected, verdict: SelfCheckVerdict) -> Control:
    refuted = verdict == "violated"
    tests = tuple(
        ClaimTest(name=test, what=test, alpha=0.003, refuted=refuted, could_refute=True, evidence="190 of 192")
        for test in ("record", "one-run")
    )
    return Control(
        name=name,
        title=name,
        setting="noise",
        breakage="No noise is added." if expected == "caught" else "",
        expected=expected,
        self_check=SelfCheck(verdict=verdict, explanation="A sentence.", tests=tests, confidence=0.99),
        chances={"record": 1e-15 if refuted else 0.998, "one-run": 0.03},
        proved_epsilon=5.089 if refuted else 0.0,
        trials=Trials(
            attack="its label's log-odds reach a threshold", hits=190, members=192, false_alarms=0, non_members=192
        ),
        guesses=Guesses(runs=384, coins=6144, guesses=1152, right=1150),
        models=512,
        seconds=7.31,
    )


def verification(*controls: Control) -> Verification:
    claim = ClaimedTraining(
        name="noise",
        purpose="All digits.",
        records=1438,
        canaries=16,
        canary_kind="blank",
        noise_multiplier=6.0,
        sample_rate=0.5,
        steps=20,
        max_grad_norm=1.0,
        epsilon=1.4949,
        delta=1e-5,
        cap=0.148,
    )
    return Verification(
        verdict=("1 of 1 broken engines are caught.",),
        passed=all(one.passed for one in controls),
        confidence=0.99,
        false_alarm=0.01,
        settings=(claim,),
        controls=controls,
        seed=0,
        seconds=45.2,
        created="2025-01-01T00:00:00+00:00",
        platform="Linux x86_64",
        versions={},
    )


RIGHT = verification(engine("correct", "not refuted", "consistent"), engine("no-noise", "caught", "violated"))
MISSED = verification(engine("correct", "not refuted", "consistent"), engine("no-noise", "caught", "consistent"))
ACCUSED = verification(engine("correct", "not refuted", "violated"))


def drawn(result: Verification, width: int = 80) -> str:
    stream = io.StringIO()
    render_verification(result, Console(file=stream, width=width, no_color=True))
    return stream.getvalue()


@pytest.mark.parametrize("width", [60, 80, 120])
def test_a_report_fits_the_terminal(width: int) -> None:
    assert max(map(len, drawn(RIGHT, width).splitlines())) <= width


def test_a_row_says_whether_by_what_how_sure_and_at_which_cost() -> None:
    row = next(line for line in drawn(RIGHT).splitlines() if line.startswith("no-noise"))
    assert row.split() == ["no-noise", "yes", "record,", "one-run", "<", "1e-12", "1.50", "5.08", "7.3", "s"]
    row = next(line for line in drawn(RIGHT).splitlines() if line.startswith("correct"))
    assert row.split() == ["correct", "no", "-", "0.03", "1.50", "nothing", "7.3", "s"]
    assert "512 models an engine; 45.2 s in all" in drawn(RIGHT)
    assert "at most 0.01" in " ".join(drawn(RIGHT).split())


@pytest.mark.parametrize("result", [MISSED, ACCUSED])
def test_what_came_out_wrong_is_marked(result: Verification) -> None:
    assert "WRONG" in drawn(result)
    assert "Not every engine came out as it must." in drawn(result)
    assert "WRONG" not in drawn(RIGHT)


@pytest.fixture
def call(monkeypatch: pytest.MonkeyPatch) -> Call:
    """The command, with a result that is given in place of trainings."""
    app = typer.Typer()
    app.command()(verify_dp)

    def called(result: Verification, *words: str) -> Result:
        monkeypatch.setattr(module, "verify", lambda *arguments: result)
        return CliRunner().invoke(app, list(words))

    return called


@pytest.mark.parametrize(("result", "code"), [(RIGHT, 0), (MISSED, 1), (ACCUSED, 1)])
def test_the_exit_code_says_whether_every_control_came_out_right(result: Verification, code: int, call: Call) -> None:
    assert call(result).exit_code == code
    assert call(result, "--json", "-").exit_code == code


def test_json_goes_to_stdout_alone_or_to_a_file_beside_the_report(call: Call, tmp_path: Path) -> None:
    assert json.loads(call(RIGHT, "--json", "-").stdout)["passed"] is True
    file = tmp_path / "verification.json"
    assert "Engines whose correctness is known" in call(RIGHT, "--json", str(file)).stdout
    assert Verification.model_validate_json(file.read_text()) == RIGHT


def test_help_does_not_wait_for_torch() -> None:
    code = "import sys, audit.cli_verify; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
