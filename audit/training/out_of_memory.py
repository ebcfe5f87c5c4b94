"""What it looks like when memory does not suffice, and what is then tried instead."""

from __future__ import annotations

from audit.errors import TrainingError

_WORDS = ("can't allocate memory", "cannot allocate", "not enough memory", "out of memory", "alloc_failed")


def is_out_of_memory(error: BaseException) -> bool:
    """Whether an error says that memory could not be had, on the processor or on the device.

    Args:
        error: what was raised; PyTorch has a type of its own for a GPU and a plain RuntimeError for a CPU.
    """
    import torch

    if isinstance(error, MemoryError | torch.OutOfMemoryError):
        return True
    return isinstance(error, RuntimeError) and any(words in str(error).lower() for words in _WORDS)


def half(models: int) -> int:
    """The smaller stack that is tried when memory did not suffice: half, in whole pairs, at least one model.

    Args:
        models: models of the stack that was too large, from 2.
    """
    return max(1, models // 2 - models // 2 % 2)


def too_large(arm: str, model: int) -> TrainingError:
    """The error when not even one model fits into memory."""
    return TrainingError(
        f"arm {arm}, model {model}: memory does not suffice to train even one model alone",
        "use a smaller batch_size, a smaller model or fewer --workers; what was finished is kept",
    )


def give_back() -> None:
    """Let the device have the memory back that PyTorch still holds for later."""
    import torch

    if torch.cuda.is_initialized():
        torch.cuda.empty_cache()
