"""Where in an audit evidence lies for the requirements of a text such as an opinion, a standard or a law.

A profile is a data file; it draws no legal conclusion, and neither does what is made of it here.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Literal, get_args

from pydantic import Field, model_validator

from reports.findings import Part
from reports.result import AuditResult
from reports.result_paths import filled, found_at, part_at, problem_of

Status = Literal["evidence here", "evidence in part", "not covered by this audit"]
STATUSES: tuple[Status, ...] = get_args(Status)
DISCLAIMER = (
    "This list says where in this audit evidence for each point lies. It is no legal advice and draws no legal "
    "conclusion: whether the evidence is enough is for the reader to judge."
)


class Evidence(Part):
    """A sentence about the result.

    Attributes:
        say: the sentence, with paths into the result in braces; left out where a path leads to nothing.
        each: path to a list, of which every item gets the sentence; paths in the sentence begin at the item.
    """

    say: str = Field(min_length=1)
    each: str = ""

    @model_validator(mode="after")
    def _leads_somewhere(self) -> Evidence:
        try:
            start = part_at(self.each) if self.each else AuditResult
        except LookupError as error:
            raise ValueError(f"each: {error.args[0]}") from error
        problem = problem_of(self.say, start)
        if problem:
            raise ValueError(f"say: {problem}")
        return self


class Requirement(Part):
    """One point of a text.

    Attributes:
        asks: what it asks for, in our own words.
        where: paragraph or article.
        evidence: what the audit says of it.
        missing: what this audit never covers of it; empty if nothing.
        otherwise: what is missing where the result holds none of the evidence.
    """

    asks: str = Field(min_length=1)
    where: str = Field(min_length=1)
    evidence: tuple[Evidence, ...] = ()
    missing: str = ""
    otherwise: str = "This run holds no such figure."

    @model_validator(mode="after")
    def _says_something(self) -> Requirement:
        if not self.evidence and not self.missing:
            raise ValueError("neither evidence nor what is missing")
        return self


class Profile(Part):
    """A text and its points.

    Attributes:
        name: as the command line takes it; small letters, digits and hyphens.
        title: of the text.
        source: where it is to be found.
        points: in the order of the text.
    """

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9-]*$")
    title: str = Field(min_length=1)
    source: str = ""
    points: tuple[Requirement, ...] = Field(min_length=1)


@dataclass(frozen=True, slots=True)
class Point:
    """One point beside its evidence.

    Attributes:
        asks: what it asks for.
        where: paragraph or article.
        status: whether the audit holds evidence; it says nothing of whether that is enough.
        evidence: sentences about the result.
        missing: what is not covered; empty if nothing is known to be missing.
    """

    asks: str
    where: str
    status: Status
    evidence: tuple[str, ...]
    missing: str


@dataclass(frozen=True, slots=True)
class Mapping:
    """A profile against a result.

    Attributes:
        name: of the profile.
        title: of the text.
        source: where it is to be found.
        disclaimer: stands first wherever it is shown.
        points: in the order of the text.
    """

    name: str
    title: str
    source: str
    disclaimer: str
    points: tuple[Point, ...]

    @property
    def brief(self) -> tuple[str, ...]:
        """How many points have evidence here, and which have none; a sentence each."""
        counts = Counter(point.status for point in self.points)
        said = f"Of {len(self.points)} points: " + "; ".join(f"{status}: {counts[status]}" for status in STATUSES) + "."
        none = [f"{point.where}: {point.asks}" for point in self.points if not point.evidence]
        return (said, *(f"Not covered: {one}" for one in none))


def mapping_of(result: AuditResult, profile: Profile) -> Mapping:
    """Where the evidence for each point of a profile lies.

    Args:
        result: the audit.
        profile: the points.
    """
    points = tuple(_point(result, requirement) for requirement in profile.points)
    return Mapping(profile.name, profile.title, profile.source, DISCLAIMER, points)


def _point(result: AuditResult, asked: Requirement) -> Point:
    said = tuple(sentence for evidence in asked.evidence for sentence in _sentences(result, evidence))
    absent = asked.otherwise if asked.evidence and not said else ""
    missing = " ".join(filter(None, (absent, asked.missing)))
    status: Status = "not covered by this audit" if not said else "evidence in part" if missing else "evidence here"
    return Point(asked.asks, asked.where, status, said, missing)


def _sentences(result: AuditResult, evidence: Evidence) -> list[str]:
    items = found_at(evidence.each, result, result) if evidence.each else [result]
    said = (filled(evidence.say, item, result) for item in items if item is not None)
    return [sentence for sentence in said if sentence]
