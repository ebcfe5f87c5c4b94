"""Train every control's models, hold them against the claim as an audit does, and say whether that came out right."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence

from audit.epsilon.claim_tests import Claim, Seen
from audit.epsilon.proof import proof_of
from audit.epsilon.self_check import self_check
from audit.epsilon.statements import statements
from audit.errors import ConfigError
from audit.progress import Progress, listener_or_default
from audit.provenance import PACKAGES, machine, now, versions
from audit.verification import controls as engines
from audit.verification.chances import chances
from audit.verification.settings import DELTA, Setting
from audit.verification.training import evidence_of
from reports.verification import ClaimedTraining, Control, Verification

MODELS = 512
"""A quarter of them chooses record and threshold; the rest are enough to catch every breakage with a wide margin."""
FEWEST = 8
CONFIDENCE = 0.99
"""Of each verdict `violated`; higher than an audit's, since several correct engines have to pass together."""


def verify(
    names: Sequence[str] = (), models: int = MODELS, seed: int = 0, progress: Progress | None = None
) -> Verification:
    """Hold engines that are correct, and engines that are broken in known ways, against what they claim.

    Args:
        names: of controls; all if none is named.
        models: trained models a control, at least `FEWEST`.
        seed: of canaries, coins, batches and noise, at least 0.
        progress: is told of trained models.

    Raises:
        ConfigError: if there is no control of a name, or models or seed are out of range.
        TrainingError: if a model's loss is not finite.
    """
    started, listener = time.perf_counter(), listener_or_default(progress)
    _check(names, models, seed)
    chosen = engines.controls_named(names)
    for control in chosen:
        listener.arm(control.name, models, 0)
    found = tuple(_verified(control, models, seed, listener) for control in chosen)
    settings = {control.setting.name: control.setting for control in chosen}
    correct = sum(control.expected == "not refuted" for control in found)
    return Verification(
        verdict=tuple(_verdict(found)),
        passed=all(control.passed for control in found),
        confidence=CONFIDENCE,
        false_alarm=min(1.0, correct * (1 - CONFIDENCE)),
        settings=tuple(_claimed(setting, seed) for setting in settings.values()),
        controls=found,
        seed=seed,
        seconds=time.perf_counter() - started,
        created=now(),
        platform=machine(),
        versions=versions(PACKAGES),
    )


def _check(names: Sequence[str], models: int, seed: int) -> None:
    problems = engines.unknown(names)
    problems += [f"models is {models}: at least {FEWEST} are needed"] if models < FEWEST else []
    problems += [f"seed is {seed}: it cannot be negative"] if seed < 0 else []
    if problems:
        known = ", ".join(control.name for control in engines.CONTROLS)
        raise ConfigError.collected(problems, f"engines are {known}; {MODELS} models and seed 0 if not given")


def _verified(control: engines.Control, models: int, seed: int, progress: Progress) -> Control:
    """One control: the proof and the self-check are those of every arm of an audit, and at the same rules."""
    started = time.perf_counter()
    dataset, curve = control.setting.dataset(seed), control.setting.curve()
    evidence = evidence_of(control, dataset, models, seed, progress)
    proof = proof_of(evidence, DELTA, 1 - CONFIDENCE)
    ids = dataset.ids[dataset.natural_records :].tolist()
    claim = Claim(curve, curve.delta(0.0), curve.epsilon(DELTA))
    check = self_check(Seen(proof, None, models), claim, ids)
    bounds = {bound.name: bound for bound in statements(proof, ids) if bound.kind == "proved"}
    return Control(
        name=control.name,
        title=control.title,
        setting=control.setting.name,
        breakage=control.breakage,
        expected=control.expected,
        self_check=check,
        chances=chances(proof, curve),
        proved_epsilon=max((bound.epsilon for bound in bounds.values()), default=0.0),
        trials=bounds["record"].trials if "record" in bounds else None,
        guesses=bounds["one-run"].guesses if "one-run" in bounds else None,
        models=models,
        seconds=time.perf_counter() - started,
    )


def _claimed(setting: Setting, seed: int) -> ClaimedTraining:
    dataset, curve = setting.dataset(seed), setting.curve()
    return ClaimedTraining(
        name=setting.name,
        purpose=setting.purpose,
        records=dataset.natural_records,
        canaries=dataset.canaries,
        canary_kind=setting.kind,
        noise_multiplier=setting.noise_multiplier,
        sample_rate=setting.sample_rate,
        steps=setting.steps,
        max_grad_norm=setting.max_grad_norm,
        epsilon=curve.epsilon(DELTA),
        delta=DELTA,
        cap=curve.delta(0.0),
    )


def _verdict(found: Sequence[Control]) -> Iterator[str]:
    broken = [control for control in found if control.expected == "caught"]
    caught = [control for control in broken if control.caught]
    if broken:
        yield f"{len(caught)} of {len(broken)} broken engines are caught."
    accused = [control for control in found if control.expected == "not refuted" and control.caught]
    correct = len(found) - len(broken)
    if correct:
        yield f"{correct - len(accused)} of {correct} correct engines are left alone."
    for control in found:
        if not control.passed:
            yield f"{control.title}: {_wrong(control)} {control.self_check.explanation}"
        elif control.self_check.verdict == "not tested":
            yield f"{control.title}: left alone, which says nothing yet. {control.self_check.explanation}"


def _wrong(control: Control) -> str:
    return "nothing is broken, and yet its claim is refuted." if control.caught else "broken, and not caught."
