"""What figures mean, in sentences that every format uses."""

from __future__ import annotations

from collections.abc import Sequence

from reports import numbers
from reports.leakage_tables import groups_found
from reports.link_tables import link_of
from reports.overview import Column
from reports.result import ArmResult, AuditResult, GroupLeakage, HitShare, Influence, Link
from reports.tables import proportion


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
    allows = numbers.decimal(link.noise_ceiling) if link.noise_ceiling is not None else ""
    models = numbers.count(column.arm.models)
    ceiling = f", where the noise of {models} models allows {allows} (more models raise both)" if allows else ""
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


def stability_sentence(column: Column) -> str:
    """How much the list of the most exposed records depends on which models were trained; empty if it is not known."""
    link = link_of(column)
    if link is None or link.reliability_leakage is None:
        return ""
    ranks = f"{numbers.decimal(link.reliability_leakage.value)} ({numbers.decimal_limits(link.reliability_leakage)})"
    kept = link.top_kept
    top = (
        ""
        if kept is None
        else (
            f"; {numbers.percent(kept.value)} ({numbers.percent_limits(kept)}) of the most exposed 5 % of one half are "
            "among those of the other, where chance gives 5 %"
        )
    )
    return f"{column.title}: between two halves of the pool, ranks of exposure correlate by {ranks}{top}."


def most_exposed_group(column: Column, by: str) -> str:
    """The group of which the attack finds most, beside the one of which it finds least; empty with one group.

    Args:
        column: the arm.
        by: `class`, or the name of a group column.
    """
    found = [one for one in groups_found(column, by).values() if one.found]
    if len(found) < 2:
        return ""
    worst, least = found[0], found[-1]
    apart = worst.found and least.found and worst.found.low > least.found.high
    verdict = "" if apart else ", a difference that these intervals do not show"
    return (
        f"{column.title}: of the members of {by} {worst.group} the attack finds {_found(worst)}, of {by} {least.group} "
        f"{_found(least)}{verdict} (one threshold for all, {numbers.fpr(worst.fpr)} FPR; intervals hold for all "
        f"{len(found)} together)."
    )


def _found(one: GroupLeakage) -> str:
    return str(proportion(one.found))


def headline_reason(columns: Sequence[Column]) -> str:
    """Which attack the verdict rests on, and why it may."""
    attack = next((column.attack for column in columns if column.attack), None)
    if attack is None:
        return ""
    return (
        f"The verdict rests on one attack, declared before any score was seen: {attack.title} ({attack.source}). "
        "The others stand beside it; none of them was chosen after looking."
    )


def influence_sentence(influence: Influence, threshold: float) -> str:
    """How many pairs reach both thresholds, beside what chance gives."""
    noise = influence.expected_by_noise
    chance = "" if noise is None else f" ({numbers.expected(noise)} by chance)"
    limits = f"memorization {numbers.decimal(threshold, 2)}, influence {numbers.decimal(influence.threshold, 2)}"
    return (
        f"{numbers.count(influence.pairs)} pairs of a training and a test record of one class reach both thresholds "
        f"({limits}){chance}, luck included; they touch {numbers.count(influence.test_records)} test records. The "
        "strongest are listed: values are what other models would be expected to show, limits hold for all pairs."
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
