"""Pieces of a made-up result, each scaled by how much its arm leaks."""

from __future__ import annotations

import itertools
import math
from statistics import NormalDist

from sample_epsilon import MU, gaussian_fnr

from reports.result import (
    AccusationWorth,
    AttackResult,
    Decile,
    Density,
    Difference,
    Estimate,
    GroupLeakage,
    GroupValue,
    Histogram,
    HitShare,
    Influence,
    InfluencePair,
    Leakage,
    Link,
    Memorization,
    PoolSize,
    PrivacyGuarantee,
    RecordRow,
    RocCurve,
    TargetSpread,
    TprAtFpr,
    Utility,
)

RECORDS, MODELS = 1437, 64
PHI = NormalDist()
FPRS = (0.1, 0.01, 0.001, 0.0001)
ATTACKS = {
    "gap": ("Gap", "Yeom et al. 2018, arXiv 1709.01604", 0.25, "the label"),
    "loss": ("Loss", "Yeom et al. 2018, arXiv 1709.01604", 0.4, "the model's loss"),
    "lira-online": ("LiRA online", "Carlini et al. 2022, arXiv 2112.03570", 1.0, "reference models with the record"),
    "lira-offline": ("LiRA offline", "Carlini et al. 2022, arXiv 2112.03570", 0.8, "reference models without it"),
    "rmia-online": ("RMIA online", "Zarifzadeh et al. 2024, arXiv 2312.03262", 0.95, "reference models, a population"),
    "rmia-offline": ("RMIA offline", "Zarifzadeh et al. 2024, arXiv 2312.03262", 0.85, "references without it"),
    "base": ("BASE", "Lassila et al. 2025, arXiv 2505.24089", 1.05, "reference models"),
}


def estimate(value: float, half: float, n: int = MODELS, method: str = "bootstrap over models") -> Estimate:
    low, high = max(-1.0, value - half), min(1.0, value + half)
    return Estimate(value=value, low=low, high=high, confidence=0.95, method=method, n=n)


def proportion(value: float, n: int) -> Estimate:
    """With a score interval (Wilson 1927) so that 0 and 1 have honest limits."""
    z2 = 1.96**2
    centre = (value * n + z2 / 2) / (n + z2)
    half = math.sqrt(z2 * (n * value * (1 - value) + z2 / 4)) / (n + z2)
    low, high = max(0.0, centre - half), min(1.0, centre + half)
    return Estimate(value=value, low=low, high=high, confidence=0.95, method="Wilson over records", n=n)


def _tpr(fpr: float, strength: float) -> float:
    """A long tail: six in a hundred members stand out, the others hardly move."""
    z = PHI.inv_cdf(fpr)
    return 0.06 * PHI.cdf(z + 3.6 * strength) + 0.94 * PHI.cdf(z + 0.25 * strength)


def _auc(strength: float) -> float:
    return 0.06 * PHI.cdf(3.6 * strength / math.sqrt(2)) + 0.94 * PHI.cdf(0.25 * strength / math.sqrt(2))


def _roc(strength: float) -> RocCurve:
    fprs = [10 ** (-4 + 4 * step / 60) for step in range(60)] + [1.0]
    tprs = [_tpr(fpr, strength) if fpr < 1 else 1.0 for fpr in fprs]
    return RocCurve(
        fpr=tuple(fprs),
        tpr=tuple(tprs),
        low=tuple(max(0.0, tpr - 0.15 * tpr * (1 - tpr)) for tpr in tprs),
        high=tuple(min(1.0, tpr + 0.2 * tpr * (1 - tpr)) for tpr in tprs),
    )


def _tpr_at(fpr: float, strength: float, guarantee: PrivacyGuarantee | None) -> TprAtFpr:
    cap = dict(guarantee.tpr_caps).get(fpr) if guarantee else None
    tpr = proportion(_tpr(fpr, strength), 45_984)
    return TprAtFpr(fpr=fpr, tpr=tpr, false_positives=round(fpr * 45_984), cap=cap)


def attack(name: str, leak: float, guarantee: PrivacyGuarantee | None) -> AttackResult:
    title, source, power, knowledge = ATTACKS[name]
    strength = power * leak
    auc = _auc(strength)
    spread = TargetSpread(lowest=auc - 0.03, median=auc, highest=auc + 0.03, standard_deviation=0.014, targets=MODELS)
    return AttackResult(
        name=name,
        title=title,
        source=source,
        knowledge=knowledge,
        auc=estimate(auc, 0.006),
        balanced_accuracy=estimate(0.5 + (auc - 0.5) * 0.7, 0.005),
        tpr_at=tuple(_tpr_at(fpr, strength, guarantee) for fpr in FPRS),
        roc=_roc(strength),
        targets=spread,
    )


