"""Views of images: what each moves, and that the record itself is one of them."""

from __future__ import annotations

from typing import get_args

import pytest
import torch
from simulated_training import small_dataset

from audit.config import AuditConfig, View
from audit.errors import ConfigError
from audit.plan import views_for
from audit.training.views import VIEWS, views_of


def test_the_names_are_those_of_the_config() -> None:
    assert tuple(VIEWS) == get_args(View)


def test_what_each_view_does_to_an_image() -> None:
    image = torch.tensor([[[[1.0, 2.0], [3.0, 4.0]]]])
    expected = {
        "plain": [[1, 2], [3, 4]],
        "mirror": [[2, 1], [4, 3]],
        "left": [[2, 2], [4, 4]],
        "right": [[1, 1], [3, 3]],
        "up": [[3, 4], [3, 4]],
        "down": [[1, 2], [1, 2]],
    }
    for name, seen in zip(VIEWS, views_of(image, tuple(VIEWS)), strict=True):
        assert seen[0, 0].tolist() == expected[name], name
    assert image[0, 0].tolist() == [[1, 2], [3, 4]]


def test_views_begin_with_the_record_itself_and_none_comes_twice() -> None:
    for wrong in (("mirror",), ("plain", "mirror", "mirror"), ("mirror", "plain"), ("plain", "upside-down")):
        with pytest.raises(ConfigError, match="views"):
            AuditConfig(pool={"views": wrong})


def test_tables_have_no_other_views_and_that_is_said_before_training() -> None:
    rows = small_dataset()
    assert views_for(AuditConfig(model="mlp"), rows) == ("plain",)
    with pytest.raises(ConfigError, match="are no images"):
        views_for(AuditConfig(model="mlp", pool={"views": ("plain", "mirror")}), rows)
