"""Every setting of an audit: typed, checked together, unknown keys refused."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    ValidatorFunctionWrapHandler,
    WrapValidator,
    model_validator,
)

from audit.mistakes import explained
from audit.presets import merged, recipes_of

if TYPE_CHECKING:
    from pydantic._internal._model_construction import ModelMetaclass
else:
    ModelMetaclass = type(BaseModel)

Fraction = Annotated[float, Field(gt=0, lt=1)]
Positive = Annotated[float, Field(gt=0)]


def _said_once(given: Any, valid: ValidatorFunctionWrapHandler) -> Any:
    """One complaint for a value that is neither of two things, not one for each."""
    try:
        return valid(given)
    except ValidationError as error:
        raise ValueError("Input should be a whole number from 1 on, or 'auto'") from error


CountOrAuto = Annotated[Annotated[int, Field(ge=1)] | Literal["auto"], WrapValidator(_said_once)]


class Explained(ModelMetaclass):
    """Who calls a group of settings from Python hears of all mistakes in it at once, as on the command line."""

    def __call__(cls, *positional: Any, **settings: Any) -> Any:
        """Make the settings.

        Raises:
            ConfigError: naming every mistake, with the nearest name for an unknown one.
        """
        part: Any = cls
        return explained(part, settings, lambda: super(Explained, cls).__call__(*positional, **settings))


class Part(BaseModel, metaclass=Explained):
    """A group of settings; frozen, and an unknown key is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True, validate_default=True)


View = Literal["plain", "mirror", "left", "right", "up", "down"]


class DataConfig(Part):
    """Where the records come from.

    Attributes:
        source: a name of `audit list data`, a file, a folder of images, or `package.module:function`.
        label: column of the label, in a table.
        id: column of the record id, in a table.
        groups: columns to report by, in a table.
        test_share: share of the records held out, by class, where the source has no test set.
        seed: seed of the held-out part and of generated sources.
    """

    source: str = "digits"
    label: str | None = None
    id: str | None = None
    groups: tuple[str, ...] = ()
    test_share: Fraction = 0.2
    seed: Annotated[int, Field(ge=0)] = 0


class Recipe(Part):
    """How one model is trained; the rate and the number of steps are public constants of the pool.

    Attributes:
        optimizer: `sgd` (with momentum) or `adam`.
        learning_rate: the rate that runs; nothing multiplies it but the schedule.
        momentum: momentum of SGD; unused by Adam.
        weight_decay: decoupled for neither; torch.optim's own L2 term.
        schedule: `constant`, or `cosine` down to zero over all steps.
        epochs: passes over the IN records, in expectation.
        batch_size: records a batch; with Poisson sampling its expectation.
        max_steps: upper limit on the number of steps, whatever the epochs say.
        sampling: `shuffle` (each epoch a permutation) or `poisson` (each record by its own coin).
        max_grad_norm: clipping norm of a record's gradient; None trains without clipping.
    """

    optimizer: Literal["sgd", "adam"] = "sgd"
    learning_rate: Positive = 0.1
    momentum: Annotated[float, Field(ge=0, lt=1)] = 0.9
    weight_decay: Annotated[float, Field(ge=0)] = 0.0
    schedule: Literal["constant", "cosine"] = "cosine"
    epochs: Positive = 30
    batch_size: Annotated[int, Field(ge=1)] = 64
    max_steps: Annotated[int, Field(ge=1)] | None = None
    sampling: Literal["shuffle", "poisson"] = "shuffle"
    max_grad_norm: Positive | None = None


class DPConfig(Part):
    """The DP arms.

    Attributes:
        epsilons: one arm an epsilon.
        delta: failure probability; None takes 1e-5, or a tenth of 1/records where that is smaller.
        accountant: Opacus's accountant that calibrates the noise and reports the spent epsilon.
        recipe: DP-SGD wants larger batches and other rates; every difference is listed in the report.
    """

    epsilons: tuple[Positive, ...] = ()
    delta: Positive | None = None
    accountant: Literal["prv", "rdp"] = "prv"
    recipe: Recipe = Recipe(batch_size=256, epochs=40, sampling="poisson", max_grad_norm=1.0, schedule="constant")

    @model_validator(mode="after")
    def _dp_needs_poisson_and_clipping(self) -> DPConfig:
        if self.recipe.sampling != "poisson" or self.recipe.max_grad_norm is None:
            raise ValueError("a DP recipe needs 'sampling: poisson' and a 'max_grad_norm'")
        if len(set(self.epsilons)) != len(self.epsilons):
            raise ValueError("an epsilon is given twice")
        return self


