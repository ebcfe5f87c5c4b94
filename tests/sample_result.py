"""Made-up results for the reports: one with every part filled, and one with every optional part absent."""

from __future__ import annotations

import itertools
import math
from statistics import NormalDist

from reports.result import (
    ArmResult,
    AttackResult,
    AuditResult,
    DataSummary,
    Decile,
    Density,
    Difference,
    EpsilonBound,
    Estimate,
    GroupValue,
    Histogram,
    HitShare,
    Influence,
    InfluencePair,
    Link,
    Memorization,
    ModelSummary,
    PrivacyGuarantee,
    Provenance,
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


def _guarantee(epsilon: float, cap: float) -> PrivacyGuarantee:
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
        tpr_caps=tuple((fpr, min(1.0, cap * fpr**0.35 + fpr)) for fpr in FPRS),
    )


def _histogram(leak: float) -> Histogram:
    edges = [round(-0.5 + 0.05 * step, 2) for step in range(31)]
    centres = [(low + high) / 2 for low, high in itertools.pairwise(edges)]
    bulk = [950 * math.exp(-((abs(x) / 0.07) ** 1.2)) for x in centres]
    tail = [leak * 14 * math.exp(-1.4 * x) if 0.1 < x < 0.2 + 0.8 * leak else 0.0 for x in centres]
    return Histogram(edges=tuple(edges), counts=tuple(round(b + t) for b, t in zip(bulk, tail, strict=True)))


def _memorization(leak: float, guarantee: PrivacyGuarantee | None, groups: tuple[GroupValue, ...]) -> Memorization:
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
        memorized_by_interval=sure,
        share_memorized=share,
        expected_by_noise=8.7,
        histogram=_histogram(leak),
        by_group=groups,
        cap=guarantee.memorization_cap if guarantee else None,
    )


def _groups(accuracy: float, spread: float) -> tuple[GroupValue, ...]:
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


