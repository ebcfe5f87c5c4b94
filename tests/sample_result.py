"""Made-up results for the reports: one with every part filled, and one with every optional part absent."""

from __future__ import annotations

from sample_epsilon import bounds_of, epsilon_of, self_check_of, trade_off_of
from sample_parts import (
    ATTACKS,
    MODELS,
    RECORDS,
    attack,
    dp_guarantee,
    estimate,
    groups_of,
    influence_of,
    leakage_of,
    link_of,
    memorization_of,
    proportion,
    record_of,
    utility_of,
)

from reports.one_run_result import OneRunArm, OneRunResult
from reports.result import (
    ArmResult,
    AttackResult,
    AuditResult,
    DataSummary,
    Difference,
    Influence,
    Link,
    ModelSummary,
    Provenance,
    TprAtFpr,
)

RECIPES: dict[str, dict[str, str | int | float | None]] = {
    "standard": {"optimizer": "sgd", "learning_rate": 0.1, "batch_size": 64, "epochs": 30, "steps": 337},
    "dp": {"optimizer": "sgd", "learning_rate": 0.5, "batch_size": 256, "epochs": 40, "steps": 112},
}


def arm(
    name: str, kind: str, accuracy: float, leak: float, epsilon: float | None = None, cap: float = 1.0
) -> ArmResult:
    """An arm; `leak` in (0, 1] scales all that is memorized and all that leaks."""
    guarantee = None if epsilon is None else dp_guarantee(epsilon, 0.614)
    rows = tuple(record_of(rank, leak) for rank in range(20))
    return ArmResult(
        name=name,
        kind=kind,  # type: ignore[arg-type]
        description={"standard": "trained without differential privacy", "dp": "trained with DP-SGD"}.get(
            kind, "the DP recipe without noise"
        ),
        models=MODELS,
        recipe=RECIPES["standard" if kind == "standard" else "dp"],
        guarantee=guarantee,
        utility=utility_of(accuracy, leak, 0.02 if leak == 1 else 0.08),
        memorization=memorization_of(leak, guarantee, groups_of(0.05 * leak, 0.03)),
        influence=influence_of(leak),
        attacks=tuple(attack(key, leak, guarantee) for key in ATTACKS),
        leakage=leakage_of(leak),
        links=(link_of("lira-online", leak), link_of("base", leak)),
        epsilon=epsilon_of(leak, guarantee, name),
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
        differences=tuple(change for a in arms[1:] for change in _differences(a, arms[0])),
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


def _with_dp_epsilon(**changes: object) -> AuditResult:
    """The sample with other findings on its DP arm's epsilon; None for all of them with `epsilon=None`."""
    result = sample()
    first, dp = result.arms
    epsilon = changes["epsilon"] if "epsilon" in changes else dp.epsilon.model_copy(update=changes)
    return result.model_copy(update={"arms": (first, dp.model_copy(update={"epsilon": epsilon}))})


def violated() -> AuditResult:
    """A DP arm that is trained as if there were no DP, found out by one record."""
    guarantee = sample().arms[1].guarantee
    check = self_check_of("violated")
    result = _with_dp_epsilon(
        self_check=check, bounds=bounds_of(1.0, guarantee.delta), trade_off=trade_off_of(1.0, guarantee)
    )
    first = f"The DP implementation of dp-eps-8 is not what it claims. {check.explanation}"
    return result.model_copy(update={"verdict": (first, *result.verdict)})


def untested() -> AuditResult:
    """A DP arm with too few models for a self-check or a bound, and no canaries."""
    return _with_dp_epsilon(
        self_check=self_check_of("not tested"),
        bounds=(),
        trade_off=None,
        canaries=None,
        reasons=("8 models are too few for a bound: none can prove more than 0 with 95 % confidence.",),
    )


def unmeasured() -> AuditResult:
    """A DP arm of which nothing but the claim is known."""
    return _with_dp_epsilon(epsilon=None)


def _differences(second: ArmResult, first: ArmResult) -> tuple[Difference, ...]:
    change = estimate(second.utility.test_accuracy.value - first.utility.test_accuracy.value, 0.005)
    less = estimate(second.memorization.mean.value - first.memorization.mean.value, 0.004)
    names = {"first": first.name, "second": second.name}
    return (
        Difference(quantity="test accuracy", estimate=change, unit="rate", **names),
        Difference(quantity="mean memorization", estimate=less, **names),
        Difference(quantity="test accuracy, class 3", estimate=change, unit="rate", **names),
        Difference(quantity="test accuracy, class 4", estimate=None, reason="no test record", **names),
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
            "leakage": None,
            "links": (Link(attack="base", reason="4 models are too few for two halves"),),
            "epsilon": None,
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


def one_run(kind: str = "mislabelled", verdict: str = "consistent") -> OneRunResult:
    """A one-run audit of a standard and a DP model."""
    full = sample()
    arms = tuple(
        OneRunArm(
            name=arm.name,
            description=arm.description,
            recipe=arm.recipe,
            guarantee=arm.guarantee,
            test_accuracy=arm.utility.test_accuracy,
            in_canaries=507,
            auc=estimate(0.5 + 0.45 * leak, 0.02, 1000),
            bounds=tuple(bound for bound in bounds_of(leak, 1e-4, runs=1) if bound.name.startswith("one-run")),
            self_check=self_check_of(verdict) if arm.guarantee else None,
        )
        for arm, leak in zip(full.arms, (1.0, 0.3), strict=True)
    )
    return OneRunResult(
        verdict=("One run without DP proves that epsilon is at least 2.28.", "With DP it proves nothing."),
        warnings=("One model an arm: nothing is known of other seeds.",),
        data=full.data,
        model=full.model,
        confidence=0.95,
        canaries=1000,
        kind=kind,
        arms=arms,
        not_tested=full.not_tested,
        provenance=full.provenance,
    )
