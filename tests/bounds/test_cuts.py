"""The search over records and thresholds against an obvious loop, with ties, infinities and blocks."""

from __future__ import annotations

import numpy as np
import pytest

from bounds import cuts, epsilon_from_counts
from bounds.cuts import Best, best_cuts


def plainly(
    scores: np.ndarray, membership: np.ndarray, thresholds: tuple[float, ...] | None, delta: float, alpha: float
) -> list[tuple[float, float]]:
    """Every record's highest bound, and the highest advantage of those that reach it."""
    found = []
    for record in range(scores.shape[1]):
        score, member = scores[:, record], membership[:, record]
        levels = thresholds
        if levels is None:
            # As high or higher than one of the scores: what a threshold just below it calls.
            levels = (np.inf, *np.unique(score)[1:].tolist())
        options = []
        for level in levels:
            called = score >= level
            tp, fp = int((called & member).sum()), int((called & ~member).sum())
            members, others = int(member.sum()), int((~member).sum())
            bound = float(epsilon_from_counts(tp, members, fp, others, delta, alpha))
            options.append((bound, tp / max(members, 1) - fp / max(others, 1)))
        found.append(max(options))
    return found


@pytest.mark.parametrize("thresholds", [None, (0.0, 0.4, 1.5)])
@pytest.mark.parametrize("delta", [0.0, 0.05])
@pytest.mark.parametrize("decimals", [0, 6])
def test_against_a_loop(
    thresholds: tuple[float, ...] | None, delta: float, decimals: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Rounded to whole numbers most scores are tied. Blocks of three records, the last one of one.
    monkeypatch.setattr(cuts, "BLOCK", 66)
    rng = np.random.default_rng(1)
    membership = rng.random((22, 40)) < rng.random(40)
    scores = np.round(rng.normal(size=(22, 40)) + 2 * membership * rng.random(40), decimals)
    found = best_cuts(scores, membership, thresholds, delta, 0.2)
    for record, (epsilon, advantage) in enumerate(plainly(scores, membership, thresholds, delta, 0.2)):
        assert found.epsilon[record] == pytest.approx(epsilon)
        assert found.advantage[record] == pytest.approx(advantage)
        called, member = scores[:, record] >= found.threshold[record], membership[:, record]
        tpr, fpr = (called & member).sum() / max(1, member.sum()), (called & ~member).sum() / max(1, (~member).sum())
        assert tpr - fpr == pytest.approx(advantage)


def test_a_threshold_lies_in_the_middle_of_two_scores() -> None:
    scores, membership = np.array([[1.0], [2.0], [5.0], [6.0]]), np.array([[False], [False], [True], [True]])
    assert best_cuts(scores, membership, None, 0.0, 0.05).threshold.tolist() == [3.5]


def test_infinite_and_neighbouring_scores_are_told_apart() -> None:
    low, high = 1.0, np.nextafter(1.0, 2.0)
    for below, above in ((low, high), (-np.inf, np.inf), (3.0, np.inf), (-np.inf, 3.0)):
        scores, membership = np.array([[below], [above]] * 4), np.array([[False], [True]] * 4)
        found = best_cuts(scores, membership, None, 0.0, 0.4)
        assert found.advantage.tolist() == [1.0]
        assert ((scores >= found.threshold) == membership).all()


def test_equal_scores_and_single_models_leave_only_the_cut_above_all() -> None:
    membership = np.array([[True], [False]])
    assert best_cuts(np.zeros((2, 1)), membership, None, 0.0, 0.05).threshold.tolist() == [np.inf]
    assert best_cuts(np.zeros((1, 1)), membership[:1], None, 0.0, 0.05).epsilon.tolist() == [0]
    assert best_cuts(np.zeros((0, 2)), np.zeros((0, 2), bool), None, 0.0, 0.05).epsilon.tolist() == [0, 0]


def test_separation_is_the_standardised_mean_difference() -> None:
    rng = np.random.default_rng(2)
    scores, membership = rng.normal(size=(9, 5)), rng.random((9, 5)) < 0.5
    found = best_cuts(scores, membership, None, 0.0, 0.05).separation
    for record in range(5):
        inside, outside = scores[membership[:, record], record], scores[~membership[:, record], record]
        expected = (inside.mean() - outside.mean()) / np.sqrt((inside.var() + outside.var()) / 2)
        assert found[record] == pytest.approx(expected)
    assert best_cuts(np.zeros((4, 1)), membership[:4, :1], None, 0.0, 0.05).separation.tolist() == [0]


def test_the_leader_is_found_by_bound_then_advantage_then_separation_then_order() -> None:
    columns = [(1.0, 0.2, 9.0), (1.0, 0.3, 1.0), (1.0, 0.3, 2.0), (1.0, 0.3, 2.0), (0.5, 0.9, 9.0)]
    epsilon, advantage, separation = np.array(columns).T
    assert Best(epsilon, advantage, separation, np.zeros(5)).leader() == 2
