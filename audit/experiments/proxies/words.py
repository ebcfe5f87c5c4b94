"""What the experiment found, in sentences."""

from __future__ import annotations

from collections.abc import Iterator

from reports import numbers
from reports.experiments.proxies import AtTop, Proxies, Rating

TOP = 0.05


def answer_of(block: Proxies) -> tuple[str, ...]:
    """The answer, the most important sentence first.

    Args:
        block: what was found.
    """
    return tuple(_answer(block))


def _answer(block: Proxies) -> Iterator[str]:
    titles = {kind.name: kind.title for kind in block.kinds}
    best = rating_of(block, block.best, "memorization")
    if best is None:
        yield "No proxy can be ranked against memorization: on these records either does not vary."
        return
    yield f"{titles[block.best]} {_VERDICTS[block.verdict]}: {_deciding(block)}."
    yield f"{_ranked(best, titles[block.best])}; {_leads(block, titles.get(block.second, ''))}."
    if block.recall is not None:
        yield (
            f"Of the {numbers.count(block.memorized)} records that the pool says are memorized, by the lower limit of "
            f"their intervals, its top 5 % has {numbers.percent(block.recall.value)} "
            f"({numbers.percent_limits(block.recall)}); a random order would have 5 %."
        )
    exposed = rating_of(block, block.best, "exposure")
    at = at_top(exposed, TOP) if exposed else None
    if exposed and exposed.spearman and at and at.precision:
        yield (
            f"Against exposure to the headline attack its rank correlation is {numbers.decimal(exposed.spearman.value)} "
            f"({numbers.decimal_limits(exposed.spearman)}), its precision at the top 5 % "
            f"{numbers.percent(at.precision.value)} ({numbers.percent_limits(at.precision)})."
        )


_VERDICTS = {
    "may stand in": "may stand in for the pool on these records",
    "not good enough": "is the best proxy and not good enough to stand in for the pool",
    "undecided": "is the best proxy, and whether it may stand in for the pool is undecided",
    "no pool": "ranks the records",
}


def _deciding(block: Proxies) -> str:
    said = []
    if block.deciding:
        said += [
            f"{numbers.percent(block.deciding.value)} ({numbers.percent_limits(block.deciding)}) of its top 5 % from "
            "one run is in the pool's top 5 %"
        ]
    if block.deciding_at_most:
        at_most = block.deciding_at_most
        said += [
            f"{numbers.percent(at_most.value)} ({numbers.percent_limits(at_most)}) at most, with the pool's noise "
            "taken out"
        ]
    return ", ".join(said) or "its precision cannot be measured"


def _ranked(best: Rating, title: str) -> str:
    if best.spearman is None:
        return f"The rank correlation of {title.lower()} has no interval"
    said = f"Its rank correlation with memorization is {numbers.decimal(best.spearman.value)} "
    return f"{said}({numbers.decimal_limits(best.spearman)}) from one run"


def _leads(block: Proxies, second: str) -> str:
    if block.lead is None:
        return "there is no other to compare it with"
    lead = f"{numbers.decimal(block.lead.value)} ({numbers.decimal_limits(block.lead)})"
    shown = "that it is the best is shown" if block.shown_best else "no proxy is shown to be the best"
    return f"it leads {second.lower()} by {lead}: {shown}, all comparisons together"


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
        "Taking out the pool's noise assumes that noise has nothing to do with the record. Where most records have "
        "memorization near 0, noise falls on the others: the corrected figures are then too high, never too low by "
        "much. The plain ones are too low. The truth lies between them."
    )
    over = sorted({r.proxy for r in block.ratings if r.corrected is not None and r.corrected.value > 1})
    if over:
        yield f"A corrected rank correlation above 1 says that this does not hold: {', '.join(over)}."
    if not any(rating.target == "exposure" for rating in block.ratings):
        yield "The headline attack could not score every part of this pool: no proxy is held against exposure."
    if any(rating.corrected is None for rating in block.ratings):
        yield "Where halves of the pool do not agree at all, no noise can be taken out: such cells are empty."


def rating_of(block: Proxies, proxy: str, target: str) -> Rating | None:
    """A proxy's rating against a figure; None where there is none.

    Args:
        block: what was found.
        proxy: its name.
        target: `memorization` or `exposure`.
    """
    return next((one for one in block.ratings if (one.proxy, one.target) == (proxy, target)), None)


def at_top(rating: Rating, top: float) -> AtTop | None:
    """What a rating says at a share of the top; None where it says nothing.

    Args:
        rating: a proxy's.
        top: share of the records.
    """
    return next((at for at in rating.at_top if at.top == top), None)
