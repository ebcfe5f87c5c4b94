"""Where epsilon lies given an attack's counts, to one who starts without an opinion: no proof, but two-sided."""

from __future__ import annotations

import math

import numpy as np
from scipy.optimize import brentq
from scipy.special import betainc, betaincinv, polygamma

from attacks.intervals import Floats
from bounds.arguments import check_delta, check_level
from bounds.counts import Counts

PRIOR = 0.5
"""Both shape parameters of Jeffreys' prior on a rate."""
NODES = 1 << 13
"""Points of the quadrature."""


def credible_epsilon(
    tp: int, members: int, fp: int, non_members: int, delta: float, confidence: float
) -> tuple[float, float]:
    """Equal-tailed credible interval of epsilon (Zanella-Beguelin et al. 2023, arXiv 2206.05199).

    TPR and FPR have independent Jeffreys priors; epsilon is the smallest one, at least 0, that allows both rates in
    both directions. Of the one attack, that is: the mechanism's epsilon may be higher.

    Args:
        tp: members that are called members.
        members: independent trials on members.
        fp: non-members that are called members.
        non_members: independent trials on non-members.
        delta: failure probability of the guarantee, in [0, 1).
        confidence: posterior probability of the interval, in (0, 1).

    Returns:
        Lower and upper end, correct to 1e-3 up to a confidence of .99.

    Raises:
        ValueError: if the counts do not fit each other, or delta or confidence is outside its range.
    """
    check_delta(delta)
    check_level("confidence", confidence)
    counts, tail = _oriented(Counts(tp, members, fp, non_members)), (1 - confidence) / 2
    fpr = _fpr_nodes(counts)
    return _quantile(counts, fpr, delta, tail), _quantile(counts, fpr, delta, 1 - tail)


def _oriented(counts: Counts) -> Counts:
    """The counts or their mirror image, which have the same epsilon: so that FPR is the rate that is better known.

    The quadrature runs over FPR. A better known TPR would be a step there, which falls between its nodes.
    """
    mirrored = Counts(counts.non_members - counts.fp, counts.non_members, counts.members - counts.tp, counts.members)
    spread_tpr, spread_fpr = (_spread(c.tp, c.members) for c in (counts, mirrored))
    return mirrored if spread_tpr < spread_fpr else counts


def _spread(successes: int, trials: int) -> float:
    """Posterior variance of a rate's log odds."""
    return float(polygamma(1, successes + PRIOR) + polygamma(1, trials - successes + PRIOR))


def _fpr_nodes(counts: Counts) -> tuple[Floats, Floats]:
    """FPRs and their posterior weights: midpoints on the scale of its own quantiles, denser at both ends."""
    step = (np.arange(NODES) + 0.5) / NODES
    weight = 6 * step * (1 - step) / NODES
    inside = betaincinv(counts.fp + PRIOR, counts.non_members - counts.fp + PRIOR, step * step * (3 - 2 * step))
    return np.asarray(inside, np.float64), weight / weight.sum()


def _at_most(counts: Counts, nodes: tuple[Floats, Floats], delta: float, epsilon: float) -> float:
    """Posterior probability that epsilon is at most this; given the FPR, it is that of a TPR below a limit."""
    fpr, weight = nodes
    limit = np.minimum(math.exp(epsilon) * fpr + delta, 1 - math.exp(-epsilon) * (1 - delta - fpr))
    tpr_below = betainc(counts.tp + PRIOR, counts.members - counts.tp + PRIOR, np.clip(limit, 0.0, 1.0))
    return float(tpr_below @ weight)


def _quantile(counts: Counts, nodes: tuple[Floats, Floats], delta: float, level: float) -> float:
    def excess(epsilon: float) -> float:
        return _at_most(counts, nodes, delta, epsilon) - level

    if excess(0.0) >= 0:
        return 0.0
    high = 1.0
    while excess(high) < 0:
        high *= 2
    return float(brentq(excess, 0.0, high, xtol=1e-6))
