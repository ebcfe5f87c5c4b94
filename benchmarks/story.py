"""The figures of docs/experiments, one an experiment: `python -m benchmarks.story RUN...` from finished runs."""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from xml.sax.saxutils import escape

from audit.experiments.standalone import experiment_in, is_experiment
from audit.files import write_text
from audit.folder import RunFolder
from reports.experiments.figures import figures_of
from reports.experiments.result import Experiments
from reports.fragments import shipped
from reports.marks import SWATCH_MARKS
from reports.svg import SERIES, Picture

DOCS = Path("docs/experiments")
PLACE = {"removal": 1, "longtail": 0, "irrelevant": 0, "secrets": 0, "proxies": 0, "agreement": 0}
"""Experiment -> which of its figures tells the story."""
MARGIN, LINE = 14.0, 20.0


def main() -> None:
    """Write the figure of every experiment that the runs hold."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("runs", type=Path, nargs="+", metavar="RUN")
    parser.add_argument("--out", type=Path, default=DOCS)
    asked = parser.parse_args()
    for run in asked.runs:
        for name, picture, arms in figures_in(run):
            write_text(asked.out / f"{name}.svg", by_itself(picture, arms))
            print(f"{asked.out / name}.svg: {picture.title}")


def figures_in(run: Path) -> Iterator[tuple[str, Picture, list[str]]]:
    """The figure of every experiment in a run folder, and the names of the page's arms.

    Args:
        run: of an audit or of an experiment by itself.
    """
    experiments, arms = _read(run)
    for name, drawn in figures_of(experiments, arms).items():
        if drawn:
            yield name, drawn[PLACE[name]], arms


def _read(run: Path) -> tuple[Experiments, list[str]]:
    if is_experiment(run):
        alone = experiment_in(run)
        return alone.experiments, [arm.name for arm in alone.arms]
    result = RunFolder(run).result()
    return result.experiments, [arm.name for arm in result.arms]


def by_itself(picture: Picture, arms: Sequence[str]) -> str:
    """A figure of a page as a file of its own: title and key above it, light colours.

    Args:
        picture: the figure.
        arms: names of the page's arms, in their order.
    """
    box = re.search(r'viewBox="0 0 ([\d.]+) ([\d.]+)"', picture.svg)
    assert box is not None
    width, height = (float(side) for side in box.groups())
    size = min(14.0, 1.6 * width / len(picture.title))  # a sign of bold type is about .6 of its size wide
    top = 2 * MARGIN + LINE * (2 if picture.arms else 1)
    inner = picture.svg.replace("<svg ", f'<svg x="{MARGIN}" y="{top}" width="{width}" height="{height}" ', 1)
    whole = (
        f'<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" '
        f'viewBox="0 0 {width + 2 * MARGIN:g} {height + top + MARGIN:g}" font-family="sans-serif">'
        f'<rect width="100%" height="100%" fill="var(--card)"/>'
        f'<text x="{MARGIN}" y="{MARGIN + 14}" font-size="{size:.4g}" font-weight="600" fill="var(--ink)">'
        f"{escape(picture.title)}</text>{_key(picture, arms)}{inner}</svg>\n"
    )
    return _lit(whole)


def _key(picture: Picture, arms: Sequence[str]) -> str:
    parts, x, y = [], MARGIN, MARGIN + LINE + 12
    for number in picture.arms:
        color = f"var(--series-{number % len(SERIES) + 1})"
        mark = SWATCH_MARKS[number % len(SWATCH_MARKS)]
        parts.append(f'<path d="{mark}" transform="translate({x - 10:g} {y - 10:g})" fill="{color}"/>')
        parts.append(f'<text x="{x + 13:g}" y="{y:g}" font-size="12" fill="var(--ink)">{escape(arms[number])}</text>')
        x += 30 + 7 * len(arms[number])
    return "".join(parts)


def _lit(svg: str) -> str:
    """The colours of the page's style sheet on white."""
    light = shipped("report.css").split("@media", 1)[0]
    for name, color in re.findall(r"(--[\w-]+): (#\w+)", light):
        svg = svg.replace(f"var({name})", color)
    return svg


if __name__ == "__main__":
    main()
