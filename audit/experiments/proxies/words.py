"""What the experiment found, in sentences."""

from __future__ import annotations

from collections.abc import Iterator

from reports import numbers
from reports.experiments.proxies import Proxies
from reports.findings import Estimate

TOP = 0.05


def answer_of(block: Proxies) -> tuple[str, ...]:
    """The answer of a rated block, the most important sentence first.

    Args:
        block: what was found.
    """
    return tuple(_answer(block))


def _answer(block: Proxies) -> Iterator[str]:
    yield f"{block.kind(block.best).title} {_VERDICTS[block.verdict]}: {_deciding(block)}."
    if block.lead is not None:
        shown = "that it is the best is shown" if block.shown_best else "that it is the best is not shown"
        yield (
            f"It leads {block.kind(block.second).title} by {numbers.points(block.lead.value)} points "
            f"({_points(block.lead)}): {shown}, all comparisons together."
        )
    yield from _itself(block)
    yield from _found(block)
    yield from _ranked(block)


def _itself(block: Proxies) -> Iterator[str]:
    """What the pool says of its own top, where that is not enough to judge by."""
    halves = next((one for one in block.reliabilities if one.target == "memorization"), None)
    shared = dict(halves.shared_top).get(TOP) if halves else None
    if shared is None or shared.low <= TOP:
        yield (
            "The pool cannot tell its own top 5 %: its halves are not shown to share more of it than chance has them "
            "share, 5 %. So no proxy can be judged by it."
        )


def _found(block: Proxies) -> Iterator[str]:
    """How many of the memorized records the best proxy finds."""
    if block.recall is None:
        return
    share = max(1, round(TOP * block.records)) / block.memorized
    room = "" if share >= 1 else f", where {numbers.percent(share)} have room"
    many = block.memorized > 1
    yield (
        f"Of the {numbers.count(block.memorized)} record{'s' if many else ''} that the pool says "
        f"{'are' if many else 'is'} memorized, at a false discovery rate of 5 %, its top 5 % holds "
        f"{_percent(block.recall)}{room}; a random order would hold 5 %."
    )


_VERDICTS = {
    "may stand in": "may stand in for the pool on these records",
    "not good enough": "is the best proxy, and not good enough to stand in for the pool",
    "undecided": "is the best proxy; whether it may stand in for the pool is undecided",
}


def _deciding(block: Proxies) -> str:
    if block.deciding is None:
        return "its precision cannot be measured"
    said = f"{_percent(block.deciding)} of its top 5 % from one run is in the pool's top 5 %"
    at_most = block.deciding_at_most
    return said if at_most is None else f"{said}, at most {_percent(at_most)} with the pool's noise taken out"


def _ranked(block: Proxies) -> Iterator[str]:
    """Rank correlations of the best, and its precision for exposure."""
    memory, exposed = (block.rating(block.best, target) for target in ("memorization", "exposure"))
    if memory and memory.spearman:
        yield f"Its rank correlation with memorization is {_decimal(memory.spearman)} from one run."
    at = exposed.at(TOP) if exposed else None
    if exposed and exposed.spearman and at and at.precision:
        yield (
            f"Against exposure to the headline attack the rank correlation is {_decimal(exposed.spearman)}, and "
            f"{_percent(at.precision)} of its top 5 % is among the 5 % most exposed."
        )


def _percent(found: Estimate) -> str:
    return f"{numbers.percent(found.value)} ({numbers.percent_limits(found)})"


def _decimal(found: Estimate) -> str:
    return f"{numbers.decimal(found.value)} ({numbers.decimal_limits(found)})"


def _points(found: Estimate) -> str:
    return f"{numbers.points(found.low)} to {numbers.points(found.high)}"


def limits_of(block: Proxies) -> tuple[str, ...]:
    """What limits the answer.

    Args:
        block: what was found.
    """
    return tuple(_limits(block))


def _limits(block: Proxies) -> Iterator[str]:
    yield (
        "A pool's models are trained on about half of the records, the runs on all of them: a record that is "
        "memorized among half of its like may not be among all."
    )
    yield (
        "Taking out the pool's noise assumes that noise has nothing to do with the record. Where most records are "
        "hardly memorized it falls on the others, and too much is taken out of precision: read the plain and the "
        "corrected one as lower and upper end."
    )
    yield (
        "Most records tie at a memorization of 0. A rank correlation then tells mostly how a proxy orders records "
        "that nobody memorizes, and changes with the size of the pool: compare proxies by precision."
    )
    over = sorted({r.proxy for r in block.ratings if r.corrected is not None and r.corrected.value > 1})
    if over:
        yield f"A corrected rank correlation above 1 says that this does not hold: {', '.join(over)}."
    if not any(rating.target == "exposure" for rating in block.ratings):
        yield "The headline attack could not score every part of this pool: no proxy is held against exposure."
    if any(rating.corrected is None for rating in block.ratings):
        yield "Where halves of the pool do not agree at all, no noise can be taken out: such cells are empty."


def alone_answer(block: Proxies) -> tuple[str, ...]:
    """The answer of a block without a pool.

    Args:
        block: what was found.
    """
    kind = block.kind(block.best)
    runs = "one run" if block.runs == 1 else f"{block.runs} runs"
    said = (
        f"PROXY, no pool: {numbers.count(block.records)} records are ranked by {kind.title.lower()} "
        f"({kind.formula}), mean of {runs}. It is no figure of memorization."
    )
    between = (
        f"Two runs agree on the ranks to {_decimal(kind.reliability)}."
        if kind.reliability
        else "How far two runs agree cannot be said of so few runs; three or more say it."
    )
    return (
        said,
        between,
        "Memorization, P[right | IN] - P[right | OUT] of every record, and how far this proxy agrees with it here, "
        "need a pool: the same command with --models 64 in place of --models 0.",
    )


def alone_limits(block: Proxies) -> tuple[str, ...]:
    """What limits a ranking without a pool.

    Args:
        block: what was found.
    """
    listed = len(block.suspicious)
    return (
        "A high proxy says that a record is hard to fit. A record that no model ever fits is hard and not memorized.",
        f"The {listed} records are listed for being the highest: their values are higher than in runs to come.",
        "Published: on CIFAR-100 cumulative loss has a Pearson correlation of .79 with memorization, on ImageNet of "
        ".64; final loss .17 and .50 (Ravikumar, Soufleri, Hashemi & Roy 2025, ICML, table 1). Other records may "
        "differ.",
    )
