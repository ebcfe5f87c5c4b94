"""Profile files: shipped ones load, an unknown one names the nearest, a broken one names every mistake."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from sample_result import sample

from audit.presets import PRESETS
from audit.profiles import ProfileError, profiles, read_profile
from reports.mapping import mapping_of

DOC = Path(__file__).parents[2] / "docs" / "mapping.md"


def file_of(folder: Path, text: str, name: str = "own.yaml") -> str:
    (folder / name).write_text(text, encoding="utf-8")
    return str(folder / name)


def test_three_profiles_are_shipped_with_a_line_each() -> None:
    assert list(profiles()) == ["edpb-28-2024", "gdpr-dpia", "nist-800-226"]
    assert all(len(line) > 20 for line in profiles().values())
    assert all((PRESETS / "profiles" / f"{name}.yaml").is_file() for name in profiles())


@pytest.mark.parametrize("name", ["edpb-28-2024", "gdpr-dpia", "nist-800-226"])
def test_a_shipped_profile_is_read_and_names_where_every_point_stands(name: str) -> None:
    profile = read_profile(name)
    assert profile.name == name
    assert profile.source
    assert all(point.where and point.asks for point in profile.points)


def test_the_points_stand_where_the_texts_have_them() -> None:
    where = {name: {point.where for point in read_profile(name).points} for name in profiles()}
    assert where["edpb-28-2024"] == {"paragraph 55", "paragraph 58(e)"}
    articles = {"Article 35(7)(a)", "Article 35(7)(b)", "Article 35(7)(c)", "Article 35(7)(d)", "Article 32(1)(d)"}
    assert where["gdpr-dpia"] == articles
    assert {"privacy parameters", "unit of privacy", "trust models", "known hazards"} < where["nist-800-226"]


def test_an_unknown_profile_names_the_nearest() -> None:
    with pytest.raises(ProfileError, match="did you mean 'edpb-28-2024'") as caught:
        read_profile("edpb-28-2042")
    assert "gdpr-dpia" in caught.value.hint
    assert caught.value.exit_code == 2


def test_another_profile_needs_no_code(tmp_path: Path) -> None:
    profile = read_profile(
        file_of(
            tmp_path,
            """
title: Our own rules
points:
  - asks: How many records?
    where: rule 1
    evidence:
      - say: "{data.records} records."
""",
        )
    )
    assert profile.name == "own"
    assert mapping_of(sample(), profile).points[0].evidence == ("1,437 records.",)


BROKEN = """
title: ""
sources: x
points:
  - asks: How many?
    were: rule 1
    where: rule 1
    evidence:
      - say: "{data.recrods}"
      - each: arms
        say: "{name}"
      - say: "{data.records:prcent}"
      - sya: "x"
  - asks: Nothing
    where: rule 2
"""


def test_a_broken_profile_names_every_mistake(tmp_path: Path) -> None:
    with pytest.raises(ProfileError) as caught:
        read_profile(file_of(tmp_path, BROKEN))
    lines = caught.value.message.splitlines()
    for wanted in (
        "title: ",
        "unknown key 'sources' (did you mean 'source'?)",
        "unknown key 'points.0.were' (did you mean 'where'?)",
        "points.0.evidence.0: say: no 'recrods' in data (did you mean 'records'?)",
        "points.0.evidence.1: each: 'arms' leads to no parts",
        "points.0.evidence.2: say: no format 'prcent' (did you mean 'percent'?)",
        "unknown key 'points.0.evidence.3.sya' (did you mean 'say'?)",
        "points.0.evidence.3.say: field required",
        "points.1: neither evidence nor what is missing",
    ):
        assert any(wanted in line for line in lines), (wanted, lines)
    assert all("own.yaml" in line for line in lines)
    assert "a profile holds: name, title, source, points; a point: asks" in caught.value.hint


@pytest.mark.parametrize(("text", "said"), [("a: [", "is not YAML"), ("- x", "holds a list"), ("title: x", "points")])
def test_what_is_no_profile_is_said(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(ProfileError, match=said):
        read_profile(file_of(tmp_path, text))


def test_a_missing_file_is_said(tmp_path: Path) -> None:
    with pytest.raises(ProfileError, match="cannot read"):
        read_profile(str(tmp_path / "none.yaml"))


def test_a_profile_executes_nothing_on_load(tmp_path: Path) -> None:
    with pytest.raises(ProfileError, match="YAML"):
        read_profile(file_of(tmp_path, f"title: !!python/object/apply:os.mkdir ['{tmp_path / 'made'}']"))
    assert not (tmp_path / "made").exists()


@pytest.mark.parametrize("name", ["Own profile.yaml", "own<b>.yaml"])
def test_a_name_that_no_link_can_carry_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(ProfileError, match="name"):
        read_profile(file_of(tmp_path, "title: x\npoints: [{asks: a, where: b, missing: c}]", name))


def test_the_profile_of_the_documentation_works(tmp_path: Path) -> None:
    (text,) = re.findall(r"```yaml\n(.*?)```", DOC.read_text(encoding="utf-8"), re.DOTALL)
    mapping = mapping_of(sample(), read_profile(file_of(tmp_path, text)))
    assert [point.status for point in mapping.points] == [
        "evidence here",
        "evidence in part",
        "not covered by this audit",
    ]