def dp_guarantee(epsilon: float, cap: float) -> PrivacyGuarantee:
    return PrivacyGuarantee(
        epsilon=epsilon - 0.0042,
        target_epsilon=epsilon,
        delta=1e-4,
        accountant="PRV (Opacus)",
        noise_multiplier=0.9312,
        sample_rate=0.3565,
        steps=112,
        max_grad_norm=1.0,
        second_epsilon=epsilon - 0.031,
        second_accountant="PLD (dp-accounting)",
        memorization_cap=cap,
        tpr_caps=tuple((fpr, 1 - gaussian_fnr(fpr, MU)) for fpr in FPRS),
    )


def _histogram(leak: float) -> Histogram:
    edges = [round(-0.5 + 0.05 * step, 2) for step in range(31)]
    centres = [(low + high) / 2 for low, high in itertools.pairwise(edges)]
    bulk = [950 * math.exp(-((abs(x) / 0.07) ** 1.2)) for x in centres]
    tail = [leak * 14 * math.exp(-1.4 * x) if 0.1 < x < 0.2 + 0.8 * leak else 0.0 for x in centres]
    return Histogram(edges=tuple(edges), counts=tuple(round(b + t) for b, t in zip(bulk, tail, strict=True)))


def memorization_of(leak: float, guarantee: PrivacyGuarantee | None, groups: tuple[GroupValue, ...]) -> Memorization:
    sure, plain = round(58 * leak**2), round(121 * leak)
    share = Estimate(
        value=sure / RECORDS, low=sure / RECORDS, high=plain / RECORDS, confidence=0.95, method="counts", n=RECORDS
    )
    return Memorization(
        threshold=0.25,
        scored=RECORDS,
        mean=estimate(0.034 * leak, 0.004),
        soft_mean=estimate(0.031 * leak, 0.003),
        memorized=plain,
        discovered=sure,
        false_discovery_rate=0.05,
        models_to_discover=None,
        share_memorized=share,
        highest=estimate(max(0.02, 0.93 * leak), 0.2, n=MODELS, method="shrunken"),
        highest_observed=max(0.02, 0.97 * leak),
        expected_by_noise=8.7,
        histogram=_histogram(leak),
        by_group=groups,
        cap=guarantee.memorization_cap if guarantee else None,
    )


def groups_of(accuracy: float, spread: float) -> tuple[GroupValue, ...]:
    classes = tuple(
        GroupValue(
            column="class", group=f"{digit}", records=33 + digit, estimate=estimate(accuracy - spread * digit / 9, 0.01)
        )
        for digit in range(10)
    )
    writers = tuple(
        GroupValue(
            column="writer",
            group=f"w{number:02d}",
            records=2 + number**2 // 9,
            estimate=estimate(accuracy - 3 * spread / (1 + number / 4), 0.02) if number else None,
        )
        for number in range(40)
    )
    return classes + writers


def record_of(rank: int, leak: float) -> RecordRow:
    memorization, hits = max(0.02, leak * (0.97 - 0.012 * rank)), max(0, round(leak**2 * (32 - rank)))
    return RecordRow(
        id=f"digits-{(rank * 397 + 61) % RECORDS:04d}",
        class_name=f"{(rank * 7 + 8) % 10}",
        groups={"writer": f"w{(rank * 5) % 40:02d}"},
        memorization=estimate(memorization, 0.11, n=MODELS, method="shrunken, limits for all records"),
        memorization_observed=memorization,
        discovered=memorization > 0.4,
        exposure=estimate(hits / 32 - 0.01 * (hits < 32), 0.12),
        exposure_observed=hits / 32,
        tpr=proportion(hits / 32, 32),
        hits=hits,
        in_models=32,
    )


def _density(leak: float) -> Density:
    x_edges = tuple(round(-0.3 + 0.05 * step, 2) for step in range(27))
    y_edges = tuple(round(0.05 * step, 2) for step in range(21))
    rows = []
    for y in y_edges[:-1]:
        row = []
        for x in x_edges[:-1]:
            bulk = 240 * math.exp(-((x / 0.07) ** 2) - (y / 0.05) ** 1.5)
            ridge = leak * 2.4 * math.exp(-(((y - 0.9 * x) / 0.16) ** 2)) if 0.1 < x < 0.1 + 0.9 * leak else 0.0
            row.append(round(bulk + ridge))
        rows.append(tuple(row))
    return Density(x_edges=x_edges, y_edges=y_edges, counts=tuple(rows))


