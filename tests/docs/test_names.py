"""What README and docs/ name is there: files, links, anchors, options, settings, modules, targets; blocks are read."""

from __future__ import annotations

import importlib
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from check_readme import parse_problem
from generated_pages import FLAGS, commands, commands_page, settings, settings_page
from pages import PAGES, ROOT, blocks, lines, prose

from audit.policy import read_policy
from audit.profiles import read_profile
from audit.settings import checked

WHOLE = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
OTHERS = {"--constraint", "--extra-index-url", "--help", "--version", "--python", "--versions"}
"""Options of pip, those that every command has, and those of `make test-versions`."""
FOLDERS = ("audit", "attacks", "bounds", "reports", "configs", "benchmarks", "tests", "docs")
STANDS_FOR_ANY = re.compile(r"NAME|\.\.\.|\*|<|\[")


def spans(page: Path) -> list[str]:
    """What stands in single backticks outside of blocks."""
    return [" ".join(span.split()) for span in re.findall(r"`([^`]+)`", prose(page))]


@pytest.mark.parametrize(("name", "made"), [("settings.md", settings_page), ("commands.md", commands_page)])
def test_a_page_that_is_made_from_the_code_is_current(name: str, made) -> None:  # type: ignore[no-untyped-def]
    path = ROOT / "docs" / name
    if os.environ.get("AUDIT_WRITE_GOLDEN"):
        path.write_text(made(), encoding="utf-8")
    assert path.read_text(encoding="utf-8") == made(), f"docs/{name} is of other code; AUDIT_WRITE_GOLDEN=1 writes it"


def test_every_setting_has_a_row_and_every_option_that_sets_one_is_there() -> None:
    page = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
    assert all(f"| `{path}` |" in page for path in settings())
    options = next(command for name, command in commands() if name == "audit run").params
    assert set(FLAGS.values()) <= {option for one in options for option in one.opts}
    assert set(FLAGS) <= set(settings())


def test_every_option_of_every_command_is_on_a_page() -> None:
    said = "\n".join(page.read_text(encoding="utf-8") for page in PAGES)
    options = {(name, option) for name, command in commands() for one in command.params for option in one.opts}
    assert [(name, option) for name, option in sorted(options) if option[0] == "-" and f"`{option}`" not in said] == []


@WHOLE
def test_every_option_that_a_page_names_is_there(page: Path) -> None:
    known = {option for _, command in commands() for one in command.params for option in one.opts} | OTHERS
    assert set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", page.read_text(encoding="utf-8"))) - known == set()


@WHOLE
def test_every_command_is_taken(page: Path) -> None:
    shown = [line.text for line in lines(page) if line.text.startswith("audit ")]
    named = [span for span in spans(page) if span.startswith("audit ") and not STANDS_FOR_ANY.search(span)]
    every = [text for text in dict.fromkeys((*shown, *named)) if "[OPTIONS]" not in text and " COMMAND" not in text]
    assert [problem for text in every if (problem := parse_problem(text))] == []


@WHOLE
def test_every_link_and_anchor_leads_somewhere(page: Path) -> None:
    broken = []
    for link in re.findall(r"\]\(([^)\s]+)\)", prose(page)):
        target, _, anchor = link.partition("#")
        path = (page.parent / target).resolve() if target else page
        if "://" not in link and not (path.exists() and (not anchor or anchor in anchors(path))):
            broken.append(link)
    assert broken == []


def anchors(page: Path) -> set[str]:
    """The anchors of a page's headings, as GitHub makes them."""
    heads = re.findall(r"^#+ (.*)$", prose(page), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}


@WHOLE
def test_every_file_and_module_of_the_project_that_a_page_names_is_there(page: Path) -> None:
    named = [span for span in spans(page) if re.fullmatch(rf"(?:{'|'.join(FOLDERS)})/[\w./-]*", span)]
    assert [name for name in named if "NAME" not in name and not (ROOT / name).exists()] == []
    dotted = {span for span in spans(page) if re.fullmatch(r"(?:audit|bounds|attacks|reports)(?:\.\w+)+", span)}
    assert [name for name in sorted(dotted) if not is_there(name)] == []


def is_there(dotted: str) -> bool:
    """Whether a dotted name is a module, or something in one."""
    try:
        importlib.import_module(dotted)
    except ImportError:
        module, _, name = dotted.rpartition(".")
        return hasattr(importlib.import_module(module), name)
    return True


@WHOLE
def test_every_setting_that_a_page_names_by_its_path_is_there(page: Path) -> None:
    known = set(settings())
    groups = {path.partition(".")[0] for path in known if "." in path} - {"data"}  # a result has `data` too
    named = {span for span in spans(page) if re.fullmatch(rf"(?:{'|'.join(groups)})(?:\.\w+)+", span)}
    assert named - known - {"dp.recipe"} == set()


@WHOLE
def test_every_make_target_that_a_page_names_is_there(page: Path) -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    named = re.findall(r"^make ([a-z]+)", "\n".join(line.text for line in lines(page)), re.MULTILINE)
    named += [span.split()[1] for span in spans(page) if re.fullmatch(r"make [a-z-]+", span)]
    assert [name for name in named if not re.search(rf"^{name}:", makefile, re.MULTILINE)] == []


YAML = [(page, block) for page in PAGES for block in blocks(page, "yaml")]


@pytest.mark.parametrize(("page", "block"), YAML, ids=[f"{page.stem}-{len(block)}" for page, block in YAML])
def test_every_yaml_block_is_what_it_is_said_to_be(page: Path, block: str, tmp_path: Path) -> None:
    path, content = tmp_path / "block.yaml", yaml.safe_load(block)
    path.write_text(block, encoding="utf-8")
    if "points" in content:
        assert read_profile(str(path)).points
    elif page.name == "policy.md":
        assert read_policy(path)
    else:
        assert checked(content)


@pytest.mark.slow
def test_every_python_block_runs(tmp_path: Path) -> None:
    """Those that train nothing, one after the other; the others are compiled."""
    apart = {
        "score.md": "tests/scoring/test_docs.py runs them",
        "README.md": "trains",
        "agreement.md": "needs CIFAR-10",
    }
    found = [block for page in PAGES if page.name not in apart for block in blocks(page, "python")]
    assert len(found) >= 3
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    words = [sys.executable, "-c", "\n".join(found)]
    ended = subprocess.run(words, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr[-1500:]
    for page in PAGES:
        for block in blocks(page, "python"):
            compile(block, page.name, "exec")
