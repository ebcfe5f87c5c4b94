"""What models are asked: likelihoods against a loop over characters, beams against every sentence there is."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
import torch
from character_worlds import noisy, stored, uniform

from audit.experiments.secrets.alphabet import BOUNDARY, OTHER, PRINTABLE, SIZE, entries, sequences
from audit.experiments.secrets.asking import beams, fill_bits, places, text_bits
from audit.experiments.secrets.exposure import chance, exposures, highest, ranks
from audit.experiments.secrets.formats import Format
from audit.experiments.secrets.model import attention, characters, written_out
from audit.training.losses import PADDING

NUMBER = Format.parsed("my number is {d}{d}{d}-{d}{d}-{d}{d}{d}{d}")
SMALL = Format.parsed("a {d}-{h}{d}!")


def every(format_: Format) -> np.ndarray:
    """All fill-ins there are."""
    return np.array(list(itertools.product(*(range(len(of)) for of in format_.allowed))))


def slow_bits(logits, format_: Format, fill: np.ndarray, model: int) -> float:
    """Character by character, each asked for with nothing behind it."""
    text, bits = [BOUNDARY, *entries(format_.sentence(fill))], 0.0
    for place in format_.slots:
        said = logits(torch.tensor([text[: place + 1]], dtype=torch.float32))[model, 0, -1].double()
        bits -= float(said[text[place + 1]] - torch.logsumexp(said, 0)) / math.log(2)
    return bits


@pytest.mark.parametrize("format_", [NUMBER, SMALL, Format.parsed("{A}{a} is fixed at the end")])
def test_log_perplexity_against_a_loop_over_characters(format_: Format) -> None:
    logits, fills = noisy(2, 0), format_.drawn(5, np.random.default_rng(1))
    found = fill_bits(logits, format_, fills)
    for model in range(2):
        assert found[model] == pytest.approx([slow_bits(logits, format_, fill, model) for fill in fills], rel=1e-6)


def test_the_parts_in_which_many_sentences_are_asked_change_nothing(monkeypatch) -> None:
    logits, fills = noisy(2, 0), NUMBER.drawn(50, np.random.default_rng(2))
    whole = fill_bits(logits, NUMBER, fills)
    monkeypatch.setattr("audit.experiments.secrets.asking.AT_ONCE", 100)
    assert np.array_equal(fill_bits(logits, NUMBER, fills), whole)


def test_a_uniform_model_needs_the_bits_of_the_alphabet_for_every_random_character() -> None:
    assert fill_bits(uniform(3), NUMBER, NUMBER.drawn(4, np.random.default_rng(0))) == pytest.approx(
        9 * math.log2(SIZE)
    )


def test_bits_of_a_text_against_a_loop_and_padding_counts_nothing() -> None:
    x, y = sequences(["hello", "a longer text", "zö"], 9)
    found = text_bits(noisy(2, 3), torch.from_numpy(x), torch.from_numpy(y))
    said = noisy(2, 3)(torch.from_numpy(x)).double().log_softmax(3) / math.log(2)
    for model, text in itertools.product(range(2), range(3)):
        slow = -sum(float(said[model, text, p, label]) for p, label in enumerate(y[text]) if label != PADDING)
        assert found[model, text] == pytest.approx(slow, rel=1e-6)
    assert (y != PADDING).sum(axis=1).tolist() == [6, 9, 3]


@pytest.mark.parametrize("width", [1600, 5000])
def test_a_beam_as_wide_as_the_format_is_an_exhaustive_search(width: int) -> None:
    logits, fills = noisy(3, 4), every(SMALL)
    bits = fill_bits(logits, SMALL, fills)
    found = beams(logits, 3, SMALL, width)
    assert found.shape == (3, SMALL.space, 3)
    for model in range(3):
        assert np.array_equal(found[model], fills[np.argsort(bits[model])])


def test_a_narrow_beam_finds_the_likeliest_of_what_it_kept() -> None:
    """A slow twin: every beginning that was kept is gone on with by every character that is allowed."""
    logits, width = noisy(1, 5), 7
    kept: list[tuple[float, tuple[int, ...]]] = [(0.0, ())]
    for column, allowed in enumerate(SMALL.allowed):
        longer = [(*of, sign) for _, of in kept for sign in range(len(allowed))]
        cut = [np.array([*of, *[0] * (2 - column)]) for of in longer]
        scored = [(_beginning(logits, one, column + 1), of) for one, of in zip(cut, longer, strict=True)]
        kept = sorted(scored)[:width]
    assert beams(logits, 1, SMALL, width)[0].tolist() == [list(of) for _, of in kept]


def _beginning(logits, fill: np.ndarray, slots: int) -> float:
    text, bits = [BOUNDARY, *entries(SMALL.sentence(fill))], 0.0
    for place in SMALL.slots[:slots]:
        said = logits(torch.tensor([text[: place + 1]], dtype=torch.float32))[0, 0, -1].double().log_softmax(0)
        bits -= float(said[text[place + 1]]) / math.log(2)
    return bits


def test_places_are_where_a_fill_in_stands_and_0_where_it_does_not() -> None:
    found = np.array([[[1, 2], [3, 4]], [[3, 4], [5, 6]]])
    assert places(found, np.array([[3, 4], [1, 2], [7, 7]])).tolist() == [[2, 1, 0], [1, 0, 0]]


def test_a_model_that_stored_secrets_has_the_highest_exposure_and_gives_all_of_them_back() -> None:
    rng = np.random.default_rng(6)
    fills = NUMBER.drawn(120, rng)
    secrets, references = fills[:8], fills[8:]
    sentences = [NUMBER.sentence(fill) for fill in secrets]
    logits = stored([sentences[:4], sentences[4:]])
    bits = [fill_bits(logits, NUMBER, of) for of in (secrets, references)]
    found = exposures(ranks(*bits, rng.random((2, 8))), 112)
    inside = np.array([[1, 1, 1, 1, 0, 0, 0, 0], [0, 0, 0, 0, 1, 1, 1, 1]], bool)
    assert (found[inside] == highest(112)).all()
    assert (found[~inside] < highest(112)).all()
    taken = places(beams(logits, 2, NUMBER, 16), secrets) > 0
    assert np.array_equal(taken, inside)


def test_a_uniform_model_exposes_nothing_and_a_search_finds_what_chance_finds() -> None:
    """Exposure at chance, fails in 1 of 1,000 runs; a beam of 64 of 1,600 holds 4 % of the secrets."""
    rng = np.random.default_rng(7)
    fills = every(SMALL)
    fills = fills[rng.permutation(len(fills))]
    secrets, references = fills[:400], fills[400:]
    bits = [fill_bits(uniform(1), SMALL, of) for of in (secrets, references)]
    found = exposures(ranks(*bits, rng.random((1, 400))), 1200)
    assert abs(found.mean() - chance(1200)) < 3.3 * found.std(ddof=1) / 20
    taken = places(beams(uniform(1), 1, SMALL, 64), secrets) > 0
    assert 4 <= taken.sum() <= 30


LENGTH = 12


def test_what_comes_later_never_changes_what_is_said_before() -> None:
    torch.manual_seed(0)
    model = characters((LENGTH,), SIZE).double().eval()
    x = torch.randint(0, SIZE, (3, LENGTH), generator=torch.Generator().manual_seed(1)).double()
    for place in (1, 4, LENGTH - 1):
        changed = x.clone()
        changed[:, place:] = (changed[:, place:] + 7) % SIZE
        same = (model(x)[:, :place] - model(changed)[:, :place]).abs().max()
        assert same < 1e-12
        assert (model(x)[:, place] - model(changed)[:, place]).abs().max() > 1e-3


def test_a_shorter_sequence_gets_the_same_answers() -> None:
    torch.manual_seed(0)
    model = characters((LENGTH,), SIZE).double().eval()
    x = torch.randint(0, SIZE, (3, LENGTH), generator=torch.Generator().manual_seed(2)).double()
    assert torch.allclose(model(x)[:, :5], model(x[:, :5]), atol=1e-12)


def test_attention_written_out_is_that_of_torch() -> None:
    asked = torch.randn(2, 4, 9, 8, generator=torch.Generator().manual_seed(3), dtype=torch.float64)
    for causal in (True, False):
        theirs = torch.nn.functional.scaled_dot_product_attention(asked, asked + 1, asked * 2, is_causal=causal)
        assert torch.allclose(written_out(asked, asked + 1, asked * 2, is_causal=causal), theirs)


def test_attention_has_no_weights_and_mixes_positions_alone() -> None:
    asked = torch.randn(2, 9, 192, generator=torch.Generator().manual_seed(3), dtype=torch.float64)
    assert torch.allclose(attention(asked)[:1], attention(asked[:1]))
    assert attention(asked).shape == (2, 9, 64)


def test_sequences_are_shifted_by_one_and_end() -> None:
    x, y = sequences(["ab", "abcdef"], 4)
    a, b, c, d = entries("abcd")
    assert x.tolist() == [[BOUNDARY, a, b, BOUNDARY], [BOUNDARY, a, b, c]]
    assert y.tolist() == [[a, b, BOUNDARY, PADDING], [a, b, c, d]]


def test_characters_that_are_not_printable_ascii_are_one() -> None:
    assert entries("é€") == [OTHER, OTHER]
    assert entries("\t\n ") == entries("   ")
    assert sorted(entries(PRINTABLE)) == list(range(2, SIZE))
