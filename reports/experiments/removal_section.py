"""The experiment `removal` as a section of a report."""

from __future__ import annotations

from collections.abc import Iterator

from reports import numbers
from reports.experiments.removal import Compared, GroupCost, Layer, Leak, Match, Newly, Peel, Removal, Share, Staying
from reports.experiments.section import Section
from reports.findings import Estimate
from reports.overview import interval_name
from reports.tables import Cell, Row, Table, absent, rate, score

QUESTION = (
    "Is what the models memorize of use, and does dropping it protect? Feldman & Zhang 2020 (arXiv 2008.03703) retrain "
    "without the memorized records, and without as many at random; Carlini et al. 2022 (arXiv 2206.10469) find that "
    "others become exposed instead, as in an onion."
)
READING = (
    "One half of the model pairs chooses the records, the other half is trained without them and judged, and the other "
    "way round: nothing is chosen and judged by the same models. All differences are paired, model pair by model pair.",
    "Published: without the 32 % most memorized records ImageNet loses 3.4 points, 2.6 at random; without the "
    "influential ones of CIFAR-100 the influenced test records fall from 72 to 45 % (Feldman & Zhang 2020).",
)
COMPARED = ("Nothing removed", "Top removed", "Random removed", "Top minus nothing", "Random minus nothing")
BEYOND = "Top minus random"
MEAN_DIGITS = 4


def section(block: Removal) -> Section:
    """The section.

    Args:
        block: what was found.
    """
    title = f"Removal: {block.arm} without the records of highest {block.by}"
    tables = (_costs(block), _trade(block), _staying(block, "exposed"), _staying(block, "memorized"), _layers(block))
    kept = tuple(table for table in tables if table.rows)
    last = block.shares[-1]
    folded = (_influenced(block), _matches(block), *_groups(last), *_newly(last))
    return Section("removal", title, QUESTION, block, kept, tuple(one for one in folded if one.rows), READING)


def _costs(block: Removal) -> Table:
    rows = []
    for one in block.shares:
        cells = _compared(one.accuracy)[1:]
        rows.append(Row(_share(one.share), (Cell(numbers.count(one.records)), *cells)))
    nothing = rate(block.shares[0].accuracy.nothing)
    caption = f"Test accuracy without some records, with nothing removed {nothing.text} ({nothing.detail})"
    draws = f"Random: as many of the same classes, drawn {block.draws} times anew for every model pair."
    agree = ", ".join(f"{numbers.percent(one.agreement)} ({_share(one.share)})" for one in block.shares)
    notes = (draws, f"Of the records that one half chose, the other half chose as well: {agree}.")
    return Table(caption, "Removed", ("Records", *COMPARED[1:], BEYOND), tuple(rows), notes)


def _influenced(block: Removal) -> Table:
    rows = []
    for one in block.shares:
        found = one.influenced
        sizes = Cell(numbers.decimal(found.test_records, 1), f"{numbers.decimal(found.expected_by_noise, 1)} by chance")
        cells = _compared(found.accuracy) if found.accuracy else (absent("none"),) * (len(COMPARED) + 1)
        rows.append(Row(_share(one.share), (sizes, *cells)))
    threshold = numbers.decimal(block.shares[0].influenced.threshold, 2)
    caption = f"Accuracy on the test records that the removed ones influence, {_intervals(block)}"
    note = f"Influence of {threshold} or more on a test record of the same class, measured by the half that chose."
    return Table(caption, "Removed", ("Test records", *COMPARED, BEYOND), tuple(rows), (note,))


def _trade(block: Removal) -> Table:
    columns = ("Removed", "Test accuracy", "Attack AUC", f"TPR at {numbers.fpr(block.fpr)} FPR", "Found of 1,000")
    rows = tuple(Row(f"{one.name}", _leak(one)) for one in block.leaks)
    caption = f"Accuracy against leakage, {block.attack} on the records that stay, {_intervals(block)}"
    note = (
        "Found of 1,000: members found among 1,000 of the original records if all that stay are trained on. All ways "
        "of training are attacked alike, with references of half of the pool."
    )
    return Table(caption, "Training", columns, rows, (note,))


def _leak(one: Leak) -> tuple[Cell, ...]:
    found = one.found
    counted = absent() if found is None else Cell(numbers.decimal(found.value, 1), numbers.decimal_limits(found, 1))
    tpr = rate(one.tpr) if one.tpr else absent("not resolvable")
    return (Cell(_share(one.removed)), rate(one.accuracy), score(one.auc), tpr, counted)


def _matches(block: Removal) -> Table:
    rows = tuple(Row(f"{one.name} minus {one.dp}", _match(one)) for one in block.matches)
    columns = ("Test accuracy", "Attack AUC", f"TPR at {numbers.fpr(block.fpr)} FPR")
    return Table(f"Removal beside DP, paired, {_intervals(block)}", "Difference", columns, rows)


