"""Lower bounds on epsilon from how often an attack calls members and non-members members.

All trials are independent: of one record, its IN models and its OUT models. Why they are, and why records are
never pooled: fix a record. Its coins are fair and independent of all other coins, and every model draws its own
initial weights, batches and noise. So over the units of a pool the outcomes of the record's IN models are
independent draws from one distribution, that of training on random other records with it, and those of its OUT
models from the same without it. These two are add/remove neighbours, and (epsilon, delta) holds for mixtures over
the other records as it holds for each. The IN and the OUT model of a complementary pair do depend on each other:
no harm, for the two confidence limits are joined by the union bound.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from attacks.intervals import Floats, clopper_pearson
from bounds.arguments import check_delta, check_level, check_nested
from bounds.tradeoff import TradeOff


@dataclass(frozen=True, slots=True)
class Counts:
    """How often an attack called members and non-members members.

    Attributes:
        tp: members that are called members.
        members: independent trials on members.
        fp: non-members that are called members.
        non_members: independent trials on non-members.
    """

    tp: int
    members: int
    fp: int
    non_members: int

    def __post_init__(self) -> None:
        check_nested(members=self.members, tp=self.tp)
        check_nested(non_members=self.non_members, fp=self.fp)


class Rates(NamedTuple):
    """The corner of a rectangle that holds the true rates: at least this TPR at no more than this FPR.

    Attributes:
        tpr: lower confidence limit of the true positive rate.
        fpr: upper confidence limit of the false positive rate.
    """

    tpr: Floats
    fpr: Floats


def rates(tp: ArrayLike, members: ArrayLike, fp: ArrayLike, non_members: ArrayLike, alpha: float) -> Rates:
    """TPR's lower and FPR's upper limit, wrong together at most at alpha (Clopper & Pearson 1934, each at alpha/2).

    Args:
        tp: members that are called members, any shape.
        members: trials on members.
        fp: non-members that are called members.
        non_members: trials on non-members.
        alpha: chance that either true rate lies beyond its limit, in (0, 1).

    Raises:
        ValueError: if alpha is outside its range.
    """
    check_level("alpha", alpha)
    return Rates(clopper_pearson(tp, members, 1 - alpha).low, clopper_pearson(fp, non_members, 1 - alpha).high)


def epsilon_from_rates(corner: Rates, delta: float) -> Floats:
    """The smallest epsilon that allows an attack with these rates.

    (epsilon, delta)-DP demands `TPR <= e^eps FPR + delta` and `1 - FPR <= e^eps (1 - TPR) + delta` (Kairouz et al.
    2015, arXiv 1311.0776).

    Args:
        corner: Float, any shape; TPR below 1 and FPR above 0.
        delta: failure probability of the guarantee, in [0, 1).

    Returns:
        Float, of the broadcast shape, at least 0.
    """
    ratios = np.maximum((corner.tpr - delta) / corner.fpr, (1 - corner.fpr - delta) / (1 - corner.tpr))
    return np.asarray(np.log(np.maximum(ratios, 1.0)), np.float64)


def epsilon_from_counts(
    tp: ArrayLike, members: ArrayLike, fp: ArrayLike, non_members: ArrayLike, delta: float, alpha: float
) -> Floats:
    """Lower bound on epsilon from one attack's counts (Jagielski et al. 2020, arXiv 2006.07709).

    Both directions of (epsilon, delta)-DP follow from one rectangle of limits, so they cost one confidence.

    Args:
        tp: members that are called members, any shape.
        members: independent trials on members.
        fp: non-members that are called members.
        non_members: independent trials on non-members.
        delta: failure probability of the guarantee, in [0, 1).
        alpha: chance of a bound above the true epsilon, in (0, 1).

    Returns:
        Float, of the broadcast shape; 0 proves nothing.

    Raises:
        ValueError: if delta or alpha is outside its range.
    """
    check_delta(delta)
    return epsilon_from_rates(rates(tp, members, fp, non_members, alpha), delta)


def most_provable(members: int, non_members: int, delta: float, alpha: float, choices: int = 1) -> float:
    """What perfect separation proves: every member is called one, and no non-member is.

    Args:
        members: independent trials on members.
        non_members: independent trials on non-members.
        delta: failure probability of the guarantee, in [0, 1).
        alpha: chance of a bound above the true epsilon, in (0, 1).
        choices: attacks or records looked at, all paid for (Bonferroni).

    Raises:
        ValueError: if delta or alpha is outside its range.
    """
    return float(epsilon_from_counts(members, members, 0, non_members, delta, alpha / choices))


def refutes(tradeoff: TradeOff, tp: int, members: int, fp: int, non_members: int, alpha: float) -> bool:
    """Whether the counts prove that a claimed trade-off curve does not hold.

    They do if the curve demands a higher FPR at TPR's lower limit than FPR's upper limit (Dong, Roth & Su 2019,
    arXiv 1905.02383, section 2). The curve is its own mirror image, so this covers both directions.

    Args:
        tradeoff: the claimed curve.
        tp: members that are called members.
        members: independent trials on members.
        fp: non-members that are called members.
        non_members: independent trials on non-members.
        alpha: chance that a curve which holds is refuted, in (0, 1).

    Raises:
        ValueError: if alpha is outside its range.
    """
    corner = rates(tp, members, fp, non_members, alpha)
    return bool(tradeoff.fpr_floor(corner.tpr) > corner.fpr)
