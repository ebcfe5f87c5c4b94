"""What is known of an arm's epsilon: claimed, proved, assumed; its caps, its self-check and its canaries."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, FiniteFloat

from reports.findings import Difference, Estimate, Part, Rate

BoundKind = Literal["proved", "assumes", "credible"]
SelfCheckVerdict = Literal["consistent", "violated", "not tested"]


class Trials(Part):
    """Counts of an attack on one record, or on the coin of one; every model is an independent trial.

    Attributes:
        attack: when a model is called a member.
        hits: trials with the record IN that the attack calls members.
        members: trials with the record IN.
        false_alarms: trials with it OUT that the attack calls members.
        non_members: trials with it OUT.
    """

    attack: str
    hits: int = Field(ge=0)
    members: int = Field(ge=0)
    false_alarms: int = Field(ge=0)
    non_members: int = Field(ge=0)


class Guesses(Part):
    """How often guesses of fair coins were right.

    Attributes:
        runs: independent training runs, none the complement of another.
        coins: records whose membership was a fair coin, over all runs.
        guesses: how many of them were guessed; fixed before these runs were looked at.
        right: how many of the guesses were right.
        alone: what a single run proves by its own guesses, the median over the runs: what an audit of one model may
            hope for; None where there is one run.
    """

    runs: int = Field(ge=1)
    coins: int = Field(ge=0)
    guesses: int = Field(ge=0)
    right: int = Field(ge=0)
    alone: FiniteFloat | None = None


class EpsilonBound(Part):
    """A lower bound on epsilon, or a statement like one; the kind says how much it is worth.

    Attributes:
        name: `record`, `one-run` and the same with `-gaussian` and `-credible`.
        title: whose outcomes it rests on and how, for a table.
        kind: `proved` holds with its confidence whatever the mechanism; `assumes` does so if the assumption is true;
            `credible` is a posterior's interval and no bound.
        epsilon: the bound, or the lower end; 0 proves nothing, and is no evidence of privacy.
        high: the upper end of a credible interval; None of a bound.
        confidence: one-sided, with which the true epsilon is at least this. All proved bounds of an arm hold together
            with the audit's confidence, so that the largest may be quoted.
        alpha: what was spent on it, 1 - confidence.
        delta: at which delta.
        source: authors, year, theorem, arXiv number.
        assumption: what has to be true besides fair coins and independent runs; empty if nothing.
        method: the test.
        selection: the rule that chose record, threshold or number of guesses, and how the choice was paid for.
        record_id: the record that it rests on; None where it rests on many, or proves nothing.
        trials: its counts; None where it rests on guesses.
        guesses: its guesses; None where it rests on trials.
        most_provable: what an attack without a mistake could have proved with these models.
    """

    name: str
    title: str
    kind: BoundKind
    epsilon: FiniteFloat
    high: FiniteFloat | None = None
    confidence: Rate
    alpha: Rate
    delta: FiniteFloat
    source: str
    assumption: str = ""
    method: str
    selection: str
    record_id: str | None = None
    trials: Trials | None = None
    guesses: Guesses | None = None
    most_provable: FiniteFloat


class Cap(Part):
    """A figure that the guarantee caps, beside its measurement.

    Attributes:
        quantity: what is capped, in words.
        fpr: of a TPR, the false-positive rate; None of an advantage.
        cap: the highest value that the accountant's trade-off curve allows.
        measured: the measurement; None where there is none.
        of_most: True where the measurement is that of the highest of all records, False where it is a mean over them.
    """

    quantity: str
    fpr: Rate | None = None
    cap: Rate
    measured: Estimate | None
    of_most: bool = False


class ClaimTest(Part):
    """A test of the accountant's whole trade-off curve.

    Attributes:
        name: `record`, `one-run` or `memorization`.
        what: the attack and on what, in words.
        alpha: chance of a false alarm, at most.
        refuted: whether what was seen is impossible under the claim at this alpha.
        could_refute: whether an attack without a mistake would have refuted the claim with these models.
        control_refutes: whether what was seen without DP would have refuted this claim; None without such an arm.
        evidence: the counts, in words.
        record_ids: the records that refute it, at most 20.
    """

    name: str
    what: str
    alpha: Rate
    refuted: bool
    could_refute: bool
    control_refutes: bool | None = None
    evidence: str
    record_ids: tuple[str, ...] = ()


class SelfCheck(Part):
    """Whether the DP implementation is what it claims to be.

    Attributes:
        verdict: `violated` is a proof, with the audit's confidence; `consistent` says that a violation as large as
            training without DP would have been seen, and was not; `not tested` that it would not.
        explanation: the verdict in a sentence or two, with the record, the attack and the bound.
        tests: all tests; together they raise a false alarm with at most 1 - confidence.
        confidence: of the verdict `violated`.
        models_needed: models an arm with which the same rates without DP would have refuted the claim; None where
            these suffice, or no size up to the one that was tried does.
    """

    verdict: SelfCheckVerdict
    explanation: str
    tests: tuple[ClaimTest, ...]
    confidence: Rate
    models_needed: int | None = None


class TradeOffPoint(Part):
    """Error rates of an attack on one record at one threshold, with the limits of both.

    Attributes:
        fpr: share of OUT models that the attack calls members.
        fpr_low: its lower limit.
        fpr_high: its upper limit.
        fnr: share of IN models that it does not.
        fnr_low: its lower limit.
        fnr_high: its upper limit.
    """

    fpr: Rate
    fpr_low: Rate
    fpr_high: Rate
    fnr: Rate
    fnr_low: Rate
    fnr_high: Rate


class TradeOffCurves(Part):
    """Measured error rates beside what is allowed.

    Attributes:
        record_id: the record whose rates are shown.
        measured: its rates at all thresholds, on the models that did not choose it; limits hold point by point.
        certified: the rates at the threshold that was chosen beforehand.
        fpr: the grid of the curves.
        claimed: lowest FNR that (epsilon, delta) allows at each FPR; empty without DP.
        accountant: lowest FNR on the accountant's own curve; empty without DP.
    """

    record_id: str
    measured: tuple[TradeOffPoint, ...]
    certified: TradeOffPoint
    fpr: tuple[Rate, ...] = ()
    claimed: tuple[Rate, ...] = ()
    accountant: tuple[Rate, ...] = ()


class Exposed(Part):
    """A figure of canaries beside that of natural records: the worst case beside the typical one.

    Attributes:
        quantity: which figure.
        canaries: None where it cannot be had.
        natural: likewise.
        unit: `rate` is shown in percent, `plain` as it is.
    """

    quantity: str
    canaries: Estimate | None
    natural: Estimate | None
    unit: Literal["rate", "plain"] = "plain"


class Canaries(Part):
    """What canaries show, and what they cost.

    Attributes:
        count: how many were added to the records, by a fair coin a model.
        kind: what they are.
        exposed: their figures beside those of natural records.
        cost: test accuracy with canaries minus without, paired by models; None where it was not measured.
    """

    count: int
    kind: str
    exposed: tuple[Exposed, ...]
    cost: Difference | None = None


class Epsilon(Part):
    """All that is known of an arm's epsilon besides its guarantee.

    Attributes:
        bounds: the proved ones first.
        caps: what the guarantee caps, measured; empty without DP.
        self_check: of the DP implementation; None without DP.
        trade_off: of the record that the first bound rests on; None where there are too few models.
        canaries: None without canaries.
        reasons: why bounds are missing, a sentence each.
    """

    bounds: tuple[EpsilonBound, ...]
    caps: tuple[Cap, ...] = ()
    self_check: SelfCheck | None = None
    trade_off: TradeOffCurves | None = None
    canaries: Canaries | None = None
    reasons: tuple[str, ...] = ()

    @property
    def proved(self) -> EpsilonBound | None:
        """The largest proved bound; all of them hold together, so that choosing it costs nothing more."""
        proved = [bound for bound in self.bounds if bound.kind == "proved"]
        return max(proved, key=lambda bound: bound.epsilon, default=None)

    @property
    def joint_alpha(self) -> float:
        """What all proved bounds have spent together."""
        return sum(bound.alpha for bound in self.bounds if bound.kind == "proved")

    @property
    def most_provable(self) -> float:
        """The most that a proved bound could have shown; 0 where there is none."""
        return max((bound.most_provable for bound in self.bounds if bound.kind == "proved"), default=0.0)
