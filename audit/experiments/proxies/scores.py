"""Proxies of memorization that one training run gives for free; higher always means more likely memorized."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from audit.experiments.proxies.traces import Traces

Floats = NDArray[np.float64]

DEFAULT = "cumulative-loss"


@dataclass(frozen=True)
class Proxy:
    """A figure of every record that one training run gives.

    Attributes:
        name: on the command line, and a column of the table of records.
        title: for a reader.
        formula: what it is, in words and signs; l_t is the record's loss after epoch t of T.
        source: who proposed it.
        cost: what it costs beside the training.
        score: from the traces of a run to Float [records]; higher means more likely memorized.
    """

    name: str
    title: str
    formula: str
    source: str
    cost: str
    score: Callable[[Traces], Floats]


def final_loss(run: Traces) -> Floats:
    """Loss after training."""
    return run.loss[-1]


def cumulative_loss(run: Traces) -> Floats:
    """Mean loss over all epochs (Ravikumar et al. 2025, ICML, equation 5: the sum, which ranks alike)."""
    return np.asarray(run.loss.mean(axis=0))


def cumulative_error(run: Traces) -> Floats:
    """Share of the epochs after which the record is wrong (Jiang et al. 2021, arXiv 2002.03206, section 5)."""
    return np.asarray((~run.right).mean(axis=0))


def forgetting(run: Traces) -> Floats:
    """Times that the record was right and then wrong (Toneva et al. 2019, arXiv 1812.05159, definition 1).

    A record that is never right cannot be forgotten; as in the paper it counts as forgotten most: once an epoch.
    """
    events = (run.right[:-1] & ~run.right[1:]).sum(axis=0)
    return np.where(run.right.any(axis=0), events, len(run.right)).astype(np.float64)


def first_learned(run: Traces) -> Floats:
    """First epoch after which the record is right, from 1 on; one more than there are where it never is.

    The "threshold learning time" of Ravikumar et al. 2025 and metric (i) of Maini et al. 2022, arXiv 2210.15031.
    """
    return np.where(run.right.any(axis=0), run.right.argmax(axis=0) + 1, len(run.right) + 1).astype(np.float64)


def learned_for_good(run: Traces) -> Floats:
    """First epoch from which on the record stays right; one more than there are where it is wrong at the end."""
    wrong = ~run.right[::-1]
    return np.where(wrong.any(axis=0), len(wrong) - wrong.argmax(axis=0) + 1, 1).astype(np.float64)


def loss_range(run: Traces) -> Floats:
    """Inter-quartile range of the loss over the epochs, LT-IQR (Pollock et al. 2024, arXiv 2411.05743)."""
    low, high = np.quantile(run.loss, [0.25, 0.75], axis=0)
    return np.asarray(high - low)


def gradient_norm(run: Traces) -> Floats:
    """Norm of the gradient of the record's loss with respect to all weights, after training."""
    return run.norm


def early_gradient_norm(run: Traces) -> Floats:
    """The same early in training: GraNd (Paul et al. 2021, arXiv 2107.07075, definition 2.1), of one run."""
    return run.early_norm


def early_error(run: Traces) -> Floats:
    """Distance of probabilities and label early in training: EL2N (Paul et al. 2021, definition 2.2), of one run."""
    return run.early_error


def margin(run: Traces) -> Floats:
    """The highest other logit less that of the label, after training."""
    return -run.margin


_FREE = "none: losses that training has anyway, or one pass over the records an epoch"
_LOOK = "one pass over the records"
_BACK = "a gradient a record, once"

PROXIES: dict[str, Proxy] = {
    proxy.name: proxy
    for proxy in (
        Proxy("final-loss", "Final loss", "l_T", "Yeom et al. 2018, arXiv 1709.01604", _LOOK, final_loss),
        Proxy(
            "cumulative-loss",
            "Cumulative loss",
            "mean of l_t over t",
            "Ravikumar, Soufleri, Hashemi & Roy 2025, ICML",
            _FREE,
            cumulative_loss,
        ),
        Proxy(
            "cumulative-error",
            "Cumulative error",
            "share of t at which the record is wrong",
            "Jiang et al. 2021, arXiv 2002.03206",
            _FREE,
            cumulative_error,
        ),
        Proxy(
            "forgetting",
            "Forgetting events",
            "count of t: right at t, wrong at t+1; T if never right",
            "Toneva et al. 2019, arXiv 1812.05159",
            _FREE,
            forgetting,
        ),
        Proxy(
            "first-learned",
            "First learned",
            "least t at which the record is right; T+1 if none",
            "Ravikumar et al. 2025; Maini et al. 2022, arXiv 2210.15031",
            _FREE,
            first_learned,
        ),
        Proxy(
            "learned-for-good",
            "Learned for good",
            "least t from which on the record is right; T+1 if none",
            "the stable variant of the one above",
            _FREE,
            learned_for_good,
        ),
        Proxy(
            "lt-iqr",
            "Loss-trace IQR",
            "third less first quartile of l_t over t",
            "Pollock, Shilov, Dodd & de Montjoye 2024, arXiv 2411.05743",
            _FREE,
            loss_range,
        ),
        Proxy(
            "gradient-norm",
            "Gradient norm",
            "|gradient of l_T with respect to the weights|",
            "as GraNd, at the end",
            _BACK,
            gradient_norm,
        ),
        Proxy(
            "early-gradient-norm",
            "GraNd, early",
            "the same after a tenth of training",
            "Paul, Ganguli & Dziugaite 2021, arXiv 2107.07075",
            _BACK,
            early_gradient_norm,
        ),
        Proxy(
            "early-error",
            "EL2N, early",
            "|p - label| after a tenth of training",
            "Paul, Ganguli & Dziugaite 2021, arXiv 2107.07075",
            _LOOK,
            early_error,
        ),
        Proxy("margin", "Margin", "highest other logit less that of the label, at the end", "", _LOOK, margin),
    )
}
"""Name -> proxy, in the order of the tables."""
