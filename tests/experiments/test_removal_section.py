"""The section, its figures and its answer: true to the block, and never broken by what is missing."""

from __future__ import annotations

import re

import numpy as np
import pytest
from removed_worlds import QUICK, World, no_tail, removed, singletons

from audit.experiments.removal.answer import answer, limits
from audit.experiments.removal.judged import share_of
from audit.experiments.removal.layers import layers_of
from audit.experiments.removal.pools import Removed, Without
from audit.experiments.removal.sets import among, crossed
from audit.experiments.removal.trade import Ways, matches_of
from reports.experiments.removal import Removal
from reports.experiments.removal_figures import figures
from reports.experiments.removal_section import section
from reports.findings import Estimate
from reports.serialization import to_json

ARMS = ("standard", "dp-eps-8")


def block_of(world: World, shares: tuple[float, ...] = (0.05, 0.1), attack: bool = True) -> Removal:
    """What the flow makes of simulated pools; the DP arm's models know of no record."""
    found: list[Removed] = [removed(world, share, 32, 2, attack=attack) for share in shares]
    base, nobody = found[0].base, np.zeros_like(found[0].top.removed)
    still = World(np.full(world.records, 0.8), np.full(world.records, 0.8), np.full(len(world.twin), -1), 0.6)
    private_pool = still.pool(base.pool.membership, nobody, 31)
    leakage = base.leakage if isinstance(base.leakage, str) else removed(still, 0.1, 32, 2, attack=True).base.leakage
    private = {"dp-eps-8": Without(private_pool, nobody, leakage)}
    chosen = crossed(base.pool.pair, (among(np.arange(4), world.records), among(np.arange(2, 6), world.records)))
    layers = [Without(world.pool(base.pool.membership, chosen, 8), chosen, base.leakage)]
    ways = Ways("standard", base, found, layers, private)
    block = Removal(
        answer=(),
        command="audit experiment removal --run run",
        settings={"by": "memorization"},
        seconds=1.0,
        by="memorization",
        arm="standard",
        attack="LiRA",
        fpr=QUICK.exposure_fpr,
        confidence=0.95,
        threshold=0.25,
        models=32,
        models_trained=0,
        draws=2,
        test_records=len(world.twin),
        shares=tuple(share_of(one, world.dataset, QUICK, 0) for one in found),
        layers=tuple(layers_of(base, layers, world.dataset, QUICK)),
        leaks=ways.leaks(QUICK),
        matches=tuple(matches_of(private, ways.named, QUICK)),
    )
    return block.model_copy(update={"answer": answer(block), "limits": limits(block)})


@pytest.fixture(scope="module")
def useful() -> Removal:
    return block_of(singletons(share=0.4))


@pytest.fixture(scope="module")
def unattacked() -> Removal:
    return block_of(no_tail(), attack=False)


def test_a_block_survives_its_json(useful: Removal) -> None:
    assert Removal.model_validate_json(to_json(useful)) == useful


def test_every_way_of_training_has_a_row(useful: Removal) -> None:
    kinds = [one.kind for one in useful.leaks]
    assert kinds == ["nothing", "top", "top", "random", "random", "layer", "dp"]
    assert [one.name for one in useful.matches] == ["top 5 %", "top 10 %", "1 layer"]
    for one in useful.leaks:
        assert one.tpr is not None
        assert one.found is not None
        assert one.found.value == pytest.approx(1000 * (1 - one.removed) * one.tpr.value)


def test_matches_are_differences_of_the_rows(useful: Removal) -> None:
    rows = {one.name: one for one in useful.leaks}
    for match in useful.matches:
        one, dp = rows[match.name], rows["dp-eps-8"]
        assert match.accuracy.value == pytest.approx(one.accuracy.value - dp.accuracy.value)
        assert one.auc is not None
        assert dp.auc is not None
        assert match.auc.value == pytest.approx(one.auc.value - dp.auc.value)


def test_every_figure_of_the_section_is_the_blocks(useful: Removal) -> None:
    found = section(useful)
    costs, trade = found.tables[:2]
    assert [row.label for row in costs.rows] == ["5 %", "10 %"]
    last = useful.shares[-1].accuracy
    assert costs.rows[1].cells[-1].text == f"{100 * last.beyond.value:.1f} points"
    assert [row.label for row in trade.rows] == [one.name for one in useful.leaks]
    for table in (*found.tables, *found.folded):
        assert all(len(row.cells) == len(table.columns) for row in table.rows), table.caption
    listed = [table for table in found.folded if table.caption.startswith("Newly exposed")]
    newly = useful.shares[-1].exposure.reached.newly if useful.shares[-1].exposure else ()
    assert [row.label for table in listed for row in table.rows] == [one.id for one in newly]


