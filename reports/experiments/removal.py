"""What the experiment `removal` found."""

from __future__ import annotations

from typing import Literal

from pydantic import FiniteFloat

from reports.experiments.block import Block
from reports.findings import Estimate, Part, Rate

By = Literal["memorization", "exposure", "influence"]
Kind = Literal["nothing", "top", "random", "layer", "dp"]


class Compared(Part):
    """A rate of the same models trained on everything, without the top records, and without as many at random.

    Attributes:
        nothing: with nothing removed.
        top: without the top records.
        random: without as many of the same classes at random.
        cost_top: top minus nothing, paired.
        cost_random: random minus nothing, paired.
        beyond: top minus random, paired; on all test records, or those of a class or group, its interval also holds
            how far a set of so many records is from the average one by luck.
    """

    nothing: Estimate
    top: Estimate
    random: Estimate
    cost_top: Estimate
    cost_random: Estimate
    beyond: Estimate


class GroupCost(Part):
    """What removal costs a class or a group.

    Attributes:
        column: `class`, or the name of a group column.
        group: its value.
        test_records: how many test records it has.
        removed: how many of its training records the top set holds, mean of the two halves; None where the column
            is not known of training records.
        accuracy: on its test records.
    """

    column: str
    group: str
    test_records: int
    removed: FiniteFloat | None
    accuracy: Compared


class Influenced(Part):
    """What becomes of the test records that the removed records influence.

    Attributes:
        threshold: influence from which on a test record of the same class counts, as the choosing half measured it.
        test_records: how many count, mean of the two halves.
        expected_by_noise: how many would count if no record had any influence.
        accuracy: on them, by the other half; None where there are none.
    """

    threshold: Rate
    test_records: FiniteFloat
    expected_by_noise: FiniteFloat
    accuracy: Compared | None


class Newly(Part):
    """A record that reaches the threshold after removal and did not before.

    Attributes:
        id: its name.
        before: its memorization or exposure with nothing removed.
        after: the same without the removed records.
    """

    id: str
    before: Estimate
    after: Estimate


class Reached(Part):
    """How many of the records that stay reach a threshold; all counts are means of the two halves of the pool.

    Attributes:
        threshold: memorization or exposure from which on a record counts.
        before: how many reach it, less the mirrored ones, with nothing removed.
        after: the same without the removed records.
        change: after minus before, paired.
        noise_before: how many lie as far below 0, with nothing removed: chance alone puts as many above.
        noise_after: the same without the removed records.
        up: records that reach it after and not before.
        down: records that reach it before and not after.
        p_value: chance of a change of the plain count at least as large if each pair's two outcomes were
            exchangeable, which they are where removal has no effect.
        newly: the records that rise the most among those that went up.
    """

    threshold: Rate
    before: Estimate
    after: Estimate
    change: Estimate
    noise_before: FiniteFloat
    noise_after: FiniteFloat
    up: FiniteFloat
    down: FiniteFloat
    p_value: Rate
    newly: tuple[Newly, ...] = ()


class Staying(Part):
    """What becomes of the records that stay.

    Attributes:
        records: how many stay, mean of the two halves.
        before: their mean memorization or exposure with nothing removed.
        after: without the top records.
        change: after minus before, paired.
        at_random: the change without as many records at random, on the records that stay in both.
        beyond: without the top records minus without as many at random, on the records that stay in both.
        reached: how many reach the threshold.
    """

    records: FiniteFloat
    before: Estimate
    after: Estimate
    change: Estimate
    at_random: Estimate
    beyond: Estimate
    reached: Reached


class Share(Part):
    """What removing one share of the records does.

    Attributes:
        share: share of the records that is removed.
        records: how many that is.
        agreement: share of the set of one half that is in that of the other; by chance it would be `share`.
        accuracy: on the test records.
        by_group: by class and group.
        influenced: on the test records that the removed records influence.
        memorization: of the records that stay.
        exposure: of the records that stay; None where the headline attack gave no scores.
    """

    share: Rate
    records: int
    agreement: Rate
    accuracy: Compared
    by_group: tuple[GroupCost, ...]
    influenced: Influenced
    memorization: Staying
    exposure: Staying | None


class Leak(Part):
    """Accuracy and leakage of one way of training, all measured alike: each half of the pool by itself.

    Attributes:
        kind: `nothing`, `top`, `random`, `layer` or `dp`.
        name: for a reader.
        arm: the audit's arm that is trained so.
        removed: share of the records that is removed.
        accuracy: on the test records.
        auc: of the headline attack on the records that stay; None where it gave no scores.
        tpr: its TPR; None where the sample does not resolve it.
        found: members found among 1,000 of the original records, if all that stay are trained on.
        reason: why a figure is missing; empty where none is.
    """

    kind: Kind
    name: str
    arm: str
    removed: Rate
    accuracy: Estimate
    auc: Estimate | None
    tpr: Estimate | None
    found: Estimate | None
    reason: str = ""


class Match(Part):
    """Removal beside a DP arm: removal minus DP, paired.

    Attributes:
        dp: name of the DP arm.
        name: of the removal; see `Leak`.
        removed: share of the records that is removed.
        accuracy: difference of the test accuracies.
        auc: difference of the AUCs of the headline attack.
        tpr: difference of its TPRs; None where either is not resolved.
    """

    dp: str
    name: str
    removed: Rate
    accuracy: Estimate
    auc: Estimate
    tpr: Estimate | None


class Peel(Part):
    """How many records that stay reach the threshold without some layers, less those that lie as far below 0.

    Attributes:
        now: without the layers; mean of the two halves.
        expected: the same records with nothing removed.
        onion: now minus expected, paired; None for layer 0.
        fallen: now minus the count of layer 0, paired; None for layer 0.
    """

    now: Estimate
    expected: Estimate
    onion: Estimate | None
    fallen: Estimate | None


class Layer(Part):
    """The records without the first so many layers, each layer ranked anew on models trained without those before.

    Attributes:
        layer: how many layers are removed; 0 is none.
        removed: share of the records that is removed.
        left: how many stay.
        memorized: how many of them are memorized.
        exposed: how many of them are exposed; None where the headline attack gave no scores.
        mean: their mean memorization.
        accuracy: on the test records.
        auc: of the headline attack on them.
        tpr: its TPR.
    """

    layer: int
    removed: Rate
    left: int
    memorized: Peel
    exposed: Peel | None
    mean: Estimate
    accuracy: Estimate
    auc: Estimate | None
    tpr: Estimate | None


class Removal(Block):
    """What the experiment `removal` found.

    Attributes:
        name: its name.
        by: what the records are ranked by.
        arm: the arm that is trained anew.
        attack: title of the headline attack.
        fpr: false-positive rate of `tpr` and of the exposure's threshold.
        confidence: two-sided confidence of all intervals.
        threshold: memorization and exposure from which on a record counts.
        models: models of the pool; half of them rank, the other half judge, and the other way round.
        models_trained: how many models were trained beside the audit's.
        draws: random removals for every share.
        test_records: how many test records there are.
        shares: one entry a share.
        layers: layer 0 first; empty where none were asked for.
        leaks: accuracy and leakage of every way of training.
        matches: removal beside the DP arms.
    """

    name: Literal["removal"] = "removal"
    by: By
    arm: str
    attack: str
    fpr: Rate
    confidence: Rate
    threshold: Rate
    models: int
    models_trained: int
    draws: int
    test_records: int
    shares: tuple[Share, ...]
    layers: tuple[Layer, ...]
    leaks: tuple[Leak, ...]
    matches: tuple[Match, ...]
