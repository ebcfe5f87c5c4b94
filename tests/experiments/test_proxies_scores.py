"""Every proxy on traces made by hand, against a slow twin, and in any order of the records."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from audit.experiments.proxies.scores import DEFAULT, PROXIES, forgetting
from audit.experiments.proxies.traces import Traces

EPOCHS, RECORDS = 9, 40


def traces_of(right: list[list[int]], loss: np.ndarray | None = None) -> Traces:
    """Traces [epochs, records] from hits given record by record."""
    hits = np.array(right, bool).T
    flat = np.zeros(hits.shape[1])
    return Traces(np.zeros(hits.shape) if loss is None else loss, hits, flat, flat, flat, flat)


def drawn(seed: int = 0) -> Traces:
    rng = np.random.default_rng(seed)
    loss = rng.exponential(size=(EPOCHS, RECORDS))
    right = rng.random((EPOCHS, RECORDS)) < np.linspace(0.05, 0.95, RECORDS)
    return Traces(loss, right, *rng.normal(size=(4, RECORDS)))


def quartile(values: list[float], share: float) -> float:
    """Linear interpolation between the two nearest values."""
    ordered, at = sorted(values), share * (len(values) - 1)
    below = int(at)
    above = min(below + 1, len(values) - 1)
    return ordered[below] + (at - below) * (ordered[above] - ordered[below])


def slow(name: str, run: Traces, record: int) -> float:
    """A record's proxy, epoch by epoch."""
    loss, right = run.loss[:, record].tolist(), run.right[:, record].tolist()
    epochs = len(loss)
    if name == "cumulative-error":
        return sum(not hit for hit in right) / epochs
    if name == "forgetting":
        return sum(a and not b for a, b in pairwise(right)) if any(right) else epochs
    if name == "first-learned":
        return next((t + 1 for t in range(epochs) if right[t]), epochs + 1)
    if name == "learned-for-good":
        return next((t + 1 for t in range(epochs) if all(right[t:])), epochs + 1)
    if name == "lt-iqr":
        return quartile(loss, 0.75) - quartile(loss, 0.25)
    return {
        "final-loss": loss[-1],
        "cumulative-loss": sum(loss) / epochs,
        "gradient-norm": run.norm[record],
        "early-gradient-norm": run.early_norm[record],
        "early-error": run.early_error[record],
        "margin": -run.margin[record],
    }[name]


@pytest.mark.parametrize("name", PROXIES)
def test_a_proxy_is_its_slow_twin(name: str) -> None:
    for seed in range(3):
        run = drawn(seed)
        expected = [slow(name, run, record) for record in range(RECORDS)]
        np.testing.assert_allclose(PROXIES[name].score(run), expected, rtol=1e-12)


@pytest.mark.parametrize("name", PROXIES)
def test_permuting_the_records_permutes_the_proxy(name: str) -> None:
    run, order = drawn(), np.random.default_rng(1).permutation(RECORDS)
    moved = Traces(run.loss[:, order], run.right[:, order], *(
        each[order] for each in (run.margin, run.norm, run.early_norm, run.early_error)
    ))  # fmt: skip
    np.testing.assert_allclose(PROXIES[name].score(moved), PROXIES[name].score(run)[order], rtol=1e-14)


def test_hits_by_hand() -> None:
    """Always right; learned at once and forgotten twice; learned late; wrong at the end; never right."""
    run = traces_of([[1, 1, 1, 1], [1, 0, 1, 0], [0, 0, 1, 1], [0, 1, 1, 0], [0, 0, 0, 0]])
    said = {name: PROXIES[name].score(run).tolist() for name in PROXIES}
    assert said["forgetting"] == [0, 2, 0, 1, 4]
    assert said["first-learned"] == [1, 1, 3, 2, 5]
    assert said["learned-for-good"] == [1, 5, 3, 5, 5]
    assert said["cumulative-error"] == [0, 0.5, 0.5, 0.5, 1]


def test_never_learned_counts_as_forgotten_more_often_than_any_record_can_be() -> None:
    most = [epoch % 2 == 0 for epoch in range(EPOCHS)]
    counts = forgetting(traces_of([most, [0] * EPOCHS]))
    assert counts[0] == EPOCHS // 2
    assert counts[1] > counts[0]


def test_one_look_is_enough_for_a_figure() -> None:
    run = traces_of([[1], [0]], np.array([[0.1, 2.0]]))
    for name, proxy in PROXIES.items():
        found = proxy.score(run)
        assert found.shape == (2,)
        assert np.isfinite(found).all(), name


def test_a_loss_that_falls_late_has_the_wider_range() -> None:
    """Pollock et al. 2024: an outlier that is fitted late has a wide trace, one that is never fitted has not."""
    early, late, never = [3, 0, 0, 0, 0, 0, 0, 0], [3, 3, 3, 3, 3, 0, 0, 0], [3] * 8
    run = traces_of([[1] * 8] * 3, np.array([early, late, never], float).T)
    assert PROXIES["lt-iqr"].score(run).tolist() == [0, 3, 0]


def test_every_proxy_says_what_it_is() -> None:
    assert DEFAULT in PROXIES
    assert all(name == proxy.name for name, proxy in PROXIES.items())
    assert len({proxy.title for proxy in PROXIES.values()}) == len(PROXIES)
    assert all(proxy.formula and proxy.cost for proxy in PROXIES.values())
