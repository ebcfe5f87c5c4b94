"""What is said of the long tail: sentences, tables and figures, of ordinary blocks and of those that lack figures."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from tail_worlds import Drawn, rare, untested, zipf

from audit.data.base import Dataset
from audit.data.longtail import weights
from audit.errors import DataError
from audit.experiments.longtail.answers import Answers
from audit.experiments.longtail.bands import arm_by_band, bands_of
from audit.experiments.longtail.flow import chance_of, check, prior_of
from audit.experiments.longtail.prior import GoodTuring, KnownPrior
from audit.experiments.longtail.theory import SHARES, Theory
from audit.experiments.longtail.words import answer, limits
from reports.experiments.longtail import LongTail
from reports.experiments.longtail_figures import figures
from reports.experiments.longtail_section import section
from reports.experiments.result import Experiments
from reports.experiments.terminal import print_experiments
from reports.text import Page, plain

ARMS = ("standard", "dp-eps-8", "dp-eps-1")


def block_of(drawn: Drawn, arms: list[Answers], known: bool = True, chance: float = 0.0) -> LongTail:
    """A block as the experiment makes it, without a run."""
    census = drawn.census
    frequencies = KnownPrior(census, drawn.weights) if known else GoodTuring(census)
    theory = Theory(frequencies, {arm.arm: arm for arm in arms}, chance, 0.95)
    carries = theory.carries(1)
    block = LongTail(
        answer=(),
        command="audit experiment longtail --run runs/it",
        settings={"subpopulation": "kind"},
        seconds=1.0,
        column="kind",
        subpopulations=census.subpopulations,
        prior_known=known,
        training_records=float(census.size.mean()),
        chance=chance,
        carries=carries and carries.estimate(0.95, -1),
        none_fitted=theory.none_fitted(),
        bands=bands_of(census, 0.95),
        arms=tuple(arm_by_band(arm, arms[0], 0.95) for arm in arms),
        forecasts=theory.forecasts(),
        couplings=theory.couplings(),
        frequencies=tuple(theory.frequency(times) for times in SHARES),
    )
    return block.model_copy(update={"answer": answer(block), "limits": limits(block)})


@pytest.fixture(scope="module")
def drawn() -> Drawn:
    return Drawn.of(zipf(200), 400, 300, 32, 1)


@pytest.fixture(scope="module")
def block(drawn: Drawn) -> LongTail:
    """An arm that fits all, one that needs two records, and one that needs eight."""
    needed = {"standard": 1, "dp-eps-8": 2, "dp-eps-1": 8}
    return block_of(drawn, [drawn.lookup(count, arm=arm) for arm, count in needed.items()])


@pytest.fixture(scope="module")
def headed() -> LongTail:
    """Two subpopulations of many records each: there is no tail."""
    drawn = Drawn.of(np.array([0.5, 0.5]), 400, 100, 8, 1)
    return block_of(drawn, [drawn.lookup(), drawn.lookup(arm="dp-eps-8")], known=False)


def test_a_block_survives_json(block: LongTail, headed: LongTail) -> None:
    for each in (block, headed):
        text = each.model_dump_json()
        assert "NaN" not in text
        assert LongTail.model_validate_json(text) == each


def test_every_estimate_says_how_it_was_made(block: LongTail) -> None:
    def estimates(part: object) -> list[dict[str, object]]:
        if isinstance(part, dict) and "method" in part:
            return [part]
        inner = part.values() if isinstance(part, dict) else part if isinstance(part, list) else []
        return [found for each in inner for found in estimates(each)]

    found = estimates(json.loads(block.model_dump_json()))
    assert len(found) > 100
    for each in found:
        assert each["low"] <= each["value"] <= each["high"]
        assert each["n"] == 16
        assert "independent model pairs" in str(each["method"])


def test_the_answer_says_what_fitting_is_worth_and_who_pays(block: LongTail) -> None:
    first, *arms, memorized, agreement = block.answer
    worth = block.forecast("worth", 1, "standard")
    assert first.startswith(f"Fitting what is seen once is worth {100 * worth.measured.value:.1f} %")
    assert f"from the frequencies and the training errors alone, {100 * worth.predicted.value:.1f} %" in first
    assert [sentence.split()[0] for sentence in arms] == ["dp-eps-8", "dp-eps-1"]
    assert all("the rare pay more" in sentence for sentence in arms)
    assert memorized.endswith("1 under standard, 0 under dp-eps-8, 0 under dp-eps-1.")
    assert "predictions agree" in agreement


def test_an_arm_whose_frequent_records_suffer_as_much_is_not_said_to_make_the_rare_pay(drawn: Drawn) -> None:
    found = block_of(drawn, [drawn.indifferent(1.0), drawn.indifferent(0.5, arm="dp-eps-8")])
    assert "of the loss" in found.answer[1]
    assert "the rare pay more" not in found.answer[1]


def test_an_arm_that_loses_nothing_has_nobody_who_pays(drawn: Drawn) -> None:
    found = block_of(drawn, [drawn.lookup(), drawn.lookup(arm="dp-eps-8")])
    assert "bears" not in " ".join(found.answer)
    assert found.answer[1].startswith("dp-eps-8 has no proved loss: its test error is 0 (-")


def test_groups_that_are_no_subpopulations_are_called_so(drawn: Drawn, block: LongTail) -> None:
    """A learner that fits every record by itself: right about it when it is IN, and no better about its like."""
    census, rng = drawn.census, np.random.default_rng(6)
    alone = census.membership | (rng.random(census.membership.shape) < 0.5)
    found = block_of(drawn, [Answers("standard", census, alone, rng.random((32, 300)) < 0.5)], chance=0.5)
    assert found.carries.low < 0 < found.carries.high < 0.5
    assert "the groups of 'kind' are no subpopulations in Feldman's sense" in found.answer[-1]
    assert not any(f.gap.low <= 0 <= f.gap.high for f in found.forecasts if f.kind == "worth" and f.times)
    assert "no subpopulations" not in block.answer[-1]


def test_without_a_tail_there_is_nothing_to_predict_and_it_is_said(headed: LongTail) -> None:
    (only,) = headed.answer
    assert "there is no tail to fit" in only
    assert headed.carries is None
    assert headed.none_fitted is None


def test_without_a_prior_the_limits_and_the_answer_say_that_it_was_estimated(drawn: Drawn) -> None:
    found = block_of(drawn, [drawn.lookup(), drawn.lookup(2, arm="dp-eps-8")], known=False)
    assert "from estimated frequencies" in found.answer[0]
    assert found.limits[0].startswith("The frequencies are not known but estimated")
    assert found.forecast("excess", None, "dp-eps-8").predicted is None
    assert all(each.known is None and each.estimated for each in found.frequencies)


def test_the_section_has_a_row_for_every_band_and_forecast(block: LongTail) -> None:
    made = section(block)
    errors, forecasts, losses, memorization = made.tables
    assert [row.label for row in errors.rows] == ["0", "1", "2", "3-5", "6-10", "11+"]
    assert errors.columns == ("Subpopulations", "Test records", *ARMS)
    assert len(forecasts.rows) == len(block.forecasts) == 3 + 2 * 2 * 3 + 3 * 2
    assert len(losses.columns) == 4
    assert [row.label for row in memorization.rows] == ["1", "2", "3-5", "6-10", "11+"]
    for table in (*made.tables, *made.folded):
        assert {len(row.cells) for row in table.rows} == {len(table.columns)}


def test_the_first_table_shows_the_blocks_figures(block: LongTail) -> None:
    row = section(block).tables[0].rows[1]
    error = block.band_of("dp-eps-8", "1").test_error
    assert error.value == 1
    assert row.cells[3].text == "100 %"


def test_one_arm_alone_has_no_table_of_who_pays(drawn: Drawn) -> None:
    made = section(block_of(drawn, [drawn.lookup()]))
    assert not [table for table in made.tables if table.caption.startswith("Who pays")]


@pytest.mark.draws
def test_figures_show_every_arm_of_the_page(block: LongTail) -> None:
    found = figures(block, ARMS)
    assert len({picture.title for picture in found}) == 3
    assert all("longtail-" in picture.svg for picture in found)
    assert [picture.arms for picture in found] == [(0, 1, 2)] * 3


@pytest.mark.draws
def test_an_arm_that_the_page_does_not_have_is_left_out(block: LongTail) -> None:
    assert [picture.arms for picture in figures(block, ["dp-eps-1", "other"])] == [(0,)] * 3
    assert figures(block, []) == []


def test_figures_of_what_cannot_be_had_are_left_out(headed: LongTail) -> None:
    assert all("nan" not in picture.svg.lower() for picture in figures(headed, ["standard", "dp-eps-8"]))
    assert section(headed).tables[0].rows


@pytest.mark.parametrize("width", [60, 80, 100])
def test_a_terminal_shows_it_within_its_width(block: LongTail, headed: LongTail, width: int) -> None:
    for each in (block, headed):
        made = Experiments(longtail=each)
        text = plain(lambda console, made=made: print_experiments(Page(console), made), width)
        assert max(map(len, text.splitlines())) <= width
        assert "Test error by how often" in " ".join(text.split())


def test_a_missing_column_is_one_error_that_names_those_that_there_are() -> None:
    with pytest.raises(DataError) as raised:
        check(rare(), "kinds")
    assert raised.value.message == (
        "rare has no column 'kinds' to tell subpopulations by (did you mean 'kind'?); there are: 'kind'"
    )
    assert "--subpopulation" in raised.value.hint
    check(rare(), "kind")


def test_all_that_is_missing_is_said_at_once() -> None:
    with pytest.raises(DataError) as raised:
        check(untested(), "subpopulation")
    assert "there are: none" in raised.value.message
    assert "no test records" in raised.value.message


def test_only_the_generated_source_has_known_frequencies() -> None:
    made = rare()
    generated = replace(made, name="longtail")
    assert prior_of(made, "kind") is None
    assert prior_of(generated, "frequency") is None
    assert prior_of(generated, "subpopulation").tolist() == weights().tolist()


def test_a_guess_is_even_where_labels_are_drawn_and_the_most_frequent_class_elsewhere() -> None:
    made: Dataset = rare()
    assert chance_of(made, drawn=True) == pytest.approx(1 / 3)
    assert chance_of(made, drawn=False) == np.bincount(made.y_test).max() / 120
