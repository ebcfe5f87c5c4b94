"""The made-up results as HTML, each rendered once."""

from __future__ import annotations

from functools import cache

from sample_experiments import ALONE, alone, with_experiments
from sample_result import minimal, sample, untested, violated

from reports import svg
from reports.html import render, render_experiment
from reports.result import AuditResult, LimitOutcome, PolicyOutcome, Verdict


def results() -> dict[str, AuditResult]:
    return {
        "least": minimal(),
        "two-arms": sample(),
        "four-arms": sample(controls=True),
        "violated": violated(),
        "untested": untested(),
    }


def judged(verdict: Verdict = "inconclusive") -> AuditResult:
    """The sample with a summary, held against a policy."""
    share = sample().arms[0].memorization.share_memorized
    limits = (
        LimitOutcome(
            limit="share of memorized records",
            arm="dp-eps-8",
            quantity="share of memorized records",
            bound=0.01,
            estimate=share,
            verdict=verdict,
            explanation="The interval holds the limit: about 512 models an arm would settle it."
            if verdict == "inconclusive"
            else "The interval decides it.",
            models_needed=512 if verdict == "inconclusive" else None,
        ),
        LimitOutcome(
            limit="epsilon claimed",
            arm="dp-eps-8",
            quantity="epsilon claimed",
            bound=10.0,
            estimate=None,
            number=8.0,
            verdict="pass",
            explanation="",
        ),
    )
    policy = PolicyOutcome(verdict=verdict, limits=limits, name="release.yaml", digest="c0de" * 16)
    return sample().model_copy(update={"summary": ("It memorizes 58 records.", "With DP, 5."), "policy": policy})


def page(name: str) -> str:
    """The page of a made-up result; with its drawings where the test is marked so (tests/conftest.py)."""
    return _page(name, svg._drawn)


@cache
def _page(name: str, drawn: object) -> str:
    if name in ALONE:
        return render_experiment(alone(name))
    return render((results() | {"judged": judged(), "experiments": with_experiments()})[name])