def _decile(number: int, leak: float) -> Decile:
    tpr = 0.57 * leak**2 if number == 10 else 0.008 + 0.001 * number
    low = -0.1 + 0.02 * number
    return Decile(
        decile=number,
        records=144 if number < 8 else 143,
        memorization_low=low,
        memorization_high=1.0 if number == 10 else low + 0.02,
        tpr=proportion(max(tpr, 0.009), 4608),
    )


def _hit_shares(leak: float) -> tuple[HitShare, ...]:
    shares = {0.01: (14, 0.36), 0.05: (72, 0.98), 0.1: (144, 1.0)}
    hits = max(60, round(1900 * leak**2))
    return tuple(
        HitShare(top=top, records=records, fpr=0.001, hits=hits, share=proportion(top + (share - top) * leak**2, hits))
        for top, (records, share) in shares.items()
    )


def _worth(fpr: float, prior: float, strength: float) -> AccusationWorth:
    tpr = _tpr(fpr, strength)
    value = prior * tpr / (prior * tpr + (1 - prior) * fpr)
    return AccusationWorth(prior=prior, fpr=fpr, worth=proportion(value, 900))


def _pool_size(models: int, strength: float) -> PoolSize:
    less = strength * (1 - 1.5 / models)
    rates = tuple(_tpr_at(fpr, less, None) for fpr in FPRS)
    return PoolSize(models=models, pools=MODELS // models, auc=estimate(_auc(less), 0.006), tpr_at=rates)


def leakage_of(leak: float) -> Leakage:
    found = sorted(((0.02 + 0.012 * leak * digit, digit) for digit in range(10)), reverse=True)
    groups = tuple(
        GroupLeakage(
            column="class",
            group=f"{digit}",
            records=140 + digit,
            fpr=0.01,
            found=proportion(tpr, 4_500),
            accused=proportion(0.008 + 0.0005 * digit, 4_500),
        )
        for tpr, digit in found
    )
    return Leakage(
        worth=tuple(_worth(fpr, prior, 1.05 * leak) for fpr in FPRS for prior in (0.01, 0.1, 0.5)),
        by_group=groups,
        pool_sizes=tuple(_pool_size(models, 1.05 * leak) for models in (8, 16, 32, 64)),
        more_models="From 32 to 64 models the AUC changed by +0.0020 (-0.0031 to +0.0071): another doubling that adds "
        "no more than this one adds at most 0.0071 to the AUC.",
        views=(
            Difference(
                quantity="attack AUC", first="one view", second="6 views", estimate=estimate(0.004 * leak, 0.003)
            ),
        ),
    )


def link_of(name: str, leak: float) -> Link:
    return Link(
        attack=name,
        spearman=estimate(0.8 * leak, 0.03, method="bootstrap over models"),
        noise_ceiling=min(0.99, 0.3 + 0.58 * leak),
        reliability_memorization=estimate(0.83 * leak, 0.04),
        reliability_leakage=estimate(0.9 * leak, 0.03),
        top_kept=estimate(0.05 + 0.8 * leak, 0.06),
        null=estimate(0.001, 0.052, n=200, method="permuted membership"),
        deciles=tuple(_decile(number, leak) for number in range(1, 11)),
        hit_shares=_hit_shares(leak),
        density=_density(leak),
    )


def influence_of(leak: float) -> Influence:
    pairs = tuple(
        InfluencePair(
            train_id=f"digits-{(rank * 397 + 61) % RECORDS:04d}",
            test_index=(rank * 53) % 360,
            class_name=f"{(rank * 7 + 8) % 10}",
            memorization=estimate(0.93 - 0.02 * rank, 0.1),
            influence=estimate(0.41 - 0.02 * rank, 0.14),
        )
        for rank in range(12)
    )
    listed = pairs if leak == 1 else pairs[: round(3 * leak)]
    touched = round(17 * leak**3)
    return Influence(
        threshold=0.15, pairs=round(23 * leak**3), expected_by_noise=1.4, test_records=touched, listed=listed
    )


def utility_of(accuracy: float, leak: float, spread: float) -> Utility:
    return Utility(
        test_accuracy=estimate(accuracy, 0.0041),
        in_accuracy=Estimate(value=1.0, low=0.9998, high=1.0, confidence=0.95, method="bootstrap", n=MODELS)
        if leak == 1
        else estimate(accuracy + 0.012, 0.004),
        out_accuracy=estimate(accuracy - 0.006, 0.004),
        memorized_decile_accuracy=estimate(accuracy - 0.35, 0.021),
        by_group=groups_of(accuracy, spread),
    )
