import numpy as np
from worlds import paired_membership

from audit.scoring.pairs import complements, torn_apart


def test_complements_are_found_wherever_they_stand():
    membership = paired_membership(8, 40, np.random.default_rng(0))
    order = np.random.default_rng(1).permutation(8)
    found = complements(membership[order])
    assert len(np.unique(found)) == 4
    for one, other in ((one, other) for one in range(8) for other in range(8)):
        assert (found[one] == found[other]) == (order[one] // 2 == order[other] // 2)


def test_models_without_a_complement_stand_alone():
    membership = np.random.default_rng(0).random((6, 40)) < 0.5
    assert len(np.unique(complements(membership))) == 6
    same = np.repeat(membership[:1], 3, axis=0)
    assert len(np.unique(complements(np.concatenate([same, ~same[:1]])))) == 3


def test_complements_of_different_numbers_are_counted():
    membership = paired_membership(6, 40, np.random.default_rng(0))
    assert torn_apart(membership, np.array([0, 0, 1, 1, 2, 2])) == 0
    assert torn_apart(membership, np.array([0, 0, 1, 2, 3, 3])) == 2
    assert torn_apart(membership, np.arange(6)) == 6
