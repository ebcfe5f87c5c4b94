"""The result of `audit verify-dp`: what the self-check says of engines whose correctness is known."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, FiniteFloat

from reports.epsilon import Guesses, SelfCheck, Trials
from reports.findings import Part, Rate

SCHEMA_VERSION = "1.0"

Expected = Literal["not refuted", "caught"]


class ClaimedTraining(Part):
    """A training as it is accounted, whatever an engine makes of it.

    Attributes:
        name: of the setting.
        purpose: what it is made to show and why it does.
        records: natural records, IN always.
        canaries: records that are IN by a fair coin each.
        canary_kind: what they are.
        noise_multiplier: standard deviation of the noise over the clipping norm.
        sample_rate: probability of an IN record to be in a batch.
        steps: number of DP-SGD steps.
        max_grad_norm: clipping norm of a record's gradient.
        epsilon: what the accountant claims.
        delta: at this delta.
        cap: highest advantage that any attack on a record can have, by the accountant.
    """

    name: str
    purpose: str
    records: int
    canaries: int
    canary_kind: str
    noise_multiplier: FiniteFloat
    sample_rate: Rate
    steps: int
    max_grad_norm: FiniteFloat
    epsilon: FiniteFloat
    delta: FiniteFloat
    cap: Rate


class Control(Part):
    """What the self-check says of one engine.

    Attributes:
        name: as the command line takes it.
        title: for a table.
        setting: name of the training that is claimed.
        breakage: what is wrong with the engine; empty if nothing is.
        expected: what must come of it.
        self_check: the same as of an audit's arm.
        chances: test -> the smallest alpha at which that test alone refutes the claim; the smaller, the surer. 1e-15
            stands for all smaller ones.
        proved_epsilon: the largest proved lower bound on epsilon; 0 proves nothing. A claim can be refuted although
            it is above this: the accountant's whole curve is tested, not one point of it.
        trials: counts of the attack on one canary; None where there are too few models.
        guesses: guesses of all canaries' coins; None likewise.
        models: trained models.
        seconds: wall time of training and analysis.
    """

    name: str
    title: str
    setting: str
    breakage: str
    expected: Expected
    self_check: SelfCheck
    chances: dict[str, Rate]
    proved_epsilon: FiniteFloat
    trials: Trials | None
    guesses: Guesses | None
    models: int = Field(ge=1)
    seconds: FiniteFloat

    @property
    def caught(self) -> bool:
        """Whether the claim is refuted."""
        return self.self_check.verdict == "violated"

    @property
    def passed(self) -> bool:
        """Whether there came of it what had to."""
        return self.caught == (self.expected == "caught")

    @property
    def caught_by(self) -> tuple[str, ...]:
        """Names of the tests that refute the claim."""
        return tuple(test.name for test in self.self_check.tests if test.refuted)


class Verification(Part):
    """Positive and negative controls of the self-check.

    Attributes:
        schema_version: version of this schema.
        verdict: the answer in plain sentences, most important first.
        passed: whether every control came out as it must.
        confidence: of each control's verdict `violated`.
        false_alarm: chance, at most, that a correct engine among these is called violated.
        settings: the trainings that are claimed.
        controls: what came of each engine.
        seed: of canaries, coins, batches and noise.
        seconds: wall time of all.
        created: when it ended, ISO 8601, UTC.
        platform: operating system and processor, without host names.
        versions: package -> version.
    """

    schema_version: str = SCHEMA_VERSION
    verdict: tuple[str, ...]
    passed: bool
    confidence: Rate
    false_alarm: Rate
    settings: tuple[ClaimedTraining, ...]
    controls: tuple[Control, ...]
    seed: int
    seconds: FiniteFloat
    created: str
    platform: str
    versions: dict[str, str]
