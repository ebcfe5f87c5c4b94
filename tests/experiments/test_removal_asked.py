"""Removals that make no sense are refused, all mistakes together, before anything is trained."""

from __future__ import annotations

import pytest
from typer.testing import CliRunner

from audit.cli import app
from audit.config import AuditConfig
from audit.errors import ConfigError
from audit.experiments.removal.asked import Asked, asked, check_config, check_records


def test_what_is_asked_is_read_in_percent_and_rising() -> None:
    found = asked("exposure", "10, 1,2.5", 3, 2, 4.0, "dp-eps-8")
    assert found == Asked("exposure", (0.01, 0.025, 0.1), 3, 2, 0.04, "dp-eps-8")
    assert asked("memorization", "1,2,5,10", 2, 3, 5.0, "standard") == Asked()


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        (("memorisation", "5", 2, 3, 5.0), "did you mean 'memorization'"),
        (("loss", "5", 2, 3, 5.0), "there are memorization, exposure, influence"),
        (("memorization", "0", 2, 3, 5.0), "--share 0"),
        (("memorization", "5,51", 2, 3, 5.0), "--share 51"),
        (("memorization", "5,-1", 2, 3, 5.0), "--share -1"),
        (("memorization", "nan", 2, 3, 5.0), "--share nan"),
        (("memorization", "5,5", 2, 3, 5.0), "given twice"),
        (("memorization", "5,,6", 2, 3, 5.0), "nothing is no percentage"),
        (("memorization", "a lot", 2, 3, 5.0), "a lot is no percentage"),
        (("memorization", "5", 0, 3, 5.0), "--repeats 0"),
        (("memorization", "5", 2, -1, 5.0), "--layers -1"),
        (("memorization", "5", 2, 3, 20.0), "removes 60 %"),
        (("memorization", "5", 2, 3, 0.0), "--layer-share 0"),
        (("memorization", "5", 2, 1, float("nan")), "--layer-share nan"),
    ],
)
def test_nonsense_is_refused(settings, said) -> None:
    with pytest.raises(ConfigError) as error:
        asked(*settings, "standard")
    assert said in error.value.message


def test_all_mistakes_are_told_together() -> None:
    with pytest.raises(ConfigError) as error:
        asked("memorisation", "0,x", 0, 30, 5.0, "standard")
    for said in ("--by memorisation", "--share 0", "x is no percentage", "--repeats 0", "--layers 30"):
        assert said in error.value.message


def test_without_layers_their_share_does_not_matter() -> None:
    assert asked("memorization", "5", 1, 0, 99.0, "standard").layers == 0


def test_pools_that_cannot_carry_it_are_refused() -> None:
    few = AuditConfig(model="mlp", pool={"models": 14})
    with pytest.raises(ConfigError, match="7 pairs"):
        check_config(few, Asked())
    unpaired = AuditConfig(model="mlp", pool={"models": 64, "inclusion": 0.7})
    with pytest.raises(ConfigError, match=r"pool\.inclusion 0\.7"):
        check_config(unpaired, Asked())
    private = AuditConfig(model="mlp", pool={"models": 16}, dp={"epsilons": (8.0,)})
    check_config(private, Asked(arm="dp-eps-8"))
    with pytest.raises(ConfigError, match="did you mean 'dp-eps-8'"):
        check_config(private, Asked(arm="dp-eps8"))
    check_config(AuditConfig(model="mlp", controls=True), Asked(arm="clip-only"))


def test_data_that_cannot_carry_it_is_refused() -> None:
    check_records(100, 10, Asked())
    with pytest.raises(ConfigError) as error:
        check_records(30, 0, Asked(shares=(0.01, 0.1), layer_share=0.012))
    for said in ("1 % of 30 records is none", "1.2 % of 30", "no test records"):
        assert said in error.value.message


@pytest.mark.parametrize(
    "words",
    [
        ["--by", "memorisation"],
        ["--share", "80"],
        ["--models", "8"],
        ["--arm", "dp-eps-3"],
        ["--layers", "20"],
    ],
)
def test_the_command_refuses_before_it_trains(words, tmp_path) -> None:
    found = CliRunner().invoke(app, ["experiment", "removal", "--out", str(tmp_path / "run"), *words])
    assert found.exit_code != 0
    assert isinstance(found.exception, ConfigError | SystemExit)
    assert not (tmp_path / "run").exists()
