"""The section and the figures: every level is shown, nothing is rounded into certainty, no arm can make them fail."""

from __future__ import annotations

import pytest
from sample_result import sample

from audit.experiments.secrets.words import LIMITS, answer
from reports.experiments.figures import figures_of
from reports.experiments.result import Experiments
from reports.experiments.secrets import SecretArm, SecretLevel, Secrets
from reports.experiments.secrets_figures import figures
from reports.experiments.secrets_section import section, times
from reports.experiments.standalone import ExperimentArm, ExperimentResult
from reports.findings import Estimate
from reports.html import render as as_report
from reports.html import render_experiment as as_page
from reports.serialization import experiment_from_json, to_json

HIGHEST, CHANCE = 12.0003, 1.4409


def estimate(value: float, low: float, high: float) -> Estimate:
    return Estimate(value=value, low=low, high=high, confidence=0.95, method="a method", n=32)


def level(arm: str, repeats: int, exposure: float, found: float, **more) -> SecretLevel:
    bits, null, none = estimate(exposure, exposure - 1, exposure + 1), estimate(1.4, 1, 1.9), estimate(0, 0, 0.109)
    share = estimate(found, 0 if found == 0 else found - 0.1, min(1, found + 0.1))
    return SecretLevel(
        arm=arm, repeats=repeats, secrets=32, exposure_in=bits, exposure_out=null, fitted_in=bits, fitted_out=null,
        gain=estimate(exposure - 1.4, exposure - 2.4, exposure - 0.4), highest_in=share, highest_out=none,
        extracted_in=share, extracted_out=none, highest=HIGHEST, **more,
    )  # fmt: skip


def block(**changes) -> Secrets:
    levels = (
        level("standard", 1, 4.0, 0.0),
        level("standard", 16, 11.0, 1.0),
        level("dp-eps-8", 1, 1.5, 0.0, epsilon=7.93, exposure_cap=4.2412),
        level("dp-eps-8", 16, 6.0, 0.25, epsilon=405.06, exposure_cap=12.0003),
    )
    arms = tuple(
        SecretArm(arm=name, bits_per_character=estimate(bits, bits - 0.1, bits + 0.1), misfits=1, distance=0.0123)
        for name, bits in (("standard", 1.11), ("dp-eps-8", 3.56))
    )
    said = {
        "answer": answer(levels, arms, CHANCE, HIGHEST), "limits": LIMITS, "command": "audit experiment secrets",
        "settings": {"beam": 64}, "seconds": 100.0, "format": "pin {d}{d}", "space_bits": 29.9, "models": 8,
        "references": 4096, "beam": 64, "chance": CHANCE, "highest": HIGHEST, "levels": levels, "arms": arms,
    }  # fmt: skip
    return Secrets(**{**said, **changes})


def test_the_answer_says_exposure_extraction_and_the_price_of_every_arm() -> None:
    said = block().answer
    assert said[0] == (
        "standard: secrets that stand in the training text once have a mean exposure of 4.00 (3.00 to 5.00) bits, "
        "16 times 11.00 (10.00 to 12.00). Chance is 1.44, and 12.0 the most that can be shown."
    )
    assert "for a secret that stands there 16 times it promises epsilon 406, all copies together" in said[1]
    assert "gives back none (at most 10.0 %) of those that stand there once, all (at least 90.0 %)" in said[2]
    assert (
        "25.0 % (15.0 to 35.0) of those that stand there 16 times; of secrets that the model never saw none" in said[3]
    )
    assert said[4].endswith("standard 1.11 (1.01 to 1.21), dp-eps-8 3.56 (3.46 to 3.66).")


def test_an_arm_at_chance_is_said_to_be() -> None:
    one = block()
    private = (level("dp-eps-1", 1, 1.6, 0.0, epsilon=1.0, exposure_cap=1.8),)
    arms = tuple(arm.model_copy(update={"arm": "dp-eps-1"}) for arm in one.arms[1:])
    said = answer(private, arms, 1.44, 12)
    assert "none of it is more than in models that never saw them" in said[0]
    assert "promises" not in said[0]
    assert said[1] == "dp-eps-1: beam search gives back no secret: at most 10.0 % of any level."


