"""What Feldman's theorem predicts beside what is measured; over model pairs crossed with subpopulations."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from audit.experiments.longtail.answers import Answers
from audit.experiments.longtail.census import Bools
from audit.experiments.longtail.crossed import Crossed
from audit.experiments.longtail.prior import Frequencies, GoodTuring, KnownPrior
from reports.experiments.longtail import Coupling, ExpectedFrequency, Forecast, Kind
from reports.result import Estimate

SHARES = (0, 1, 2)
FITTED = (1, 2)


@dataclass(frozen=True)
class Theory:
    """Feldman 2020, arXiv 1906.05271, Theorem 2.3: `error >= opt + sum_l tau_l errn(l)`, and what it is held against.

    Attributes:
        frequencies: how much weight subpopulations have.
        arms: name -> what the models say; the standard arm first.
        chance: accuracy of a guess, on a subpopulation that was never seen, in [0, 1).
        confidence: two-sided level of the intervals, in (0, 1).
    """

    frequencies: Frequencies
    arms: Mapping[str, Answers]
    chance: float
    confidence: float

    @property
    def standard(self) -> Answers:
        """The first arm."""
        return next(iter(self.arms.values()))

    def forecasts(self) -> tuple[Forecast, ...]:
        """Prediction beside measurement, of shares of all test records."""
        shares = [self._share(times) for times in SHARES]
        fitted = [make(arm, n) for n in FITTED for make in (self._unfitted, self._worth) for arm in self.arms.values()]
        others = [arm for arm in self.arms.values() if arm is not self.standard]
        excess = [self._excess(arm, times) for times in (*FITTED, None) for arm in others]
        return (*shares, *fitted, *excess)

    def couplings(self) -> tuple[Coupling, ...]:
        """Whether test records follow the training records of their subpopulation."""
        return tuple(self._coupling(arm, times) for times in FITTED for arm in self.arms.values())

    def none_fitted(self) -> Estimate | None:
        """What a learner pays that fits no singleton, and guesses their labels: `tau_1 N_1 (1 - chance)`."""
        share = self.frequencies.share(1)
        return _estimate(share and share.map(lambda mass: mass * (1 - self.chance)), self.confidence)

    def carries(self, times: int) -> Crossed | None:
        """How much of the predicted worth of fitting the standard arm realises on test records.

        The gain from l training records over that of a learner that fits them all, and whose test records all follow.

        Args:
            times: l.
        """
        census, standard = self.standard.census, self.standard
        chosen = census.count == times
        missed = census.total(standard.unfitted * chosen) / census.total(chosen)
        possible = missed.map(lambda share: 1 - self.chance - share)
        return standard.gain(times) / possible if possible.value > 0 else None

    def frequency(self, times: int) -> ExpectedFrequency:
        """`tau_l`, from the prior where it is known, and by Good and Turing.

        Args:
            times: l.
        """
        known = self.frequencies.frequency(times) if isinstance(self.frequencies, KnownPrior) else None
        estimated = GoodTuring(self.standard.census).frequency(times)
        return ExpectedFrequency(times=times, known=known, estimated=estimated)

    def _share(self, times: int) -> Forecast:
        census = self.standard.census
        measured = census.test_share(census.test_records * (census.count == times))
        return self._forecast("share", times, "", self.frequencies.share(times), measured)

    def _unfitted(self, arm: Answers, times: int) -> Forecast:
        chosen, most = arm.census.count == times, self._most(times)
        predicted = self.frequencies.cost(arm.unfitted, times)
        return self._forecast("unfitted", times, arm.arm, predicted, arm.lost(arm.unfitted * chosen), most=most)

    def _worth(self, arm: Answers, times: int) -> Forecast:
        share, cost = self.frequencies.share(times), self.frequencies.cost(arm.unfitted, times)
        fits = share.map(lambda mass: mass * (1 - self.chance)) - cost if share and cost else None
        census, most = arm.census, self._most(times)
        mass = census.test_share(census.test_records * (census.count == times))
        return self._forecast("worth", times, arm.arm, fits, mass * arm.gain(times), lowest=-1, most=most)

    def _excess(self, arm: Answers, times: int | None) -> Forecast:
        chosen, most = _occurring(arm, times), self._most(times)
        predicted = self.frequencies.cost(arm.unfitted - self.standard.unfitted, times)
        measured = arm.lost(chosen) - self.standard.lost(chosen)
        carries = None if times is None else self.carries(times)
        carried = predicted * carries if predicted and carries else None
        return self._forecast("excess", times, arm.arm, predicted, measured, carried, -1, most)

    def _forecast(
        self,
        kind: Kind,
        times: int | None,
        arm: str,
        predicted: Crossed | None,
        measured: Crossed,
        carried: Crossed | None = None,
        lowest: float = 0.0,
        most: float = 1.0,
    ) -> Forecast:
        figures = {"predicted": predicted, "carried": carried, "measured": measured}
        gaps = {
            "gap": predicted and measured - predicted,
            "carried_gap": carried and measured - carried,
        }
        said = {name: _estimate(figure, self.confidence, lowest, most) for name, figure in figures.items()}
        apart = {name: _estimate(figure, self.confidence, -1, most) for name, figure in gaps.items()}
        return Forecast(kind=kind, times=times, arm=arm, **said, **apart)

    def _coupling(self, arm: Answers, times: int) -> Coupling:
        chosen, tests = arm.census.count == times, arm.census.test_records
        missed, fitted = arm.unfitted * chosen, (1 - arm.unfitted) * chosen
        total = arm.census.total
        right = total((tests - arm.test_wrong) * fitted) / total(tests * fitted)
        wrong = total(arm.test_wrong * missed) / total(tests * missed)
        return Coupling(
            arm=arm.arm,
            times=times,
            fitted=_estimate(right, self.confidence),
            unfitted=_estimate(wrong, self.confidence),
            gain=_estimate(arm.gain(times), self.confidence, -1),
        )

    def _most(self, times: int | None) -> float:
        """Share of the test records that are of subpopulations that occur so often: no part of them can be more."""
        census, chosen = self.standard.census, _occurring(self.standard, times)
        return census.test_share(census.test_records * chosen).value


def _occurring(arm: Answers, times: int | None) -> Bools:
    return np.asarray(arm.census.count > 0 if times is None else arm.census.count == times)


def _estimate(figure: Crossed | None, confidence: float, lowest: float = 0.0, most: float = 1.0) -> Estimate | None:
    return None if figure is None else figure.estimate(confidence, lowest, part=most)
