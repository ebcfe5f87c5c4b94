"""What a policy may hold."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, FiniteFloat, model_validator

from reports.outcome import Compared, Side

Rate = Annotated[float, Field(ge=0, le=1)]


class Part(BaseModel):
    """A piece of a policy; unknown keys are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class TprLimit(Part):
    """At most this true-positive rate at this false-positive rate, for the named attack or the headline one."""

    fpr: Rate
    at_most: Rate
    attack: str | None = None


class PathLimit(Part):
    """A limit on any figure of the result.

    Attributes:
        path: where the figure stands (see `audit.policy.path`); of several figures the worst decides.
        at_most: the figure has to be this or lower.
        at_least: the figure has to be this or higher.
        by: hold the whole interval against the limit, or the point alone.
        name: what reports call the limit; the path if not given.
    """

    path: Annotated[str, Field(min_length=1)]
    at_most: FiniteFloat | None = None
    at_least: FiniteFloat | None = None
    by: Compared = "interval"
    name: str = ""

    @model_validator(mode="after")
    def _one_side(self) -> PathLimit:
        if (self.at_most is None) == (self.at_least is None):
            raise ValueError("give either at_most or at_least; for both, write two limits")
        return self

    @property
    def side(self) -> Side:
        """On which side of the limit the figure has to be."""
        return "at most" if self.at_most is not None else "at least"

    @property
    def bound(self) -> float:
        """The limit."""
        return self.at_most if self.at_most is not None else float(self.at_least or 0)


class Policy(Part):
    """The limits; those that are absent are not checked.

    Attributes:
        arms: the arms that are held against the limits; empty takes all but the controls.
        tpr_at_fpr: limits on the true-positive rate of an attack.
        share_memorized_at_most: limit on the share of records memorized.
        claimed_epsilon_at_most: limit on the accountant's epsilon; an arm without DP has none, and fails.
        proved_epsilon_at_most: limit on the proved lower bound.
        test_accuracy_at_least: floor on the mean test accuracy.
        limits: limits on any other figure, by its path.
    """

    arms: tuple[str, ...] = ()
    tpr_at_fpr: tuple[TprLimit, ...] = ()
    share_memorized_at_most: Rate | None = None
    claimed_epsilon_at_most: Annotated[float, Field(gt=0)] | None = None
    proved_epsilon_at_most: Annotated[float, Field(ge=0)] | None = None
    test_accuracy_at_least: Rate | None = None
    limits: tuple[PathLimit, ...] = ()
