"""The whole experiment on a small scale: what it finds, that it goes on where it stopped, and what it never writes."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from audit.cli import app
from audit.errors import AuditError
from audit.experiments.secrets.exposure import chance, highest
from audit.experiments.secrets.findings import Heard, levels_of
from audit.experiments.secrets.flow import secrets
from audit.experiments.secrets.formats import Format
from audit.experiments.secrets.messages import messages
from audit.experiments.secrets.plan import planned
from audit.experiments.secrets.settings import Settings, resolved
from audit.experiments.standalone import experiment_in
from audit.training.base import Arm, Schedule
from reports.experiments.standalone import ExperimentResult

SMALL = Settings(format="code {d}{d}{d}{d}", repeats=(1, 12), secrets=6, references=200, beam=12, texts=160, length=24)


def recipes(**more):
    """One arm with DP, so private and short that it learns nothing; a standard one that learns codes by heart."""
    standard = {"epochs": 10, "batch_size": 16, "learning_rate": 0.01}
    dp = {"epsilons": [1.0], "recipe": {"epochs": 1, "batch_size": 128, "learning_rate": 0.001}}
    asked = {"model": "sequence_models:small", "pool": {"models": 4, "seed": 1}, "standard": standard, "dp": dp}
    return resolved({**asked, "workers": 1, "stack": 2, **more}, None)


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, ExperimentResult]:
    return secrets(SMALL, recipes(), tmp_path_factory.mktemp("secrets"))


def block(result: ExperimentResult):
    found = result.experiments.secrets
    assert found is not None
    return found


@pytest.fixture(scope="module")
def plan(done):
    return planned(SMALL, recipes(), done[0])


def test_secrets_that_stand_often_are_exposed_and_under_dp_they_are_not(done) -> None:
    found = block(done[1])
    often, private = found.level("standard", 12), found.level("dp-eps-1", 12)
    assert often.exposure_in.value > found.chance + 2
    assert often.gain.low > 0
    assert private.gain.low <= 0
    assert abs(private.exposure_in.value - found.chance) < 1
    assert often.exposure_in.value > found.level("standard", 1).exposure_in.value


def test_models_that_were_not_trained_on_a_secret_do_not_expose_it(done) -> None:
    """Of four levels with an interval at 95 % each one misses chance in 1 of 20 runs; the seed is fixed."""
    found = block(done[1])
    assert all(level.exposure_out.low <= found.chance <= level.exposure_out.high for level in found.levels)
    assert all(level.fitted_out.value < 4 for level in found.levels)


def test_every_figure_is_within_what_is_possible_and_names_its_sample(done) -> None:
    found = block(done[1])
    assert (found.chance, found.highest) == (chance(200), highest(200))
    assert found.space_bits == Format.parsed(SMALL.format).bits
    assert [(level.arm, level.repeats) for level in found.levels] == [
        (arm, repeats) for arm in ("standard", "dp-eps-1") for repeats in (1, 12)
    ]
    for level in found.levels:
        assert level.secrets == 6 == level.exposure_in.n
        assert 0 <= level.exposure_in.low <= level.exposure_in.high <= found.highest
        assert level.fitted_in.high <= found.space_bits
        assert 0 <= level.extracted_in.low <= level.extracted_in.high <= 1
        assert "2 model pairs" in level.exposure_in.method or "all agree" in level.exposure_in.method


def test_the_promise_of_dp_is_for_all_copies_of_a_secret(done) -> None:
    found = block(done[1])
    once, often = found.level("dp-eps-1", 1), found.level("dp-eps-1", 12)
    guarantee = done[1].arms[1].guarantee
    assert once.epsilon == pytest.approx(guarantee.epsilon, rel=0.02)
    assert often.epsilon > 5 * once.epsilon
    assert found.chance < once.exposure_cap < often.exposure_cap <= found.highest
    assert found.level("standard", 1).epsilon is None is found.level("standard", 1).exposure_cap
    assert not any(level.over_cap for level in found.levels)


def test_the_standard_models_are_the_better_ones(done) -> None:
    standard, private = block(done[1]).arms
    assert standard.bits_per_character.high < private.bits_per_character.low
    assert private.bits_per_character.value < np.log2(97) + 0.5


def test_a_second_call_trains_nothing_and_finds_the_same(done, plan) -> None:
    folder, first = done
    assert not any(plan.training.missing.values())
    assert "nothing is left to train" in plan.lines()[-1]
    again = block(secrets(SMALL, recipes(), folder)[1])
    assert _figures(again) == _figures(block(first))


def test_a_run_that_was_stopped_goes_on_to_the_same_end(done, tmp_path: Path) -> None:
    """Half of the shards are there; and stacks of another size, which round otherwise, change no figure by much."""
    folder, first = done
    shards = sorted((folder / "arms").rglob("*.safetensors"))
    assert len(shards) == 4
    for shard in shards[::2]:
        copy = tmp_path / shard.relative_to(folder)
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes(shard.read_bytes())
    plan = planned(SMALL, recipes(), tmp_path)
    assert sum(map(len, plan.training.missing.values())) == 4
    assert _figures(block(secrets(SMALL, recipes(), tmp_path)[1])) == _figures(block(first))


def test_a_pool_can_grow_and_its_first_models_stay(done) -> None:
    folder, _ = done
    grown = recipes(pool={"models": 6, "seed": 1})
    missing = planned(SMALL, grown, folder).training.missing
    assert missing == {"standard": [4, 5], "dp-eps-1": [4, 5]}


def test_other_settings_are_not_mixed_into_a_folder(done) -> None:
    with pytest.raises(AuditError, match="models-00000"):
        planned(Settings(**{**vars(SMALL), "beam": 9}), recipes(), done[0])


def test_no_secret_and_no_text_is_written(done, plan) -> None:
    from audit.experiments.standalone import finish

    folder, result = done
    finish(folder, result)
    sentences = [plan.planting.format.sentence(fill) for fill in plan.planting.secrets]
    codes = [sentence.removeprefix("code ") for sentence in sentences]
    texts = [text for text in (*plan.texts.train, *plan.texts.test) if len(text) > 12]
    written = (folder / "experiment.json").read_text() + (folder / "config.yaml").read_text()
    page = (folder / "report.html").read_text()
    assert not [text for text in (*sentences, *texts) if text in written or text in page]
    assert not [code for code in codes if re.search(rf"(?<![0-9.]){code}(?![0-9.])", written)]
    assert experiment_in(folder) == result


def test_a_model_that_was_not_trained_exposes_nothing(tmp_path: Path) -> None:
    """Steps of rate 1e-9: IN and OUT at chance in both arms; one interval at 99.9 % misses in 1 of 1,000 runs."""
    idle = {"epochs": 1, "max_steps": 1, "learning_rate": 1e-9}
    config = recipes(standard=idle, dp={"epsilons": [8.0], "recipe": idle}, analysis={"confidence": 0.999})
    found = block(secrets(SMALL, config, tmp_path)[1])
    for level in found.levels:
        for estimate in (level.exposure_in, level.exposure_out):
            assert estimate.low <= found.chance <= estimate.high
        assert level.gain.low <= 0 <= level.gain.high
        assert level.extracted_in.value <= 0.2


def heard(secret_bits: np.ndarray, place: np.ndarray, plan) -> Heard:
    rng = np.random.default_rng(0)
    references = rng.normal(30, 3, (4, 200))
    return Heard(plan.planting, plan.planting.inside(4, 1), secret_bits, references, place, 1, 0.95)


def test_planted_models_that_know_their_secrets_show_all_there_is(plan) -> None:
    inside = plan.planting.inside(4, 1)
    noise = np.random.default_rng(1).normal(30, 3, inside.shape)
    known = heard(np.where(inside, 1.0, noise), np.where(inside, 3, 0), plan)
    for level in levels_of(known, plan.arms[0]):
        assert level.exposure_in.value == highest(200)
        assert level.highest_in.value == level.extracted_in.value == 1
        assert level.fitted_in.value == plan.planting.format.bits
        assert level.extracted_out.value == 0
        assert level.gain.low > 0


def test_a_model_above_the_cap_is_called_a_violation(done, plan) -> None:
    """The same planted models, said to be trained with DP at a noise that allows no such thing."""
    from audit.experiments.secrets.words import answer

    inside = plan.planting.inside(4, 1)
    noise = np.random.default_rng(1).normal(30, 3, inside.shape)
    private = Arm("dp-eps-1", "dp", "", plan.arms[1].recipe, Schedule(0.5, 3, 50.0), 8.0, "prv", 1.0, 1e-5)
    levels = levels_of(heard(np.where(inside, 1.0, noise), np.where(inside, 3, 0), plan), private)
    assert all(level.over_cap for level in levels if level.repeats == 1)
    said = answer(levels, block(done[1]).arms[1:], chance(200), highest(200))
    assert said[0].startswith("VIOLATION in arm dp-eps-1: secrets that stand in the text once")


def call(*words: object):
    return CliRunner().invoke(app, ["experiment", "secrets", *map(str, words)])


TINY = "--texts 160 --secrets 4 --references 100 --beam 4 --repeats 1,6 --models 4 --length 24 --workers 1 --stack 2"


@pytest.mark.draws
def test_the_command_ends_with_an_answer_a_page_and_json_that_can_be_parsed(tmp_path: Path) -> None:
    path = tmp_path / "mine.txt"
    path.write_text("\n".join(messages(250, 3)))
    quick = tmp_path / "quick.yaml"
    quick.write_text("standard: {epochs: 1}\ndp: {recipe: {epochs: 1}}\n")
    words = [
        *TINY.split(),
        "--data",
        path,
        "--format",
        "pin {d}{d}{d}{d}",
        "--config",
        quick,
        "--out",
        tmp_path / "run",
    ]
    called = call(*words, "--model", "sequence_models:small", "--json", "-")
    assert called.exit_code == 0, called.output
    found = json.loads(called.stdout)
    assert found["data"]["name"] == "mine"
    assert [arm["name"] for arm in found["arms"]] == ["standard", "dp-eps-8", "dp-eps-1"]
    assert str(tmp_path) not in json.dumps(found)
    again = call(*words, "--model", "sequence_models:small")
    assert "nothing is left to train" in again.output
    assert "mean exposure" in again.stdout
    assert (tmp_path / "run" / "report.html").read_text().count("secrets-exposure")


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (["--format", "pin {d"], "expected '}'"),
        (["--format", "pin {d}"], "at least twice as many sentences"),
        (["--repeats", "1,x"], "whole numbers"),
        (["--repeats", "4,1", "--beam", "0"], "--beam 0"),
        (["--data", "absent.txt"], "no such file"),
        (["--dp-eps", "-1"], "dp.epsilons.0"),
        (["--models", "2"], "pool.models"),
        (["--model", "sequence_models:foreseeing"], "come later"),
        (["--run", "absent"], "absent"),
    ],
)
def test_a_bad_setting_is_refused_before_anything_is_trained(words, complaint, tmp_path: Path) -> None:
    called = call(*words, "--out", tmp_path / "none")
    error = called.exception
    assert isinstance(error, AuditError)
    assert error.exit_code == 2
    assert complaint in f"{error.message} {error.hint}"
    assert not list(tmp_path.rglob("*.safetensors"))


def _figures(found) -> dict:
    return found.model_dump(exclude={"seconds"})