@pytest.mark.draws
def test_figures_belong_to_the_arms_of_the_page(useful: Removal) -> None:
    found = figures(useful, ARMS)
    names = [re.search(r'class="arm-\d', one.svg) is not None for one in found]
    assert len(found) == 4
    assert all(names)
    trade = next(one for one in found if "leakage" in one.title)
    assert trade.arms == (0, 1)
    assert "nothing removed: test accuracy" in trade.svg
    assert len({one.title for one in found}) == 4
    assert [one.svg for one in figures(useful, ARMS)] == [one.svg for one in found]


def test_an_arm_that_is_not_on_the_page_breaks_nothing(useful: Removal) -> None:
    assert len(figures(useful, ("other",))) == 4
    assert len(figures(useful, ())) == 4


def test_without_scores_and_layers_the_rest_is_shown(unattacked: Removal) -> None:
    bare = unattacked.model_copy(update={"layers": (), "shares": (unattacked.shares[0],)})
    found = section(bare)
    assert not bare.matches
    assert all(one.auc is None and one.reason == "not attacked" for one in bare.leaks)
    assert not any("Layer by layer" in table.caption for table in found.tables)
    assert next(one.title for one in figures(bare, ARMS)) == "What removing records costs"
    cells = [str(cell) for table in (*found.tables, *found.folded) for row in table.rows for cell in row.cells]
    assert not any("None" in cell or "nan" in cell for cell in cells)


def moved(one: Estimate, by: float) -> Estimate:
    return one.model_copy(update={"value": by, "low": by - 0.001, "high": by + 0.001})


def with_beyond(block: Removal, *by: float) -> Removal:
    shares = []
    for share, value in zip(block.shares, by, strict=True):
        accuracy = share.accuracy.model_copy(update={"beyond": moved(share.accuracy.beyond, value)})
        shares.append(share.model_copy(update={"accuracy": accuracy}))
    return block.model_copy(update={"shares": tuple(shares)})


@pytest.mark.parametrize(
    ("beyond", "said"),
    [
        ((-0.02, -0.03), "costs 3.0 points (2.9 to 3.1) more than chance"),
        ((-0.02, -0.03), "what is memorized is of use. That can be told from 5 % on"),
        ((0.0, -0.03), "That can be told from 10 % on"),
        ((-0.02, 0.0), "cannot be told"),
        ((0.0, 0.03), "gains 3.0 points (2.9 to 3.1) over chance: these records do harm"),
    ],
)
def test_the_answer_says_whether_the_choice_matters(useful: Removal, beyond, said) -> None:
    assert said in answer(with_beyond(useful, *beyond))[0]


@pytest.mark.parametrize(
    ("leaks", "said"),
    [
        (
            (0.05, 0.04, 0.03),
            "no removal leaks as little. The one that comes nearest, 1 layer (5 %), still leaks more",
        ),
        ((0.05, 0.0005, 0.03), "The one that comes nearest, top 10 %, cannot be told from it"),
        ((0.05, -0.01, -0.02), "removal leaks no more from 1 layer (5 %) on"),
        ((-0.01, -0.02, -0.02), "removal leaks no more from top 5 % on"),
    ],
)
def test_the_answer_says_whether_removal_reaches_dp(useful: Removal, leaks, said) -> None:
    matches = [
        match.model_copy(update={"tpr": moved(match.auc, by)}) for match, by in zip(useful.matches, leaks, strict=True)
    ]
    block = useful.model_copy(update={"matches": tuple(matches)})
    assert said in answer(block)[-1]


def test_an_answer_about_layers_follows_their_intervals(useful: Removal) -> None:
    first, second = useful.layers
    fallen = second.memorized.fallen
    assert fallen is not None
    for by, said in ((-5.0, "falls after 1 layer"), (0.0, "does not fall;")):
        peel = second.memorized.model_copy(update={"fallen": moved(fallen, by)})
        block = useful.model_copy(update={"layers": (first, second.model_copy(update={"memorized": peel}))})
        assert any(f"memorized records beyond chance {said}" in sentence for sentence in answer(block))
