"""What a removal found, in sentences."""

from __future__ import annotations

from collections.abc import Iterator

from reports.experiments.removal import Compared, Layer, Match, Removal, Share, Staying
from reports.findings import Estimate
from reports.numbers import count, decimal, fpr, percent, points

NAMES = {"memorization": "most memorized", "exposure": "most exposed", "influence": "most influential"}


def answer(block: Removal) -> tuple[str, ...]:
    """The findings, the most important first; of several shares always the largest, which nobody chose by its result.

    Args:
        block: what was found.
    """
    last = block.shares[-1]
    return (
        _cost(block, last),
        *_influenced(last),
        *_onion(last),
        *_peeled(block.layers),
        *(sentence for dp in dict.fromkeys(match.dp for match in block.matches) for sentence in _against(block, dp)),
    )


def limits(block: Removal) -> tuple[str, ...]:
    """What limits the answer.

    Args:
        block: what was found.
    """
    pairs = block.models // 4
    return (
        f"Half of the models, {pairs} pairs, rank the records, and a record's score from so few has a standard error "
        f"of up to {(2 * pairs) ** -0.5:.2f}: with more models the top sets would be purer, and removal would do more.",
        "Intervals range over models, for the sets that were removed; those at random also over which records are "
        "drawn, and those of top minus random over the luck of a set, but on influenced test records.",
        "The number of steps is a public constant and stays: the records that stay are seen a little more often, also "
        "in random removal, which so is the fair comparison.",
        "Every attack here has references of half of the pool, and is weaker than the audit's own; all ways of "
        "training are attacked alike.",
        "DP is a guarantee for every record, whatever is known of it; what removal reaches is a measurement of one "
        "attack. The removed records are protected since nothing is learnt from them.",
    )


def _cost(block: Removal, share: Share) -> str:
    accuracy, which = share.accuracy, NAMES[block.by]
    said = (
        f"Without the {count(share.records)} {which} records ({_share(share.share)}) test accuracy is "
        f"{percent(accuracy.top.value)} instead of {percent(accuracy.nothing.value)}; without as many of the same "
        f"classes at random it is {percent(accuracy.random.value)}."
    )
    beyond = accuracy.beyond
    if beyond.high < 0:
        untold = [place for place, one in enumerate(block.shares) if one.accuracy.beyond.high >= 0]
        first = block.shares[untold[-1] + 1 if untold else 0]
        what = "what is memorized is" if block.by == "memorization" else "these records are"
        since = f" That can be told from {_share(first.share)} on." if len(block.shares) > 1 else ""
        return f"{said} The choice costs {_size(beyond)} more than chance: {what} of use.{since}"
    if beyond.low > 0:
        return f"{said} The choice gains {_size(beyond)} over chance: these records do harm."
    return f"{said} Whether the choice costs more than chance cannot be told: {_points(beyond)}."


def _influenced(share: Share) -> Iterator[str]:
    found = share.influenced
    if found.accuracy is None:
        return
    yield (
        f"On the test records that the removed ones influence ({decimal(found.test_records, 1)}, "
        f"{decimal(found.expected_by_noise, 1)} expected by chance) accuracy goes from {_three(found.accuracy)}. "
        "Feldman & Zhang found 72 % to 45 % on CIFAR-100."
    )


def _onion(share: Share) -> Iterator[str]:
    kinds = (("exposure", "exposed", share.exposure), ("memorization", "memorized", share.memorization))
    for name, what, staying in kinds:
        if staying is not None:
            yield _moved(name, what, share, staying)


