"""The section and the figures: all that was found is there, and nothing that is absent breaks them."""

from __future__ import annotations

import re

import pytest

from audit.experiments.proxies.choice import CRITERION
from audit.experiments.proxies.scores import PROXIES
from audit.experiments.proxies.words import alone_answer, answer_of, limits_of
from reports.experiments.proxies import AtTop, Missed, Proxies, ProxyKind, Rating, Suspicious, TargetReliability
from reports.experiments.proxies_figures import figures
from reports.experiments.proxies_section import section
from reports.findings import Density, Estimate


def estimate(value: float, spread: float = 0.05) -> Estimate:
    return Estimate(value=value, low=value - spread, high=value + spread, confidence=0.95, method="m", n=24)


def kinds(reliability: Estimate | None = None) -> tuple[ProxyKind, ...]:
    said = ("name", "title", "formula", "source", "cost")
    return tuple(ProxyKind(**{n: getattr(p, n) for n in said}, reliability=reliability) for p in PROXIES.values())


def rating(proxy: str, target: str, precision: float | None) -> Rating:
    found = None if precision is None else estimate(precision)
    at_most = None if precision is None else estimate(precision * 1.1)
    tops = tuple(AtTop(top=top, records=20, precision=found, at_most=at_most) for top in (0.01, 0.05))
    return Rating(proxy=proxy, target=target, spearman=found, corrected=at_most, all_runs=found, at_top=tops)


def with_pool(**changes: object) -> Proxies:
    ratings = [rating(name, target, 0.3 + 0.02 * n) for target in ("memorization", "exposure")
               for n, name in enumerate(PROXIES)]  # fmt: skip
    halves = TargetReliability(
        target="memorization",
        records=400,
        halves=estimate(0.7),
        whole=estimate(0.82),
        shared_top=((0.01, None), (0.05, estimate(0.5))),
    )
    held = Proxies(
        answer=("a",),
        command="audit experiment proxies",
        settings={},
        seconds=1.0,
        arm="standard",
        runs=8,
        looks=25,
        records=400,
        models=64,
        kinds=kinds(estimate(0.8)),
        ratings=tuple(ratings),
        reliabilities=(halves,),
        criterion=CRITERION,
        verdict="undecided",
        best="margin",
        second="final-loss",
        lead=estimate(0.02, 0.03),
        deciding=estimate(0.5, 0.1),
        deciding_at_most=estimate(0.55, 0.1),
        memorized=31,
        recall=estimate(0.8),
        missed=(Missed(id="r7", class_name="b", memorization=estimate(0.6), place=0.12),),
        density=Density(x_edges=(0, 0.5, 1), y_edges=(-1, 0, 1), counts=((0, 0), (3, 50))),
        table="proxies.parquet",
    )
    return held.model_copy(update=changes)


def without_pool() -> Proxies:
    rows = (Suspicious(id="<b>", class_name="c", value=0.7, lowest=0.5, highest=1.1, runs_in_top=8),)
    changes = {"models": 0, "ratings": (), "reliabilities": (), "missed": (), "density": None, "suspicious": rows}
    return with_pool(**changes, verdict="no pool", best="cumulative-loss", recall=None, deciding=None, lead=None)


def test_the_best_stands_first_and_every_proxy_is_there() -> None:
    shown = section(with_pool())
    first, second = shown.shown
    assert [row.label for row in first.rows][:2] == ["Margin", "EL2N, early"]
    assert len(first.rows) == len(second.rows) == len(PROXIES)
    assert "memorization by 64 models" in first.caption
    assert "exposure" in second.caption
    assert "Declared before looking" in shown.reading[0]
    assert any("r7" in [row.label for row in table.rows] for table in shown.folded)


def test_every_format_shows_it() -> None:
    from reports.experiments.markdown import blocks_of
    from reports.experiments.result import Experiments
    from reports.experiments.terminal import print_experiments
    from reports.text import Page, plain

    for block in (with_pool(), without_pool()):
        held = Experiments(proxies=block)
        said = plain(lambda console, held=held: print_experiments(Page(console), held), 80)
        assert max(map(len, said.splitlines())) <= 80
        assert section(block).title.split(":")[0] in said
        assert "\n".join(blocks_of(held))


