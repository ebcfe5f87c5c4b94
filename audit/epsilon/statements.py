"""From what models show to statements about epsilon: proved, proved under an assumption, or believed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from audit.epsilon.proof import PROVED, Proof, epsilon_of_counts, epsilon_of_guesses
from audit.epsilon.roles import CHOOSING, RULE
from audit.epsilon.runs import RunProof
from audit.epsilon.trials import TrialProof, when_called
from bounds import ASSUMPTION, Counts, credible_epsilon, gaussian_epsilon, gaussian_mu, one_run_epsilon, one_run_mu
from bounds.counts import most_provable
from reports.result import EpsilonBound, Guesses, Trials

TOGETHER = f"{PROVED} bounds are proved of an arm and share its alpha, so that they hold together"
RECORD, ONE_RUN = "one record over many models", "many coins in each model"
COUNTED = "Clopper-Pearson limits of both rates, each at half of alpha; both directions from one rectangle"
GUESSED = (
    "the most certain guesses of each run, all runs counted together: independent runs with coins of their own are one "
    "mechanism. References are models outside the runs, and of a pair of complements only one is a run"
)
CHOSEN = (
    f"records and number of guesses were chosen on {100 * CHOOSING:g} % of the training runs, which are the references "
    "of the others and none of the runs that are guessed"
)
PRIOR = "Jeffreys' prior on both rates; about this one attack on this one record"
ORDER = ("proved", "assumes", "credible")

Numbers = tuple[int, int, int, int]


def statements(proof: Proof, ids: Sequence[str]) -> tuple[EpsilonBound, ...]:
    """Every statement that a proof carries, the proved bounds first.

    Args:
        proof: what the models show.
        ids: [records]; names of the records.
    """
    found = [
        *(of_trials(proof, proof.trials, ids) if isinstance(proof.trials, TrialProof) else ()),
        *(of_runs(proof, proof.runs, CHOSEN) if isinstance(proof.runs, RunProof) else ()),
    ]
    return tuple(sorted(found, key=lambda bound: ORDER.index(bound.kind)))


def of_trials(proof: Proof, found: TrialProof, ids: Sequence[str]) -> Iterator[EpsilonBound]:
    """What one record's outcomes over models say.

    Args:
        proof: levels and delta.
        found: the outcomes.
        ids: [records].
    """
    c = found.counts
    attack = when_called(found)
    trials = Trials(attack=attack, hits=c.tp, members=c.members, false_alarms=c.fp, non_members=c.non_members)
    shared = {"title": RECORD, "selection": RULE.description, "trials": trials, "record_id": str(ids[found.record])}
    numbers = (c.tp, c.members, c.fp, c.non_members)
    proved = _proved_by_trials(proof, numbers, {**shared, "method": f"{COUNTED}; {TOGETHER}"})
    yield proved if proved.epsilon > 0 else proved.model_copy(update={"record_id": None})
    if proof.delta:
        yield _gaussian_by_trials(proof, numbers, shared)
    yield _credible(proof, numbers, shared)


def _without_mistake(numbers: Numbers) -> Numbers:
    return numbers[1], numbers[1], 0, numbers[3]


def _proved_by_trials(proof: Proof, numbers: Numbers, shared: dict[str, Any]) -> EpsilonBound:
    return EpsilonBound(
        name="record",
        kind="proved",
        epsilon=epsilon_of_counts(proof, Counts(*numbers)),
        confidence=1 - proof.each,
        alpha=proof.each,
        delta=proof.delta,
        source="Jagielski et al. 2020, arXiv 2006.07709",
        most_provable=most_provable(numbers[1], numbers[3], proof.delta, proof.each),
        **shared,
    )


def _gaussian_by_trials(proof: Proof, numbers: Numbers, shared: dict[str, Any]) -> EpsilonBound:
    def epsilon(counts: Numbers) -> float:
        return gaussian_epsilon(float(gaussian_mu(*counts, proof.alpha)), proof.delta)

    return EpsilonBound(
        name="record-gaussian",
        kind="assumes",
        epsilon=epsilon(numbers),
        confidence=1 - proof.alpha,
        alpha=proof.alpha,
        delta=proof.delta,
        source="Nasr et al. 2023, arXiv 2302.07956",
        assumption=ASSUMPTION,
        method=f"the same counts; mu from both limits, then epsilon at delta; {COUNTED}",
        most_provable=epsilon(_without_mistake(numbers)),
        **shared,
    )


def _credible(proof: Proof, numbers: Numbers, shared: dict[str, Any]) -> EpsilonBound:
    low, high = credible_epsilon(*numbers, proof.delta, 1 - proof.alpha)
    return EpsilonBound(
        name="record-credible",
        kind="credible",
        epsilon=low,
        high=high,
        confidence=1 - proof.alpha,
        alpha=proof.alpha,
        delta=proof.delta,
        source="Zanella-Beguelin et al. 2023, arXiv 2206.05199",
        assumption=PRIOR,
        method="the same counts; equal-tailed posterior interval, which is no bound",
        most_provable=credible_epsilon(*_without_mistake(numbers), proof.delta, 1 - proof.alpha)[0],
        **shared,
    )


def of_runs(proof: Proof, found: RunProof, chosen: str) -> Iterator[EpsilonBound]:
    """What guesses of many coins say.

    Args:
        proof: levels and delta.
        found: the guesses.
        chosen: how records and number of guesses were chosen.
    """
    guesses = Guesses(
        runs=found.runs, coins=found.coins, guesses=found.guesses, right=found.right_in_all, alone=_alone(proof, found)
    )
    shared = {"title": ONE_RUN, "selection": chosen, "guesses": guesses}
    method = f"{GUESSED}; {TOGETHER}" if found.runs > 1 else "the surest guesses of one run"
    yield _proved_by_runs(proof, found, {**shared, "method": method})
    if proof.delta:
        yield _gaussian_by_runs(proof, found, shared)


def _proved_by_runs(proof: Proof, found: RunProof, shared: dict[str, Any]) -> EpsilonBound:
    return EpsilonBound(
        name="one-run",
        kind="proved",
        epsilon=epsilon_of_guesses(proof, found),
        confidence=1 - proof.each,
        alpha=proof.each,
        delta=proof.delta,
        source="Steinke, Nasr & Jagielski 2023, arXiv 2305.08846",
        most_provable=epsilon_of_guesses(proof, found.without_mistake),
        **shared,
    )


def _gaussian_by_runs(proof: Proof, found: RunProof, shared: dict[str, Any]) -> EpsilonBound:
    def epsilon(right: int) -> float:
        return gaussian_epsilon(one_run_mu(found.coins, found.guesses, right, proof.alpha), proof.delta)

    return EpsilonBound(
        name="one-run-gaussian",
        kind="assumes",
        epsilon=epsilon(found.right_in_all),
        confidence=1 - proof.alpha,
        alpha=proof.alpha,
        delta=proof.delta,
        source="Mahloujifar, Melis & Chaudhuri 2024, arXiv 2410.22235",
        assumption=ASSUMPTION,
        method="the same guesses; the largest mu that they refute, then epsilon at delta",
        most_provable=epsilon(found.guesses),
        **shared,
    )


def _alone(proof: Proof, found: RunProof) -> float | None:
    """What a single run would have proved, the median over the runs."""
    if found.runs == 1:
        return None
    records, every = len(found.records), found.right.tolist()
    alone = {right: one_run_epsilon(records, found.a_run, right, proof.delta, proof.each) for right in set(every)}
    return float(np.median([alone[right] for right in every]))
