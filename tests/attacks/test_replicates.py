"""Pools with groups of pairs left out, from shared sums: against attacks repeated on what is left."""

import numpy as np
import pytest
from oracles import attacks as oracle
from repetitions import THOROUGH
from worlds import evidence, gaussian_world, planted_world, suited, unpaired_world, with_views

import attacks.replicates
from attacks import ATTACKS, Gap, LiraOnline, Loss, RmiaOnline, record_exposure
from attacks.base import Attack
from attacks.grouping import group_labels
from attacks.replicates import exposures_without, parts_without

WORLDS = {
    "paired": gaussian_world(12, 40, 1.0, 0),
    "many groups": gaussian_world(40, 30, 1.0, 1),
    "unpaired, references missing": unpaired_world(6, 40, 1.0, 2),
    "two views": with_views(gaussian_world(14, 20, 1.0, 3), 2, 4),
    "two pairs": gaussian_world(4, 10, 1.0, 5),
}


MANY_GROUPS = ("loss", "gap", "base", "rmia-online", "lira-offline", "shadow")


class Third(Attack):
    """An attack by somebody else: nothing but scores."""

    name, title, source, knowledge, references = "third", "Third", "", "", True

    def scores(self, evidence):
        return evidence.phi[:, :, 0] - evidence.phi[:, :, 0].mean(axis=0)


class Halved(RmiaOnline):
    """A subclass that changes the scores alone."""

    def scores(self, evidence):
        return np.where(evidence.correct, super().scores(evidence), np.nan)


EVERY = [*ATTACKS.values(), LiraOnline("pooled"), LiraOnline("per-record"), Third(), Halved()]


def assembled(attack, world, group):
    """Float [groups, models, records]; NaN where nothing was said."""
    scores = attack.scores(world)
    found = np.full((group.max() + 1, *scores.shape), np.nan)
    parts = parts_without(attack, world, scores, group)
    for own in range(group.max() + 1):
        for part in parts(own):
            found[part.left_out][part.models, part.records] = part.scores
    return found


@pytest.mark.parametrize("world", WORLDS.values(), ids=WORLDS.keys())
@pytest.mark.parametrize("attack", EVERY, ids=lambda a: f"{a.name} {getattr(a, 'variance', '')}")
def test_scores_are_those_of_an_attack_on_the_others(attack, world, monkeypatch):
    if world is WORLDS["many groups"] and attack.name not in MANY_GROUPS and not THOROUGH:
        pytest.skip("one attack of a family has many groups; all: make test-thorough")
    monkeypatch.setattr("attacks.references.BLOCK_ELEMENTS", 300)
    world = suited(attack, world)
    attack, group = attack.resolved(world), group_labels(world.pair)
    found = assembled(attack, world, group)
    for left_out in range(group.max() + 1):
        expected = oracle.scores_without(attack, world, group, left_out)
        np.testing.assert_allclose(found[left_out], expected, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("attack", [a for a in ATTACKS.values() if a.references], ids=lambda a: a.name)
def test_confidences_of_every_size_keep_their_references(attack):
    # A pair that is right by e^1000 hides in a plain sum what all others say of the record.
    world = gaussian_world(12, 30, 1.0, 0)
    phi = world.phi - 700.0
    phi[:2, :10] += 1500.0
    extreme = evidence(world.membership, phi, world.pair)
    attack, group = attack.resolved(extreme), group_labels(world.pair)
    assert np.isfinite(attack.scores(extreme)).all()
    found = assembled(attack, extreme, group)
    for left_out in range(group.max() + 1):
        expected = oracle.scores_without(attack, extreme, group, left_out)
        # A record's own variance: squares of a thousand beside those of one leave ten of sixteen digits.
        close = 1e-6 if attack.name in ("lira-online", "lira-online-per-record", "ensemble") else 1e-9
        np.testing.assert_allclose(found[left_out], expected, rtol=close, atol=close)


@pytest.mark.parametrize("threads", [1, 5])
@pytest.mark.parametrize("attack", [a for a in ATTACKS.values() if a.references], ids=lambda a: a.name)
def test_the_number_of_threads_changes_nothing(attack, threads, monkeypatch):
    world = gaussian_world(40, 60, 1.0, 0)
    attack = attack.resolved(world)
    expected, parts = attack.scores(world), assembled(attack, world, group_labels(world.pair))
    monkeypatch.setattr("os.cpu_count", lambda: threads)
    monkeypatch.setattr("attacks.references.FEW_SCORES", 0)
    one = attack.scores(world)
    np.testing.assert_array_equal(assembled(attack, world, group_labels(world.pair)), parts)
    np.testing.assert_allclose(one, expected, rtol=1e-9)
    monkeypatch.setattr("os.cpu_count", lambda: 3)
    np.testing.assert_array_equal(attack.scores(world), one)


@pytest.mark.parametrize("kept", [3, 0.01])
@pytest.mark.parametrize(
    "attack", [Loss(), Gap(), LiraOnline(), RmiaOnline(), Halved()], ids=lambda a: type(a).__name__
)
def test_exposures_are_those_of_an_attack_on_the_others(attack, kept, monkeypatch):
    monkeypatch.setattr(attacks.replicates, "KEPT", kept)  # with too little kept, everything is scored again
    world = planted_world(24, 150, 20, 4.0, 0)
    attack, group, fprs = attack.resolved(world), group_labels(world.pair), (0.05, 0.01, 0.001)
    found = exposures_without(attack, world, attack.scores(world), group, fprs)
    assert len(found) == 12
    for left_out, at in enumerate(found):
        scores = oracle.scores_without(attack, world, group, left_out)
        for fpr in fprs:
            expected = record_exposure(scores, world.membership, fpr)
            assert at[fpr].threshold == pytest.approx(expected.threshold)
            for name in ("in_hits", "in_models", "out_hits", "out_models"):
                np.testing.assert_array_equal(getattr(at[fpr], name), getattr(expected, name), err_msg=name)
