"""What an accusation is worth: how many of those whom an attack calls members are members."""

from __future__ import annotations

from attacks.intervals import Measurement

PRIORS = (0.01, 0.1, 0.5)
"""Shares of members among those in question, before any attack: a rare disease's patients, a tenth, a coin."""


def predictive_value(tpr: float, fpr: float, prior: float) -> float:
    """Positive predictive value by Bayes' rule: the share of accusations that are right.

    After Jayaraman et al. 2021, "Revisiting membership inference under realistic assumptions", arXiv 2005.10881:
    an attack of a fixed FPR accuses mostly the innocent where members are rare.

    Args:
        tpr: true-positive rate, in [0, 1].
        fpr: false-positive rate, in [0, 1]; not 0 where `tpr` is.
        prior: share of members among those in question, in (0, 1).
    """
    hits, alarms = prior * tpr, (1 - prior) * fpr
    return hits / (hits + alarms)


def accusation_worth(tpr: Measurement, fpr: float, prior: float) -> Measurement:
    """The predictive value at an FPR, with the limits that the TPR's interval gives it.

    It rises with the TPR, so that limits of the one are limits of the other. The FPR is the one asked for, which the
    threshold does not exceed: the value is none too high.

    Args:
        tpr: the true-positive rate at this FPR.
        fpr: in (0, 1).
        prior: share of members among those in question, in (0, 1).
    """
    value, low, high = (predictive_value(rate, fpr, prior) for rate in (tpr.value, tpr.low, tpr.high))
    return Measurement(value, low, high, tpr.confidence, f"Bayes' rule on the TPR's interval: {tpr.method}", tpr.n)
