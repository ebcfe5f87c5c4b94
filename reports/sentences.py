"""What figures mean, in sentences that every format uses."""

from __future__ import annotations

from reports import numbers
from reports.link_tables import link_of
from reports.overview import Column
from reports.result import ArmResult, AuditResult, HitShare, Influence, Link


def link_sentences(column: Column) -> tuple[str, ...]:
    """The link between memorization and leakage of an arm, in two sentences; or why there is none."""
    link = link_of(column)
    if link is None or link.reason or link.spearman is None:
        reason = link.reason if link and link.reason else "it was not computed"
        return (f"{column.title}: no link between memorization and leakage: {reason.rstrip('.')}.",)
    return tuple(filter(None, (_correlation(column, link), _shares(column, link))))


def _correlation(column: Column, link: Link) -> str:
    spearman = link.spearman
    if spearman is None:
        return ""
    value = f"{numbers.decimal(spearman.value)} ({numbers.decimal_limits(spearman)})"
    ceiling = "" if link.noise_ceiling is None else f", where noise allows {numbers.decimal(link.noise_ceiling)}"
    null = "" if link.null is None else f"; shuffled membership gives {numbers.decimal_limits(link.null)}"
    return f"{column.title}: {_finding(link)}: rank correlation {value}{ceiling}{null}."


def _finding(link: Link) -> str:
    """Whether the interval of the correlation clears that of the null."""
    null = link.null.high if link.null else 0.0
    if link.spearman and link.spearman.low > null:
        return "the records that one half of the models memorizes are those that the attack finds in the other half"
    return "no link between memorization and leakage is shown"


def _shares(column: Column, link: Link) -> str:
    shares = _lowest_fpr_shares(link)
    if not shares:
        return ""
    tops = " / ".join(numbers.fpr(share.top) for share in shares)
    parts = " / ".join(numbers.percent(share.share.value) if share.share else "none" for share in shares)
    hits = f"{numbers.count(shares[0].hits)} hits at {numbers.fpr(shares[0].fpr)} FPR"
    return f"Of all {hits}, the most memorized {tops} of the records take {parts}."


def _lowest_fpr_shares(link: Link) -> tuple[HitShare, ...]:
    usable = [share for share in link.hit_shares if share.share is not None and share.hits]
    lowest = min((share.fpr for share in usable), default=None)
    return tuple(sorted((share for share in usable if share.fpr == lowest), key=lambda share: share.top))


def influence_sentence(influence: Influence, threshold: float) -> str:
    """How many pairs reach both thresholds, beside what chance gives."""
    noise = influence.expected_by_noise
    chance = "" if noise is None else f" ({numbers.expected(noise)} by chance)"
    limits = f"memorization {numbers.decimal(threshold, 2)}, influence {numbers.decimal(influence.threshold, 2)}"
    return (
        f"{numbers.count(influence.pairs)} pairs of a training and a test record of one class reach both thresholds "
        f"({limits}){chance}; they touch {numbers.count(influence.test_records)} test records."
    )


def audited(result: AuditResult) -> str:
    """What was audited, in a line."""
    data, model = result.data, result.model
    sizes = [
        f"{numbers.count(data.records)} records",
        f"{numbers.count(data.test_records)} test records" if data.test_records else "",
        f"{numbers.count(data.classes)} classes" if data.classes else "",
    ]
    if model.parameters is None:
        return f"{data.name}: {', '.join(filter(None, sizes))}; {model.name}"
    parameters = f"{model.name}: {numbers.count(model.parameters)} parameters"
    return f"{data.name}: {', '.join(filter(None, sizes))}; {parameters}; {_models(result.arms)}"


def _models(arms: tuple[ArmResult, ...]) -> str:
    sizes = sorted({arm.models for arm in arms})
    each = " to ".join(numbers.count(size) for size in (sizes[0], sizes[-1])) if len(sizes) > 1 else str(sizes[0])
    return f"{each} models an arm"