def _match(one: Match) -> tuple[Cell, ...]:
    return (_points(one.accuracy), _signed(one.auc), _points(one.tpr) if one.tpr else absent("not resolvable"))


def _staying(block: Removal, what: str) -> Table:
    found = ((one, one.exposure if what == "exposed" else one.memorization) for one in block.shares)
    rows = tuple(Row(_share(share.share), _stays(staying)) for share, staying in found if staying)
    measured = "exposure" if what == "exposed" else "memorization"
    columns = ("Mean moves", "At random", "Number before", "Number after", "Change of number", "Newly / not")
    caption = f"The records that stay: {measured}, {_intervals(block)}"
    least = numbers.decimal(block.threshold, 2)
    notes = (
        f"A record counts as {what} from {least} on; numbers are means of the two halves, less the records that lie as "
        "far below 0, since chance alone puts as many above. Before: the same records with nothing removed. At "
        "random: how far the mean moves where as many are removed at random.",
        "Newly / not: reach it only after removal, only before. p: chance of such a change in number where removal has "
        "no effect, by swapping whole model pairs.",
    )
    return Table(caption, "Removed", columns, rows, notes)


def _stays(one: Staying) -> tuple[Cell, ...]:
    reached = one.reached
    return (
        _signed(one.change, MEAN_DIGITS),
        _signed(one.at_random, MEAN_DIGITS),
        score(reached.before, 1),
        score(reached.after, 1),
        _signed(reached.change, 1),
        Cell(f"{numbers.decimal(reached.up, 1)} / {numbers.decimal(reached.down, 1)}", f"p = {reached.p_value:.2g}"),
    )


def _layers(block: Removal) -> Table:
    columns = (
        "Records left",
        "Memorized",
        "Were before",
        "Exposed",
        "Were before",
        "Mean memorization",
        f"TPR at {numbers.fpr(block.fpr)} FPR",
        "Test accuracy",
    )
    rows = tuple(Row(f"{one.layer} ({_share(one.removed)})", _layer(one)) for one in block.layers)
    caption = f"Layer by layer, each ranked on models trained without the layers before, {_intervals(block)}"
    note = "Were before: how many of the records left were so with nothing removed; the difference is the onion's."
    return Table(caption, "Layers removed", columns, rows, (note,))


def _layer(one: Layer) -> tuple[Cell, ...]:
    return (
        Cell(numbers.count(one.left)),
        *_peel(one.memorized),
        *_peel(one.exposed),
        score(one.mean, MEAN_DIGITS),
        rate(one.tpr) if one.tpr else absent("not resolvable"),
        rate(one.accuracy),
    )


def _peel(peel: Peel | None) -> tuple[Cell, Cell]:
    if peel is None:
        return absent(), absent()
    return score(peel.now, 1), Cell(numbers.decimal(peel.expected.value, 1))


def _groups(share: Share) -> Iterator[Table]:
    for column in dict.fromkeys(one.column for one in share.by_group):
        found = sorted(
            (one for one in share.by_group if one.column == column), key=lambda one: one.accuracy.beyond.value
        )
        rows = tuple(Row(one.group, _group(one)) for one in found)
        caption = f"Test accuracy by {column} without the top {_share(share.share)}, those that lose most first"
        yield Table(caption, column.capitalize(), ("Test records", "Top records in it", *COMPARED, BEYOND), rows)


def _group(one: GroupCost) -> tuple[Cell, ...]:
    removed = absent() if one.removed is None else Cell(numbers.decimal(one.removed, 1))
    return (Cell(numbers.count(one.test_records)), removed, *_compared(one.accuracy))


def _newly(share: Share) -> Iterator[Table]:
    for what, staying in (("exposed", share.exposure), ("memorized", share.memorization)):
        newly: tuple[Newly, ...] = staying.reached.newly if staying else ()
        rows = tuple(Row(one.id, (score(one.before, 2), score(one.after, 2))) for one in newly)
        note = "Listed since they rose the most: the rise of each by itself is overstated, the numbers above are not."
        caption = f"Newly {what} without the top {_share(share.share)}: up to 20 records"
        yield Table(caption, "Record", ("Nothing removed", "Top removed"), rows, (note,))


def _compared(one: Compared) -> tuple[Cell, ...]:
    rates = (rate(one.nothing), rate(one.top), rate(one.random))
    return (*rates, _points(one.cost_top), _points(one.cost_random), _points(one.beyond))


def _points(one: Estimate) -> Cell:
    return Cell(f"{numbers.points(one.value)} points", f"{numbers.points(one.low)} to {numbers.points(one.high)}")


def _signed(one: Estimate, digits: int = 3) -> Cell:
    return Cell(numbers.decimal(one.value, digits, signed=True), numbers.decimal_limits(one, digits, signed=True))


def _share(share: float) -> str:
    return "none" if share == 0 else f"{numbers.fpr(round(share, 3))}"


def _intervals(block: Removal) -> str:
    return f"with {interval_name(block.confidence)}"
