"""Every command of README and docs/, line by line and page by page: with small pools and data, else as they stand.

The pages of the experiments, whose pools take minutes, are run by `make test-thorough`.
"""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from command_line import Cli
from pages import PAGES, ROOT, Line, lines
from repetitions import THOROUGH, thorough
from small_workspace import fill

import audit.config
from attacks import ATTACKS
from audit.data import digits as digits_source
from reports import pdf

MODELS = "12"
RECORDS = 120
KEPT = ("loss", "base", "lira-online", "rmia-online", "label-only", "ensemble")
CANNOT = {
    "make ": "installs, or runs all tests",
    "pip install": "installs",
    "python -m benchmarks.attack_table": "its runs take minutes, on data that are no part of the project",
    "--device cuda": "needs a GPU",
    "mnist.yaml": "MNIST is no part of the project",
    "runs/mnist": "MNIST is no part of the project",
    "irrelevant --model linear": "takes 10 s; the line above it is run",
    "irrelevant --config clusters-mlp": "takes 20 s; the line above it is run",
    "audit experiment secrets": "a pool of text models takes a minute; tests/experiments train small ones",
    "audit verify-dp": "its engines need their 512 models; tests/verification trains them",
}
"""What is in a line that cannot be run here -> why."""
SMALL = {
    "run": {"--models": MODELS, "--workers": "1", "--canaries": "20"},
    "extend": {"--models": "16"},
    "one-run": {"--canaries": "40"},
    "experiment removal": {"--models": "16", "--share": "10", "--repeats": "1", "--layers": "1", "--workers": "1"},
    "experiment longtail": {"--models": MODELS, "--workers": "1"},
    "experiment irrelevant": {"--models": "4", "--workers": "1"},
    "experiment proxies": {"--models": MODELS, "--runs": "2", "--workers": "1"},
    "experiment agreement": {"--models": MODELS, "--workers": "1"},
}
"""Command -> options that make it small: in place of the line's value, or beside the line."""
ONLY_IF_GIVEN = ("--canaries",)
DEAR_AND_DONE: set[str] = set()
"""Lines that an earlier page had, in the same workspace."""
OF_A_RUN = ("--models", "--workers")
NAMES = {"RUN": "runs/digits-resnet", "FILE": "FILE.csv"}
"""What stands for any name -> a name that there is."""
ITS_OWN = {"table.parquet --label class": "classes.parquet --label class"}


def small(line: Line) -> list[str]:
    """The words of a line, with small pools."""
    text = line.text
    for before, after in ITS_OWN.items():
        text = text.replace(before, after)
    words = [NAMES.get(word, word) for word in Line(line.page, text).words]
    command = " ".join(words[1:3]) if words[1] == "experiment" else words[1]
    for option, value in SMALL.get(command, {}).items():
        if option in words:
            if words[words.index(option) + 1] != "0":
                words[words.index(option) + 1] = value
        elif option not in ONLY_IF_GIVEN and not ("--run" in words and option in OF_A_RUN and reads_a_run(command)):
            words += [option, value]
    return words[1:]


def reads_a_run(command: str) -> bool:
    """Whether an experiment builds on the audit that --run names, and takes no options of another."""
    return command != "experiment irrelevant"


@pytest.fixture(autouse=True)
def small_training(monkeypatch: pytest.MonkeyPatch) -> None:
    """Few digits, one epoch, noise by the quick accountant, PDFs of one page, and few attacks."""
    whole, recipes = digits_source.draft, audit.config.recipes_of

    def few(config):  # type: ignore[no-untyped-def]
        held = whole(config)
        return replace(held, x=held.x[:RECORDS], y=held.y[:RECORDS])

    def short(model: str):  # type: ignore[no-untyped-def]
        found = recipes(model)
        recipe = {**found.get("dp", {}).get("recipe", {}), "epochs": 1}
        return {"standard": {**found.get("standard", {}), "epochs": 1}, "dp": {"accountant": "rdp", "recipe": recipe}}

    monkeypatch.setattr(digits_source, "draft", few)
    monkeypatch.setattr(audit.config, "recipes_of", short)
    monkeypatch.setattr(pdf, "as_paper", lambda screen, read, first, style, created: first(()))
    for name in set(ATTACKS) - set(KEPT):
        monkeypatch.delitem(ATTACKS, name)


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the commands are called, page after page; README comes first, and later pages go on with its runs."""
    folder = tmp_path_factory.mktemp("workspace")
    fill(folder)
    return folder


@pytest.fixture
def here(workspace: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.chdir(workspace)
    (workspace / "policy.yaml").unlink(missing_ok=True)
    held = list(sys.path)
    yield workspace
    sys.path[:] = held
    for name in [name for name in sys.modules if name.split(".")[0] == "my_package"]:
        del sys.modules[name]


def dear(page: Path) -> bool:
    """Whether a page's commands train for long, or are run by another test (tests/scoring/test_docs.py)."""
    return page.parent.name == "experiments" or page.name == "score.md"


@pytest.mark.slow
@pytest.mark.parametrize(
    "page",
    [pytest.param(page, marks=thorough if dear(page) else ()) for page in PAGES],
    ids=lambda page: page.relative_to(ROOT).as_posix(),
)
def test_the_commands_of_a_page_end_well_one_after_the_other(page: Path, here: Path, cli: Cli) -> None:
    wrong = []
    for line in lines(page):
        if any(part in line.text for part in CANNOT) or "[OPTIONS]" in line.text or line.text in DEAR_AND_DONE:
            continue
        if line.words[1] in ("run", "experiment"):
            DEAR_AND_DONE.add(line.text)
        if line.words[1] == "experiment" and not THOROUGH:
            continue  # the pages of the experiments have it again
        if line.words[0] == "sha256sum":
            assert hashlib.sha256((here / line.words[1]).read_bytes()).hexdigest()
            continue
        code, _, err = cli(*small(line))
        if code not in ((0, 1) if line.words[1] == "check" else (0,)):
            wrong.append(f"{line.text}: exit code {code}: {err[-900:]}")
    assert not wrong, "\n".join(wrong)
    if page.name == "README.md":
        assert {"digits-resnet", "digits-mlp", "one-run-digits-mlp"} <= {path.name for path in Path("runs").iterdir()}
        assert hashlib.sha256(Path("runs/digits-resnet/result.json").read_bytes()).hexdigest()


def test_what_cannot_be_run_is_in_some_line_and_little() -> None:
    every = [line for page in PAGES for line in lines(page) if "[OPTIONS]" not in line.text]
    assert all(any(part in line.text for line in every) for part in CANNOT)
    ours = [line for line in every if line.words[0] == "audit"]
    left = [line for line in ours if any(part in line.text for part in CANNOT)]
    assert len(left) <= len(ours) / 4, f"{len(left)} of {len(ours)}"
