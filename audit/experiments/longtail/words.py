"""What was found of the long tail, in sentences."""

from __future__ import annotations

from reports import numbers
from reports.experiments.longtail import Forecast, LongTail, TailArm
from reports.result import Estimate

ONCE, OFTENEST = "1", "11+"
NO_SUBPOPULATION = 0.5
"""Where less of a fitted label's worth carries over, groups are not what the theorem means."""


def answer(block: LongTail) -> tuple[str, ...]:
    """What was found, in plain sentences, the most important first.

    Args:
        block: the figures.
    """
    once = block.forecast("share", 1)
    if once is None or once.measured is None or once.measured.value == 0:
        return (
            f"No subpopulation of {block.column!r} that the test records know occurs just once in a training set: "
            "there is no tail to fit, and nothing to predict.",
        )
    standard, *others = block.arms
    sentences = (
        _worth(block, standard.arm),
        *(_pays(block, arm) for arm in others),
        _memorized(block),
        _agreement(block),
    )
    return tuple(sentence for sentence in sentences if sentence)


def limits(block: LongTail) -> tuple[str, ...]:
    """What limits the answer, in sentences.

    Args:
        block: the figures.
    """
    prior = (
        "The prediction knows the frequencies of the subpopulations, not which has which; on other data they are "
        "estimated (Good 1953)."
        if block.prior_known
        else "The frequencies are not known but estimated from how many subpopulations occur once, twice, ... (Good "
        "1953), and the subpopulations are whatever the column says."
    )
    return (
        prior,
        "The theorem counts a label that is not fitted as an error on every test record of the subpopulation; how far "
        "test records follow their training records is measured beside it, not assumed.",
        "Predictions and what they are held against range over model pairs crossed with subpopulations, that is over "
        "other data whose frequencies are drawn anew: up to twice as wide as fixed frequencies need. Error and "
        "memorization by band range over model pairs, the records being fixed.",
        "Bands differ in more than their count: only memorization, and the gain from the first records, compare "
        "records with themselves.",
    )


def _worth(block: LongTail, standard: str) -> str:
    worth = block.forecast("worth", 1, standard)
    if worth is None or worth.measured is None:
        return ""
    predicted = f"{_theory(block)} {_percent(worth.predicted)}" if worth.predicted else "nothing can be predicted"
    return (
        f"Fitting what is seen once is worth {_percent(worth.measured)} of all test records to the {standard} models; "
        f"{predicted}."
    )


def _theory(block: LongTail) -> str:
    source = "the frequencies" if block.prior_known else "estimated frequencies"
    return f"Feldman's theorem predicts, from {source} and the training errors alone,"


def _pays(block: LongTail, arm: TailArm) -> str:
    excess = block.forecast("excess", 1, arm.arm)
    if excess is None or excess.measured is None or arm.more is None:
        return ""
    if arm.more.low <= 0:
        return f"{arm.arm} has no proved loss: its test error is {_points(arm.more)} points above the standard arm's."
    predicted = f" (predicted {_plain(excess.predicted.value)})" if excess.predicted else ""
    return (
        f"{arm.arm} pays {_plain(excess.measured.value)} points of test error there{predicted}, of "
        f"{_plain(arm.more.value)} in all.{_bears(block, arm)}"
    )


def _bears(block: LongTail, arm: TailArm) -> str:
    """What the rarest bear of a loss, and how their error grows beside that of the most frequent; bands set before."""
    once, often = (block.band_of(arm.arm, name) for name in (ONCE, OFTENEST))
    share = next((band.test_share for band in block.bands if band.name == ONCE), None)
    if not (share and once and once.bears and once.more and often and often.more):
        return ""
    most = ": the rare pay more" if once.more.low > often.more.high else ""
    return (
        f" What is seen once is {numbers.percent(share.value)} of the test records and bears "
        f"{_percent(once.bears)} of the loss; its error grows by {_points(once.more)} points, that of what is seen 11 "
        f"times or oftener by {_points(often.more)}{most}."
    )


def _memorized(block: LongTail) -> str:
    scores = {arm.arm: block.band_of(arm.arm, ONCE) for arm in block.arms}
    said = [
        f"{numbers.decimal(band.memorization.value)} under {arm}"
        for arm, band in scores.items()
        if band is not None and band.memorization is not None
    ]
    return (
        f"Mean memorization of a record that is the only one of its subpopulation IN: {', '.join(said)}."
        if said
        else ""
    )


def _agreement(block: LongTail) -> str:
    held = [forecast.gap for forecast in block.forecasts if forecast.gap and not _trivial(forecast)]
    agree = sum(gap.low <= 0 <= gap.high for gap in held)
    if not held:
        return ""
    level = numbers.confidence(held[0].confidence)
    return (
        f"{agree} of {len(held)} predictions agree with what was measured, each within the {level} interval of the "
        f"difference; they rest on the same data and are not independent.{_apart(block)}"
    )


def _apart(block: LongTail) -> str:
    """That the groups are no subpopulations, where a fitted label says little of the others of its group."""
    if block.carries is None or block.carries.high >= NO_SUBPOPULATION:
        return ""
    return (
        f" Of the worth of a fitted label {_percent(block.carries)} carries over to test records of its group: the "
        f"groups of {block.column!r} are no subpopulations in Feldman's sense, and his theorem does not speak of them."
    )


def _trivial(forecast: Forecast) -> bool:
    """Whether the figures are exactly 0, such as an error on what is fitted throughout."""
    figures = (forecast.predicted, forecast.measured)
    return all(figure is not None and figure.value == 0 for figure in figures)


def _plain(difference: float) -> str:
    """Points without a plus sign."""
    return numbers.points(difference).removeprefix("+")


def _points(estimate: Estimate) -> str:
    return f"{numbers.points(estimate.value)} ({numbers.points(estimate.low)} to {numbers.points(estimate.high)})"


def _percent(estimate: Estimate) -> str:
    return f"{numbers.percent(estimate.value)} ({numbers.percent_limits(estimate)})"
