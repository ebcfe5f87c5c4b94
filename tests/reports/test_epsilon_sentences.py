"""What epsilon means for a person: against the closed form, and never rounded into certainty."""

from __future__ import annotations

import math
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sample_parts import dp_guarantee, estimate
from sample_result import minimal, sample, unmeasured, untested, violated

from reports import epsilon_sentences as said
from reports import numbers
from reports.overview import checks_of, columns_of
from reports.result import Cap, Epsilon, PrivacyGuarantee

EPSILONS = st.floats(0, 200, allow_nan=False)


def guarantee(epsilon: float) -> PrivacyGuarantee:
    return dp_guarantee(epsilon, 0.614).model_copy(update={"epsilon": epsilon, "delta": 1e-5})


def proved(epsilon: float) -> str:
    bound = sample().arms[0].epsilon.bounds[0].model_copy(update={"epsilon": epsilon})
    return said.proved(bound, 2.956, 0.95)


@pytest.mark.parametrize(
    ("epsilon", "sure"),
    [(0.0, "50.0 %"), (1.0, "73.1 %"), (2.0, "88.1 %"), (4.0, "98.2 %"), (8.0, "99.97 %"), (9.0, "99.99 %")],
)
def test_how_sure_a_guarantee_lets_an_attacker_be(epsilon: float, sure: str) -> None:
    """e^eps / (1 + e^eps), by hand."""
    assert said.guaranteed(guarantee(epsilon)) == (
        "An attacker who knows every other record, and thinks it as likely as not that a record was used, can be no "
        f"surer than {sure} that it was, if the guarantee of epsilon {numbers.rounded_up(epsilon)} holds (but for a "
        "failure probability of 1e-5)."
    )


@given(EPSILONS)
def test_a_belief_is_the_closed_form_and_below_certainty(epsilon: float) -> None:
    assert said.belief(epsilon) == pytest.approx(math.exp(epsilon) / (1 + math.exp(epsilon)), abs=1e-12)
    assert 0.5 <= said.belief(epsilon) < 1


@given(EPSILONS)
def test_no_epsilon_is_said_to_make_anybody_certain(epsilon: float) -> None:
    text = said.guaranteed(guarantee(epsilon)) + proved(epsilon)
    assert not re.search(r"\b100(\.0+)? %", text)
    assert not re.search(r"[<>]", text)


@pytest.mark.parametrize("epsilon", [10.0, 40.0, 200.0])
def test_a_huge_epsilon_promises_next_to_nothing(epsilon: float) -> None:
    assert "be more than 99.99 % sure that it was" in said.guaranteed(guarantee(epsilon))


@pytest.mark.parametrize(
    ("epsilon", "sure", "least"),
    [
        (2.31, "90.9 %", "at least 2.31"),
        (2.3199, "91.0 %", "at least 2.31"),
        (0.001, "50.0 %", "above 0"),
        (40.0, "99.99 %", "at least 40.00"),
    ],
)
def test_what_is_proved_is_rounded_down(epsilon: float, sure: str, least: str) -> None:
    assert proved(epsilon) == (
        f"This audit proves (confidence 95 %) that some attacker can be at least {sure} sure about a record: epsilon "
        f"is {least}, at delta 1e-4."
    )


@given(st.floats(1e-6, 30, allow_nan=False))
def test_no_proof_is_overstated(epsilon: float) -> None:
    sure = re.search(r"at least ([\d.]+) % sure", proved(epsilon))
    assert sure
    assert float(sure[1]) <= 100 / (1 + math.exp(-epsilon)) + 1e-9


def test_nothing_proved_is_no_evidence_of_privacy() -> None:
    assert proved(0.0) == (
        "Nothing is proved about epsilon; that is no evidence of privacy: this audit could have proved at most 2.95."
    )


