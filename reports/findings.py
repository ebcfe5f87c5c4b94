"""The findings that a result is made of; `reports.result` puts them together. `null` for absent, never NaN."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, FiniteFloat

Rate = Annotated[FiniteFloat, Field(ge=0, le=1)]
Unit = Literal["rate", "plain"]


LONG, MANY = 80, 6


class Part(BaseModel):
    """A piece of a result: frozen, unknown keys refused; printed, it is short whatever it holds."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    def __repr_args__(self) -> Iterator[tuple[str | None, object]]:
        """Names and values as `repr` shows them: of what is long its kind and its length."""
        for name, value in super().__repr_args__():
            yield name, _Short(value)


class _Short:
    """A value that is printed short."""

    def __init__(self, value: object) -> None:
        self.value = value

    def __repr__(self) -> str:
        value = self.value
        if isinstance(value, Part):
            return f"{type(value).__name__}(...)"
        if isinstance(value, str) and len(value) > LONG:
            return repr(f"{value[:LONG]}...")
        if isinstance(value, Mapping) and (len(value) > MANY or _holds_parts(value.values())):
            return f"<{len(value)} entries>"
        if isinstance(value, tuple) and (len(value) > MANY or _holds_parts(value)):
            return f"<{len(value)} {type(value[0]).__name__}>"
        return repr(value)


def _holds_parts(values: Iterable[object]) -> bool:
    return any(isinstance(value, (Part, Mapping, tuple, list)) or len(str(value)) > LONG for value in values)


class Estimate(Part):
    """One measured number with its interval.

    Attributes:
        value: the point estimate.
        low: lower confidence limit.
        high: upper confidence limit.
        confidence: two-sided confidence level.
        method: how the interval was made and over what it ranges.
        n: size of the sample that the interval rests on.
    """

    value: FiniteFloat
    low: FiniteFloat
    high: FiniteFloat
    confidence: Rate
    method: str
    n: int


class PrivacyGuarantee(Part):
    """What DP training promises for one training run, as the accountants have it.

    Attributes:
        epsilon: the claimed epsilon, read back from the accountant after training.
        target_epsilon: the epsilon that was asked for.
        delta: failure probability.
        relation: neighbour relation, `add/remove one record`.
        accountant: name of the accountant that calibrated the noise.
        noise_multiplier: standard deviation of the noise over the clipping norm.
        sample_rate: probability of a record to be in a batch.
        steps: number of DP-SGD steps.
        max_grad_norm: clipping norm of a record's gradient.
        second_epsilon: epsilon of an independent accountant for the same run.
        second_accountant: its name.
        memorization_cap: delta at epsilon 0 (total variation): no record's memorization, and no attack's
            advantage on it, can exceed it.
        tpr_caps: pairs (FPR, highest possible TPR at that FPR) on the accountant's trade-off curve.
    """

    epsilon: FiniteFloat
    target_epsilon: FiniteFloat
    delta: FiniteFloat
    relation: str = "add/remove one record"
    accountant: str
    noise_multiplier: FiniteFloat
    sample_rate: Rate
    steps: int
    max_grad_norm: FiniteFloat
    second_epsilon: FiniteFloat
    second_accountant: str
    memorization_cap: Rate
    tpr_caps: tuple[tuple[Rate, Rate], ...]


class GroupValue(Part):
    """A figure of one class or one group.

    Attributes:
        column: `class`, or the name of a group column.
        group: its value.
        records: how many records it has.
        estimate: the figure; None where it cannot be had.
        reason: why there is no figure; empty where it is not said.
    """

    column: str
    group: str
    records: int
    estimate: Estimate | None
    reason: str = ""


class Utility(Part):
    """How good the models of an arm are.

    Attributes:
        test_accuracy: mean accuracy on the test set; None without one.
        in_accuracy: mean accuracy on records IN the training set.
        out_accuracy: mean accuracy on the records that were OUT.
        memorized_decile_accuracy: mean accuracy, while OUT, on the tenth of the records that the standard
            arm memorizes most: the long tail.
        by_group: test accuracy by class and by group.
        largest_class: share of the test records (of the records, without a test set) in the largest class: what
            always answering it would get right. None where the labels are not known.
    """

    test_accuracy: Estimate | None
    in_accuracy: Estimate
    out_accuracy: Estimate
    memorized_decile_accuracy: Estimate | None
    by_group: tuple[GroupValue, ...] = ()
    largest_class: Rate | None = None

    @property
    def new_accuracy(self) -> Estimate:
        """Mean accuracy on records that the models were not trained on: the test set, or without one those OUT."""
        return self.test_accuracy or self.out_accuracy

    @property
    def learnt_nothing(self) -> bool:
        """Whether new records are not shown to be answered better than by always naming the largest class."""
        return self.largest_class is not None and self.new_accuracy.low <= self.largest_class


class Histogram(Part):
    """Counts between edges; `len(counts) == len(edges) - 1`."""

    edges: tuple[FiniteFloat, ...]
    counts: tuple[int, ...]


