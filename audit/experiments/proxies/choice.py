"""Which proxy may stand in for the pool, by what was declared before looking; and what it misses."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

from audit.data.base import Dataset
from audit.estimates import UnitMeans
from audit.experiments.proxies.agreement import TOPS
from audit.experiments.proxies.rating import Measured
from audit.memorization import MemorizationScores
from audit.memorization_summary import HISTOGRAM_EDGES
from reports.experiments.proxies import Missed, Verdict
from reports.findings import Density, Estimate

Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]

TOP = 0.05
GOOD = 0.5
LISTED = 10

CRITERION = (
    "Declared before looking: the best proxy is the one of which, from one run, most of the top 5 % is in the pool's "
    "top 5 % by memorization. It may stand in for the pool where the lower limit of that precision is 50 % or more. "
    "It is not good enough where the precision with the pool's noise taken out has its upper limit below 50 %. "
    "Otherwise it is undecided. The limits pay for having chosen among all proxies."
)
"""Precision decides, not rank correlation: most records tie at a memorization of 0, and what a rank correlation says
of a proxy is then mostly how it orders records that nobody memorizes. Measured on digits: by precision, 768 other
models put the proxies in the order of 64, but for two that differ by a tenth of a point; by rank correlation, 64 models
put two proxies first that 768 put sixth and seventh."""


@dataclass(frozen=True)
class Choice:
    """The best proxy, and whether it may stand in.

    Attributes:
        best: the proxy with the highest precision at `TOP`, from one run.
        second: the next one; empty where there is no other.
        lead: precision of the best less that of the second.
        shown_best: whether it leads every other by more than chance.
        deciding: precision of the best.
        at_most: the same with the pool's noise taken out.
        verdict: what follows.
    """

    best: str
    second: str
    lead: Estimate | None
    shown_best: bool
    deciding: Estimate | None
    at_most: Estimate | None
    verdict: Verdict


def chosen(measured: Measured, confidence: float) -> Choice:
    """Choose the best proxy and judge it; its limits pay for the choice.

    `Best` is claimed only if the lead over every other proxy is above 0. Were another one truly best, its own
    comparison alone would have to fail: each at one-sided alpha over (proxies - 1) keeps the claim's error at
    alpha. Precision is judged at one-sided alpha over the number of proxies, whichever is chosen.

    Args:
        measured: all proxies against memorization.
        confidence: two-sided level in (0, 1); alpha is its complement.
    """
    known = {name: float(measured.at(f"precision {TOP:g}", name).one.value[0]) for name in measured.proxies}
    best, *rest = ranked = sorted(known, key=lambda name: -known[name])
    alpha = 1 - confidence
    leads = [_lead(measured, best, other, 1 - 2 * alpha / max(2, len(rest))) for other in rest]
    deciding, at_most = (
        measured.estimate(f"{row} {TOP:g}", best, 1 - 2 * alpha / max(2, len(ranked)))
        for row in ("precision", "at most")
    )
    verdict = _verdict(deciding, at_most, _knows_its_top(measured, confidence))
    shown = bool(leads) and all(lead is not None and lead.low > 0 for lead in leads)
    return Choice(best, rest[0] if rest else "", leads[0] if leads else None, shown, deciding, at_most, verdict)


def _lead(measured: Measured, best: str, other: str, confidence: float) -> Estimate | None:
    row = f"precision {TOP:g}"
    return (measured.at(row, best) - measured.at(row, other)).estimate(confidence, (-1.0, 1.0), measured.over)


def _knows_its_top(measured: Measured, confidence: float) -> bool:
    """Whether the halves of the pool share more of their tops than chance has them share."""
    shared = dict(measured.reliable(confidence).shared_top)[TOP]
    return shared is not None and shared.low > TOP


def _verdict(deciding: Estimate | None, at_most: Estimate | None, known: bool) -> Verdict:
    if deciding is not None and deciding.low >= GOOD:
        return "may stand in"
    if known and at_most is not None and at_most.high < GOOD:
        return "not good enough"
    return "undecided"


def recall(measured: Measured, proxy: str, of: Bools, confidence: float) -> Estimate | None:
    """Share of certain records that are in a proxy's top 5 %; over runs, the records being as they are.

    Args:
        measured: all proxies against memorization.
        proxy: its name.
        of: Bool [records]; the records.
        confidence: two-sided level in (0, 1).
    """
    inside = of[measured.target.scored]
    if not inside.any():
        return None
    in_top = measured.single.chosen[TOPS.index(TOP)].reshape(len(measured.proxies), -1, len(inside))
    parts = in_top[measured.proxies.index(proxy)][:, inside].mean(axis=1)
    return UnitMeans(np.array([parts.mean()]), parts[:, None], 0.0, 1.0, "runs").first(confidence)


def places(scores: Floats) -> Floats:
    """Share of the records that are ranked above each, half of the ties among them; mean over the runs, [records].

    Args:
        scores: Float [runs, records]; higher is ranked above.
    """
    above = [rankdata(-run.astype(np.float32)) - 0.5 for run in scores]
    return np.asarray(np.mean(above, axis=0) / scores.shape[1])


def missed(dataset: Dataset, scores: MemorizationScores, place: Floats, of: Bools) -> tuple[Missed, ...]:
    """The most memorized of certain records that lie outside of the proxy's top 5 %.

    Args:
        dataset: the records.
        scores: memorization by the pool.
        place: Float [records]; see `places`.
        of: Bool [records]; the records.
    """
    left = [int(record) for record in scores.chosen.highest_first(scores.soft) if of[record] and place[record] >= TOP]
    rows = [(record, scores.chosen.estimate(record)) for record in left[:LISTED]]
    return tuple(
        Missed(
            id=str(dataset.ids[record]),
            class_name=dataset.class_names[dataset.y[record]],
            memorization=found,
            place=float(place[record]),
        )
        for record, found in rows
        if found is not None
    )


def density(place: Floats, memorization: Floats) -> Density:
    """Place by a proxy (x, 0 is the top) against memorization (y).

    Args:
        place: Float [records] in (0, 1).
        memorization: Float [records]; NaN is left out.
    """
    known = np.isfinite(memorization)
    edges = np.round(np.linspace(0, 1, 41), 9)
    counts, _, _ = np.histogram2d(np.round(memorization[known], 9), place[known], [HISTOGRAM_EDGES, edges])
    rows = tuple(tuple(int(count) for count in row) for row in counts)
    return Density(x_edges=tuple(edges.tolist()), y_edges=tuple(HISTOGRAM_EDGES.tolist()), counts=rows)
