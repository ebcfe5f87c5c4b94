"""A data set from the person's own code, by import path."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from audit.config import DataConfig
from audit.data.base import Dataset
from audit.data.draft import Draft, nearest
from audit.errors import AuditError, DataError
from audit.importing import imported


def draft(config: DataConfig) -> Draft:
    """Call the function and take what it returns as any other source: nothing of it is trusted unchecked.

    Args:
        config: its source is `package.module:function`; the working directory is importable.

    Raises:
        DataError: if it does not import, is not callable, fails, or returns no Dataset.
    """
    made = _called(config.source, _function(config.source))
    if not isinstance(made, Dataset):
        raise DataError(
            f"{config.source} returned {type(made).__module__}.{type(made).__qualname__}, not audit.data.Dataset",
            "return audit.data.Dataset(name=..., x=..., y=..., x_test=..., y_test=..., ids=..., class_names=...)",
        )
    has_test = len(made.y_test) > 0
    return Draft(
        name=made.name,
        x=np.asarray(made.x),
        y=np.asarray(made.y),
        ids=np.asarray(made.ids),
        class_names=tuple(made.class_names),
        x_test=np.asarray(made.x_test) if has_test else None,
        y_test=np.asarray(made.y_test) if has_test else None,
        groups={name: np.asarray(column) for name, column in made.groups.items()},
        test_groups={name: np.asarray(column) for name, column in made.test_groups.items()} if has_test else {},
        notes=tuple(made.notes),
    )


def _function(source: str) -> Callable[[], Any]:
    module_name, _, name = source.partition(":")
    try:
        module = imported(module_name)
    except Exception as failure:
        raise DataError(
            f"{source}: module '{module_name}' does not import: {type(failure).__name__}: {failure}",
            "run from the folder that holds the module, or install it",
        ) from failure
    found = getattr(module, name, None)
    if not callable(found):
        what = "is not callable" if hasattr(module, name) else f"does not exist{nearest(name, vars(module))}"
        raise DataError(f"{source}: '{name}' of module '{module_name}' {what}", "name a function without arguments")
    return found


def _called(source: str, function: Callable[[], Any]) -> Any:
    try:
        return function()
    except AuditError:
        raise
    except Exception as failure:
        raise DataError(
            f"{source} failed: {type(failure).__name__}: {failure}", "call it by itself to see where it fails"
        ) from failure
