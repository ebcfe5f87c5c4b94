"""Controls of the self-check on a terminal."""

from __future__ import annotations

from rich.console import Console

from reports import numbers
from reports.ending import HEIGHT
from reports.epsilon_cells import at_least
from reports.tables import Cell, Row, Table
from reports.text import LOUD, Page
from reports.verification import ClaimedTraining, Control, Verification

ENDING_LINES = 5
"""What stands below the table of the one screen."""
SURE, UNSURE = 1e-12, 0.01
TESTS = {
    "record": "record: error rates of an attack on one canary, over the models that did not choose it.",
    "one-run": "one-run: the surest guesses of the canaries' coins in each model, counted over all models.",
}


def render_verification_screen(result: Verification, console: Console) -> None:
    """Print the verdict and every control on one screen.

    Args:
        result: the result.
        console: where to print; any width, with or without colour and Unicode.
    """
    page = Page(console)
    _print_verdict(page, result)
    table = controls(result)
    page.heading(table.caption)
    page.few_rows(table, HEIGHT - page.printed - ENDING_LINES)
    page.sentence(table.notes[0], "dim")
    page.line()
    page.sentence("What is broken, what is claimed, and how it is told: `audit verify-dp --full` trains and prints it.")


def _print_verdict(page: Page, result: Verification) -> None:
    page.heading("Does the self-check catch DP-SGD that is broken?")
    every = "Every engine" if result.passed else "Not every engine"
    page.sentence(f"{every} came out as it must.", "green" if result.passed else LOUD)
    for sentence in result.verdict:
        page.sentence(sentence)


def render_verification(result: Verification, console: Console) -> None:
    """Print the verdict, then every control, then the trainings that are claimed.

    Args:
        result: the result.
        console: where to print; any width, with or without colour and Unicode.
    """
    page = Page(console)
    _print_verdict(page, result)
    table = controls(result)
    page.heading(table.caption)
    page.table(table)
    page.bullets("What is broken", [f"{one.title}: {one.breakage}" for one in result.controls if one.breakage])
    page.bullets("What is claimed", [_claimed(setting) for setting in result.settings])


def controls(result: Verification) -> Table:
    """A row a control: whether its claim is refuted, by which test, and what it cost.

    Args:
        result: the result.
    """
    headers = ("Refuted?", "By", "Chance", "Claimed", "Proved", "Time")
    claims = {setting.name: setting for setting in result.settings}
    rows = tuple(Row(one.title, _cells(one, claims[one.setting])) for one in result.controls)
    return Table(
        "Engines whose correctness is known, with epsilon claimed and proved",
        "Engine",
        headers,
        rows,
        tuple(_notes(result)),
    )


def _cells(one: Control, claim: ClaimedTraining) -> tuple[Cell, ...]:
    return (
        Cell("yes" if one.caught else "no", "" if one.passed else "WRONG", loud=not one.passed),
        Cell(", ".join(one.caught_by) or "-"),
        Cell(_chance(min(one.chances.values(), default=1.0))),
        Cell(numbers.rounded_up(claim.epsilon)),
        Cell(at_least(one.proved_epsilon)),
        Cell(numbers.duration(one.seconds)),
    )


def _chance(chance: float) -> str:
    if chance < SURE:
        return f"< {numbers.small(SURE)}"
    return numbers.decimal(chance, 2) if chance >= UNSURE else numbers.small(chance)


def _notes(result: Verification) -> list[str]:
    models = sorted({one.models for one in result.controls})
    tests = {test.name for one in result.controls for test in one.self_check.tests}
    return [
        f"{', '.join(map(numbers.count, models))} models an engine; {numbers.duration(result.seconds)} in all.",
        "Refuted: what models show is not possible under the accountant's trade-off curve. Where nothing is broken, "
        f"that happens to any of these engines with a chance of at most {numbers.small(result.false_alarm)}.",
        "Chance: of evidence this strong, by the strongest test, if the engine kept its claim.",
        "Proved: the largest lower bound on epsilon. A claim above it can be refuted all the same, since the whole "
        "curve is tested and not one epsilon.",
        *(sentence for name, sentence in TESTS.items() if name in tests),
    ]


def _claimed(setting: ClaimedTraining) -> str:
    """A claim and why its training shows what it is made to show."""
    noise, rate = numbers.setting(setting.noise_multiplier), numbers.setting(setting.sample_rate)
    steps, records, canaries = (numbers.count(n) for n in (setting.steps, setting.records, setting.canaries))
    return (
        f"{setting.name}: epsilon {numbers.rounded_up(setting.epsilon)} at delta {numbers.small(setting.delta)}, from "
        f"noise {noise}, sample rate {rate}, {steps} steps. Natural records: {records}; canaries "
        f"({setting.canary_kind}): {canaries}. {setting.purpose}"
    )