class PoolConfig(Part):
    """How many models an arm, and who is in which training set.

    Attributes:
        models: models an arm; even at inclusion 0.5, where they come as complementary pairs.
        inclusion: probability that a record is IN a model's training set.
        seed: seed of memberships, initial weights, batches and noise.
        views: what a trained model is asked of every record: `plain`, the record itself, comes first; of images also
            the mirror image and shifts by a pixel. They help where training augments; where it does not, they may
            well hide what the record itself gives away. The report says what they add.
    """

    models: Annotated[int, Field(ge=4)] = 64
    inclusion: Fraction = 0.5
    seed: Annotated[int, Field(ge=0)] = 0
    views: tuple[View, ...] = ("plain",)

    @model_validator(mode="after")
    def _the_record_itself_comes_first(self) -> PoolConfig:
        if self.views[:1] != ("plain",) or len(set(self.views)) != len(self.views):
            raise ValueError("views must begin with 'plain', and none may come twice")
        return self

    @property
    def paired(self) -> bool:
        """Whether models come as complementary pairs."""
        return self.inclusion == 0.5


class CanaryConfig(Part):
    """Records made to be memorized, which fair coins put into training beside the natural ones.

    Attributes:
        count: how many; 0 adds none.
        kind: `noise`, `mislabelled`, `blank`, or a FILE.npz with arrays x and y. Noise is found most often under DP,
            and costs the least accuracy.
        seed: draws them.
        cost_models: models an arm that are also trained without canaries, to say what these cost in accuracy.
    """

    count: Annotated[int, Field(ge=0)] = 0
    kind: str = "noise"
    seed: Annotated[int, Field(ge=0)] = 0
    cost_models: Annotated[int, Field(ge=0)] = 16


class AnalysisConfig(Part):
    """What is read from the pools.

    Attributes:
        confidence: two-sided confidence of every interval.
        memorized: a record counts as memorized from this memorization score on.
        influential: an influence counts as high from this value on.
        fprs: false-positive rates at which the true-positive rate is reported.
        exposure_fpr: pooled false-positive rate of the threshold by which a record's exposure is read.
        attacks: attacks to run; empty runs all.
        headline: the attack that the verdict rests on; declared before, never chosen after looking.
    """

    confidence: Fraction = 0.95
    memorized: Fraction = 0.25
    influential: Fraction = 0.15
    fprs: tuple[Fraction, ...] = (0.1, 0.01, 0.001, 0.0001)
    exposure_fpr: Fraction = 0.01
    attacks: tuple[str, ...] = ()
    headline: str = "ensemble"


class ReleaseConfig(Part):
    """The context of a release, for the report; it changes no figure.

    Attributes:
        who: who may query the model, such as "registered customers".
        sees: what they see of its answers, such as "the label alone" or "all probabilities".
        purpose: what the model is released for.
    """

    who: str
    sees: str
    purpose: str = ""


class AuditConfig(Part):
    """A whole audit; what is not given of the recipes is taken from the model's preset.

    Attributes:
        data: the records.
        model: a name of `audit list models`, or `package.module:factory`.
        pool: how many models, and which records each is trained on.
        standard: the recipe of the standard arm.
        dp: the DP arms.
        controls: also train the DP recipe without clipping and noise, and with clipping alone.
        canaries: records that are made to be memorized, beside the natural ones.
        analysis: what is read from the pools.
        release: who may query the model and what they see; stands in the report beside the threat model.
        device: where to train.
        stack: models trained as one stacked computation, the unit of saving and resuming; `auto` measures.
        workers: training processes; on a GPU `auto` is one, on a CPU one or one a core, whichever ends first.
    """

    data: DataConfig = DataConfig()
    model: str = "resnet"
    pool: PoolConfig = PoolConfig()
    standard: Recipe = Recipe()
    dp: DPConfig = DPConfig()
    controls: bool = False
    canaries: CanaryConfig = CanaryConfig()
    analysis: AnalysisConfig = AnalysisConfig()
    release: ReleaseConfig | None = None
    device: Literal["auto", "cpu", "cuda"] = "auto"
    stack: CountOrAuto = "auto"
    workers: CountOrAuto = "auto"

    @model_validator(mode="before")
    @classmethod
    def _recipes_of_the_model(cls, given: Any) -> Any:
        """Settings that are not given are those of the model's preset, from Python as from the command line."""
        if not isinstance(given, Mapping) or not isinstance(given.get("model", ""), str):
            return given
        fields = {name: cls.model_fields[name].default.model_dump() for name in ("standard", "dp")}
        return merged(merged(fields, recipes_of(given.get("model", cls.model_fields["model"].default))), given)
