from __future__ import annotations

import io
import re

import pytest
from golden_files import assert_golden
from rich.cells import cell_len
from rich.console import Console
from sample_pages import results
from sample_result import minimal, sample

from reports.result import AuditResult, Estimate
from reports.terminal import as_text, render

RESULTS = results()


def printed(result: AuditResult, width: int = 80, encoding: str = "utf-8", **console: object) -> str:
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding=encoding)
    render(result, Console(file=stream, width=width, **console), {"report": "runs/x/report.html"})  # type: ignore[arg-type]
    stream.flush()
    return raw.getvalue().decode(encoding)


def row(text: str, label: str) -> str:
    return next(line for line in text.splitlines() if line.startswith(label))


def figures(line: str) -> list[tuple[float, float, float]]:
    """Value, low and high of every `value (low to high)` of a line."""
    found = re.findall(r"([-\d.]+)(?: %)? +\(([-\d.]+) to ([-\d.]+)\)", line)
    return [(float(value), float(low), float(high)) for value, low, high in found]


def assert_shown(line: str, estimates: list[Estimate], scale: float, half_step: float) -> None:
    shown = figures(line)
    assert len(shown) == len(estimates)
    for (value, low, high), estimate in zip(shown, estimates, strict=True):
        assert value == pytest.approx(estimate.value * scale, abs=half_step)
        assert low == pytest.approx(estimate.low * scale, abs=half_step)
        assert high == pytest.approx(estimate.high * scale, abs=half_step)


@pytest.mark.parametrize("name", RESULTS)
def test_golden(name: str) -> None:
    assert_golden(f"terminal-{name}.txt", as_text(RESULTS[name]))


@pytest.mark.parametrize("name", RESULTS)
@pytest.mark.parametrize("width", [60, 80, 100, 200])
def test_no_line_is_wider_than_the_console_or_than_100(name: str, width: int) -> None:
    lines = printed(RESULTS[name], width).splitlines()
    assert max(cell_len(line.rstrip()) for line in lines) <= min(width, 100)


def test_the_figures_are_the_results() -> None:
    result = sample()
    text = as_text(result)
    base = [next(attack for attack in arm.attacks if attack.name == "base") for arm in result.arms]
    assert_shown(row(text, "Test accuracy"), [arm.utility.test_accuracy for arm in result.arms], 100, 0.051)
    assert_shown(row(text, "Attack AUC"), [attack.auc for attack in base if attack.auc], 1, 0.00051)
    tprs = [at.tpr for attack in base for at in attack.tpr_at if at.fpr == 0.01]
    assert_shown(row(text, "TPR at 1 % FPR"), [tpr for tpr in tprs if tpr], 100, 0.051)
    tprs = [at.tpr for attack in base for at in attack.tpr_at if at.fpr == 0.001]
    assert_shown(row(text, "TPR at 0.1 % FPR"), [tpr for tpr in tprs if tpr], 100, 0.051)


def test_the_counts_and_the_epsilons_are_the_results() -> None:
    text = as_text(sample())
    assert re.search(r"Memorized records +58 +\(of 1,437\) +5 +\(of 1,437\)", text)
    assert re.search(r"Memorized, plain count +121 +\(9 by chance\) +36 ", text)
    assert re.search(r"Memorization cap +none +0\.62", text)
    assert re.search(r"Epsilon claimed +none +8\.00 +\(delta 1e-4\)", text)
    assert re.search(r"Epsilon proved, at least +2\.28 +\(2\.73 provable\) +nothing +\(2\.73 provable\)", text)
    assert re.search(r"DP self-check +no DP +consistent", text)


def test_the_verdict_comes_first_and_the_files_last() -> None:
    lines = [line for line in printed(sample()).splitlines() if line.strip()]
    assert lines[0].strip() == "Verdict"
    assert lines[-1].strip() == "report: runs/x/report.html"


def test_what_is_not_there_is_named() -> None:
    text = as_text(minimal())
    assert "not resolvable with 40 non-members" in text
    assert "every model is always right" in text
    assert "4 models are too few for two" in text
    assert re.search(r"TPR at 1 % FPR +< 1/40 +\(0 to 8\.8 %\)", text)
    assert "Most exposed" not in text


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "cp1252", "cp437"])
def test_a_console_without_unicode_is_served(encoding: str) -> None:
    result = sample()
    exposed = result.arms[0].most_exposed[0].model_copy(update={"id": "Zoë-手-🙂"})
    arm = result.arms[0].model_copy(update={"most_exposed": (exposed,)})
    text = printed(result.model_copy(update={"arms": (arm, *result.arms[1:])}), encoding=encoding)
    assert "97.4 %" in text
    assert "-?-?" in text


def test_an_id_cannot_command_the_terminal_or_the_markup() -> None:
    result = sample()
    exposed = result.arms[0].most_exposed[0].model_copy(update={"id": "\x1b[3mred\x07[b]x[/b]"})
    arm = result.arms[0].model_copy(update={"most_exposed": (exposed,)})
    text = printed(result.model_copy(update={"arms": (arm, *result.arms[1:])}), width=100)
    assert "\x1b" not in text
    assert "\x07" not in text
    assert "?[3mred?[b]x[/b]" in text


def test_colour_changes_no_text() -> None:
    coloured = printed(sample(), force_terminal=True, color_system="truecolor")
    assert "\x1b[" in coloured
    assert re.sub(r"\x1b\[[\d;]*m", "", coloured) == printed(sample(), no_color=True)
