"""What the experiment `proxies` found."""

from __future__ import annotations

from typing import Literal

from pydantic import FiniteFloat

from reports.experiments.block import Block
from reports.findings import Density, Estimate, Part, Rate

Verdict = Literal["may stand in", "not good enough", "undecided", "no pool"]


class ProxyKind(Part):
    """A proxy of memorization.

    Attributes:
        name: on the command line.
        title: for a reader.
        formula: what it is, in words and signs.
        source: who proposed it.
        cost: what it costs beside the training.
        reliability: rank correlation between two runs, mean over the pairs of runs; None with one run.
    """

    name: str
    title: str
    formula: str
    source: str
    cost: str
    reliability: Estimate | None = None


class AtTop(Part):
    """How much of a proxy's top is in the pool's.

    Attributes:
        top: share of the records that is called the top; also the precision of a random order.
        records: how many records that is.
        precision: share of the proxy's top that is in the pool's, of one run.
        at_most: the same with the pool's noise taken out: over the root of what the pool's halves share; too high
            rather than too low. None where the halves share nothing, or there is no interval.
    """

    top: Rate
    records: int
    precision: Estimate | None
    at_most: Estimate | None


class Rating(Part):
    """A proxy against a figure of the pool.

    Attributes:
        proxy: the proxy's name.
        target: `memorization` or `exposure`.
        spearman: rank correlation of one run's proxy and the pool's figure.
        corrected: the same over the root of the pool's reliability (Spearman 1904); may exceed 1.
        all_runs: rank correlation of the mean of all runs' proxies and the pool's figure.
        at_top: at each share of the top.
    """

    proxy: str
    target: str
    spearman: Estimate | None
    corrected: Estimate | None
    all_runs: Estimate | None
    at_top: tuple[AtTop, ...]

    def at(self, top: float) -> AtTop | None:
        """What it says at a share of the top; None where it says nothing.

        Args:
            top: share of the records.
        """
        return next((at for at in self.at_top if at.top == top), None)


class TargetReliability(Part):
    """How well a figure of the pool agrees with itself.

    Attributes:
        target: `memorization` or `exposure`.
        records: how many records have it.
        halves: rank correlation of two halves of the pool.
        whole: the pool's reliability that follows by Spearman and Brown, 2 r / (1 + r).
        shared_top: share of one half's top that is in the other's, by share of the top.
    """

    target: str
    records: int
    halves: Estimate | None
    whole: Estimate | None
    shared_top: tuple[tuple[Rate, Estimate | None], ...]


class Missed(Part):
    """A record that the pool says is memorized and the proxy ranks low.

    Attributes:
        id: the record's.
        class_name: its class.
        memorization: by the pool.
        place: mean over the runs of the share of the records that the proxy ranks above it.
    """

    id: str
    class_name: str
    memorization: Estimate
    place: Rate


class Suspicious(Part):
    """A record that a proxy ranks high; nothing is said of its memorization.

    Attributes:
        id: the record's.
        class_name: its class.
        value: the proxy, mean over the runs.
        lowest: lowest over the runs.
        highest: highest over the runs.
        runs_in_top: in how many runs it is in the proxy's top 5 %.
    """

    id: str
    class_name: str
    value: FiniteFloat
    lowest: FiniteFloat
    highest: FiniteFloat
    runs_in_top: int


class Proxies(Block):
    """What the experiment `proxies` found.

    Attributes:
        name: its name.
        arm: the training regime.
        runs: single training runs that were watched, each on all records.
        looks: how often each was asked about all records.
        records: number of records.
        models: models of the pool; 0 without one.
        kinds: the proxies.
        ratings: each proxy against each figure of the pool; empty without one.
        reliabilities: of the pool's figures.
        criterion: what was declared before looking: when a proxy may stand in for the pool.
        verdict: whether it is met.
        best: the proxy with the highest precision at the top 5 %; without a pool the one that ranks.
        second: the next one; empty without a pool.
        lead: precision of the best less that of the second, paired, of one run.
        shown_best: whether the best leads every other one by more than chance, all comparisons together.
        deciding: precision of the best at the top 5 %, at a confidence that pays for having chosen it.
        deciding_at_most: the same with the pool's noise taken out.
        memorized: records that the pool shows to be memorized, at a false discovery rate of 5 %.
        recall: share of them in the best proxy's top 5 %, of one run.
        missed: the most memorized ones outside of it.
        density: place by the best proxy (x, 1 is the top) against memorization (y).
        suspicious: without a pool, what the proxy ranks highest.
        table: file of the run folder with every proxy of every record.
    """

    name: Literal["proxies"] = "proxies"
    arm: str
    runs: int
    looks: int
    records: int
    models: int
    kinds: tuple[ProxyKind, ...]
    ratings: tuple[Rating, ...] = ()
    reliabilities: tuple[TargetReliability, ...] = ()
    criterion: str
    verdict: Verdict
    best: str
    second: str = ""
    lead: Estimate | None = None
    shown_best: bool = False
    deciding: Estimate | None = None
    deciding_at_most: Estimate | None = None
    memorized: int = 0
    recall: Estimate | None = None
    missed: tuple[Missed, ...] = ()
    density: Density | None = None
    suspicious: tuple[Suspicious, ...] = ()
    table: str

    def rating(self, proxy: str, target: str) -> Rating | None:
        """A proxy's rating against a figure of the pool; None where there is none.

        Args:
            proxy: its name.
            target: `memorization` or `exposure`.
        """
        return next((one for one in self.ratings if (one.proxy, one.target) == (proxy, target)), None)

    def kind(self, proxy: str) -> ProxyKind:
        """What a proxy is.

        Args:
            proxy: its name.
        """
        return next(kind for kind in self.kinds if kind.name == proxy)
