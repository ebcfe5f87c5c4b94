"""What the experiment `longtail` found."""

from __future__ import annotations

from typing import Literal

from pydantic import FiniteFloat

from reports.experiments.block import Block
from reports.findings import Estimate, Part, Rate

Kind = Literal["share", "unfitted", "worth", "excess"]


class TailBand(Part):
    """Subpopulations that occur so often in the training set of a model.

    Attributes:
        name: the numbers of times, `3-5`.
        subpopulations: how many there are in the mean over the models.
        test_share: share of the test records that are of them.
    """

    name: str
    subpopulations: Estimate | None
    test_share: Estimate | None


class ArmBand(Part):
    """What an arm makes of one band; None where there is nothing to measure.

    Attributes:
        band: the band's name.
        test_error: share of the band's test records that are wrong.
        train_error: share of its IN records that are wrong.
        memorization: P[right | IN] - P[right | OUT] with equally many others of the subpopulation IN.
        more: test error above the standard arm's; None for the standard arm.
        paid: what the band adds to the difference of the overall test error, as a share of all test records.
        bears: its part of that difference; None where no difference is proved.
    """

    band: str
    test_error: Estimate | None
    train_error: Estimate | None
    memorization: Estimate | None
    more: Estimate | None = None
    paid: Estimate | None = None
    bears: Estimate | None = None


class TailArm(Part):
    """An arm by band.

    Attributes:
        arm: its name.
        test_error: over all test records.
        more: test error above the standard arm's; None for the standard arm.
        bands: in the order of the bands.
    """

    arm: str
    test_error: Estimate | None
    more: Estimate | None
    bands: tuple[ArmBand, ...]


class Forecast(Part):
    """What the theory predicts beside what was measured; shares of all test records.

    Attributes:
        kind: `share` of the test records whose subpopulation occurs so often in training; `unfitted`, the error on
            subpopulations whose training records the model gets wrong; `worth`, what fitting them saves against a
            learner that fits none; `excess`, the error above the standard arm's.
        times: how often the subpopulation occurs in the training set; None is once or oftener.
        arm: the arm; empty for `share`.
        predicted: by the theorem, from the frequencies and from the training errors alone.
        carried: the same times how far a fitted label carries over to test records in the standard arm.
        measured: on the test records.
        gap: measured minus predicted.
        carried_gap: measured minus carried.
    """

    kind: Kind
    times: int | None
    arm: str
    predicted: Estimate | None
    carried: Estimate | None = None
    measured: Estimate | None
    gap: Estimate | None
    carried_gap: Estimate | None = None


class Coupling(Part):
    """Whether a label that is fitted in training is right on test records of its subpopulation.

    Attributes:
        arm: the arm.
        times: how often the subpopulation occurs in the training set.
        fitted: P[test record right | training record right].
        unfitted: P[test record wrong | training record wrong].
        gain: accuracy on the same test records with so many training records IN, minus with none.
    """

    arm: str
    times: int
    fitted: Estimate | None
    unfitted: Estimate | None
    gain: Estimate | None


class ExpectedFrequency(Part):
    """Expected frequency of a subpopulation that occurs so often in a training set.

    Attributes:
        times: how often.
        known: from the prior; None where that is not known.
        estimated: by Good and Turing; None where no subpopulation occurs so often, or none once more.
    """

    times: int
    known: FiniteFloat | None
    estimated: FiniteFloat | None


class LongTail(Block):
    """What the experiment `longtail` found.

    Attributes:
        name: its name.
        column: the column that names a record's subpopulation.
        subpopulations: how many there are, seen or not, as far as is known.
        prior_known: whether the frequencies are known, or estimated from the records.
        training_records: mean number of IN records of a model.
        chance: accuracy of a guess, on a subpopulation that was never seen.
        carries: share of the worth of a fitted singleton that the standard arm realises on test records.
        none_fitted: what a learner that fits no singleton would pay, as a share of all test records; predicted.
        bands: the bands, the rarest first.
        arms: the arms, the standard arm first.
        forecasts: prediction beside measurement.
        couplings: training against test records.
        frequencies: tau by number of times.
    """

    name: Literal["longtail"] = "longtail"
    column: str
    subpopulations: int
    prior_known: bool
    training_records: FiniteFloat
    chance: Rate
    carries: Estimate | None
    none_fitted: Estimate | None
    bands: tuple[TailBand, ...]
    arms: tuple[TailArm, ...]
    forecasts: tuple[Forecast, ...]
    couplings: tuple[Coupling, ...]
    frequencies: tuple[ExpectedFrequency, ...]

    def band_of(self, arm: str, band: str) -> ArmBand | None:
        """What an arm makes of a band; None where there is no such arm.

        Args:
            arm: its name.
            band: the band's name.
        """
        return next((b for a in self.arms if a.arm == arm for b in a.bands if b.band == band), None)

    def forecast(self, kind: Kind, times: int | None, arm: str = "") -> Forecast | None:
        """A forecast; None where there is none.

        Args:
            kind: of what.
            times: how often the subpopulation occurs.
            arm: the arm.
        """
        return next((f for f in self.forecasts if (f.kind, f.times, f.arm) == (kind, times, arm)), None)
