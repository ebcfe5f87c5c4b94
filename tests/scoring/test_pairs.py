import numpy as np
from worlds import paired_membership

from audit.scoring.pairs import drawn_together, torn_apart


def test_complements_are_found_wherever_they_stand():
    membership = paired_membership(8, 40, np.random.default_rng(0))
    order = np.random.default_rng(1).permutation(8)
    found = drawn_together(membership[order])
    assert len(np.unique(found)) == 4
    for one, other in ((one, other) for one in range(8) for other in range(8)):
        assert (found[one] == found[other]) == (order[one] // 2 == order[other] // 2)


def test_models_without_a_complement_stand_alone():
    membership = np.random.default_rng(0).random((6, 40)) < 0.5
    assert len(np.unique(drawn_together(membership))) == 6


def test_models_of_the_very_same_records_drew_their_coins_together():
    membership = np.random.default_rng(0).random((4, 40)) < 0.5
    seeds = np.repeat(membership, 3, axis=0)
    found = drawn_together(np.concatenate([seeds, ~seeds[:2]]))
    assert found.tolist() == [*np.repeat(np.arange(4), 3).tolist(), 0, 0]
    assert torn_apart(seeds, np.arange(12)) == 12
    assert torn_apart(seeds, np.repeat(np.arange(4), 3)) == 0


def test_with_few_records_models_agree_by_chance_and_only_complements_are_paired():
    one = np.array([[True], [True], [False], [True], [False]])
    assert drawn_together(one).tolist() == [0, 1, 1, 2, 2]


def test_complements_of_different_numbers_are_counted():
    membership = paired_membership(6, 40, np.random.default_rng(0))
    assert torn_apart(membership, np.array([0, 0, 1, 1, 2, 2])) == 0
    assert torn_apart(membership, np.array([0, 0, 1, 2, 3, 3])) == 2
    assert torn_apart(membership, np.arange(6)) == 6