def _record(rank: int, leak: float) -> RecordRow:
    memorization, hits = max(0.02, leak * (0.97 - 0.012 * rank)), max(0, round(leak**2 * (32 - rank)))
    return RecordRow(
        id=f"digits-{(rank * 397 + 61) % RECORDS:04d}",
        class_name=f"{(rank * 7 + 8) % 10}",
        groups={"writer": f"w{(rank * 5) % 40:02d}"},
        memorization=estimate(memorization, 0.11, n=MODELS, method="Newcombe over models"),
        exposure=proportion(hits / 32, 32),
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


def _link(name: str, leak: float) -> Link:
    return Link(
        attack=name,
        spearman=estimate(0.8 * leak, 0.03, method="bootstrap over models"),
        noise_ceiling=min(0.99, 0.3 + 0.58 * leak),
        reliability_memorization=0.83 * leak,
        reliability_leakage=0.9 * leak,
        null=estimate(0.001, 0.052, n=200, method="permuted membership"),
        deciles=tuple(_decile(number, leak) for number in range(1, 11)),
        hit_shares=_hit_shares(leak),
        density=_density(leak),
    )


def _influence(leak: float) -> Influence:
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


def _bound(epsilon: float) -> EpsilonBound:
    return EpsilonBound(
        epsilon=epsilon,
        confidence=0.95,
        delta=1e-4,
        method="Clopper-Pearson on IN and OUT correctness",
        selection="record chosen on one half of the models, certified on the other",
        record_id="digits-0061" if epsilon else None,
        most_provable=1.42,
    )


def _utility(accuracy: float, leak: float, spread: float) -> Utility:
    return Utility(
        test_accuracy=estimate(accuracy, 0.0041),
        in_accuracy=Estimate(value=1.0, low=0.9998, high=1.0, confidence=0.95, method="bootstrap", n=MODELS)
        if leak == 1
        else estimate(accuracy + 0.012, 0.004),
        out_accuracy=estimate(accuracy - 0.006, 0.004),
        memorized_decile_accuracy=estimate(accuracy - 0.35, 0.021),
        by_group=_groups(accuracy, spread),
    )


RECIPES: dict[str, dict[str, str | int | float | None]] = {
    "standard": {"optimizer": "sgd", "learning_rate": 0.1, "batch_size": 64, "epochs": 30, "steps": 337},
    "dp": {"optimizer": "sgd", "learning_rate": 0.5, "batch_size": 256, "epochs": 40, "steps": 112},
}


def arm(
    name: str, kind: str, accuracy: float, leak: float, epsilon: float | None = None, cap: float = 1.0
) -> ArmResult:
    """An arm; `leak` in (0, 1] scales all that is memorized and all that leaks."""
    guarantee = None if epsilon is None else _guarantee(epsilon, 0.614)
    rows = tuple(_record(rank, leak) for rank in range(20))
    return ArmResult(
        name=name,
        kind=kind,  # type: ignore[arg-type]
        description={"standard": "trained without differential privacy", "dp": "trained with DP-SGD"}.get(
            kind, "the DP recipe without noise"
        ),
        models=MODELS,
        recipe=RECIPES["standard" if kind == "standard" else "dp"],
        guarantee=guarantee,
        utility=_utility(accuracy, leak, 0.02 if leak == 1 else 0.08),
        memorization=_memorization(leak, guarantee, _groups(0.05 * leak, 0.03)),
        influence=_influence(leak),
        attacks=tuple(attack(key, leak, guarantee) for key in ATTACKS),
        links=(_link("lira-online", leak), _link("base", leak)),
        bound=_bound(1.2345 if leak == 1 else 0.0),
        seconds_per_model=1.84,
        most_memorized=rows,
        most_exposed=tuple(sorted(rows, key=lambda row: (-row.hits, row.id))),
    )


def sample(controls: bool = False) -> AuditResult:
    """A realistic result with every part filled: standard and DP arms, and the control arms on request."""
    arms = [arm("standard", "standard", 0.9742, 1.0), arm("dp-eps-8", "dp", 0.9031, 0.3, 8.0)]
    if controls:
        arms += [arm("dp-recipe", "control", 0.969, 0.9), arm("clip-only", "control", 0.931, 0.55)]
    names = [a.name for a in arms]
    return AuditResult(
        verdict=(
            "Without differential privacy, the model memorizes 58 of 1,437 records beyond doubt, and an attacker "
            "finds them: the most memorized tenth takes nearly all hits.",
            "With differential privacy (epsilon 8), 5 records are memorized beyond doubt, and accuracy on new "
            "records falls from 97.4 % to 90.3 %.",
        ),
        warnings=("2 pairs of exact duplicates hide each other's memorization.", "Epsilon covers one training run."),
        data=_data("digits"),
        model=ModelSummary(name="resnet", parameters=77_098, notes=("GroupNorm in every arm",)),
        confidence=0.95,
        headline="base",
        exposure_fpr=0.01,
        arms=tuple(arms),
        differences=tuple(_difference(a, arms[0]) for a in arms[1:]),
        recipe_differences={
            "learning_rate": {name: "0.1" if name == "standard" else "0.5" for name in names},
            "batch_size": {name: "64" if name == "standard" else "256" for name in names},
        },
        not_tested=(
            "Attribute inference, model inversion and reconstruction.",
            "Extraction of training data by prompting or sampling.",
        ),
        provenance=_provenance(),
    )


def _difference(second: ArmResult, first: ArmResult) -> Difference:
    change = second.utility.test_accuracy.value - first.utility.test_accuracy.value
    return Difference(
        quantity="test accuracy", first=first.name, second=second.name, estimate=estimate(change, 0.005), unit="rate"
    )


def _data(name: str) -> DataSummary:
    return DataSummary(
        name=name,
        records=RECORDS,
        test_records=360,
        classes=10,
        class_names=tuple("0123456789"),
        shape=(1, 8, 8),
        fingerprint="5f1c" * 16,
        duplicates=4,
        group_columns=("writer",),
        notes=("Pixels were divided by 16.",),
    )


def _provenance() -> Provenance:
    return Provenance(
        command="audit run --model resnet --dp-eps 8 --seed 0",
        created="2025-01-31T12:00:00Z",
        seed=0,
        digests={"data": "5f1c" * 16, "config": "a07b" * 16},
        versions={"memorization-audit": "0.1.0", "torch": "2.13.0", "opacus": "1.6.0"},
        platform="Linux x86_64",
        device="cpu",
        seconds=312.4,
        config={"model": "resnet", "pool": {"models": 64, "seed": 0}, "dp": {"epsilons": [8.0]}},
    )


def minimal() -> AuditResult:
    """The least that an audit can give: no DP arm, a failed attack, no resolvable rate, no link, no pairs."""
    full = sample()
    bare = full.arms[0].model_copy(
        update={
            "utility": full.arms[0].utility.model_copy(update={"memorized_decile_accuracy": None, "by_group": ()}),
            "memorization": full.arms[0].memorization.model_copy(update={"by_group": ()}),
            "influence": Influence(threshold=0.15, pairs=0, expected_by_noise=None, test_records=0),
            "attacks": (_failed_attack(), _unresolved_attack()),
            "links": (Link(attack="base", reason="4 models are too few for two halves"),),
            "bound": None,
            "most_memorized": (),
            "most_exposed": (),
        }
    )
    return full.model_copy(
        update={"arms": (bare,), "warnings": (), "differences": (), "recipe_differences": {}, "not_tested": ()}
    )


def _failed_attack() -> AttackResult:
    return AttackResult(
        name="gap", title="Gap", source="Yeom et al. 2018", knowledge="the label", failed="every model is always right"
    )


def _unresolved_attack() -> AttackResult:
    rate = TprAtFpr(fpr=0.001, tpr=None, false_positives=0, reason="not resolvable with 40 non-members")
    coarse = TprAtFpr(fpr=0.01, tpr=proportion(0.0, 40), false_positives=0)
    return AttackResult(
        name="base",
        title="BASE",
        source="Lassila et al. 2025",
        knowledge="references",
        auc=estimate(0.5, 0.1, n=4),
        tpr_at=(coarse, rate),
    )
