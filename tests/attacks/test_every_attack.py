"""What holds for every attack of the registry, those to come included."""

from dataclasses import replace

import numpy as np
import pytest
from worlds import gaussian_world, planted_world, suited, unpaired_world, with_outputs, with_views

from attacks import ATTACKS, Evidence, Sample, evaluate, register

every_attack = pytest.mark.parametrize("attack", [*ATTACKS.values()], ids=ATTACKS.keys())
CLOSE = {"ensemble": 1e-5, "quantile": 1e-6}
"""Relative difference that rounding may grow to where something is learnt from sums; 1e-9 for all others."""


def test_the_registry_is_complete_and_in_the_order_of_reports():
    assert list(ATTACKS) == [
        *("gap", "label-only", "loss", "entropy", "modified-entropy", "modified-entropy-by-class", "population"),
        *(
            "quantile",
            "reference",
            "calibrated",
            "shadow",
            "base",
            "rmia-online",
            "rmia-online-population",
            "rmia-offline",
        ),
        *("lira-online", "lira-offline", "lira-online-pooled", "lira-online-per-record"),
        *("lira-offline-pooled", "lira-offline-per-record", "ensemble"),
    ]


def test_a_name_is_taken_once():
    with pytest.raises(ValueError, match="two attacks are named 'gap'"):
        register(type(ATTACKS["gap"]))


@every_attack
def test_what_a_report_needs_is_there(attack):
    assert type(ATTACKS[attack.name]) is type(attack)
    assert attack.title
    assert "arXiv" in attack.source
    assert attack.knowledge


@every_attack
def test_members_score_higher(attack):
    # 16 models x 300 records: the standard deviation of the AUC is below .012; chance is 4 of them away.
    world = suited(attack, gaussian_world(16, 300, 1.5, 0))
    assert Sample.of(attack.scores(world), world.membership).auc() > 0.55


@every_attack
def test_planted_members_score_higher(attack):
    # A rank among 16 OUT references ties the surest of them with all members: .97 at the most.
    world = suited(attack, planted_world(32, 200, 20, 6.0, 0))
    planted = Sample.of(attack.scores(world)[:, :20], world.membership[:, :20])
    assert planted.auc() > (0.9 if attack.name == "label-only" else 0.95)


@every_attack
@pytest.mark.parametrize("world", [gaussian_world(8, 30, 1.0, 0), unpaired_world(9, 30, 1.0, 0)])
def test_a_targets_own_coins_never_touch_its_scores(attack, world):
    """Not its coin of this record, not its partner's; the coins of other records may teach an attack something."""
    world = suited(attack, world)
    before = attack.scores(world)
    for number, record in zip(np.unique(world.pair)[:3], (0, 11, 29), strict=True):
        own = world.pair == number
        membership = world.membership.copy()
        membership[own, record] = ~membership[own, record]
        after = attack.scores(replace(world, membership=membership))
        np.testing.assert_array_equal(after[own, record], before[own, record])


@every_attack
@pytest.mark.parametrize("world", [gaussian_world(8, 30, 1.0, 0), unpaired_world(9, 30, 1.0, 0)])
def test_no_coin_of_a_target_touches_its_scores_unless_it_learns(attack, world):
    if attack.name in ("quantile", "ensemble"):
        pytest.skip("it learns from the target's non-members, or from other records: see the test before")
    rng, world = np.random.default_rng(1), suited(attack, world)
    before = attack.scores(world)
    for number in np.unique(world.pair):
        own = world.pair == number
        membership = world.membership.copy()
        membership[own] = rng.random((own.sum(), 30)) < 0.5
        after = attack.scores(replace(world, membership=membership))
        np.testing.assert_array_equal(after[own], before[own])


@every_attack
def test_a_partners_signals_never_touch_a_targets_scores(attack):
    if attack.name == "ensemble":
        pytest.skip("its weights are learnt on all other targets, partners among them")
    world = suited(attack, gaussian_world(8, 30, 1.0, 0))
    phi, entropy = world.phi.copy(), world.entropy.copy()
    phi[3] += 100
    entropy[3] = 0
    changed = replace(world, phi=phi, entropy=entropy, modified_entropy=entropy)
    before, after = attack.scores(replace(world, modified_entropy=world.entropy))[2], attack.scores(changed)[2]
    np.testing.assert_allclose(after, before, rtol=1e-9)


@every_attack
def test_the_order_of_records_does_not_matter(attack):
    world = with_views(gaussian_world(8, 30, 1.0, 0), 2, 0)
    order = np.random.default_rng(0).permutation(30)
    shuffled = world.records(order)
    close = CLOSE.get(attack.name, 1e-9)
    np.testing.assert_allclose(attack.scores(shuffled), attack.scores(world)[:, order], rtol=close, atol=1e-12)


@every_attack
def test_the_order_of_models_does_not_matter(attack):
    world = suited(attack, gaussian_world(8, 30, 1.0, 0))
    order = np.array([5, 0, 3, 7, 1, 6, 2, 4])  # partners torn apart, pairs out of order
    shuffled, close = world.take(order), CLOSE.get(attack.name, 1e-9)
    np.testing.assert_allclose(attack.scores(shuffled), attack.scores(world)[order], rtol=close, atol=1e-12)


@every_attack
def test_the_order_of_model_pairs_does_not_matter_to_figures(attack):
    if attack.name in ("quantile", "ensemble"):
        pytest.skip("which pairs are evaluated, and which learn from which, goes by their numbers")
    world = suited(attack, gaussian_world(12, 30, 1.0, 0))
    order = np.array([4, 5, 10, 11, 0, 1, 8, 9, 2, 3, 6, 7])
    renumbered = replace(world.take(order), pair=world.pair)
    first, second = evaluate(attack, world, fprs=(0.1,)), evaluate(attack, renumbered, fprs=(0.1,))
    for a, b in ((first.auc, second.auc), (first.tpr_at[0].tpr, second.tpr_at[0].tpr)):
        assert (a.value, a.low, a.high) == pytest.approx((b.value, b.low, b.high), rel=1e-9)


@every_attack
def test_several_views_say_at_least_as_much_as_the_worst(attack):
    if attack.name in ("gap", "label-only"):
        pytest.skip("the gap attack sees one prediction, label-only nothing in a single view")
    world = with_views(gaussian_world(16, 300, 2.0, 0), 3, 0)
    last = with_outputs(Evidence(world.membership, world.phi[:, :, 2:], world.correct, world.pair))
    reached = {name: Sample.of(attack.scores(e), e.membership).auc() for name, e in (("all", world), ("last", last))}
    assert reached["all"] > reached["last"]


@every_attack
def test_evidence_is_only_read(attack):
    world = suited(attack, unpaired_world(8, 20, 1.0, 0))
    for array in (world.membership, world.phi, world.correct, world.pair):
        array.setflags(write=False)
    first, second = attack.scores(world), attack.scores(world)
    np.testing.assert_array_equal(first, second)


def test_evidence_of_unequal_shapes_is_refused():
    world = gaussian_world(4, 5, 1.0, 0)
    with pytest.raises(ValueError, match=r"\[models, records, views\]"):
        Evidence(world.membership, world.phi[:, :, 0], world.correct, world.pair)
    with pytest.raises(ValueError, match="pair"):
        Evidence(world.membership, world.phi, world.correct, world.pair[:2])
