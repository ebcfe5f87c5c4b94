"""The experiment `secrets` as a section of a report."""

from __future__ import annotations

from collections.abc import Callable

from reports import numbers
from reports.experiments.secrets import SecretArm, SecretLevel, Secrets
from reports.experiments.section import Section
from reports.tables import Cell, Row, Table, absent, proportion, score

READING = (
    "Exposure is log2 of the number of references, less log2 of the secret's rank among them by likelihood: 0 bits "
    "where all references are likelier, one bit more for every halving of the rank (Carlini et al. 2019, arXiv "
    "1802.08232, definition 5).",
    "IN is of models that were trained on the secret, OUT of models of the same kind that were not; a fair coin "
    "decided for every secret and pair of models. OUT has to be at chance, and a secret that was OUT can be extracted "
    "by luck alone.",
    "The cap is the highest mean exposure that the DP guarantee allows for all copies of a secret together (a mixture "
    "of Gaussians, Ganesh 2024, arXiv 2401.10294): an interval above it would prove the training at fault.",
)


def section(block: Secrets) -> Section:
    """The section.

    Args:
        block: what was found.
    """
    question = (
        "Does a model of text keep a secret that stood in its training text, and can it be made to tell it? Random "
        f'secrets of the format "{block.format}" ({numbers.decimal(block.space_bits, 1)} bits) are planted in '
        "the texts, some once, some several times. Carlini, Liu, Erlingsson, Kos & Song 2019 (arXiv 1802.08232)."
    )
    folded = (_by_tail(block), _top(block), _fit(block))
    tables = (_exposures(block), _extracted(block), _price(block))
    title = "Secrets: what a model of text keeps, and gives back"
    return Section("secrets", title, question, block, tables, folded, READING)


def times(repeats: int) -> str:
    """How often, in a word or two.

    Args:
        repeats: a number from 1 on.
    """
    return {1: "once", 2: "twice"}.get(repeats, f"{repeats} times")


def _exposures(block: Secrets) -> Table:
    caption = (
        f"Mean exposure in bits; chance {numbers.decimal(block.chance, 2)}, the most that {block.references:,} "
        f"references can show {numbers.decimal(block.highest, 1)}"
    )
    capped = any(level.capped for level in block.levels)

    def cells(level: SecretLevel) -> tuple[Cell, ...]:
        cap = (_cap(level),) if capped else ()
        return score(level.exposure_in, 2), score(level.exposure_out, 2), score(level.gain, 2), *cap

    columns = ("IN", "OUT", "IN minus OUT", *(["Cap by DP"] if capped else []))
    return _table(block, caption, columns, cells)


def _cap(level: SecretLevel) -> Cell:
    if level.unknown or not level.capped:
        return absent("not known" if level.unknown else "none")
    return Cell(numbers.rounded_up(level.exposure_cap or 0.0, 2), loud=level.over_cap)


def _extracted(block: Secrets) -> Table:
    caption = f"Secrets among the {block.beam} likeliest sentences that a beam search finds"
    return _table(
        block, caption, ("IN", "OUT"), lambda level: (proportion(level.extracted_in), proportion(level.extracted_out))
    )


def _by_tail(block: Secrets) -> Table:
    most = numbers.decimal(block.space_bits, 1)
    caption = f"Mean exposure in bits by the fitted tail of the references; the most is {most}"
    return _table(block, caption, ("IN", "OUT"), lambda level: (score(level.fitted_in, 2), score(level.fitted_out, 2)))


def _top(block: Secrets) -> Table:
    return _table(
        block,
        "Secrets that are likelier than every reference",
        ("IN", "OUT"),
        lambda level: (proportion(level.highest_in), proportion(level.highest_out)),
    )


def _table(
    block: Secrets, caption: str, columns: tuple[str, ...], cells: Callable[[SecretLevel], tuple[Cell, ...]]
) -> Table:
    rows = tuple(Row(f"{level.arm}, {times(level.repeats)}", cells(level)) for level in block.levels)
    return Table(caption, "Arm, in the text", columns, rows)


def _price(block: Secrets) -> Table:
    repeats = list(dict.fromkeys(level.repeats for level in block.levels))
    columns = ("Bits per character", *(f"Epsilon, {times(number)}" for number in repeats))
    rows = tuple(
        Row(arm.arm, (score(arm.bits_per_character, 2), *(_epsilon(block.level(arm.arm, n)) for n in repeats)))
        for arm in block.arms
    )
    unknown = (f"Not known: {level.unknown}." for level in block.levels if level.unknown)
    notes = ("Epsilon: what DP promises for all copies of a secret together, at the delta of one text.", *unknown)
    return Table("Held-out texts, and the promise for a secret by its copies", "Arm", columns, rows, notes)


def _epsilon(level: SecretLevel | None) -> Cell:
    if level is None or level.epsilon is None:
        return absent("not known" if level and level.unknown else "none")
    return Cell(numbers.rounded_up(level.epsilon, 1))


def _fit(block: Secrets) -> Table:
    def row(arm: SecretArm) -> Row:
        cells = (Cell(numbers.decimal(arm.distance, 3)), Cell(f"{arm.misfits} of {block.models}"))
        return Row(arm.arm, cells)

    columns = ("Largest distance", "Models that do not fit, at 5 %")
    return Table(
        "How well a skew-normal distribution fits the references (Kolmogorov-Smirnov)",
        "Arm",
        columns,
        tuple(map(row, block.arms)),
    )
