"""Slow, obvious twins of everything that is read from a pool: one loop a sum, straight from the definitions."""

from __future__ import annotations

import itertools
import math

import numpy as np


def memorization(membership: np.ndarray, correct: np.ndarray, record: int) -> tuple[int, int, int, int, float]:
    """In_correct, in_models, out_correct, out_models and their difference of rates, for one record."""
    in_correct = in_models = out_correct = out_models = 0
    for k in range(len(membership)):
        if membership[k, record]:
            in_models += 1
            in_correct += int(correct[k, record])
        else:
            out_models += 1
            out_correct += int(correct[k, record])
    if in_models == 0 or out_models == 0:
        return in_correct, in_models, out_correct, out_models, math.nan
    return in_correct, in_models, out_correct, out_models, in_correct / in_models - out_correct / out_models


def influence(membership: np.ndarray, test_correct: np.ndarray, train: int, test: int) -> float:
    """P[right about the test record | training record IN] - P[... | OUT]."""
    inside = [test_correct[k, test] for k in range(len(membership)) if membership[k, train]]
    outside = [test_correct[k, test] for k in range(len(membership)) if not membership[k, train]]
    return float(np.mean(inside) - np.mean(outside))


def wilson(k: int, n: int, z: float) -> tuple[float, float]:
    """Roots of (p - k/n)^2 = z^2 p (1-p) / n."""
    roots = np.roots([1 + z * z / n, -(2 * k / n + z * z / n), (k / n) ** 2])
    return float(min(roots.real)), float(max(roots.real))


def newcombe_paired(both: int, first_only: int, second_only: int, neither: int, z: float) -> tuple[float, float]:
    """Newcombe 1998b, method 10, from the four cells of the table of pairs."""
    a, b, c, d = both, first_only, second_only, neither
    n = a + b + c + d
    p, q = (a + b) / n, (a + c) / n
    (l1, u1), (l2, u2) = wilson(a + b, n, z), wilson(a + c, n, z)
    product = (a + b) * (c + d) * (a + c) * (b + d)
    excess = a * d - b * c
    if excess > n / 2:
        excess -= n / 2
    elif excess >= 0:
        excess = 0
    phi = excess / math.sqrt(product) if product else 0.0
    down = math.sqrt((p - l1) ** 2 - 2 * phi * (p - l1) * (u2 - q) + (u2 - q) ** 2)
    up = math.sqrt((u1 - p) ** 2 - 2 * phi * (u1 - p) * (q - l2) + (q - l2) ** 2)
    return p - q - down, p - q + up


def chance_with_pairs(first: list[bool], second: list[bool], threshold: float) -> float:
    """Every way in which one record's coins could have fallen over the pairs, all equally likely."""
    pairs, reached = len(first), 0
    for coins in itertools.product([True, False], repeat=pairs):
        inside = sum(a if coin else b for a, b, coin in zip(first, second, coins, strict=True))
        outside = sum(b if coin else a for a, b, coin in zip(first, second, coins, strict=True))
        reached += inside / pairs - outside / pairs >= threshold - 1e-12
    return reached / 2**pairs


def chance_without_pairs(good: list[bool], in_models: int, threshold: float) -> float:
    """Every choice of so many IN models, all equally likely."""
    models = len(good)
    choices = list(itertools.combinations(range(models), in_models))
    reached = 0
    for inside in choices:
        right_in = sum(good[k] for k in inside)
        right_out = sum(good) - right_in
        reached += right_in / in_models - right_out / (models - in_models) >= threshold - 1e-12
    return reached / len(choices)


def jackknife_mean(membership: np.ndarray, correct: np.ndarray, pair: np.ndarray) -> tuple[float, float]:
    """Mean memorization over the scored records and the standard error, by leaving out one unit after the other."""

    def mean(models: list[int]) -> float:
        values = [memorization(membership[models], correct[models], i)[4] for i in range(membership.shape[1])]
        return float(np.nanmean(values))

    everyone, numbers = list(range(len(pair))), sorted(set(pair.tolist()))
    whole, count = mean(everyone), len(numbers)
    pseudo = [count * whole - (count - 1) * mean([k for k in everyone if pair[k] != number]) for number in numbers]
    return whole, float(np.std(pseudo, ddof=1) / math.sqrt(count))


def hits_at(scores: np.ndarray, membership: np.ndarray, fpr: float) -> np.ndarray:
    """Bool [models, records]: calls of "member" at the lowest threshold whose pooled FPR is at most `fpr`."""
    outside = sorted((s for row, m in zip(scores, membership, strict=True) for s in row[~m]), reverse=True)
    for threshold in [-math.inf, *sorted(outside)]:
        if sum(s > threshold for s in outside) <= fpr * len(outside) + 1e-9:
            return scores > threshold
    raise AssertionError("no threshold")