@pytest.mark.parametrize(
    ("verdict", "said"),
    [("may stand in", "may stand in for the pool"), ("not good enough", "not good enough"), ("undecided", "undecided")],
)
def test_the_answer_opens_with_the_verdict(verdict: str, said: str) -> None:
    first, second, *_ = answer_of(with_pool(verdict=verdict))
    assert first.startswith("Margin ")
    assert said in first
    assert "50.0 % (40.0 to 60.0)" in first
    assert "not shown" in second
    assert "is shown" in answer_of(with_pool(shown_best=True))[1]


def test_what_is_missing_is_left_out_of_the_answer() -> None:
    held = with_pool(deciding=None, deciding_at_most=None, lead=None, recall=None, ratings=())
    assert len(answer_of(held)) == 1
    assert "cannot be measured" in answer_of(held)[0]


def test_a_pool_that_cannot_tell_its_own_top_says_so() -> None:
    said = " ".join(answer_of(with_pool()))
    assert "cannot tell its own top" not in said
    halves = with_pool().reliabilities[0]
    for shared in (None, estimate(0.08, 0.05)):
        poor = halves.model_copy(update={"shared_top": ((0.01, None), (0.05, shared))})
        assert "cannot tell its own top" in " ".join(answer_of(with_pool(reliabilities=(poor,))))


def test_recall_says_how_many_have_room() -> None:
    """A top of 20 records cannot hold more than a fifth of 100."""
    assert "where 20.0 % have room" in " ".join(answer_of(with_pool(memorized=100)))
    assert "have room" not in " ".join(answer_of(with_pool(memorized=20)))
    assert "Of the 1 record that the pool says is memorized" in " ".join(answer_of(with_pool(memorized=1)))


def test_limits_name_corrections_above_one_and_what_was_not_rated() -> None:
    over = rating("margin", "memorization", 0.95).model_copy(update={"corrected": estimate(1.2)})
    said = " ".join(limits_of(with_pool(ratings=(over,))))
    assert "above 1" in said
    assert "margin" in said
    assert "could not score" in said
    assert "above 1" not in " ".join(limits_of(with_pool()))


@pytest.mark.draws
def test_figures_of_a_pool() -> None:
    drawn = figures(with_pool(), ["standard"])
    names = [re.findall(r'id="([\w-]+?)-[^-"]*"', one.svg)[:1] for one in drawn]
    assert len(drawn) == 3
    assert all(name[0].startswith("proxies-") for name in names if name)
    for one in drawn:
        assert one.arms == (0,)
        assert one.caption
    assert drawn[0].svg.count("<title>") >= 2 * len(PROXIES)


@pytest.mark.draws
def test_an_arm_that_the_page_does_not_know_does_not_crash_it() -> None:
    for arms in ([], ["other"], ["other", "standard"]):
        assert len(figures(with_pool(), arms)) == 3
        assert len(figures(without_pool(), arms)) == 1
    assert figures(with_pool(), ["other", "standard"])[0].arms == (1,)


def test_figures_of_what_could_not_be_measured_are_left_out() -> None:
    ratings = tuple(rating(name, "memorization", None) for name in PROXIES)
    assert figures(with_pool(ratings=ratings, density=None), ["standard"]) == []


@pytest.mark.draws
def test_without_a_pool_everything_says_that_it_is_a_proxy() -> None:
    block = without_pool()
    shown = section(block)
    assert shown.title.startswith("PROXY, no pool")
    assert shown.shown[0].caption.startswith("PROXY, no figure of memorization")
    assert shown.shown[0].rows[0].cells[-1].text == "8 of 8"
    (drawn,) = figures(block, ["standard"])
    assert drawn.title.startswith("PROXY")
    assert "&lt;b&gt;" in drawn.svg
    answer = alone_answer(block)
    assert answer[0].startswith("PROXY")
    assert "no figure of memorization" in answer[0]
    assert "--models 64" in answer[2]


def test_the_block_survives_json() -> None:
    for block in (with_pool(), without_pool()):
        assert Proxies.model_validate_json(block.model_dump_json()) == block
