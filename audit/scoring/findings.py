"""Everything that can be read from a file of outputs, and why the rest cannot."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from attacks import ATTACKS
from attacks.intervals import clopper_pearson
from attacks.record_intervals import effective_trials
from audit.accuracy import most_memorized, utility
from audit.analysis import LISTED, Reading, links_of
from audit.config import AnalysisConfig
from audit.data.draft import counted
from audit.epsilon.findings import Asked, with_epsilon
from audit.exposure import exposure_of
from audit.headline import attacked, leakage
from audit.influence import influence
from audit.leakage import attack_result, chosen_attacks, evaluation_of
from audit.memorization import MemorizationScores, memorization_scores
from audit.memorization_summary import summarise
from audit.privacy import default_delta
from audit.records import top_rows
from audit.scoring.coins import Coins, coins_of
from audit.scoring.scored import ARM, FEWEST_MODELS, Scored
from reports.result import ArmResult, Estimate, Influence, Utility

Bools = NDArray[np.bool_]


HEADLINES = ("ensemble", "lira-online", "base", "rmia-online", "loss", "modified-entropy", "entropy", "gap")
"""The attack on which the verdict rests is the first of these that can be computed, where the one that was declared
cannot: an order that was settled before any score was seen."""


def read_scored(scored: Scored, analysis: AnalysisConfig) -> tuple[Reading, AnalysisConfig]:
    """Attacks, and of a pool whatever `audit run` reads from one.

    Args:
        scored: the file.
        analysis: what is read.

    Returns:
        What was read, and the analysis with the headline attack that could be computed.
    """
    evidence, pool = scored.evidence, scored.pool
    names, ids = chosen_attacks(analysis), scored.dataset.ids.tolist()
    given = None if scored.is_pool else scored.targets
    evaluations = {name: evaluation_of(ATTACKS[name], evidence, analysis, given) for name in names}
    computed = [name for name in (analysis.headline, *HEADLINES) if not isinstance(evaluations.get(name, ""), str)]
    analysis = analysis.model_copy(update={"headline": computed[0] if computed else analysis.headline})
    scores, headline = _memorization(scored, analysis), attacked(ATTACKS[analysis.headline], evidence, given)
    exposed = exposure_of(headline, analysis.exposure_fpr, analysis.confidence)
    rows = top_rows(scored.dataset, scores, exposed, LISTED)
    result = ArmResult(
        name=ARM,
        kind="standard",
        description=_description(scored),
        models=scored.models,
        recipe={},
        guarantee=None,
        utility=_utility(scored, analysis.confidence, scores),
        memorization=summarise(evidence, scores, ids, analysis.memorized, scored.columns) if scores else None,
        influence=_influence(scored, scores, analysis),
        attacks=tuple(attack_result(ATTACKS[name], found, None) for name, found in evaluations.items()),
        leakage=leakage(headline, evaluations[analysis.headline], analysis, scored.columns),
        links=links_of(evidence, analysis) if scored.is_pool and not scored.splits_again else (),
        seconds_per_model=float(pool.seconds.mean()) if pool and len(pool.seconds) else 0.0,
        most_memorized=rows["memorization"],
        most_exposed=rows["exposure"],
    )
    reading = Reading(result, scores, exposed, evaluations[analysis.headline])
    if pool is None or not scored.is_pool:
        return reading, analysis
    coins, refused = _coins(scored)
    asked = Asked(
        scored.dataset,
        analysis,
        default_delta(scored.dataset.records),
        fair=not coins.unfair,
        refused=refused,
        units=scored.units,
    )
    return with_epsilon((reading,), {ARM: pool}, asked)[0], analysis


def _coins(scored: Scored) -> tuple[Coins, str]:
    """What speaks against the coins of the records, or of their units; and why nothing is proved from them."""
    evidence, units = scored.evidence, scored.units
    if units is None:
        coins = coins_of(evidence.membership, evidence.pair)
    else:
        _, first = np.unique(units, return_index=True)
        coins = coins_of(evidence.membership[:, first], evidence.pair, "unit")
    if not coins.shared:
        return coins, ""
    mend = "; name what belongs together in `units`, and one coin is counted for each" if units is None else ""
    return coins, f"no epsilon is proved from these memberships: {coins.shared}{mend}"


def gaps(scored: Scored, found: ArmResult) -> Iterator[str]:
    """What the file cannot tell and what would help, a sentence each.

    Args:
        scored: the file.
        found: what was read from it.
    """
    yield "How the models were trained is not in a file of outputs: no recipe and no DP guarantee is held against them."
    if not scored.is_pool:
        whose = "this one model" if scored.models == 1 else f"these {scored.models} models"
        yield (
            f"Figures range over records, for {whose}. Memorization, its link with leakage and a bound on epsilon are "
            f"read from at least {FEWEST_MODELS} models, all under audit and each trained on other records."
        )
    elif scored.splits_again:
        yield (
            "Memorization, its link with leakage, influence and a bound on epsilon need models that were each trained "
            "on a split of its own: here several share one, and what they say of a record is not independent."
        )
    elif found.memorization is None:
        lacks = "`correct`, logits or probabilities" if scored.evidence.correct is None else "records IN and OUT"
        yield f"Memorization, influence and a bound on epsilon need {lacks}."
    elif found.influence is None:
        yield "Influence needs `population_correct` (or logits or probabilities) with `population_labels`."
    if found.epsilon and found.epsilon.bounds:
        whose = "record's membership was" if scored.units is None else "unit's membership was"
        yield (
            f"Bounds on epsilon take for granted that every {whose} drawn by a fair coin of its own, for every model "
            "or pair of models."
        )
        if scored.units is not None:
            number = len(np.unique(scored.units))
            yield f"They are bounds for whole units: {number:,} coins a model, one for all records of a unit."


def _description(scored: Scored) -> str:
    return f"Trained elsewhere, known by outputs alone; {counted(scored.references, 'reference model')} besides"


def _memorization(scored: Scored, analysis: AnalysisConfig) -> MemorizationScores | None:
    if scored.pool is None:
        return None
    found = memorization_scores(scored.evidence, analysis.confidence)
    return found if found.scored.any() else None


def _influence(scored: Scored, scores: MemorizationScores | None, analysis: AnalysisConfig) -> Influence | None:
    labelled = scored.has_population_labels and scored.population_correct is not None
    if scored.pool is None or scores is None or not labelled:
        return None
    return influence(scored.pool, scored.dataset, scores, analysis)


def _utility(scored: Scored, confidence: float, scores: MemorizationScores | None) -> Utility | None:
    if scored.pool is None:
        return _utility_of_given(scored, confidence)
    tail = most_memorized(scored.evidence) if scores else None
    found = utility(scored.pool, scored.dataset, confidence, tail)
    return found if scored.has_population_labels else found.model_copy(update={"by_group": ()})


def _utility_of_given(scored: Scored, confidence: float) -> Utility | None:
    """Accuracy of the models in question, for other records than these."""
    if scored.evidence.correct is None:
        return None
    right, inside = scored.evidence.correct[scored.targets], scored.evidence.membership[scored.targets]
    tests = scored.population_correct
    own, other = _accuracy(right, inside, confidence), _accuracy(right, ~inside, confidence)
    if own is None or other is None:
        return None
    test = None if tests is None else tests[scored.targets]
    return Utility(
        test_accuracy=None if test is None else _accuracy(test, np.ones_like(test), confidence),
        in_accuracy=own,
        out_accuracy=other,
        memorized_decile_accuracy=None,
    )


def _accuracy(right: Bools, counted: Bools, confidence: float) -> Estimate | None:
    """Share of right answers, Clopper-Pearson at the effective number of records."""
    hits, trials = (right & counted).sum(axis=0), counted.sum(axis=0)
    if not trials.any():
        return None
    size, value = effective_trials(hits, trials), float(hits.sum() / trials.sum())
    low, high = (float(limit) for limit in clopper_pearson(value * size, size, confidence))
    method = "Clopper-Pearson; ranges over records, for these models"
    return Estimate(value=value, low=low, high=high, confidence=confidence, method=method, n=int(size))
