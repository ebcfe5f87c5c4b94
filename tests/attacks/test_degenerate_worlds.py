"""No spread, perfect separation, copies, a record or two, one split: every attack gives figures or says why it cannot.

Warnings are errors in all tests, so nothing here divides by zero unseen.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
from repetitions import THOROUGH
from worlds import evidence, gaussian_world, paired_membership

from attacks import ATTACKS, Evidence, UnscorableError, evaluate
from attacks.given_models import evaluate_given

every_attack = pytest.mark.parametrize("attack", [*ATTACKS.values()], ids=ATTACKS.keys())
MODELS, RECORDS = 8, 40
OF_EVERY_KIND = ("loss", "lira-online", "lira-online-pooled", "rmia-offline", "shadow", "quantile", "ensemble")
TIED = ("population", "rmia-online-population")
"""Attacks that read a population of its own besides, which is not constant here."""


def worlds() -> Iterator[tuple[str, Evidence]]:
    rng = np.random.default_rng(0)
    inside = paired_membership(MODELS, RECORDS, rng)
    noise, alone = rng.normal(size=inside.shape), np.arange(MODELS)
    one_split = np.tile(inside[0], (MODELS, 1))
    for size in (1.0, 800.0, 3e38):
        yield f"members at {size:g}", evidence(inside, np.where(inside, size, -size))
    for size in (1e-300, 800.0, 3e38):
        yield f"members at -{size:g}", evidence(inside, np.where(inside, -size, size))
        yield f"signals of size {size:g}", evidence(inside, noise * size)
    yield "constant", evidence(inside, np.full(inside.shape, 1.3))
    yield "one model constant", evidence(inside, noise * (alone > 0)[:, None])
    yield "half of the records constant", evidence(inside, noise * (np.arange(RECORDS) > 20))
    yield "one extreme signal", evidence(inside, np.where(noise == noise.max(), 800.0, noise))
    yield "copies", evidence(inside, np.repeat(noise[:, :1], RECORDS, axis=1))
    yield "copies that tell members", evidence(inside, np.repeat(noise[:, :1], RECORDS, axis=1) + inside)
    for records in (1, 2, 3):
        yield f"{records} records", evidence(inside[:, :records], noise[:, :records])
        yield f"{records} records, perfect", evidence(inside[:, :records], np.where(inside, 800.0, -800.0)[:, :records])
    yield "one split", evidence(one_split, noise + one_split, alone)
    yield "all in", evidence(np.ones_like(inside), noise, alone)
    yield "all out", evidence(np.zeros_like(inside), noise, alone)
    yield "models that saw all or nothing", evidence(np.repeat((alone < 4)[:, None], RECORDS, axis=1), noise, alone)
    yield "two members", evidence(np.eye(MODELS, RECORDS, dtype=bool) & (alone < 2)[:, None], noise, alone)
    yield "two non-members", evidence(~(np.eye(MODELS, RECORDS, dtype=bool) & (alone < 2)[:, None]), noise, alone)
    for models in (1, 2, 4):
        yield f"{models} models", evidence(inside[:models], noise[:models])
    yield "two models without a pair", evidence(inside[[0, 2]], noise[[0, 2]], alone[:2])
    plain = gaussian_world(MODELS, RECORDS, 1.0, 0)
    yield "one class", replace(plain, labels=np.zeros(RECORDS, np.int64))
    yield "a class a record", replace(plain, labels=np.arange(RECORDS))
    yield "equal features", replace(plain, features=np.zeros((RECORDS, 3)))
    yield "views, constant", evidence(inside, np.zeros((MODELS, RECORDS, 4)))
    yield "views, equal", evidence(inside, np.repeat(noise[:, :, None], 4, axis=2))
    for error in (1e-9, 1e-7):
        moved = 50 + 30 * noise[:, :, None] + error * rng.normal(size=(MODELS, RECORDS, 4))
        yield f"views, equal to {error:g}", evidence(inside, moved)


WORLDS = dict(worlds())
CASES = [
    (attack, name)
    for place, attack in enumerate(ATTACKS)
    for number, name in enumerate(WORLDS)
    if THOROUGH or (place + number) % 2 or attack in OF_EVERY_KIND
]
"""Every attack in half of the worlds; one of every kind, and every attack in a thorough test, in all."""


@pytest.mark.parametrize(("attack", "name"), CASES)
def test_an_attack_gives_figures_or_says_why_it_cannot(attack, name):
    attack, world = ATTACKS[attack], WORLDS[name]
    targets = np.arange(len(world.pair)) == 0
    for figures in (lambda: evaluate(attack, world, (0.1,)), lambda: evaluate_given(attack, world, targets, (0.1,))):
        try:
            found = figures()
        except UnscorableError:
            continue
        assert 0 <= found.auc.low <= found.auc.value <= found.auc.high <= 1


@every_attack
def test_constant_outputs_give_an_area_of_one_half(attack):
    if attack.name in (*TIED, "label-only"):
        pytest.skip("it reads signals that are not constant, or needs views")
    found = evaluate(attack, WORLDS["constant"], (0.1,))
    assert found.auc.value == 0.5
    assert found.auc.low < 0.5 < found.auc.high


@every_attack
@pytest.mark.parametrize("name", ["members at 1", "members at 800", "members at 3e+38"])
def test_perfect_separation_is_found(attack, name):
    if attack.name in ("entropy", "label-only"):
        pytest.skip("it does not look at the label, or needs views")
    assert evaluate(attack, WORLDS[name], (0.1,)).auc.value == 1


@every_attack
@pytest.mark.parametrize("name", ["one split", "all in", "all out"])
def test_models_of_one_split_are_no_references(attack, name):
    if attack.references:
        for figures in (evaluate, lambda *world: evaluate_given(*world, np.ones(MODELS, bool))):
            with pytest.raises(UnscorableError, match="no record was both IN and OUT"):
                figures(attack, WORLDS[name])
    elif name == "one split" and attack.name != "label-only":
        assert evaluate(attack, WORLDS[name], (0.1,)).auc.value > 0.4


def test_there_is_nothing_to_tell_apart_where_all_are_members():
    for name, side in (("all in", "IN every"), ("all out", "OUT of every")):
        with pytest.raises(UnscorableError, match=f"every record is {side} model"):
            evaluate(ATTACKS["loss"], WORLDS[name])
