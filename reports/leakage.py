"""What attacks find, as parts of a result; `null` for absent, never NaN."""

from __future__ import annotations

from pydantic import FiniteFloat

from reports.findings import Difference, Estimate, Part, Rate


class TprAtFpr(Part):
    """The true-positive rate at a false-positive rate.

    Attributes:
        fpr: the false-positive rate asked for.
        tpr: None where the sample cannot resolve this rate.
        false_positives: false positives at the threshold.
        reason: why there is no figure; empty where there is one.
        cap: highest TPR that the guarantee allows at this FPR; None without DP.
    """

    fpr: Rate
    tpr: Estimate | None
    false_positives: int
    reason: str = ""
    cap: Rate | None = None


class RocCurve(Part):
    """A ROC with its band, on a grid of false-positive rates that the sample resolves."""

    fpr: tuple[Rate, ...]
    tpr: tuple[Rate, ...]
    low: tuple[Rate, ...]
    high: tuple[Rate, ...]


class TargetSpread(Part):
    """An attack's AUC over single target models: what one audited model may show."""

    lowest: FiniteFloat
    median: FiniteFloat
    highest: FiniteFloat
    standard_deviation: FiniteFloat
    targets: int


class AttackResult(Part):
    """What one attack reaches; all models are targets in turn.

    Attributes:
        name: registry key.
        title: name for a reader.
        source: the paper.
        knowledge: what the attacker must know.
        auc: area under the ROC, pooled over targets.
        balanced_accuracy: at a threshold chosen on other targets.
        tpr_at: true-positive rates at low false-positive rates.
        roc: the curve.
        targets: spread over single targets.
        failed: why the attack gave nothing; None if it ran. A failed attack keeps its place in the list.
    """

    name: str
    title: str
    source: str
    knowledge: str
    auc: Estimate | None = None
    balanced_accuracy: Estimate | None = None
    tpr_at: tuple[TprAtFpr, ...] = ()
    roc: RocCurve | None = None
    targets: TargetSpread | None = None
    failed: str | None = None


class AccusationWorth(Part):
    """How many of those whom the headline attack calls members are members: the positive predictive value.

    Attributes:
        prior: share of members among those in question.
        fpr: false-positive rate of the accusations.
        worth: share of accusations that are right; None where the sample cannot resolve the rate.
        reason: why there is no figure; empty where there is one.
    """

    prior: Rate
    fpr: Rate
    worth: Estimate | None
    reason: str = ""


class GroupLeakage(Part):
    """What the headline attack finds of one class or one group, at the threshold that holds for all records.

    Attributes:
        column: `class`, or the name of a group column.
        group: its value.
        records: how many records it has.
        fpr: false-positive rate of the threshold over all records.
        found: share of the group's members that are found; its interval holds for all groups of the column at once.
        accused: share of its non-members that are wrongly accused; likewise.
        reason: why there are no figures; empty where it is not said.
    """

    column: str
    group: str
    records: int
    fpr: Rate
    found: Estimate | None
    accused: Estimate | None
    reason: str = ""


class PoolSize(Part):
    """What the headline attack reaches in pools of a size.

    Attributes:
        models: models of a pool.
        pools: how many disjoint ones were cut out of the pool and attacked; 1 also for the whole pool itself.
        auc: mean of their AUCs.
        tpr_at: mean of their true-positive rates.
    """

    models: int
    pools: int
    auc: Estimate
    tpr_at: tuple[TprAtFpr, ...]


class Leakage(Part):
    """What the figures of the headline attack mean.

    Attributes:
        worth: what an accusation is worth, by prior and FPR.
        by_group: the most exposed group of each column first.
        pool_sizes: from few models to all; empty where there is no pool.
        more_models: whether more models would change the answer, in a sentence; empty where nothing is known of it.
        views: what asking about several views of every record adds; empty with one view.
    """

    worth: tuple[AccusationWorth, ...] = ()
    by_group: tuple[GroupLeakage, ...] = ()
    pool_sizes: tuple[PoolSize, ...] = ()
    more_models: str = ""
    views: tuple[Difference, ...] = ()
