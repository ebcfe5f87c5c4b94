"""Settings: layers in the right order, every mistake named at once."""

from pathlib import Path

import pytest
import yaml

from audit.config import AuditConfig, DataConfig, DPConfig, PoolConfig, Recipe
from audit.errors import ConfigError
from audit.presets import PRESETS
from audit.settings import as_yaml, checked, read, resolve


def test_flags_override_the_file_which_overrides_the_preset(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text("model: mlp\npool: {models: 8, seed: 3}\nstandard: {epochs: 7}\n")
    config = resolve({"pool": {"models": 12}}, str(path))
    preset = yaml.safe_load((PRESETS / "mlp.yaml").read_text())
    assert (config.pool.models, config.pool.seed, config.standard.epochs) == (12, 3, 7)
    assert config.standard.learning_rate == preset["standard"]["learning_rate"]


def test_a_resolved_config_resolves_to_itself(tmp_path: Path) -> None:
    config = resolve({"model": "mlp", "dp": {"epsilons": [1.0, 8.0]}})
    path = tmp_path / "config.yaml"
    path.write_text(as_yaml(config))
    assert resolve({}, str(path)) == config


@pytest.mark.parametrize("name", sorted(path.stem for path in PRESETS.glob("*.yaml")))
def test_every_preset_is_valid_and_explained(name: str) -> None:
    resolve({} if "model" in read(name) else {"model": "my.module:factory"}, name)
    lines = (PRESETS / f"{name}.yaml").read_text().splitlines()
    assert lines[0].startswith("# ")
    leaves = [line for line in lines if ":" in line and not line.lstrip().startswith("#")]
    assert all("#" in line for line in leaves), [line for line in leaves if "#" not in line]


def test_python_hears_of_all_mistakes_at_once_in_our_words_and_without_a_link() -> None:
    with pytest.raises(ConfigError) as caught:
        AuditConfig(
            model="mlpp",
            data={"source": "digitz"},
            pol={"models": 8},
            pool={"modles": 8, "models": 2},
            dp={"epsilon": [8]},
            analysis={"headline": "ensembel", "attacks": ("los",)},
        )
    said = caught.value.message
    for part in (
        "there is no model 'mlpp' (did you mean 'mlp'?)",
        "there is no data source 'digitz' (did you mean 'digits'?)",
        "unknown setting 'pol' (did you mean 'pool'?)",
        "unknown setting 'pool.modles' (did you mean 'models'?)",
        "pool.models is 2",
        "unknown setting 'dp.epsilon' (did you mean 'epsilons'?)",
        "there is no attack 'los' (did you mean 'loss'?)",
        "there is no attack 'ensembel' (did you mean 'ensemble'?)",
    ):
        assert part in said, part
    assert "http" not in said + caught.value.hint
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None
    assert any("what to do: " in note for note in caught.value.__notes__)


def test_a_group_of_settings_by_itself_explains_its_mistakes_too() -> None:
    with pytest.raises(ConfigError, match=r"unknown setting 'epsilon' \(did you mean 'epsilons'\?\)"):
        DPConfig(epsilon=[8])
    with pytest.raises(ConfigError, match="epochs is -1: input should be greater than 0"):
        Recipe(epochs=-1)
    assert AuditConfig(pool=PoolConfig(models=8)).pool.models == 8
    assert AuditConfig(model="my_package.nets:factory", data=DataConfig(source="none/such.npz")).data.label is None


def test_what_lies_on_disk_may_name_what_is_no_more() -> None:
    assert checked({"data": {"source": "gone"}, "analysis": {"attacks": ["renamed"]}}).data.source == "gone"
    with pytest.raises(ConfigError, match="there is no attack 'renamed'"):
        resolve({"analysis": {"attacks": ["renamed"]}})


def test_the_names_that_are_told_without_torch_are_those_that_there_are() -> None:
    from audit import mistakes, models

    assert tuple(models.MODELS) == mistakes.MODELS


def test_two_mistakes_are_both_named_with_the_nearest_key() -> None:
    with pytest.raises(ConfigError) as caught:
        checked({"pool": {"modles": 8}, "dp": {"epsilons": [-1.0]}})
    assert "'pool.modles' (did you mean 'models'?)" in caught.value.message
    assert "dp.epsilons.0 is -1.0" in caught.value.message


@pytest.mark.parametrize(
    ("settings", "complaint"),
    [
        ({"pool": {"models": 3}}, "pool.models is 3"),
        ({"dp": {"epsilons": [0]}}, "dp.epsilons.0 is 0"),
        ({"dp": {"epsilons": [8, 8]}}, "given twice"),
        ({"dp": {"recipe": {"max_grad_norm": None}}}, "max_grad_norm"),
        ({"analysis": {"confidence": 1.5}}, "analysis.confidence is 1.5"),
    ],
)
def test_each_bad_setting_is_refused(settings: dict, complaint: str) -> None:
    with pytest.raises(ConfigError, match=complaint.replace(".", r"\.")):
        checked(settings)


@pytest.mark.parametrize("name", ["stack", "workers"])
def test_stack_and_workers_are_a_number_or_auto(name: str) -> None:
    assert [getattr(resolve({name: given}), name) for given in ("auto", 4, "4")] == ["auto", 4, 4]
    for wrong in (0, "none", 1.5):
        with pytest.raises(ConfigError) as caught:
            resolve({name: wrong})
        assert caught.value.message == f"{name} is {wrong!r}: input should be a whole number from 1 on, or 'auto'"


def test_an_unknown_preset_names_the_nearest() -> None:
    with pytest.raises(ConfigError, match="did you mean 'resnet'"):
        read("resnett")


@pytest.mark.parametrize("content", ["- a\n- b\n", "a: [1\n", "\x00"])
def test_a_file_that_is_no_settings_is_refused(tmp_path: Path, content: str) -> None:
    path = tmp_path / "bad.yaml"
    path.write_text(content)
    with pytest.raises(ConfigError, match=r"bad\.yaml"):
        read(str(path))


def test_yaml_executes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "evil.yaml"
    path.write_text(f"model: !!python/object/apply:pathlib.Path.touch [{tmp_path / 'touched'}]\n")
    with pytest.raises(ConfigError):
        read(str(path))
    assert not (tmp_path / "touched").exists()


def test_the_defaults_are_valid() -> None:
    assert AuditConfig().pool.models % 2 == 0


def test_python_and_command_line_train_the_same_recipe() -> None:
    assert AuditConfig(model="mlp", dp={"epsilons": (8.0,)}) == resolve({"model": "mlp", "dp": {"epsilons": [8]}})
