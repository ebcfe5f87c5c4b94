"""Formats, texts and planting: every mistake is one clear error, and a fair coin decides of every secret."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from scipy import stats

from audit.errors import ConfigError, DataError, ModelError
from audit.experiments.secrets.alphabet import BOUNDARY, PRINTABLE, SIZE, entries
from audit.experiments.secrets.formats import Format
from audit.experiments.secrets.messages import messages
from audit.experiments.secrets.plan import checked_model
from audit.experiments.secrets.planting import planted
from audit.experiments.secrets.settings import Settings, as_json, command_of, named, resolved
from audit.experiments.secrets.texts import Texts, texts_of
from audit.files import write_text
from audit.settings import as_yaml
from audit.training.losses import PADDING

TEXTS = Texts("t", tuple(messages(60, 0)), tuple(messages(20, 1)))
PIN = Format.parsed("pin {d}{d}-{a}")


def test_a_format_knows_its_random_characters_and_how_many_sentences_it_has() -> None:
    of = Format.parsed("x{d}-{a}{A}{h}y")
    assert (of.slots, of.positions, of.space) == ((1, 3, 4, 5), 6, 10 * 26 * 26 * 16)
    assert of.bits == pytest.approx(np.log2(10 * 26 * 26 * 16))
    assert of.sentence(np.array([7, 0, 1, 15])) == "x7-aBfy"
    assert Format.parsed("{{{d}}}").sentence(np.array([3])) == "{3}"


def test_what_a_model_is_given_and_asked_of_a_sentence() -> None:
    fill = np.array([[4, 2, 25]])
    assert PIN.sentence(fill[0]) == "pin 42-z"
    assert PIN.given(fill)[0].tolist() == [BOUNDARY, *entries("pin 42-")]
    assert PIN.asked(fill)[0].tolist() == entries("42z")


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("my pin", "no placeholder"),
        ("pin {x}{d}", "{x} is no placeholder"),
        ("pin {d", "expected '}'"),
        ("pin {d}}", "Single '}'"),
        ("pin {d:3}", "is no placeholder"),
        ("pin {d!r}", "is no placeholder"),
        ("pin {}", "{} is no placeholder"),
        ("pün {d}", "'ü' is not printable ASCII"),
        ("", "no placeholder"),
    ],
)
def test_a_mistake_in_a_format_is_one_clear_error(text: str, complaint: str) -> None:
    with pytest.raises(ConfigError) as caught:
        Format.parsed(text)
    assert complaint in caught.value.message
    assert "{d} a digit" in caught.value.hint


def test_all_mistakes_of_a_format_are_named_together() -> None:
    with pytest.raises(ConfigError) as caught:
        Format.parsed("ü{x}{y}")
    assert all(of in caught.value.message for of in ("{x}", "{y}", "'ü'"))


def test_fill_ins_are_uniform() -> None:
    """A fair draw fails in 1 of 1,000 runs, each of three characters."""
    fills = PIN.drawn(5000, np.random.default_rng(0))
    for column, size in enumerate((10, 10, 26)):
        assert stats.chisquare(np.bincount(fills[:, column], minlength=size)).pvalue > 1e-3


def planting(repeats=(1, 3), secrets=10, references=200, seed=0, texts=TEXTS):
    return planted(PIN, repeats, secrets, references, texts, seed)


def test_secrets_and_references_are_all_distinct_and_depend_on_the_seed_alone() -> None:
    of, again, other = planting(), planting(), planting(seed=1)
    every = np.concatenate([of.secrets, of.references])
    assert len(np.unique(every, axis=0)) == len(every) == 220
    assert np.array_equal(of.secrets, again.secrets)
    assert not np.array_equal(of.secrets, other.secrets)


def test_what_stands_in_a_text_is_neither_a_secret_nor_a_reference() -> None:
    known = [PIN.sentence(np.array([a, b, c])) for a in range(10) for b in range(10) for c in range(13)]
    texts = Texts("t", (f"hi, {' '.join(known)}",), ("-",))
    of = planting(texts=texts)
    assert (np.concatenate([of.secrets, of.references])[:, 2] >= 13).all()


def test_a_format_with_too_few_sentences_is_refused() -> None:
    with pytest.raises(ConfigError, match="2,600 sentences, and 1,320 secrets and references"):
        planting(references=1300)


def test_every_secret_is_in_one_model_of_each_pair_with_all_its_copies_or_none() -> None:
    of, models = planting(), 6
    inside, out = of.inside(models, 5), of.left_out(60, models, 5)
    assert np.array_equal(inside[0::2], ~inside[1::2])
    assert not out[:, :60].any()
    owner = np.repeat(np.arange(20), of.copies)
    assert np.array_equal(out[:, 60:], ~inside[:, owner])
    assert of.copies.tolist() == [1] * 10 + [3] * 10


def test_coins_are_fair() -> None:
    """5,000 secrets and 4 pairs: a share of IN off by more than 3.3 errors in 1 of 1,000 runs, pair by pair."""
    of = planted(Format.parsed("{d}{d}{d}{d}{d}{d}"), (1,), 5000, 100, TEXTS, 0)
    share = of.inside(8, 3)[0::2].mean(axis=1)
    assert (np.abs(share - 0.5) < 3.3 * 0.5 / np.sqrt(5000)).all()
    assert len(np.unique(of.inside(8, 3)[0::2], axis=0)) == 4


def test_the_data_set_holds_the_texts_and_then_every_copy() -> None:
    of = planting()
    data = of.dataset(TEXTS, 50)
    assert data.records == 60 + 10 + 30
    assert len(np.unique(data.x[60:], axis=0)) == 20
    assert data.y[60].tolist() == [*entries(PIN.sentence(of.secrets[0])), BOUNDARY] + [PADDING] * 41
    assert data.classes == SIZE


def test_generated_messages_are_distinct_plain_and_the_same_for_a_seed() -> None:
    found = messages(3000, 4)
    assert len(set(found)) == 3000
    assert found == messages(3000, 4) != messages(3000, 5)
    assert set("".join(found)) <= set(PRINTABLE)
    assert max(map(len, found)) < 60
    assert not any("{" in text for text in found)


def test_texts_are_split_without_an_overlap_and_doubles_are_left_out(tmp_path: Path) -> None:
    path = tmp_path / "mine.txt"
    path.write_text("\n".join([*messages(400, 0), *messages(50, 0), "", "  two   blanks  "]))
    found = texts_of(str(path), None, 200, 0)
    assert (len(found.train), len(found.test), found.name) == (200, 50, "mine")
    assert not set(found.train) & set(found.test)
    assert "51 of them were empty or stood there twice" in found.notes[0]
    everything = texts_of(str(path), None, 10_000, 0)
    assert len(everything.train) + len(everything.test) == 401
    assert "two blanks" in (*everything.train, *everything.test)


@pytest.mark.parametrize("suffix", ["csv", "parquet"])
def test_a_table_has_its_texts_in_a_column(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"t.{suffix}"
    frame = pl.DataFrame({"n": range(300), "said": messages(300, 0)})
    getattr(frame, f"write_{suffix}")(path)
    assert set(texts_of(str(path), None, 240, 0).train) <= set(frame["said"])
    both = frame.with_columns(pl.col("said").alias("other"))
    getattr(both, f"write_{suffix}")(path)
    with pytest.raises(ConfigError, match="columns of strings are said, other"):
        texts_of(str(path), None, 240, 0)
    assert len(texts_of(str(path), "other", 240, 0).train) == 240
    getattr(both.rename({"other": "text"}), f"write_{suffix}")(path)
    assert len(texts_of(str(path), None, 240, 0).train) == 240
    with pytest.raises(ConfigError, match="there is no column 'sad'"):
        texts_of(str(path), "sad", 240, 0)


def test_data_that_is_none_is_refused(tmp_path: Path) -> None:
    few, odd, bytes_ = tmp_path / "few.txt", tmp_path / "t.doc", tmp_path / "b.txt"
    few.write_text("\n".join(messages(199, 0)))
    odd.write_text("x")
    bytes_.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(DataError, match="199 distinct texts; a model needs at least 200"):
        texts_of(str(few), None, 800, 0)
    with pytest.raises(DataError, match=r"no \.txt, \.csv, \.parquet"):
        texts_of(str(odd), None, 800, 0)
    with pytest.raises(DataError, match="UTF-8"):
        texts_of(str(bytes_), None, 800, 0)
    with pytest.raises(DataError, match="no such file"):
        texts_of(str(tmp_path / "absent.txt"), None, 800, 0)
    with pytest.raises(ConfigError, match="no columns"):
        texts_of(None, "text", 800, 0)
    with pytest.raises(ConfigError, match="no columns"):
        texts_of(str(few), "text", 800, 0)


def test_all_wrong_settings_are_named_together() -> None:
    wrong = Settings(format="a{q}", repeats=(4, 1), secrets=1, references=5, beam=0, texts=3, length=2)
    with pytest.raises(ConfigError) as caught:
        wrong.check()
    for said in ("--secrets 1", "--references 5", "--beam 0", "--texts 3", "--length 2", "--repeats 4,1", "{q}"):
        assert said in caught.value.message
    for repeats in ((), (0, 1), (2, 2)):
        with pytest.raises(ConfigError, match="from 1 on, rising"):
            Settings(repeats=repeats).check()
    with pytest.raises(ConfigError, match="do not fit --length 20"):
        Settings(length=20).check()
    Settings().check()


def test_the_command_says_what_is_not_as_it_is_anyway() -> None:
    plain = resolved({}, None)
    assert command_of(Settings(), plain) == "audit experiment secrets --dp-eps 8 --dp-eps 1 --models 8 --seed 0"
    other = resolved({"pool": {"models": 6, "seed": 3}, "dp": {"epsilons": (1.0, 2.5)}}, None)
    said = command_of(Settings(data="/home/someone/notes.txt", repeats=(2, 5), format="{d}{d} x"), other)
    assert said == (
        "audit experiment secrets --data notes.txt --format '{d}{d} x' --repeats 2,5 --dp-eps 1 --dp-eps 2.5 "
        "--models 6 --seed 3"
    )
    changed = plain.model_copy(update={"standard": plain.standard.model_copy(update={"epochs": 3.0})})
    assert command_of(Settings(), changed).endswith("--config config.yaml")


def test_recipes_are_the_preset_then_a_file_then_the_flags(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text("standard: {epochs: 3}\npool: {models: 7}\n")
    found = resolved({"pool": {"seed": 2}}, str(path))
    assert (found.standard.epochs, found.pool.models, found.pool.seed) == (3, 8, 2)
    assert found.dp.epsilons == (8.0, 1.0)
    assert found.standard.optimizer == "adam"


def test_other_settings_have_another_folder_and_more_models_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    plain = resolved({}, None)
    same = resolved({"pool": {"models": 12}, "stack": 2}, None)
    first = named(Settings(), plain)
    assert first.settings == named(Settings(), same).settings
    assert first.folder() == Path("runs/secrets-messages")
    write_text(Path("runs/secrets-messages/secrets.json"), as_json(Settings()))
    write_text(Path("runs/secrets-messages/config.yaml"), as_yaml(plain))
    assert named(Settings(), same).folder().name == "secrets-messages"
    assert named(Settings(beam=3), plain).folder().name == "secrets-messages-beam-3"
    assert named(Settings(), resolved({"pool": {"seed": 1}}, None)).folder().name == "secrets-messages-seed-1"


def test_a_run_from_before_its_settings_were_kept_is_found_by_its_digest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    plain = resolved({}, None)
    same = plain.model_copy(update={"pool": plain.pool.model_copy(update={"models": 4})})
    digest = hashlib.sha256(f"{Settings(beam=3)}\n{as_yaml(same)}".encode()).hexdigest()[:6]
    old = Path("runs") / f"secrets-messages-{digest}"
    write_text(old / "config.yaml", as_yaml(plain))
    assert named(Settings(beam=3), plain).folder() == old
    assert named(Settings(), plain).folder().name == "secrets-messages"


@pytest.mark.parametrize(
    ("model", "complaint"),
    [
        ("sequence_models:foreseeing", "sees characters that come later"),
        ("sequence_models:of_classes", r"returns \(2, 97\) for two texts"),
        ("sequence_models:none", "does not exist"),
    ],
)
def test_what_is_no_model_of_next_characters_is_refused(model: str, complaint: str) -> None:
    with pytest.raises(ModelError, match=complaint):
        checked_model(model, 12)


def test_a_model_of_ones_own_is_taken() -> None:
    assert checked_model("sequence_models:small", 12) == SIZE * 6 + 12 * 6 + 12 + 7 * 18 + 7 * SIZE