def _moved(name: str, what: str, share: Share, staying: Staying) -> str:
    reached = staying.reached
    told = reached.change.low > 0 or reached.change.high < 0
    onion = ": an onion, others move up" if reached.change.low > 0 and staying.beyond.low > 0 else ""
    return (
        f"Of the {count(round(staying.records))} records that stay without the top {_share(share.share)}, "
        f"{decimal(reached.before.value, 1)} were {what} beyond chance, and {decimal(reached.after.value, 1)} are then "
        f"({_plain(reached.change, 1)}{'' if told else ', not told from none'}; p = {reached.p_value:.2g}){onion}. "
        f"{decimal(reached.up, 1)} are so newly, {decimal(reached.down, 1)} no longer. Their mean {name} moves by "
        f"{_plain(staying.change, 4)}, and by {_plain(staying.at_random, 4)} where as many are removed at random."
    )


def _peeled(layers: tuple[Layer, ...]) -> Iterator[str]:
    if len(layers) < 2:
        return
    for what in ("memorized", "exposed"):
        found = [(layer, getattr(layer, what)) for layer in layers]
        if found[0][1] is not None:
            counts = ", ".join(decimal(peel.now.value, 1) for _, peel in found)
            fell = next((layer for layer, peel in found[1:] if peel.fallen.high < 0), None)
            after = f"falls after {_layers(fell)}" if fell else "does not fall"
            said = f"the number of {what} records beyond chance {after}"
            yield f"Layer by layer, {said}; with 0, 1, ... removed: {counts}."


def _against(block: Removal, dp: str) -> Iterator[str]:
    """To reach the leakage of a DP arm by removal: what it costs, or that nothing reached it."""
    matches = [match for match in block.matches if match.dp == dp]
    by_tpr = all(match.tpr for match in matches)
    leak = f"TPR at {fpr(block.fpr)} FPR" if by_tpr else "AUC"
    reached = [match for match in matches if _leak(match, by_tpr).value <= 0]
    said = next(row for row in block.leaks if row.arm == dp)
    figure = said.tpr if by_tpr else said.auc
    head = f"{dp} has a test accuracy of {percent(said.accuracy.value)}"
    if figure is not None:
        head += f" and leaks {percent(figure.value) if by_tpr else decimal(figure.value)} ({leak})"
    if reached:
        first = min(reached, key=lambda match: match.removed)
        beside = f"{_points(first.accuracy)} of accuracy beside DP"
        yield f"{head}; removal leaks no more from {_named(first)} on, with {beside}."
        return
    best = min(matches, key=lambda match: _leak(match, by_tpr).value)
    more = _leak(best, by_tpr)
    told = _points(more) if by_tpr else _plain(more)
    sure = "still leaks more" if more.low > 0 else "cannot be told from it"
    yield (
        f"{head}; no removal leaks as little. The one that comes nearest, {_named(best)}, {sure}: {told}, with "
        f"{_points(best.accuracy)} of accuracy beside DP."
    )


def _leak(match: Match, by_tpr: bool) -> Estimate:
    return match.tpr if by_tpr and match.tpr else match.auc


def _named(match: Match) -> str:
    return match.name if match.name.startswith("top") else f"{match.name} ({_share(match.removed)})"


def _layers(layer: Layer) -> str:
    return f"{layer.layer} layer{'s' if layer.layer > 1 else ''} ({_share(layer.removed)})"


def _share(share: float) -> str:
    return f"{fpr(round(share, 3))}"


def _three(accuracy: Compared) -> str:
    nothing, top, random = (percent(one.value) for one in (accuracy.nothing, accuracy.top, accuracy.random))
    return f"{nothing} to {top}, and to {random} at random: {_points(accuracy.beyond)} against chance"


def _points(difference: Estimate) -> str:
    return f"{points(difference.value)} points ({points(difference.low)} to {points(difference.high)})"


def _size(difference: Estimate) -> str:
    """A difference whose interval leaves out 0, without its sign."""
    value, *ends = (100 * abs(end) for end in (difference.value, difference.low, difference.high))
    return f"{decimal(value, 1)} points ({decimal(min(ends), 1)} to {decimal(max(ends), 1)})"


def _plain(difference: Estimate, digits: int = 3) -> str:
    value, low, high = (
        decimal(end, digits, signed=True) for end in (difference.value, difference.low, difference.high)
    )
    return f"{value} ({low} to {high})"
