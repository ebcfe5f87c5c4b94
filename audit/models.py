"""Architectures by name, and anyone's by import path, made fit for training with and without DP."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from difflib import get_close_matches

import torch
from opacus.validators import ModuleValidator
from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm

from audit import architectures
from audit.errors import ModelError
from audit.importing import imported

Factory = Callable[[tuple[int, ...], int], nn.Module]

logging.getLogger("opacus").setLevel(logging.WARNING)  # it announces every replaced layer on stderr


@dataclass(frozen=True, slots=True)
class Architecture:
    """A built-in architecture.

    Attributes:
        name: registry key, as the command line takes it.
        description: one line for `audit list models`.
        factory: `(shape of one record, classes) -> module`.
    """

    name: str
    description: str
    factory: Factory


@dataclass(frozen=True, slots=True)
class ModelCard:
    """What a report says of an architecture.

    Attributes:
        name: as it was asked for.
        parameters: how many numbers are trained.
        notes: what was changed in it, in sentences.
    """

    name: str
    parameters: int
    notes: tuple[str, ...]


MODELS: dict[str, Architecture] = {
    architecture.name: architecture
    for architecture in (
        Architecture("linear", "softmax regression; records of any shape", architectures.linear),
        Architecture("mlp", "one hidden layer of 128 units; records of any shape", architectures.mlp),
        Architecture("cnn", "two convolutions with GroupNorm; images", architectures.cnn),
        Architecture("resnet", "residual network with GroupNorm, as deep as the image is large", architectures.resnet),
    )
}


def build(name: str, in_shape: tuple[int, ...], classes: int, seed: int) -> nn.Module:
    """Build a model whose initial weights depend on the seed alone.

    Args:
        name: a key of `MODELS`, or `package.module:factory`.
        in_shape: shape of one record.
        classes: number of classes.
        seed: seed of the initial weights, below 2**64; the global random state stays as it was.

    Raises:
        ModelError: if there is no such model, it does not build, or it cannot be trained with DP.
    """
    return _built(name, in_shape, classes, seed)[0]


def inspect_model(name: str, in_shape: tuple[int, ...], classes: int) -> ModelCard:
    """Build a model once, try it, and tell what a report has to say of it.

    Args:
        name: a key of `MODELS`, or `package.module:factory`.
        in_shape: shape of one record.
        classes: number of classes.

    Raises:
        ModelError: as `build`, or if the output is not [records, classes].
    """
    model, notes = _built(name, in_shape, classes, seed=0)
    _check_output(name, model, in_shape, classes)
    return ModelCard(name, sum(p.numel() for p in model.parameters() if p.requires_grad), notes)


_ONE_AT_A_TIME = threading.RLock()  # the global stream is one for all threads


@contextmanager
def seeded(seed: int) -> Iterator[None]:
    """Draw from a stream of one's own for a while; afterwards the global one goes on as if nothing was.

    Args:
        seed: seed of the stream, below 2**64.
    """
    devices = range(torch.cuda.device_count()) if torch.cuda.is_initialized() else ()
    with _ONE_AT_A_TIME, torch.random.fork_rng(devices=list(devices)):
        torch.default_generator.manual_seed(seed)  # torch.manual_seed writes a traceback for each absent device
        if torch.cuda.is_initialized():
            torch.cuda.manual_seed_all(seed)
        yield


def _built(name: str, in_shape: tuple[int, ...], classes: int, seed: int) -> tuple[nn.Module, tuple[str, ...]]:
    factory = MODELS[name].factory if name in MODELS else _imported(name)
    with seeded(seed):
        model = _called(name, factory, in_shape, classes)
    notes = _replace_batch_norm(model)
    _check_supported(name, model)
    return model.train(), notes


def _imported(name: str) -> Factory:
    """The factory at an import path.

    Raises:
        ModelError: if there is none.
    """
    module_name, _, attribute = name.partition(":")
    if not module_name or not attribute:
        raise ModelError(f"there is no model {name!r}", _suggestion(name))
    try:
        module = imported(module_name)
    except Exception as error:
        raise ModelError(
            f"model {name!r}: {module_name} does not import: {type(error).__name__}: {error}",
            "run `python -c 'import " + module_name + "'` from the same folder, or set PYTHONPATH",
        ) from error
    factory = getattr(module, attribute, None)
    if not callable(factory):
        said = "is not callable" if hasattr(module, attribute) else "does not exist"
        raise ModelError(f"model {name!r}: {attribute} {said} in {module_name}", _EXPECTED)
    return factory


_EXPECTED = "a factory is `def factory(in_shape: tuple[int, ...], classes: int) -> torch.nn.Module`"


def _suggestion(name: str) -> str:
    near = get_close_matches(name, MODELS, n=1)
    nearest = f"did you mean {near[0]!r}? " if near else ""
    return f"{nearest}built in: {', '.join(MODELS)}; your own as package.module:factory"


def _called(name: str, factory: Factory, in_shape: tuple[int, ...], classes: int) -> nn.Module:
    try:
        model = factory(in_shape, classes)
    except ModelError:
        raise
    except Exception as error:
        raise ModelError(f"model {name!r}: its factory failed: {type(error).__name__}: {error}", _EXPECTED) from error
    if not isinstance(model, nn.Module):
        raise ModelError(
            f"model {name!r}: its factory returned {type(model).__name__}, not a torch.nn.Module", _EXPECTED
        )
    return model


def _replace_batch_norm(model: nn.Module) -> tuple[str, ...]:
    """Put GroupNorm in place of every BatchNorm, in place, by Opacus's own fixers; say where."""
    normalised = [(path, layer) for path, layer in model.named_modules() if isinstance(layer, _BatchNorm) and path]
    for path, layer in normalised:
        parent, _, last = path.rpartition(".")
        setattr(model.get_submodule(parent), last, _group_norm(layer))
    if not normalised:
        return ()
    layers = ", ".join(path for path, _ in normalised)
    return (f"BatchNorm mixes the records of a batch and was replaced by GroupNorm in every arm (layers: {layers}).",)