@pytest.mark.parametrize(
    ("cap", "text"),
    [
        (0.2774, "No attacker can find more than 27.8 % of the members while wrongly accusing 1 % of the others, if"),
        (0.0123, "No attacker can find more than 1.3 % of the members while"),
        (0.999987, "does not keep an attacker from finding more than 99.99 % of the members while"),
        (1.0, "does not keep an attacker from finding all members while"),
    ],
)
def test_caps_are_rounded_up_and_never_into_certainty(cap: float, text: str) -> None:
    assert text in said.capped(Cap(quantity="TPR", fpr=0.01, cap=cap, measured=None))


def test_an_arm_says_what_is_claimed_proved_and_capped_at_both_low_rates() -> None:
    sentences = [text for text in said.of_arms(columns_of(sample()), 0.95) if text.startswith("dp-eps-8: ")]
    keys = ("no surer than", "nothing is proved", "wrongly accusing 1 %", "wrongly accusing 0.1 %")
    assert all(key in text for key, text in zip(keys, sentences, strict=True))
    assert all(text.endswith(".") for text in sentences)


def test_a_claim_alone_is_still_explained() -> None:
    (text,) = (text for text in said.of_arms(columns_of(unmeasured()), 0.95) if text.startswith("dp-eps-8: "))
    assert "99.97 %" in text
    assert said.of_arms(columns_of(minimal()), 0.95) == ()


def test_reasons_for_missing_bounds_are_given() -> None:
    assert any("8 models are too few for a bound" in text for text in said.of_arms(columns_of(untested()), 0.95))
    assert said.of_arm("x", None, Epsilon(bounds=()), 0.95) == ()
    reasons = ("DP has no coins.", "The pool has no coins.")
    said_of_x = said.of_arm("x", None, Epsilon(bounds=(), reasons=reasons), 0.95)
    assert said_of_x == ("x: DP has no coins.", "x: the pool has no coins.")


def test_only_a_violation_stands_before_everything() -> None:
    assert said.violation(checks_of(columns_of(violated()))) == "DP self-check VIOLATED: dp-eps-8"
    assert [said.violation(checks_of(columns_of(result))) for result in (sample(), untested(), minimal())] == [""] * 3


def test_a_self_check_is_named_by_arm_and_verdict_and_explained() -> None:
    ((title, check),) = checks_of(columns_of(untested()))
    assert said.self_check_sentence(title, check) == f"dp-eps-8: not tested. {check.explanation}"


@pytest.mark.parametrize(
    ("kind", "shown"),
    [
        ("noise", "noise"),
        ("/home/anna/secret/canaries.npz", "canaries.npz"),
        (r"C:\anna\secret\canaries.npz", "canaries.npz"),
        ("secret/folder.npz/", "folder.npz"),
    ],
)
def test_of_a_file_of_canaries_the_name_alone_is_shown(kind: str, shown: str) -> None:
    assert said.base_name(kind) == shown


def test_the_cost_of_canaries_is_in_points_or_said_to_be_unknown() -> None:
    column = columns_of(sample())[0]
    canaries = column.arm.epsilon.canaries
    known = said.canary_sentences([column])[1]
    assert "test accuracy with canaries minus without: -0.31 points (-0.68 to +0.06), paired by models." in known

    def cost(difference: object) -> str:
        epsilon = column.arm.epsilon.model_copy(update={"canaries": canaries.model_copy(update={"cost": difference})})
        arm = column.arm.model_copy(update={"epsilon": epsilon})
        return said.canary_sentences(columns_of(sample().model_copy(update={"arms": (arm,)})))[1]

    assert cost(None) == "standard: what the canaries cost in accuracy was not measured."
    without = canaries.cost.model_copy(update={"estimate": None, "reason": "no test set."})
    assert cost(without) == "standard: what the canaries cost in accuracy is not known: no test set."
    plain = canaries.cost.model_copy(update={"estimate": estimate(-0.2, 0.01), "unit": "rate"})
    assert "-20.0 points" in cost(plain)
