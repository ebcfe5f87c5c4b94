"""`audit check` and `audit policy init`: exit codes, formats, whole or absent files; the workflow that uses them."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
import yaml
from check_readme import parse_problem
from command_line import Cli
from sample_result import sample, violated

from audit.policy import POLICIES
from reports.result import AuditResult, PolicyOutcome
from reports.serialization import to_json

WORKFLOW = Path(__file__).parents[2] / "docs" / "ci" / "github-actions.yml"
KEPT, BROKEN, UNDECIDED = (
    "test_accuracy_at_least: 0.5\n",
    "test_accuracy_at_least: 1\n",
    "test_accuracy_at_least: 0.902\n",
)


def run_folder(tmp_path: Path, result: AuditResult | None = None) -> Path:
    folder = tmp_path / "run"
    folder.mkdir()
    (folder / "result.json").write_text(to_json(result or sample()), encoding="utf-8")
    return folder


def policy_file(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "policy.yaml"
    path.write_text(text)
    return path


@pytest.mark.parametrize(
    ("text", "code", "allowed"), [(KEPT, 0, 0), (BROKEN, 1, 1), (UNDECIDED, 1, 0), ("test: 1\n", 2, 2), ("", 2, 2)]
)
def test_exit_codes(cli: Cli, tmp_path: Path, text: str, code: int, allowed: int) -> None:
    words = ("check", run_folder(tmp_path), "--policy", policy_file(tmp_path, text))
    assert cli(*words)[0] == code
    assert cli(*words, "--allow-inconclusive")[0] == allowed


def test_all_formats_say_the_same(cli: Cli, tmp_path: Path) -> None:
    files = {name: tmp_path / "new" / f"p.{name}" for name in ("junit", "sarif", "json")}
    flags = [word for name, file in files.items() for word in (f"--{name}", file)]
    code, out, _ = cli("check", run_folder(tmp_path), "--policy", policy_file(tmp_path, UNDECIDED), *flags)
    assert code == 1
    assert "Inconclusive" in out
    outcome = PolicyOutcome.model_validate_json(files["json"].read_text())
    suites = ElementTree.parse(files["junit"]).getroot()
    results = json.loads(files["sarif"].read_text())["runs"][0]["results"]
    undecided = [limit.arm for limit in outcome.limits if limit.verdict == "inconclusive"]
    assert undecided == ["dp-eps-8"]
    assert [test.get("classname") for test in suites.iter("testcase") if len(test)] == undecided
    assert [result["properties"]["arm"] for result in results] == undecided
    for text in (file.read_text() for file in files.values()):
        assert str(tmp_path) not in text
        assert "policy.yaml" in text


def test_json_on_stdout_is_nothing_else(cli: Cli, tmp_path: Path) -> None:
    policy = policy_file(tmp_path, BROKEN)
    code, out, _ = cli("check", run_folder(tmp_path), "--policy", policy, "--json", "-")
    assert code == 1
    assert json.loads(out)["verdict"] == "fail"


def test_a_file_that_cannot_be_written_is_exit_code_3_and_leaves_nothing(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    where = tmp_path / "file" / "x.xml"
    code, _, err = cli("check", run_folder(tmp_path), "--policy", policy_file(tmp_path, KEPT), "--junit", where)
    assert code == 3
    assert "cannot write" in err
    assert (tmp_path / "file").read_text() == "in the way"


def test_a_shipped_policy_is_taken_by_its_name_and_held_against_one_arm(cli: Cli, tmp_path: Path) -> None:
    run = run_folder(tmp_path)
    assert cli("check", run, "--policy", "research")[0] == 0
    assert cli("check", run, "--policy", "production")[0] == 1
    assert cli("check", run, "--policy", "production", "--arm", "dp-eps-8")[0] == 0
    code, _, err = cli("check", run, "--policy", "produktion")
    assert code == 2
    assert "did you mean 'production'" in err
    code, _, err = cli("check", run, "--policy", "production", "--arm", "dp-eps-9")
    assert code == 2
    assert "did you mean 'dp-eps-8'" in err


def test_no_policy_lets_a_broken_guarantee_pass(cli: Cli, tmp_path: Path) -> None:
    code, out, _ = cli("check", run_folder(tmp_path, violated()), "--policy", policy_file(tmp_path, KEPT))
    assert code == 1
    assert "the guarantee of DP holds" in out


@pytest.mark.parametrize("kind", ["research", "production"])
def test_init_writes_a_policy_that_check_takes(cli: Cli, tmp_path: Path, kind: str) -> None:
    path = tmp_path / "mine.yaml"
    assert cli("policy", "init", "--kind", kind, "-o", path)[0] == 0
    assert path.read_text() == POLICIES[kind].read_text() == cli("policy", "init", "--kind", kind)[1]
    assert cli("check", run_folder(tmp_path), "--policy", path, "--arm", "dp-eps-8")[0] == 0


def test_init_overwrites_nothing_and_knows_its_kinds(cli: Cli, tmp_path: Path) -> None:
    path = policy_file(tmp_path, KEPT)
    code, _, err = cli("policy", "init", "-o", path)
    assert code == 2
    assert "exists already" in err
    assert path.read_text() == KEPT
    code, _, err = cli("policy", "init", "--kind", "researcher")
    assert code == 2
    assert "did you mean 'research'" in err


def workflow_lines() -> list[str]:
    """The `audit ...` lines of the workflow, continuation lines joined, redirections cut off."""
    workflow = yaml.safe_load(WORKFLOW.read_text())
    steps: list[dict[str, Any]] = [step for job in workflow["jobs"].values() for step in job["steps"]]
    text = "\n".join(step.get("run", "") for step in steps).replace("\\\n", " ")
    return [line.split(">>")[0].strip() for line in text.splitlines() if line.startswith("audit ")]


def test_every_command_of_the_workflow_is_taken() -> None:
    lines = workflow_lines()
    assert [line.split()[1] for line in lines] == ["run", "report", "report", "check"]
    assert [parse_problem(line) for line in lines] == [None] * len(lines)


def test_the_workflow_runs_what_there_is(cli: Cli, tmp_path: Path) -> None:
    line = next(line for line in workflow_lines() if line.startswith("audit check"))
    named = {"runs/ci": run_folder(tmp_path)} | {
        n: tmp_path / n for n in ("policy.junit.xml", "policy.sarif", "policy.json")
    }
    assert cli(*(named.get(word, word) for word in shlex.split(line)[1:]))[0] == 0
    assert all(path.exists() for path in named.values())
    text = WORKFLOW.read_text()
    kept = text.split("upload-artifact")[1]
    assert all(name in kept for name in named if name != "runs/ci")
    assert "runs/ci" not in kept.split("path:")[1]


def test_nothing_that_others_can_read_of_the_workflow_names_a_record(cli: Cli, tmp_path: Path) -> None:
    lines = [line for line in workflow_lines() if line.startswith("audit report")]
    assert len(lines) == 2
    shown = {row.id for arm in sample().arms for row in (*arm.most_exposed, *arm.most_memorized)}
    named = {"runs/ci": run_folder(tmp_path), "report.html": tmp_path / "report.html"}
    code, summary, _ = cli(*(named.get(word, word) for word in shlex.split(lines[0])[1:]))
    assert code == 0
    assert cli(*(named.get(word, word) for word in shlex.split(lines[1])[1:]))[0] == 0
    page = named["report.html"].read_text()
    assert "Most exposed" not in summary
    assert all(f"| {name} |" not in summary and f">{name}<" not in page for name in shown)


def test_the_workflow_installs_from_where_its_reader_says() -> None:
    workflow = yaml.safe_load(WORKFLOW.read_text())
    install = next(step["run"] for step in workflow["jobs"]["audit"]["steps"] if step.get("name") == "Install")
    assert set(workflow["env"]) == {"AUDIT_REPOSITORY", "AUDIT_COMMIT"}
    assert all(f"${name}" in install for name in workflow["env"])
    assert "constraints.txt" not in install.replace("memorization-audit/constraints.txt", "")
    assert not re.search(r"\s\.\s*$", install)
