"""The experiment `longtail` as a section of a report."""

from __future__ import annotations

from collections.abc import Callable

from reports import numbers
from reports.experiments.longtail import ArmBand, Forecast, LongTail
from reports.experiments.section import Section
from reports.findings import Estimate
from reports.overview import interval_name
from reports.tables import MEMORIZATION_DIGITS, Cell, Row, Table, absent, rate, score

TITLE = "The long tail: what fitting the rare is worth, and who pays for not fitting it"
QUESTION = (
    "Feldman (2020, arXiv 1906.05271): where subpopulations have a long tail of frequencies, a learner that does not "
    "fit the labels that it saw once pays for it on test records. How much here, and who pays for privacy?"
)
READING = (
    "A band counts how often a record's subpopulation occurs in the training set of each model, not in the whole data: "
    "the same subpopulation lies in one band for one model and in another for the next.",
    "Memorization compares the models that a record is IN with those that it is OUT, with equally many others of its "
    "subpopulation IN: its own coin is all that differs.",
    "A prediction knows frequencies and training errors. A mark above the diagonal is more than was predicted.",
)
KINDS = {
    "share": "test records",
    "unfitted": "error where not fitted",
    "worth": "worth of fitting",
    "excess": "error above standard",
}
"""What a forecast is of, as short as a table wants it."""


def section(block: LongTail) -> Section:
    """The section.

    Args:
        block: what was found.
    """
    tables = (_errors(block), _forecasts(block), _losses(block), _memorization(block))
    folded = (_training(block), _couplings(block), _frequencies(block))
    with_rows = tuple(table for table in tables if table.rows)
    return Section(
        "longtail", TITLE, QUESTION, block, with_rows, tuple(table for table in folded if table.rows), READING
    )


def _errors(block: LongTail) -> Table:
    """Test error by band, with the size of the bands."""
    rows = tuple(
        Row(band.name, (_number(band.subpopulations), rate(band.test_share), *_cells(block, band.name, _test_error)))
        for band in block.bands
    )
    caption = f"Test error by how often a subpopulation occurs in training; with {_interval(block)}"
    return Table(caption, "Occurs", ("Subpopulations", "Test records", *_names(block)), rows)


def _forecasts(block: LongTail) -> Table:
    rows = tuple(Row(title_of(forecast), _forecast_cells(forecast)) for forecast in block.forecasts)
    none = rate(block.none_fitted)
    notes = (
        f"A learner that fits no label seen once and guesses, right {numbers.percent(block.chance)} of the time, pays "
        f"{none} by the theorem.",
        "'Carried over' is the prediction times how much of the worth of a fitted label the standard models realise on "
        f"test records, {rate(block.carries)} of what is seen once.",
    )
    caption = f"Predicted and measured, in percent of all test records; with {_interval(block)}"
    columns = ("Predicted", "Carried over", "Measured", "Measured - predicted")
    return Table(caption, "Seen in training", columns, rows, notes if block.none_fitted else ())


def _forecast_cells(forecast: Forecast) -> tuple[Cell, ...]:
    carried = rate(forecast.carried) if forecast.carried else absent("")
    return rate(forecast.predicted), carried, rate(forecast.measured), _points(forecast.gap)


def title_of(forecast: Forecast) -> str:
    """What a forecast is of, in a few words.

    Args:
        forecast: the forecast.
    """
    often = {None: "once or oftener", 0: "never", 1: "once", 2: "twice"}[forecast.times]
    arm = f", {forecast.arm}" if forecast.arm else ""
    return f"{often}: {KINDS[forecast.kind]}{arm}"


def _losses(block: LongTail) -> Table:
    """Who pays: the error above the standard arm's, and each band's part of the whole loss."""
    others = [arm.arm for arm in block.arms if arm.more is not None]
    columns = [column for arm in others for column in (f"{arm}, points", f"{arm}, part")]
    rows = tuple(
        Row(band.name, tuple(cell for arm in others for cell in _loss_cells(block.band_of(arm, band.name))))
        for band in block.bands
    )
    caption = f"Who pays: test error above the standard arm's, and the part of the whole loss; with {_interval(block)}"
    return Table(caption, "Occurs", tuple(columns), rows if others else ())


def _loss_cells(band: ArmBand | None) -> tuple[Cell, Cell]:
    if band is None:
        return absent(), absent()
    return _points(band.more), rate(band.bears) if band.bears else absent("no loss proved")


def _memorization(block: LongTail) -> Table:
    rows = tuple(
        Row(band.name, _cells(block, band.name, lambda found: score(found.memorization, MEMORIZATION_DIGITS + 1)))
        for band in block.bands
        if band.name != "0"
    )
    caption = f"Mean memorization of a record, by how often its subpopulation occurs with it; with {_interval(block)}"
    return Table(caption, "Occurs", _names(block), rows)


def _training(block: LongTail) -> Table:
    rows = tuple(
        Row(band.name, _cells(block, band.name, lambda found: rate(found.train_error)))
        for band in block.bands
        if band.name != "0"
    )
    return Table(f"Training error, with {_interval(block)}", "Occurs", _names(block), rows)


def _couplings(block: LongTail) -> Table:
    rows = tuple(
        Row(
            f"{'once' if each.times == 1 else 'twice'}, {each.arm}",
            (rate(each.fitted), rate(each.unfitted), _points(each.gain)),
        )
        for each in block.couplings
    )
    columns = ("Test right where training is right", "Test wrong where training is wrong", "Gain over none, points")
    return Table(f"Do test records follow training records? With {_interval(block)}", "Seen in training", columns, rows)


def _frequencies(block: LongTail) -> Table:
    rows = tuple(
        Row(str(each.times), tuple(_frequency(value) for value in (each.known, each.estimated)))
        for each in block.frequencies
    )
    return Table(
        "Expected frequency of a subpopulation that occurs so often (tau)", "Occurs", ("Prior", "Good-Turing"), rows
    )


def _frequency(value: float | None) -> Cell:
    return absent() if value is None else Cell(f"1 in {numbers.count(round(1 / value))}" if value > 0 else "0")


def _names(block: LongTail) -> tuple[str, ...]:
    return tuple(arm.arm for arm in block.arms)


def _cells(block: LongTail, band: str, cell: Callable[[ArmBand], Cell]) -> tuple[Cell, ...]:
    found = (block.band_of(arm.arm, band) for arm in block.arms)
    return tuple(absent() if each is None else cell(each) for each in found)


def _test_error(band: ArmBand) -> Cell:
    return rate(band.test_error)


def _number(estimate: Estimate | None) -> Cell:
    return absent() if estimate is None else Cell(numbers.decimal(estimate.value, 1))


def _points(estimate: Estimate | None) -> Cell:
    if estimate is None:
        return absent()
    return Cell(numbers.points(estimate.value), f"{numbers.points(estimate.low)} to {numbers.points(estimate.high)}")


def _interval(block: LongTail) -> str:
    known = [arm.test_error.confidence for arm in block.arms if arm.test_error]
    return interval_name(known[0]) if known else "intervals"