def test_every_level_is_in_the_tables() -> None:
    of = section(block())
    exposures, extracted, price = of.tables
    assert [row.label for row in exposures.rows] == [
        "standard, once", "standard, 16 times", "dp-eps-8, once", "dp-eps-8, 16 times",
    ]  # fmt: skip
    assert [str(row.cells[3]) for row in exposures.rows] == ["none", "none", "4.25", "none"]
    assert [row.cells[0].text for row in extracted.rows] == ["< 1/32", "> 31/32", "< 1/32", "25.0 %"]
    assert [str(cell) for cell in price.rows[0].cells[1:]] == ["none", "none"]
    assert [str(cell) for cell in price.rows[1].cells[1:]] == ["8.0", "405.1"]
    assert all(len(row.cells) == len(table.columns) for table in (*of.tables, *of.folded) for row in table.rows)


def test_without_dp_there_is_no_cap_and_a_level_that_an_arm_lacks_is_empty() -> None:
    whole = block()
    of = section(block(levels=whole.levels[:3]))
    assert [str(cell) for cell in of.tables[2].rows[1].cells[1:]] == ["8.0", "none"]
    plain = section(block(levels=whole.levels[:2], arms=whole.arms[:1]))
    assert plain.tables[0].columns == ("IN", "OUT", "IN minus OUT")


def test_what_the_accountant_cannot_tell_is_not_known_and_not_none() -> None:
    one = block()
    failed = level("dp-eps-8", 16, 6.0, 0.25, unknown="the accountant fails on 16 copies")
    tables = section(block(levels=(*one.levels[:3], failed))).tables
    promised = next(table for table in tables if table.columns[0] == "Bits per character")
    assert [row.cells[-1].text for row in promised.rows] == ["none", "not known"]
    assert "Not known: the accountant fails on 16 copies." in promised.notes
    exposed = next(table for table in tables if "Cap by DP" in table.columns)
    assert [row.cells[-1].text for row in exposed.rows] == ["none", "none", "4.25", "not known"]


def test_an_exposure_above_its_cap_is_loud() -> None:
    broken = level("dp-eps-8", 1, 9.0, 0.0, epsilon=8.0, exposure_cap=4.2)
    assert broken.over_cap
    assert section(block(levels=(broken,))).tables[0].rows[0].cells[3].loud
    assert not level("dp-eps-8", 1, 5.0, 0.0, epsilon=8.0, exposure_cap=4.2).over_cap


@pytest.mark.draws
@pytest.mark.parametrize("arms", [("standard", "dp-eps-8"), ("standard",), (), ("other", "dp-eps-8")])
def test_figures_show_every_level_whatever_arms_the_page_has(arms: tuple[str, ...]) -> None:
    exposure, extracted = figures(block(), arms)
    place = [*arms, *(name for name in ("standard", "dp-eps-8") if name not in arms)].index("dp-eps-8")
    assert place in exposure.arms
    for said in ("standard, once in the text, IN: 4.00 (3.00 to 5.00)", "dp-eps-8, 16 times in the text, OUT: 1.40"):
        assert said in exposure.svg
    assert "dp-eps-8, once: at most 4.25 bits by DP" in exposure.svg
    assert "16 times: at most" not in exposure.svg
    for name in ("standard", "dp-eps-8"):
        assert (f">{name}<" in exposure.svg) == (f">{name}<" in extracted.svg) == (name not in arms)
    assert "standard, 16 times in the text, IN: &gt; 31/32" in extracted.svg
    assert exposure.svg.count("IN:") == exposure.svg.count("OUT:") == extracted.svg.count("IN:") == 4
    assert exposure.svg.count(">chance<") == 1


def test_nothing_found_is_no_figure() -> None:
    assert figures(block(levels=()), ("standard",)) == []
    assert figures_of(Experiments(secrets=block()), ("standard",))["secrets"]


def test_numbers_of_times_in_words() -> None:
    assert [times(n) for n in (1, 2, 16)] == ["once", "twice", "16 times"]


@pytest.mark.draws
def test_a_whole_page_is_drawn_and_read_again() -> None:
    of = sample()
    arms = tuple(
        ExperimentArm(name=name, description="x", models=8, recipe={}, guarantee=None)
        for name in ("standard", "dp-eps-8")
    )
    result = ExperimentResult(
        data=of.data, model=of.model, confidence=0.95, arms=arms, experiments=Experiments(secrets=block()),
        provenance=of.provenance,
    )  # fmt: skip
    assert experiment_from_json(to_json(result)) == result
    assert "secrets-extracted" in as_page(result)
    with_audit = of.model_copy(update={"experiments": Experiments(secrets=block())})
    without_dp = with_audit.model_copy(update={"arms": of.arms[:1], "differences": ()})
    for audit in (with_audit, without_dp):
        assert "secrets-extracted" in as_report(audit)
