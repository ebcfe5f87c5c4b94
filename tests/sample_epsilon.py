"""Made-up findings on epsilon; their figures are those that `bounds/` gives for their counts."""

from __future__ import annotations

import math
from statistics import NormalDist

from reports.result import (
    Canaries,
    Cap,
    ClaimTest,
    Difference,
    Epsilon,
    EpsilonBound,
    Estimate,
    Exposed,
    Guesses,
    PrivacyGuarantee,
    SelfCheck,
    TradeOffCurves,
    TradeOffPoint,
    Trials,
)

PHI = NormalDist()
MU = 1.735
"""Of the Gaussian trade-off whose total variation is the sample guarantee's memorization cap, 0.614."""
TRIALS = {
    "much": (
        Trials(attack="its label's log-odds reach a threshold", hits=31, members=32, false_alarms=0, non_members=32),
        1.8531,
        9.0929,
        (2.9179, 11.0462),
    ),
    "some": (
        Trials(attack="its label's log-odds reach a threshold", hits=24, members=32, false_alarms=3, non_members=32),
        0.6803,
        2.5184,
        (1.1674, 3.3181),
    ),
    "none": (
        Trials(attack="its label's log-odds reach a threshold", hits=10, members=32, false_alarms=6, non_members=32),
        0.0,
        0.0,
        (0.0, 1.4410),
    ),
}
GUESSES = {"much": (618, 2.2838, 3.4765), "some": (400, 0.2793, 0.366), "none": (330, 0.0, 0.0)}
PER_RECORD, PER_COINS = "one record, certified", "canaries, guessed in all runs"
NASR = "Nasr et al. 2023, arXiv 2302.07956"


def power(leak: float) -> str:
    return "much" if leak >= 0.9 else "some" if leak >= 0.5 else "none"


def _on_a_record(name: str, title: str, leak: float, delta: float, **changes: object) -> EpsilonBound:
    trials, epsilon, _, _ = TRIALS[power(leak)]
    filled = {
        "kind": "proved",
        "epsilon": epsilon,
        "confidence": 0.975,
        "alpha": 0.025,
        "delta": delta,
        "source": "Jagielski et al. 2020, arXiv 2006.07709",
        "method": "Clopper-Pearson limits of both rates",
        "selection": "record and threshold chosen on one half of the model pairs, certified on the other half",
        "record_id": "digits-0061" if epsilon else None,
        "trials": trials,
        "most_provable": 1.9188,
    } | changes
    return EpsilonBound(name=name, title=title, **filled)  # type: ignore[arg-type]


def _on_coins(name: str, title: str, leak: float, delta: float, runs: int, **changes: object) -> EpsilonBound:
    right, epsilon, _ = GUESSES[power(leak)]
    filled = {
        "kind": "proved",
        "epsilon": epsilon,
        "confidence": 0.975,
        "alpha": 0.025,
        "delta": delta,
        "source": "Steinke et al. 2023, arXiv 2305.08846, theorem 5.2",
        "method": "binomial tail of the right guesses",
        "selection": "the surest tenth of the coins was guessed; the tenth was fixed before any score was seen",
        "guesses": Guesses(runs=runs, coins=6400, guesses=640, right=right, alone=0.42 if runs > 1 else None),
        "most_provable": 2.7342,
    } | changes
    return EpsilonBound(name=name, title=title, **filled)  # type: ignore[arg-type]


def bounds_of(leak: float, delta: float, runs: int = 32) -> tuple[EpsilonBound, ...]:
    gaussian = {
        "kind": "assumes",
        "source": NASR,
        "assumption": "assumes that the trade-off between the error rates of all attacks is that of a Gaussian "
        "mechanism",
    }
    low, high = TRIALS[power(leak)][3]
    return (
        _on_a_record("record", PER_RECORD, leak, delta),
        _on_coins("one-run", PER_COINS, leak, delta, runs),
        _on_a_record("record-gaussian", PER_RECORD, leak, delta, epsilon=TRIALS[power(leak)][2], **gaussian),
        _on_coins("one-run-gaussian", PER_COINS, leak, delta, runs, epsilon=GUESSES[power(leak)][2], **gaussian),
        _on_a_record(
            "record-credible",
            PER_RECORD,
            leak,
            delta,
            kind="credible",
            epsilon=low,
            high=high,
            confidence=0.95,
            alpha=0.05,
            source="Zanella-Béguelin et al. 2023, arXiv 2206.05199",
            assumption="Jeffreys' prior on either rate",
            method="equal-tailed interval of the posterior",
        ),
    )


def _wide(value: float, half: float, n: int = 64) -> Estimate:
    low, high = max(0.0, value - half), min(1.0, value + half)
    return Estimate(value=value, low=low, high=high, confidence=0.95, method="bootstrap over models", n=n)


def caps_of(guarantee: PrivacyGuarantee, leak: float) -> tuple[Cap, ...]:
    rates = tuple(
        Cap(quantity="TPR", fpr=fpr, cap=1 - gaussian_fnr(fpr, MU), measured=_wide(fpr * (1 + 3 * leak), fpr / 5))
        for fpr in (0.1, 0.01, 0.001)
    )
    cap = guarantee.memorization_cap
    return (
        Cap(quantity="memorization", cap=cap, measured=_wide(0.97 * leak, 0.11), of_most=True),
        Cap(quantity="advantage of the headline attack", cap=cap, measured=_wide(0.06 * leak, 0.01)),
        *rates,
    )