class Memorization(Part):
    """What an arm memorizes (Feldman & Zhang 2020).

    Attributes:
        threshold: memorization score from which on a record counts as memorized.
        scored: records with at least one IN and one OUT model; the others have no score.
        mean: mean memorization; equals IN accuracy minus OUT accuracy over the scored records.
        soft_mean: the same with the probability of the label in place of correctness.
        memorized: records whose point estimate reaches the threshold.
        discovered: records that are shown to be memorized, at a false discovery rate that holds for all records
            looked at (Benjamini & Hochberg 1995): of those named, at most that share is named wrongly on average.
        false_discovery_rate: this rate.
        models_to_discover: models with which one record alone could be shown to be memorized; None if this pool
            has as many.
        share_memorized: discovered / scored, with the plain share as its upper limit.
        highest: the highest score: shrunken, with limits corrected for looking at all records.
        highest_observed: the highest score as it was observed; luck included.
        expected_by_noise: records that would reach the threshold by chance if none were memorized.
        histogram: of the scores.
        by_group: mean memorization by class and by group.
        cap: highest memorization that the guarantee allows; None without DP.
        cap_provable: what perfect separation could prove of a record with this pool; a cap above it cannot be
            refuted, and no violation then says nothing. None without DP.
        cap_violations: ids of records whose lower limit, corrected for looking at all records, is above the cap.
    """

    threshold: FiniteFloat
    scored: int
    mean: Estimate
    soft_mean: Estimate
    memorized: int
    discovered: int
    false_discovery_rate: Rate
    models_to_discover: int | None
    share_memorized: Estimate
    highest: Estimate | None
    highest_observed: FiniteFloat
    expected_by_noise: FiniteFloat
    histogram: Histogram
    by_group: tuple[GroupValue, ...] = ()
    cap: Rate | None = None
    cap_provable: Rate | None = None
    cap_violations: tuple[str, ...] = ()


class InfluencePair(Part):
    """A training record and the test record that it decides.

    Attributes:
        train_id: the training record.
        test_index: the test record, counted from 0.
        class_name: the class of both.
        memorization: of the training record: shrunken, with limits that hold for all records.
        influence: shrunken, with limits that hold for all pairs that were looked at.
        influence_observed: the influence as it was observed; luck included.
    """

    train_id: str
    test_index: int
    class_name: str
    memorization: Estimate
    influence: Estimate
    influence_observed: FiniteFloat | None = None


class Influence(Part):
    """High-influence pairs: memorization and influence above their thresholds, same class.

    Attributes:
        threshold: influence from which on it counts as high.
        pairs: how many pairs reach both thresholds.
        expected_by_noise: how many would reach them by chance; None where it was not estimated.
        test_records: how many distinct test records they touch.
        listed: the strongest pairs.
    """

    threshold: FiniteFloat
    pairs: int
    expected_by_noise: FiniteFloat | None
    test_records: int
    listed: tuple[InfluencePair, ...] = ()


class Decile(Part):
    """Leakage of one tenth of the records, from least (1) to most (10) memorized."""

    decile: int
    records: int
    memorization_low: FiniteFloat
    memorization_high: FiniteFloat
    tpr: Estimate


class HitShare(Part):
    """Share of all attack hits at a low FPR that falls on the most memorized records."""

    top: Rate
    records: int
    fpr: Rate
    hits: int
    share: Estimate | None


class Density(Part):
    """A two-dimensional histogram of memorization against leakage; `counts[row of y][column of x]`."""

    x_edges: tuple[FiniteFloat, ...]
    y_edges: tuple[FiniteFloat, ...]
    counts: tuple[tuple[int, ...], ...]


class Link(Part):
    """Memorization against leakage, on disjoint halves of the pool, swapped and averaged.

    Attributes:
        attack: name of the attack whose leakage is linked.
        spearman: rank correlation.
        noise_ceiling: highest correlation that the reliability of both sides allows.
        reliability_memorization: split-half rank correlation of memorization.
        reliability_leakage: split-half rank correlation of leakage: how stable the ranks of exposed records are.
        top_kept: share of the most exposed 5 % of the records of one half that are among those of the other.
        null: rank correlation with permuted membership: its mean with the central interval.
        decile_fpr: false-positive rate of the threshold of the deciles.
        deciles: leakage by memorization decile.
        hit_shares: who takes the hits.
        density: memorization (x) against leakage (y) of the records.
        reason: why there is no link; None if there is one.
    """

    attack: str
    spearman: Estimate | None = None
    noise_ceiling: FiniteFloat | None = None
    reliability_memorization: Estimate | None = None
    reliability_leakage: Estimate | None = None
    top_kept: Estimate | None = None
    null: Estimate | None = None
    decile_fpr: Rate = 0.01
    deciles: tuple[Decile, ...] = ()
    hit_shares: tuple[HitShare, ...] = ()
    density: Density | None = None
    reason: str | None = None


class Difference(Part):
    """A paired difference between two arms, the second minus the first.

    Attributes:
        quantity: what is compared, in words.
        first: name of the arm that is subtracted.
        second: name of the arm that it is subtracted from.
        estimate: None where it cannot be had.
        reason: why there is no figure; empty where there is one.
        unit: `rate` for a difference of rates, shown in percentage points; `plain` is shown as it is.
    """

    quantity: str
    first: str
    second: str
    estimate: Estimate | None
    reason: str = ""
    unit: Unit = "plain"
