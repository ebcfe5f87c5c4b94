"""The sums of a stack, in float64: against Opacus's hooks, and against every record's own gradient."""

from __future__ import annotations

import copy

import pytest
import torch
from opacus import GradSampleModule
from record_gradients import CLASSES, MODELS, RECORDS, batch_of, clipped, close, own_gradients, sums
from stacking_models import SHAPE
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from audit.models import build
from audit.training.stacked.folded import FoldedGradients
from audit.training.stacked.gradients import CannotStackError, StackBatch, StackGradients
from audit.training.stacked.products import materialises
from audit.training.stacked.vmapped import VmappedGradients

OWN = [f"stacking_models:{name}" for name in (
    "words", "twice_convolved", "strided", "one_channel", "grouped", "same_and_reflected", "flat_convolution",
    "group_norms", "partly_frozen", "without_a_rule", "unused",
)]  # fmt: skip
FOLDED = [("linear", (1, 8, 8)), ("mlp", (30,)), ("cnn", (1, 8, 8)), ("resnet", (1, 8, 8)), ("resnet", (3, 16, 16)),
          *((name, SHAPE) for name in OWN)]  # fmt: skip
MAPPED = [
    ("mlp", (30,)),
    ("cnn", (1, 8, 8)),
    *((f"stacking_models:{name}", SHAPE) for name in ("words", "loose", "tied")),
]
# Only the records' own gradients: Opacus has no rule for ConvTranspose2d, takes reflected padding for zeros,
# and gives an embedding's padding row a gradient, which autograd does not.
BEYOND_OPACUS = {f"stacking_models:{name}" for name in ("without_a_rule", "same_and_reflected", "words")}


def stack_of(name: str, shape: tuple[int, ...]) -> list[nn.Module]:
    return [build(name, shape, CLASSES, seed).double() for seed in range(MODELS)]


def opacus_gradients(model: nn.Module, x: Tensor, y: Tensor) -> Tensor:
    """The same by Opacus's hooks engine, which cannot bear a ReLU in place."""
    model = copy.deepcopy(model)
    for layer in model.modules():
        if isinstance(layer, nn.ReLU):
            layer.inplace = False
    cross_entropy(GradSampleModule(model, loss_reduction="sum", strict=False)(x), y, reduction="sum").backward()
    trained = [p for p in model.parameters() if p.requires_grad]
    each = [getattr(p, "grad_sample", None) for p in trained]
    return torch.cat(
        [(p.new_zeros(len(x), p.numel()) if g is None else g.flatten(1)) for p, g in zip(trained, each, strict=True)], 1
    )


@pytest.mark.parametrize(("name", "shape"), FOLDED)
def test_clipped_sums_are_those_of_opacus_and_of_single_records(name: str, shape: tuple[int, ...]) -> None:
    models, batch = stack_of(name, shape), batch_of(shape)
    each = [own_gradients(*one) for one in zip(models, batch.x, batch.y, strict=True)]
    norms = torch.stack([gradients.norm(dim=1) for gradients in each])
    clip = float(norms.median())
    assert (norms > clip).any()
    assert (norms < clip).any()
    found = sums(FoldedGradients(models, range(MODELS)), batch, clip=clip)
    assert close(found, torch.stack([clipped(gradients, clip) for gradients in each]))
    if name not in BEYOND_OPACUS:
        theirs = [opacus_gradients(*one) for one in zip(models, batch.x, batch.y, strict=True)]
        assert close(found, torch.stack([clipped(gradients, clip) for gradients in theirs]))


@pytest.mark.parametrize(("name", "shape"), FOLDED)
def test_plain_sums_are_those_of_autograd(name: str, shape: tuple[int, ...]) -> None:
    models, batch = stack_of(name, shape), batch_of(shape)
    expected = torch.stack([own_gradients(*one).sum(0) for one in zip(models, batch.x, batch.y, strict=True)])
    assert close(sums(FoldedGradients(models, range(MODELS)), batch, clip=None), expected)