def self_check_of(verdict: str) -> SelfCheck:
    violated = verdict == "violated"
    explanations = {
        "consistent": "Nothing that was measured contradicts the accountant's curve, and the models that were trained "
        "without DP would have been told from it.",
        "violated": "On record digits-0061 the headline attack finds 31 of 32 members and wrongly accuses 0 of 32 "
        "others, which the accountant's curve of epsilon 8.00 does not allow: proved with 95 % confidence.",
        "not tested": "8 models an arm are too few: even an attack without a mistake could not contradict this claim. "
        "About 128 models an arm would do.",
    }
    tests = (
        ClaimTest(
            name="record",
            what="headline attack on one record",
            alpha=0.0167,
            refuted=violated,
            could_refute=verdict != "not tested",
            control_refutes=None if verdict == "not tested" else True,
            evidence="31 of 32 members found, 0 of 32 others accused" if violated else "10 of 32, 6 of 32",
            record_ids=("digits-0061",) if violated else (),
        ),
        ClaimTest(
            name="one-run",
            what="headline attack on all canaries",
            alpha=0.0167,
            refuted=False,
            could_refute=verdict != "not tested",
            control_refutes=None if verdict == "not tested" else False,
            evidence="330 of 640 guesses right",
        ),
        ClaimTest(
            name="memorization",
            what="memorization of all records",
            alpha=0.0167,
            refuted=False,
            could_refute=False,
            control_refutes=False,
            evidence="no record is above the cap of 0.62 beyond doubt",
        ),
    )
    return SelfCheck(
        verdict=verdict,  # type: ignore[arg-type]
        explanation=explanations[verdict],
        tests=tests,
        confidence=0.95,
        models_needed=128 if verdict == "not tested" else None,
    )


def _limited(rate: float, trials: int = 32) -> tuple[float, float, float]:
    half = 1.96 * ((rate * (1 - rate) + 1 / trials) / trials) ** 0.5
    return rate, max(0.0, rate - half), min(1.0, rate + half)


def _point(fpr: float, fnr: float) -> TradeOffPoint:
    x, x_low, x_high = _limited(fpr)
    y, y_low, y_high = _limited(fnr)
    return TradeOffPoint(fpr=x, fpr_low=x_low, fpr_high=x_high, fnr=y, fnr_low=y_low, fnr_high=y_high)


def gaussian_fnr(fpr: float, mu: float) -> float:
    """The lowest FNR at an FPR (Dong, Roth & Su 2019, arXiv 1905.02383, definition 2.6)."""
    return 1 - fpr if fpr in (0, 1) else PHI.cdf(PHI.inv_cdf(1 - fpr) - mu)


def trade_off_of(leak: float, guarantee: PrivacyGuarantee | None) -> TradeOffCurves:
    trials = TRIALS[power(leak)][0]
    mu = {"much": 3.6, "some": 1.8, "none": 0.4}[power(leak)]
    fprs = [step / 32 for step in range(33)]
    grid = tuple(step / 100 for step in range(101)) if guarantee else ()
    e, delta = (math.exp(guarantee.epsilon), guarantee.delta) if guarantee else (1.0, 0.0)
    return TradeOffCurves(
        record_id="digits-0061",
        measured=tuple(_point(fpr, round(32 * gaussian_fnr(fpr, mu)) / 32) for fpr in fprs),
        certified=_point(trials.false_alarms / 32, 1 - trials.hits / 32),
        fpr=grid,
        claimed=tuple(max(0.0, 1 - delta - e * x, (1 - delta - x) / e) for x in grid),
        accountant=tuple(gaussian_fnr(x, MU) for x in grid),
    )


def canaries_of(leak: float, arm: str) -> Canaries:
    cost = _wide(0.0, 0.004).model_copy(update={"value": -0.0031, "low": -0.0068, "high": 0.0006})
    return Canaries(
        count=200,
        kind="mislabelled",
        exposed=(
            Exposed(
                quantity="attack AUC", canaries=_wide(0.5 + 0.47 * leak, 0.02), natural=_wide(0.5 + 0.1 * leak, 0.006)
            ),
            Exposed(
                quantity="TPR at 1 % FPR",
                canaries=_wide(0.8 * leak**2, 0.05, 6400),
                natural=_wide(0.074 * leak, 0.002, 45_984),
                unit="rate",
            ),
            Exposed(quantity="mean memorization", canaries=_wide(0.9 * leak, 0.03), natural=_wide(0.034 * leak, 0.004)),
            Exposed(quantity="highest epsilon proved", canaries=None, natural=None),
        ),
        cost=Difference(quantity="test accuracy", first=arm, second=arm, estimate=cost, unit="rate"),
    )


def epsilon_of(leak: float, guarantee: PrivacyGuarantee | None, arm: str) -> Epsilon:
    """Findings of an arm with canaries; under DP its self-check is consistent."""
    return Epsilon(
        bounds=bounds_of(leak, guarantee.delta if guarantee else 1e-4),
        caps=caps_of(guarantee, leak) if guarantee else (),
        self_check=self_check_of("consistent") if guarantee else None,
        trade_off=trade_off_of(leak, guarantee),
        canaries=canaries_of(leak, arm),
    )
