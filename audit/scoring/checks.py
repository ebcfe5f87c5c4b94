"""Whether a file of outputs can be scored: every problem is found before the first is reported."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping

import numpy as np
from numpy.typing import NDArray

from audit.data.draft import Array, Problem, counted, nearest, quoted
from audit.scoring.fields import OUTPUTS, WITH_CLASSES, Raw
from audit.scoring.shapes import uniform

Bools = NDArray[np.bool_]

SUM_ERROR = 0.01
"""How far probabilities may be from a sum of 1: float16 and files of four digits stay within."""
LEAST_LOSS = -1e-6
"""Rounding may leave a cross-entropy a little below 0."""
HIGHEST_PROBABILITY = 1 + 1e-6


def problems(raw: Raw) -> tuple[dict[str, Array], list[Problem]]:
    """Everything that keeps a file from being scored, and its arrays, uniform, as far as they are sound.

    Args:
        raw: the file.
    """
    shapes = uniform(raw)
    arrays = shapes.arrays
    found = [*raw.problems, *shapes.problems, *_kind_problems(raw)]
    for name, array in arrays.items():
        found += _bad_values(name, raw.name(name), array) if array.dtype.kind == "f" else []
    found += [*_sums(raw, arrays), *_ruled_out(raw, arrays), *_label_problems(raw, arrays)]
    return arrays, [
        *found,
        *_id_problems(arrays.get("ids")),
        *_unit_problems(raw, arrays),
        *_target_problems(raw, arrays),
    ]


def _probability(values: Array) -> Bools:
    return np.asarray((values >= 0) & (values <= HIGHEST_PROBABILITY), np.bool_)


VALUES: Mapping[str, Callable[[Array], Bools]] = {
    **dict.fromkeys(("logits", "population_logits"), lambda z: z < np.inf),
    **dict.fromkeys(("probabilities", "population_probabilities"), _probability),
    **dict.fromkeys(("losses", "population_losses"), lambda loss: loss >= LEAST_LOSS),
    **dict.fromkeys(("phi", "population"), lambda phi: ~np.isnan(phi)),
}
"""Field -> which values are good; of fields that are not named, the finite ones. NaN is never good."""

MEANT = {
    "logits": "logits are numbers, -inf for a class that is ruled out",
    "probabilities": "probabilities lie between 0 and 1",
    "losses": "losses are cross-entropies in nats, at least 0",
}


def _bad_values(name: str, shown: str, array: Array) -> Iterator[Problem]:
    bad = np.argwhere(~VALUES.get(name, np.isfinite)(array))
    if len(bad):
        where, value = ", ".join(map(str, bad[0])), array[tuple(bad[0])]
        what = f"{shown} holds {counted(len(bad), 'value')} that cannot be, such as {value} at [{where}]"
        yield Problem(what, MEANT.get(name.removeprefix("population_"), f"give finite numbers in {shown}"))


def _kind_problems(raw: Raw) -> Iterator[Problem]:
    if "membership" not in raw.arrays and not raw.problems:
        what = f"there is no array 'membership'{nearest('membership', raw.unknown)}"
        yield Problem(what, "say with 1 and 0 which model was trained on which record: membership [models, records]")
    given = [kind for kind in OUTPUTS if kind in raw.arrays]
    if len(given) > 1:
        what = f"there are outputs of {len(given)} kinds, {quoted(raw.name(kind) for kind in given)}"
        yield Problem(what, "keep the one that says most: logits, else probabilities, else losses")
    if not given and not raw.problems:
        names = [*(raw.name(name) for name in raw.arrays), *raw.unknown]
        what = f"there are no outputs; the file has {quoted(names) or 'nothing'}"
        yield Problem(what, f"give one of {quoted(OUTPUTS)}")
    foreign = [other for kind, other in OUTPUTS.items() if other in raw.arrays and given and kind not in given]
    if foreign:
        what = f"the outputs are {raw.name(given[0])}, those of the population are {quoted(foreign)}"
        yield Problem(what, f"give both as one kind: {OUTPUTS[given[0]]}")


def _sums(raw: Raw, arrays: Mapping[str, Array]) -> Iterator[Problem]:
    for name in ("probabilities", "population_probabilities"):
        if name in arrays:
            sums = arrays[name].sum(axis=-1, dtype=np.float64)
            off = np.abs(sums - 1) > SUM_ERROR
            if off.any():
                what = f"{raw.name(name)} of {counted(int(off.sum()), 'output')} do not sum to 1, but for example to "
                fix = "give the probabilities of all classes, or name the array 'logits' if that is what it holds"
                yield Problem(f"{what}{sums[off].flat[0]:.4g}", fix)


def _ruled_out(raw: Raw, arrays: Mapping[str, Array]) -> Iterator[Problem]:
    for name in ("logits", "population_logits"):
        if name in arrays and (empty := np.isneginf(arrays[name].max(axis=-1))).any():
            what = f"{raw.name(name)} rules out every class in {counted(int(empty.sum()), 'output')}"
            yield Problem(what, MEANT["logits"])


def _label_problems(raw: Raw, arrays: Mapping[str, Array]) -> Iterator[Problem]:
    kind = next((kind for kind in WITH_CLASSES if kind in raw.arrays), None)
    for labels, outputs in (("labels", kind), ("population_labels", OUTPUTS[kind] if kind else None)):
        if labels not in raw.arrays and outputs in raw.arrays:
            what = f"there is {raw.name(str(outputs))} without {raw.name(labels)}"
            yield Problem(what, "say which class each record is of, counted from 0")
    wide = (*WITH_CLASSES, *(OUTPUTS[name] for name in WITH_CLASSES))
    classes = {arrays[name].shape[-1] for name in wide if name in arrays}
    if min(classes, default=2) < 2:
        yield Problem(f"{raw.name(str(kind))} has one class", "give the outputs of both classes")
    if "class_names" in arrays:
        classes.add(len(arrays["class_names"]))
    for name in ("labels", "population_labels"):
        if name in arrays and classes and not 0 <= arrays[name].min() <= arrays[name].max() < min(classes):
            span = f"{arrays[name].min()} to {arrays[name].max()}"
            what = f"{raw.name(name)} runs from {span}, but there are {min(classes)} classes"
            yield Problem(what, "count the classes from 0")


def _id_problems(ids: Array | None) -> Iterator[Problem]:
    twice = [name for name, count in Counter(ids.tolist()).items() if count > 1] if ids is not None else []
    if twice:
        what = f"{counted(len(twice), 'id')} given to more than one record: {quoted(twice)}"
        yield Problem(what, "give every record an id of its own")


def _unit_problems(raw: Raw, arrays: Mapping[str, Array]) -> Iterator[Problem]:
    if "units" not in arrays or "membership" not in arrays:
        return
    units, membership = arrays["units"], arrays["membership"]
    names, first, number = np.unique(units, return_index=True, return_inverse=True)
    torn = np.unique(number[(membership != membership[:, first[number]]).any(axis=0)])
    if len(torn):
        what = f"records of {counted(len(torn), 'unit')} were not IN the same models: {quoted(names[torn].tolist())}"
        yield Problem(
            what, f"give records one entry in {raw.name('units')} only if one coin put them in or out together"
        )


def _target_problems(raw: Raw, arrays: Mapping[str, Array]) -> Iterator[Problem]:
    membership = arrays.get("membership")
    if membership is None or ("targets" in raw.arrays and "targets" not in arrays):
        return
    targets = arrays.get("targets", np.ones(len(membership), np.bool_))
    if not targets.any():
        yield Problem("targets names no model", "put 1 for the models under audit")
        return
    for side, lacks in (("members", ~membership[targets].any()), ("non-members", membership[targets].all())):
        if lacks:
            what = f"{raw.name('membership')} has no {side} of any model under audit"
            yield Problem(what, "an attack is judged by telling members from non-members: give records of both kinds")