@pytest.mark.parametrize("clip", [None, 0.3])
@pytest.mark.parametrize(("name", "shape"), MAPPED)
def test_mapped_sums_are_those_of_single_records(name: str, shape: tuple[int, ...], clip: float | None) -> None:
    models, batch = stack_of(name, shape), batch_of(shape)
    each = [own_gradients(*one) for one in zip(models, batch.x, batch.y, strict=True)]
    expected = torch.stack([gradients.sum(0) if clip is None else clipped(gradients, clip) for gradients in each])
    assert close(sums(VmappedGradients(models, range(MODELS)), batch, clip=clip), expected)


@pytest.mark.parametrize("way", [FoldedGradients, VmappedGradients])
@pytest.mark.parametrize("clip", [None, 0.3])
@pytest.mark.parametrize("name", ["mlp", "cnn", "stacking_models:words"])
def test_rows_that_fill_up_count_nothing_and_parts_add_up(
    name: str, clip: float | None, way: type[StackGradients]
) -> None:
    shape = (1, 8, 8) if name == "cnn" else SHAPE
    gradients, batch = way(stack_of(name, shape), range(MODELS)), batch_of(shape)
    whole = sums(gradients, batch, clip=clip)
    filled = StackBatch(
        torch.cat([batch.x, batch.x[:, :2]], 1), torch.cat([batch.y, batch.y[:, :2]], 1),
        torch.cat([torch.ones(MODELS, RECORDS), torch.zeros(MODELS, 2)], 1).double(),
    )  # fmt: skip
    assert close(sums(gradients, filled, clip=clip), whole)
    assert [part.y.shape[1] for part in batch.split(3)] == [3, 2, 2]
    assert close(sums(gradients, *batch.split(3), clip=clip), whole)
    assert close(sums(gradients, *filled.split(2), clip=clip), whole)


@pytest.mark.parametrize(("name", "shape"), [*FOLDED, *MAPPED])
def test_a_stack_says_what_its_models_say(name: str, shape: tuple[int, ...]) -> None:
    models, batch = stack_of(name, shape), batch_of(shape)
    way = FoldedGradients if (name, shape) in FOLDED else VmappedGradients
    with torch.no_grad():
        expected = torch.stack([model.eval()(x) for model, x in zip(models, batch.x, strict=True)])
        assert torch.allclose(way(models, range(MODELS)).logits(batch.x), expected, rtol=1e-10, atol=1e-12)


def test_both_norms_of_a_product_are_taken_and_agree() -> None:
    """A linear layer at few positions takes Gram matrices, at many it writes the products out."""
    for positions, expected in ((2, False), (60, True)):
        assert materialises(positions, 3, 5) is expected
        models = [nn.Sequential(nn.Unflatten(1, (positions, 3)), nn.Linear(3, 5), nn.Tanh(), nn.Flatten(),
                                nn.Linear(5 * positions, CLASSES)).double() for _ in range(MODELS)]  # fmt: skip
        batch = batch_of((3 * positions,))
        each = [own_gradients(*one) for one in zip(models, batch.x, batch.y, strict=True)]
        clip = float(each[0].norm(dim=1).median())
        found = sums(FoldedGradients(models, range(MODELS)), batch, clip=clip)
        assert close(found, torch.stack([clipped(gradients, clip) for gradients in each]))


@pytest.mark.parametrize(("name", "reason"), [("tied", "share a weight"), ("loose", "outside of its layers")])
def test_what_cannot_be_folded_is_refused(name: str, reason: str) -> None:
    with pytest.raises(CannotStackError, match=reason):
        FoldedGradients(stack_of(f"stacking_models:{name}", SHAPE), range(MODELS))


def test_buffers_that_differ_are_refused() -> None:
    models = stack_of("mlp", SHAPE)
    for number, model in enumerate(models):
        model.register_buffer("offset", torch.tensor(float(number)))
    with pytest.raises(CannotStackError, match="the buffer offset differs"):
        FoldedGradients(models, range(MODELS))
