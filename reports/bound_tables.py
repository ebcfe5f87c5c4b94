"""Bounds on epsilon, each kind in a table of its own: what is proved never stands among what is not."""

from __future__ import annotations

from collections.abc import Sequence

from reports import epsilon_cells, numbers
from reports.epsilon import BoundKind
from reports.overview import Column
from reports.result import EpsilonBound
from reports.tables import Cell, Row, Table, absent

ArmBounds = tuple[str, tuple[EpsilonBound, ...]]
"""Title and bounds of an arm."""

KINDS: tuple[BoundKind, ...] = ("proved", "assumes", "credible")
CAPTIONS: dict[BoundKind, str] = {
    "proved": "Proved: epsilon is at least",
    "assumes": "Not proved: epsilon is at least, if the assumption holds",
    "credible": "Not proved: credible intervals of epsilon",
}
EVIDENCE: dict[BoundKind, str] = {
    "proved": "Counts behind the proved bounds",
    "assumes": "Counts behind the bounds that rest on an assumption",
    "credible": "Counts behind the credible intervals",
}
WORTH: dict[BoundKind, str] = {
    "proved": "All proved bounds of an arm hold together with {confidence} confidence: the largest may be quoted.",
    "assumes": "These are no proofs: each is worth as much as its assumption.",
    "credible": "A credible interval is where epsilon lies to one who starts without an opinion: no bound, no proof.",
}


def bounds_of(columns: Sequence[Column]) -> tuple[ArmBounds, ...]:
    """Titles and bounds of the arms that have any."""
    found = ((column.title, column.arm.epsilon.bounds if column.arm.epsilon else ()) for column in columns)
    return tuple((title, bounds) for title, bounds in found if bounds)


def bounds(kind: BoundKind, arms: Sequence[ArmBounds], confidence: float) -> Table:
    """The bounds of one kind, one row each; no rows where no arm has any.

    Args:
        kind: what the bounds are worth.
        arms: titles and bounds of the arms.
        confidence: with which all proved bounds of an arm hold together.
    """
    found = [{(one.name, one.title): one for one in of_arm if one.kind == kind} for _, of_arm in arms]
    keys = dict.fromkeys(key for of_arm in found for key in of_arm)
    rows = tuple(Row(key[1], tuple(epsilon_cells.bound(of_arm.get(key)) for of_arm in found)) for key in keys)
    worth = WORTH[kind].format(confidence=numbers.confidence(confidence))
    titles = tuple(title for title, _ in arms)
    notes = tuple(note for key in keys for note in _methods(titles, [of_arm.get(key) for of_arm in found]))
    return Table(CAPTIONS[kind], "", titles, rows, (worth, *notes))


def _methods(titles: Sequence[str], found: Sequence[EpsilonBound | None]) -> tuple[str, ...]:
    """How one bound was found in the arms: once where it is the same in all, else with the arm's title."""
    each = {title: _method(one) for title, one in zip(titles, found, strict=True) if one}
    texts = tuple(dict.fromkeys(each.values()))
    return texts if len(texts) == 1 else tuple(f"{title}, {text}" for title, text in each.items())


def _method(one: EpsilonBound) -> str:
    """How a bound was found, and what it takes for granted."""
    parts = [f"{one.title}: {one.method}", one.selection, _assumed(one)]
    return f"{'; '.join(part.rstrip('.') for part in parts if part)}. {one.source.rstrip('.')}."


def _assumed(one: EpsilonBound) -> str:
    """The assumption, named as one; empty where nothing is assumed."""
    named = one.assumption.startswith("assumes ") or not one.assumption
    return one.assumption if named else f"assumption: {one.assumption}"


def assumptions(kind: BoundKind, arms: Sequence[ArmBounds]) -> tuple[str, ...]:
    """What has to be true for the bounds of a kind to hold, a sentence each; none where nothing is assumed.

    Args:
        kind: what the bounds are worth.
        arms: titles and bounds of the arms.
    """
    found = dict.fromkeys(_assumed(one) for _, of_arm in arms for one in of_arm if one.kind == kind and one.assumption)
    return tuple(f"{text[:1].upper()}{text[1:].rstrip('.')}." for text in found)


def evidence(kind: BoundKind, arms: Sequence[ArmBounds]) -> Table:
    """What the bounds of one kind rest on: counts, record, alpha, delta, and the most that could have been shown.

    Args:
        kind: what the bounds are worth.
        arms: titles and bounds of the arms.
    """
    rows = tuple(
        Row(f"{title}, {one.title}", _evidence_cells(one)) for title, found in arms for one in found if one.kind == kind
    )
    headers = ("Counts", "Record", "Alpha spent", "Delta", "Could show at most")
    notes = [_evidence_note(title, one) for title, found in arms for one in found if one.kind == kind == "proved"]
    return Table(EVIDENCE[kind], "Arm and bound", headers, rows, tuple(note for note in notes if note))


def _evidence_note(title: str, one: EpsilonBound) -> str:
    """What the counts do not say; empty where they say all."""
    if one.trials:
        return f"{title}: a model is called one that was trained on the record if {one.trials.attack}."
    if one.guesses and one.guesses.alone is not None:
        alone = epsilon_cells.at_least(one.guesses.alone)
        return f"{title}: by its own guesses, the median run alone proves {alone}."
    return ""


def _evidence_cells(one: EpsilonBound) -> tuple[Cell, ...]:
    return (
        _counts(one),
        Cell(one.record_id) if one.record_id is not None else absent("many" if one.guesses else "none"),
        Cell(numbers.small(one.alpha)),
        Cell(numbers.small(one.delta)),
        Cell(numbers.rounded_down(one.most_provable)),
    )


def _counts(one: EpsilonBound) -> Cell:
    if one.guesses:
        guesses, coins = numbers.count(one.guesses.guesses), numbers.count(one.guesses.coins)
        runs = f"{numbers.count(one.guesses.runs)} run{'' if one.guesses.runs == 1 else 's'}"
        return Cell(f"{numbers.count(one.guesses.right)} of {guesses} right", f"{coins} coins in {runs}")
    if one.trials:
        hits, members = numbers.count(one.trials.hits), numbers.count(one.trials.members)
        alarms, others = numbers.count(one.trials.false_alarms), numbers.count(one.trials.non_members)
        return Cell(f"{hits} of {members} found", f"{alarms} of {others} wrongly accused")
    return absent()
