"""Guesses of fair coins: every record of a model is one, and from the model's outputs an attacker guesses it.

The attacker's references, the records that he bothers about and how many he guesses are settled on models that are
none of the runs that he is tried on. References that were runs themselves would not do: two runs that guess by each
other's coins are right or wrong together (see `bounds.one_run`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from attacks import ATTACKS, Evidence, UnscorableError
from attacks.intervals import clopper_pearson
from audit.epsilon.roles import Roles, roles_of
from audit.halves import halves

Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

ATTACK = "lira-online"
"""Its score is a log likelihood ratio: the sign is the guess and the size is how sure the attacker is."""
RECORD_SHARES = (1.0, 0.5, 0.2, 0.1, 0.05, 0.02)
GUESS_SHARES = (1.0, 0.5, 0.2, 0.1, 0.05, 0.02, 0.01)
MOST_GUESSES = 50_000
"""Over all runs: more would tell the accuracy to a thousandth and take minutes to hold against a curve."""
FEWEST_UNITS = 8
"""Two that choose, so that each has a reference, and six that are tried."""


@dataclass(frozen=True)
class RunProof:
    """How often the guesses were right.

    Attributes:
        records: Int; the records that are guessed about, the most exposed first.
        a_run: guesses a run.
        right: Int [runs]; right guesses of each run.
    """

    records: Ints
    a_run: int
    right: Ints

    @property
    def runs(self) -> int:
        """Independent training runs."""
        return len(self.right)

    @property
    def coins(self) -> int:
        """Coins over all runs."""
        return self.runs * len(self.records)

    @property
    def guesses(self) -> int:
        """Guesses over all runs."""
        return self.runs * self.a_run

    @property
    def without_mistake(self) -> RunProof:
        """The same guesses, all of them right."""
        return replace(self, right=np.full(self.runs, self.a_run))

    @property
    def right_in_all(self) -> int:
        """Right guesses over all runs."""
        return int(self.right.sum())


def run_proof(evidence: Evidence, alpha: float) -> RunProof:
    """Guess the coins of every run, as was settled on models outside all of them.

    Args:
        evidence: the pool; its coins are fair.
        alpha: the level at which the number of guesses is chosen, in (0, 1).

    Raises:
        UnscorableError: if there are too few models.
    """
    roles = roles_of(evidence.pair)
    if len(np.unique(evidence.pair)) < FEWEST_UNITS:
        raise UnscorableError(f"guesses need {FEWEST_UNITS} independent models or pairs")
    records, a_run = _settled(evidence.take(roles.choosing), len(roles.runs), alpha)
    scores, inside = scores_of_runs(evidence, roles)[:, records], evidence.membership[np.ix_(roles.runs, records)]
    return RunProof(records, a_run, right_guesses(scores, inside, [a_run])[:, 0])


def scores_of_runs(evidence: Evidence, roles: Roles) -> Floats:
    """Log likelihood ratios of every run, with the choosing models alone as references, Float [runs, records].

    To an attack the models of one pair are never each other's references; so all runs are given as one pair.

    Args:
        evidence: the pool.
        roles: who chooses and who is tried.
    """
    seen = evidence.take(np.concatenate([roles.choosing, roles.runs]))
    together = np.append(evidence.pair[roles.choosing], np.full(len(roles.runs), evidence.pair.max() + 1))
    scores = ATTACKS[ATTACK].scores(replace(seen, pair=together))
    return scores[len(roles.choosing) :]


def right_guesses(scores: Floats, inside: Bools, numbers: Sequence[int]) -> Ints:
    """Right guesses of each run: the sign of a score is the guess, its size decides what is guessed.

    Args:
        scores: Float [runs, records]; a record without a score counts as the least sure.
        inside: Bool [runs, records]; the coins.
        numbers: numbers of guesses a run, each from 1 to the number of records.

    Returns:
        Int [runs, numbers].
    """
    known = np.nan_to_num(scores, nan=0.0)
    surest_first = np.argsort(-np.abs(known), axis=1, kind="stable")
    right = np.take_along_axis((known > 0) == inside, surest_first, axis=1).cumsum(axis=1)
    return np.asarray(right[:, np.array(numbers) - 1], np.int64)


def _settled(choosing: Evidence, runs: int, alpha: float) -> tuple[Ints, int]:
    """Which records, and how many guesses a run, by what the choosing models say of each other.

    Each half of them is guessed on the records that the other half ranks first: on its own it would look too easy.
    """
    scores, inside = ATTACKS[ATTACK].scores(choosing), choosing.membership
    parts = [(scores[half], inside[half]) for half in halves(choosing.pair)]
    crossed = [(*judged, _most_exposed_first(*ranking)) for judged, ranking in zip(parts, parts[::-1], strict=True)]
    options: list[tuple[int, int, Ints]] = []
    for records in _shares(scores.shape[1], RECORD_SHARES):
        numbers = _shares(records, GUESS_SHARES, max(1, MOST_GUESSES // runs))
        right = [right_guesses(s[:, order[:records]], i[:, order[:records]], numbers) for s, i, order in crossed]
        options += [(records, number, by_run) for number, by_run in zip(numbers, np.concatenate(right).T, strict=True)]
    level = alpha / len(options)

    def promise(option: tuple[int, int, Ints]) -> tuple[float, int, int]:
        records, guesses, right = option
        return _sure_accuracy(guesses, right, level), -records, guesses

    records, guesses, _ = max(options, key=promise)
    return _most_exposed_first(scores, inside)[:records], guesses


def _shares(whole: int, shares: Sequence[float], most: int | None = None) -> list[int]:
    """Distinct numbers from a whole, the largest first, none above a limit."""
    limit = whole if most is None else most
    return list(dict.fromkeys(min(limit, max(1, round(share * whole))) for share in shares))


def _most_exposed_first(scores: Floats, inside: Bools) -> Ints:
    """Records by how well their coins are guessed; a sure guess counts one, whatever its size beyond that."""
    gain = np.tanh(np.nan_to_num(scores, nan=0.0) / 2) * np.where(inside, 1.0, -1.0)
    return np.argsort(-gain.mean(axis=0), kind="stable")


def _sure_accuracy(guesses: int, right: Ints, alpha: float) -> float:
    """The accuracy that the choosing models are sure of, so that a few lucky guesses do not carry the day.

    At delta 0 the one-run bound is the log-odds of just such a limit, so no more is needed to choose.
    """
    return float(clopper_pearson(right.sum(), guesses * len(right), 1 - 2 * alpha).low)