def _group_norm(layer: _BatchNorm) -> nn.Module:
    """Opacus's replacement; one group on vectors, where its many groups would leave a number or two each."""
    groups = 1 if isinstance(layer, nn.BatchNorm1d) else None
    fixed: nn.Module = ModuleValidator.FIXERS[type(layer)](layer, num_groups=groups)
    return fixed


def _check_supported(name: str, model: nn.Module) -> None:
    """Refuse what DP-SGD cannot train, and what has nothing to train.

    Raises:
        ModelError: naming every problem.
    """
    problems = [f"model {name!r}: {problem}" for problem in ModuleValidator.validate(model.train())]
    if not any(p.requires_grad for p in model.parameters()):
        problems.append(f"model {name!r} has no trainable parameter")
    if problems:
        raise ModelError.collected(problems, "replace these layers; GroupNorm and LayerNorm are supported")


def _check_output(name: str, model: nn.Module, in_shape: tuple[int, ...], classes: int) -> None:
    """Try the model on two records of noise in 0..1.

    Raises:
        ModelError: if it fails, its output is not [records, classes], or a record's output depends on the other.
    """
    x = torch.rand(2, *in_shape, generator=torch.Generator().manual_seed(0))
    try:
        with torch.no_grad():
            logits, alone = model.eval()(x), model(x[:1])
    except Exception as error:
        raise ModelError(
            f"model {name!r} fails on records of shape {in_shape}: {type(error).__name__}: {error}", _EXPECTED
        ) from error
    shape = tuple(logits.shape) if isinstance(logits, torch.Tensor) else type(logits).__name__
    if shape != (2, classes):
        raise ModelError(
            f"model {name!r} returns {shape} for two records, not logits of shape (2, {classes})", _EXPECTED
        )
    if not torch.allclose(logits[:1], alone, rtol=1e-3, atol=1e-4):
        raise ModelError(
            f"model {name!r} answers differently on a record when another stands beside it",
            "keep the records of a batch apart: normalise within a record (GroupNorm, LayerNorm)",
        )
