"""The check of a claim: silent where the claim holds, loud where it does not, and honest about what it could see."""

from __future__ import annotations

import numpy as np
import pytest
from mechanisms import gaussian, randomised_response
from repetitions import times
from scipy import stats
from worlds import gaussian_world, null_world, planted_world

from attacks.base import Evidence
from audit.caps import TESTS
from audit.epsilon.claim_tests import Claim, Seen
from audit.epsilon.proof import Proof, proof_of
from audit.epsilon.self_check import LARGEST_FACTOR, self_check
from audit.epsilon.statements import statements
from audit.memorization import memorization_scores
from bounds import EpsilonDelta, Gaussian
from bounds.tradeoff import gaussian_delta
from reports.result import SelfCheck

ALPHA = 0.05


def seen_of(world: Evidence, delta: float = 1e-5) -> Seen:
    return Seen(proof_of(world, delta, ALPHA), memorization_scores(world, 1 - ALPHA), len(world.pair))


def claim_of(mu: float) -> Claim:
    return Claim(Gaussian(mu), float(gaussian_delta(mu, 0.0)), 1.0)


def checked(world: Evidence, claim: Claim, control: Evidence | None = None) -> SelfCheck:
    ids = [f"r{i}" for i in range(world.phi.shape[1])]
    return self_check(seen_of(world), claim, ids, seen_of(control) if control else None)


def test_a_mechanism_that_keeps_its_claim_is_called_violated_at_most_at_alpha() -> None:
    """Audits of a mechanism that is exactly as private as it claims, the hardest case; passed by chance: 1e-4."""
    rng, false, audits = np.random.default_rng(1), 0, times(300)
    for _ in range(audits):
        false += checked(gaussian(32, 20, 1.0, rng), claim_of(1.0)).verdict == "violated"
    assert false <= stats.binom.isf(1e-4, audits, ALPHA)


def test_a_mechanism_that_breaks_its_claim_is_called_violated_by_the_test_that_shows_it() -> None:
    found = checked(gaussian(64, 100, 1.0, np.random.default_rng(2)), claim_of(0.2))
    assert found.verdict == "violated"
    assert [test.name for test in found.tests if test.refuted] == ["one-run"]
    assert "guesses" in found.explanation
    assert found.models_needed is None
    assert found.confidence == pytest.approx(1 - ALPHA)


def test_a_single_record_that_breaks_the_claim_is_named() -> None:
    found = checked(planted_world(64, 100, 1, 20.0, 3), Claim(EpsilonDelta(0.5, 1e-5), 0.25, 0.5))
    assert found.verdict == "violated"
    by_name = {test.name: test for test in found.tests}
    assert by_name["record"].record_ids == ("r0",)
    assert by_name["memorization"].record_ids == ("r0",)
    assert "record r0" in found.explanation


def test_the_tests_share_alpha() -> None:
    found = checked(null_world(32, 30, 4), claim_of(1.0))
    assert len(found.tests) == TESTS
    assert sum(test.alpha for test in found.tests) == pytest.approx(ALPHA)


def test_silence_counts_only_where_training_without_dp_would_have_been_seen() -> None:
    quiet, loud = null_world(32, 40, 5), gaussian_world(32, 40, 6.0, 6)
    assert checked(quiet, claim_of(1.0), loud).verdict == "consistent"
    whisper = gaussian_world(32, 40, 0.3, 7)
    untested = checked(quiet, claim_of(3.0), whisper)
    assert untested.verdict == "not tested"
    assert "nothing is known of the guarantee" in untested.explanation
    assert untested.models_needed is None
    assert f"{32 * LARGEST_FACTOR:,}" in untested.explanation


def test_without_a_control_an_attack_without_a_mistake_stands_in() -> None:
    quiet = null_world(16, 5, 8)
    weak = checked(quiet, Claim(EpsilonDelta(3.0, 1e-5), 0.91, 3.0))
    assert weak.verdict == "not tested"
    assert weak.models_needed is not None
    assert weak.models_needed > 16
    assert checked(quiet, Claim(EpsilonDelta(0.5, 1e-5), 0.3, 0.5)).verdict == "consistent"


def test_a_pool_of_the_size_that_is_named_would_have_been_enough() -> None:
    """The control's rates, in a pool as large as the check says is needed, do refute the claim; half of it does not."""
    rng, claim = np.random.default_rng(9), Claim(EpsilonDelta(4.5, 0.0), 0.98, 4.5)
    control = randomised_response(32, 10, 12.0, rng)
    needed = checked(null_world(32, 10, 10), claim, control).models_needed
    assert needed is not None
    for models, refuted in ((needed, True), (needed // 2, False)):
        larger = randomised_response(models, 10, 12.0, rng)
        tests = checked(larger, claim).tests
        assert any(test.refuted for test in tests if test.name != "memorization") is refuted


def statements_of(world: Evidence, delta: float) -> dict[str, object]:
    proof = proof_of(world, delta, ALPHA)
    return {bound.name: bound for bound in statements(proof, [str(i) for i in range(world.phi.shape[1])])}


def test_proved_bounds_share_alpha_and_come_first() -> None:
    found = list(statements_of(gaussian_world(64, 50, 3.0, 11), 1e-5).values())
    kinds = [bound.kind for bound in found]
    assert kinds == ["proved", "proved", "assumes", "assumes", "credible"]
    assert sum(bound.alpha for bound in found if bound.kind == "proved") == pytest.approx(ALPHA)
    assert all(bound.assumption for bound in found if bound.kind != "proved")
    assert not any(bound.assumption for bound in found if bound.kind == "proved")
    assert all(bound.epsilon <= bound.most_provable + 1e-9 for bound in found)


def test_at_delta_zero_a_gaussian_mechanism_has_no_finite_epsilon() -> None:
    assert not any("gaussian" in name for name in statements_of(gaussian_world(64, 50, 3.0, 11), 0.0))


def test_a_record_is_named_only_where_something_is_proved_of_it() -> None:
    proved = statements_of(null_world(32, 30, 12), 1e-5)["record"]
    assert (proved.epsilon, proved.record_id) == (0.0, None)
    loud = statements_of(planted_world(64, 30, 1, 20.0, 13), 1e-5)["record"]
    assert loud.record_id == "0"


def test_what_is_missing_has_a_reason() -> None:
    few: Proof = proof_of(null_world(6, 20, 14), 1e-5, ALPHA)
    assert len(few.reasons) == 2
    unfair = proof_of(null_world(32, 20, 15), 1e-5, ALPHA, fair=False)
    assert unfair.reasons == ("one-run bounds need fair coins, an inclusion rate of 0.5",)
