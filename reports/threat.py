"""How an audit was tested: what its attackers know and see, beside what a release shows; and all that repeats it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import IntEnum

from reports import numbers
from reports.overview import Column, columns_of, interval_name
from reports.provenance import origin
from reports.result import ArmResult, AttackResult, AuditResult, Release
from reports.tables import Cell, Row, Table, absent, score


class Sight(IntEnum):
    """How much of a model's answers somebody sees; each level shows what the ones before it show."""

    LABEL = 1
    CONFIDENCE = 2
    PROBABILITIES = 3
    WEIGHTS = 4


WORDS: tuple[tuple[Sight, str], ...] = (
    (Sight.WEIGHTS, r"\b(weights|gradients|open[- ]source|the model itself|the model file|everything)\b"),
    (Sight.PROBABILITIES, r"\b(probabilities|logits|softmax|distribution|all scores|all confidences)\b"),
    (Sight.CONFIDENCE, r"\b(confidences?|log-odds|loss|probability|scores?|certainty|percentages?)\b"),
    (Sight.LABEL, r"\b(labels?|class(es)?|categor(y|ies)|decisions?|predictions?|predicted class|answers?)\b"),
)
DENIED = re.compile(r"\b(no|not|without|never|nor)\b[^,.;]*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Threat:
    """How an audit was tested.

    Attributes:
        attacker: what the attacker on whom the verdict rests is taken to know and to see, in sentences.
        release: who may query the model and what they see, and where that differs; sentences.
        attacks: every attack, what it knows, and whether it ran.
        thresholds: where thresholds come from, a sentence each.
        facts: name and value of all that was set and that repeats the audit.
    """

    attacker: tuple[str, ...]
    release: tuple[str, ...]
    attacks: Table
    thresholds: tuple[str, ...]
    facts: tuple[tuple[str, str], ...]

    @property
    def brief(self) -> tuple[str, ...]:
        """What a short report says: what the headline attack uses, and the release."""
        return (*self.attacker[1:2], *self.release)


def threat_of(result: AuditResult) -> Threat:
    """How an audit was tested, from its result alone.

    Args:
        result: the result.
    """
    columns = columns_of(result)
    headline = next((column.attack for column in columns if column.attack), None)
    return Threat(
        attacker=tuple(_attacker(result, headline)),
        release=tuple(_release(result, columns, headline)),
        attacks=_attacks(result),
        thresholds=tuple(_thresholds(result)),
        facts=(*_facts(result), *origin(result)),
    )


def sight_of(words: str) -> Sight | None:
    """The most that somebody sees, as far as plain words tell; None if they do not.

    Args:
        words: such as `the label alone`, or what an attack is said to know; what they deny is passed over.
    """
    said = DENIED.sub("", words).lower()
    return next((sight for sight, pattern in WORDS if re.search(pattern, said)), None)


def _sees(attack: AttackResult) -> str:
    """What an attack sees of the target, without what it knows besides."""
    return attack.knowledge.split(";")[0]


def _sight(attack: AttackResult) -> Sight | None:
    """How much of the target's answers an attack sees."""
    return sight_of(_sees(attack))


def _attacker(result: AuditResult, headline: AttackResult | None) -> Iterator[str]:
    yield (
        "The attacker holds a record, asks the finished model about it, and wants to know whether that was trained on "
        "it. Of the model only its answers are seen: neither weights, nor gradients, nor how training went."
    )
    if headline is None:
        return
    seen, *besides = headline.knowledge.split(";")
    yield f"The attack on which the verdict rests, {headline.title}, uses {seen.strip()}{_besides(besides)}."
    if re.search(r"\blabel\b", DENIED.sub("", headline.knowledge)):
        yield "The attacker knows the right label of the record."
    views = _setting(result, "pool", "views")
    if isinstance(views, (list, tuple)):
        yield f"Views of each record that the attacker asks about: {', '.join(map(str, views))}."


def _besides(parts: list[str]) -> str:
    return "".join(f"; and besides: {part.strip()}" for part in parts)


def _release(result: AuditResult, columns: tuple[Column, ...], headline: AttackResult | None) -> Iterator[str]:
    release = result.release
    if release is None:
        yield (
            "Who may query the model, and what they see of its answers, was not said (`release` in the config). The "
            "figures are those of the attackers described here, not of a certain release."
        )
        return
    yield f"The model may be queried by: {release.who}. They see: {release.sees}."
    if release.purpose:
        yield f"It is released for: {release.purpose}."
    if headline is not None:
        yield from _difference(release, headline, columns)


def _difference(release: Release, headline: AttackResult, columns: tuple[Column, ...]) -> Iterator[str]:
    """Where what a release shows differs from what the headline attack sees."""
    shown, used = sight_of(release.sees), _sight(headline)
    if shown is Sight.WEIGHTS:
        yield "That is more than any attack of this audit sees: attackers who hold the model itself were not tested."
    elif shown is None or used is None:
        yield f"Compare this with what the attack uses ({_sees(headline)}): these words do not tell which is more."
    elif shown < used:
        yield (
            f"That is less than {headline.title} uses ({_sees(headline)}): its figures say what is at stake if such "
            "answers get out, and an attacker who sees only what is released may reach less."
        )
        yield _within(shown, columns[0])
    elif shown > used:
        yield f"That is more than {headline.title} uses ({_sees(headline)}): an attacker may find more than it does."
    else:
        yield f"That is as much as {headline.title} uses ({_sees(headline)})."


def _within(shown: Sight, column: Column) -> str:
    """The attacks that make do with what is shown, each with its AUC or why it has none; of the first arm."""
    enough = [attack for attack in column.arm.attacks if (_sight(attack) or Sight.WEIGHTS) <= shown]
    found = [f"{attack.title} (AUC {score(attack.auc)})" for attack in enough if attack.auc]
    absent = [f"{attack.title} did not run: {attack.failed.rstrip('.')}." for attack in enough if attack.failed]
    said = f"Attacks that make do with what is released ({column.title}): {', '.join(found) or 'none that ran'}."
    return " ".join([said, *absent])


def _attacks(result: AuditResult) -> Table:
    attacks = {attack.name: attack for arm in reversed(result.arms) for attack in arm.attacks}
    rows = tuple(
        Row(attack.title, (Cell(attack.knowledge), Cell(attack.source), _ran(result.arms, name)))
        for name, attack in attacks.items()
    )
    return Table("Attacks, and what each is taken to know", "Attack", ("Knows", "Source", "Ran"), rows)


def _ran(arms: tuple[ArmResult, ...], name: str) -> Cell:
    failed = {arm.name: attack.failed for arm in arms for attack in arm.attacks if attack.name == name}
    reasons = dict.fromkeys(reason for reason in failed.values() if reason)
    if not reasons:
        return Cell("yes")
    where = [arm for arm, reason in failed.items() if reason]
    arms_named = "" if len(where) == len(failed) else f" ({', '.join(where)})"
    return absent(f"no: {'; '.join(reasons)}{arms_named}")


def _thresholds(result: AuditResult) -> Iterator[str]:
    yield f"The attack on which the verdict rests ({result.headline}) was named before any score was seen."
    yield (
        "TPR at an FPR: one threshold for all records of an arm, the lowest at which the attack accuses no more than "
        "that share of the non-members. It is read from these non-members; an attacker has to find some first."
    )
    yield "Balanced accuracy: at thresholds that were chosen on other models and other records than it is counted on."
    yield f"Exposure of a record: at the threshold with {numbers.fpr(result.exposure_fpr)} FPR over all records."
    memories = dict.fromkeys(arm.memorization.threshold for arm in result.arms if arm.memorization)
    for threshold in memories:
        yield f"A record counts as memorized from a score of {numbers.setting(threshold)} on; set before, not fitted."
    bounds = [bound for arm in result.arms if arm.epsilon for bound in arm.epsilon.bounds if bound.kind == "proved"]
    yield from dict.fromkeys(f"Proved epsilon, {bound.title}: {bound.selection.rstrip('.')}." for bound in bounds)


def _facts(result: AuditResult) -> Iterator[tuple[str, str]]:
    yield "Models attacked", ", ".join(f"{arm.name} {numbers.count(arm.models)}" for arm in result.arms)
    inclusion = _setting(result, "pool", "inclusion")
    if isinstance(inclusion, float):
        yield "A record is trained on with probability", numbers.setting(inclusion)
    yield "Confidence", f"{interval_name(result.confidence)}, two-sided"
    seeds = {part: _setting(result, part, "seed") for part in ("data", "canaries")}
    for part, seed in seeds.items():
        if isinstance(seed, int):
            yield f"Seed of {'the held-out part' if part == 'data' else 'canaries'}", str(seed)


def _setting(result: AuditResult, part: str, key: str) -> object:
    """A setting of the audit; None where the result has none such."""
    held = result.provenance.config.get(part)
    return held.get(key) if isinstance(held, Mapping) else None
