"""The outcome of a policy as SARIF 2.1.0 for code scanning: a rule a limit, a result a limit that is not kept."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from urllib.parse import quote

from reports.check import printable_outcome, sentence
from reports.outcome import LimitOutcome, PolicyOutcome, Verdict

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
LEVELS: Mapping[Verdict, str] = {"fail": "error", "inconclusive": "warning"}
TOOL = "memorization-audit"


def sarif(outcome: PolicyOutcome, version: str) -> str:
    """The outcome as SARIF 2.1.0; a place in it is the policy's file by its name alone, and the arm.

    Args:
        outcome: the policy's outcome.
        version: version of the tool.
    """
    outcome = printable_outcome(outcome)
    rules = list(dict.fromkeys(limit.limit for limit in outcome.limits))
    run = {
        "tool": {"driver": {"name": TOOL, "semanticVersion": version, "rules": [_rule(limit) for limit in rules]}},
        "columnKind": "unicodeCodePoints",
        "artifacts": _artifacts(outcome),
        "results": [
            _result(limit, rules.index(limit.limit), outcome.name)
            for limit in outcome.limits
            if limit.verdict != "pass"
        ],
        "properties": {"verdict": outcome.verdict, "limits": len(outcome.limits)},
    }
    log = {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}
    return json.dumps(log, indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def _rule(limit: str) -> dict[str, object]:
    return {
        "id": rule_id(limit),
        "shortDescription": {"text": f"{limit}."},
        "fullDescription": {"text": f"The release policy asks: {limit}."},
        "help": {
            "text": "A fail is a limit that the whole interval is beyond; a warning is a limit that is undecided."
        },
        "defaultConfiguration": {"level": "error"},
    }


def rule_id(limit: str) -> str:
    """A limit as the name of a rule, `test-accuracy-at-least-0.85`.

    Args:
        limit: the limit's name, with the limit itself.
    """
    return re.sub(r"[^\w.*=]+", "-", limit).strip("-").lower()


def _artifacts(outcome: PolicyOutcome) -> list[dict[str, object]]:
    if not outcome.name:
        return []
    hashes = {"hashes": {"sha-256": outcome.digest}} if outcome.digest else {}
    return [{"location": {"uri": quote(outcome.name)}, "roles": ["policy"], **hashes}]


def _result(limit: LimitOutcome, rule: int, file: str) -> dict[str, object]:
    known = f"{limit.limit}\n{limit.arm}".encode()
    return {
        "ruleId": rule_id(limit.limit),
        "ruleIndex": rule,
        "kind": "fail",
        "level": LEVELS[limit.verdict],
        "message": {"text": f"{limit.arm}: {limit.limit}: {limit.verdict}. {sentence(limit)}"},
        "locations": [_place(limit, file)],
        "partialFingerprints": {"limitAndArm/v1": hashlib.sha256(known).hexdigest()},
        "properties": {"arm": limit.arm, "verdict": limit.verdict, "bound": limit.bound},
    }


def _place(limit: LimitOutcome, file: str) -> dict[str, object]:
    """The arm, and the policy's file, without which code scanning does not take a result."""
    named = {"name": limit.arm, "fullyQualifiedName": f"{limit.arm}.{limit.quantity}", "kind": "object"}
    physical = {"artifactLocation": {"uri": quote(file), "index": 0}, "region": {"startLine": 1}}
    return {"logicalLocations": [named]} | ({"physicalLocation": physical} if file else {})
