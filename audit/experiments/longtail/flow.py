"""Error and memorization by how often a subpopulation occurs in training, beside what theory predicts."""

from __future__ import annotations

import time

import numpy as np

from audit.blocks import pool_digest
from audit.data.base import Dataset
from audit.data.longtail import weights
from audit.errors import DataError
from audit.experiments.base import Base
from audit.experiments.longtail.answers import Answers
from audit.experiments.longtail.bands import arm_by_band, bands_of
from audit.experiments.longtail.census import Census, Floats
from audit.experiments.longtail.prior import Frequencies, GoodTuring, KnownPrior
from audit.experiments.longtail.theory import SHARES, Theory
from audit.experiments.longtail.words import answer, limits
from audit.settings import nearest
from reports.experiments.longtail import LongTail

COLUMN = "subpopulation"


def check(dataset: Dataset, column: str) -> None:
    """Whether the records can tell of a long tail.

    Args:
        dataset: the natural records.
        column: the column that names a record's subpopulation.

    Raises:
        DataError: if there is no such column, or there are no test records.
    """
    problems, hints = [], []
    if column not in dataset.groups:
        there = ", ".join(repr(name) for name in dataset.groups) or "none"
        close = nearest(column, list(dataset.groups))
        problems.append(f"{dataset.name} has no column {column!r} to tell subpopulations by{close}; there are: {there}")
        hints.append(
            "name one with --subpopulation, or take --data longtail"
            if dataset.groups
            else "take a table, whose column --subpopulation names, or --data longtail"
        )
    if len(dataset.y_test) == 0:
        problems.append(f"{dataset.name} has no test records, on which the error is measured")
        hints.append("give the source a test set")
    if problems:
        raise DataError.collected(problems, "; ".join(hints))


def longtail(base: Base, column: str, started: float) -> LongTail:
    """Read what an audit's pools say of the long tail; nothing is trained.

    Args:
        base: the audit.
        column: the column that names a record's subpopulation.
        started: `time.perf_counter()` when the command began.
    """
    dataset, confidence = base.dataset, base.config.analysis.confidence
    pool = next(iter(base.pools.values()))
    prior = prior_of(dataset, column)
    names = dataset.groups[column], dataset.test_groups[column]
    census = Census.of(pool.membership, pool.pair, *names, 0 if prior is None else len(prior))
    frequencies: Frequencies = GoodTuring(census) if prior is None else KnownPrior(census, prior)
    arms = {name: Answers.of(each, census) for name, each in base.pools.items()}
    theory = Theory(frequencies, arms, chance_of(dataset, prior is not None), confidence)
    carries = theory.carries(1)
    block = LongTail(
        answer=(),
        command=base.command("longtail", [] if column == COLUMN else ["--subpopulation", column]),
        settings={"subpopulation": column},
        pools=pool_digest(base.result),
        seconds=0.0,
        column=column,
        subpopulations=census.subpopulations,
        prior_known=prior is not None,
        training_records=float(census.size.mean()),
        chance=theory.chance,
        carries=carries.estimate(confidence, -1) if carries else None,
        none_fitted=theory.none_fitted(),
        bands=bands_of(census, confidence),
        arms=tuple(arm_by_band(arm, theory.standard, confidence) for arm in arms.values()),
        forecasts=theory.forecasts(),
        couplings=theory.couplings(),
        frequencies=tuple(theory.frequency(times) for times in SHARES),
    )
    said = {"answer": answer(block), "limits": limits(block), "seconds": time.perf_counter() - started}
    return block.model_copy(update=said)


def prior_of(dataset: Dataset, column: str) -> Floats | None:
    """Float [subpopulations]: the frequencies, where a source is drawn from known ones; None elsewhere.

    Args:
        dataset: the records.
        column: the column that names a record's subpopulation.
    """
    return weights() if dataset.name == "longtail" and column == COLUMN else None


def chance_of(dataset: Dataset, drawn: bool) -> float:
    """Accuracy of a guess on a subpopulation that was never seen.

    Args:
        dataset: the records.
        drawn: whether the labels of subpopulations are drawn evenly; else the most frequent class is guessed.
    """
    counts = np.bincount(dataset.y_test, minlength=dataset.classes)
    return 1 / dataset.classes if drawn else float(counts.max() / counts.sum())
