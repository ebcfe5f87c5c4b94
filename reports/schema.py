"""The JSON Schema of a result, made from the classes that are the result; published as docs/result.schema.json."""

from __future__ import annotations

import inspect
import json
import re
from typing import Any

from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from reports.result import SCHEMA_VERSION, AuditResult

TITLE = "Result of a memorization audit"
# A name and no address: the schema is read from the file and never from a host.
IDENTIFIER = f"urn:memorization-audit:result:{SCHEMA_VERSION}"


class _Described(GenerateJsonSchema):
    """Takes descriptions from docstrings, and requires every key: a result is always written whole."""

    def model_schema(self, schema: core_schema.ModelSchema) -> JsonSchemaValue:
        """The schema of one class."""
        made = super().model_schema(schema)
        about, said = described(inspect.cleandoc(schema["cls"].__doc__ or ""))
        made |= {"description": about, "required": list(made["properties"])}
        for key, value in made["properties"].items():
            value.pop("title", None)
            value.pop("default", None)
            value |= {"description": said[key]} if key in said else {}
        return made


def result_schema() -> dict[str, Any]:
    """The JSON Schema (2020-12) of result.json as this version writes it: every key present, `null` for absent."""
    schema = AuditResult.model_json_schema(mode="serialization", schema_generator=_Described)
    schema["properties"]["schema_version"]["const"] = SCHEMA_VERSION
    return {"$schema": GenerateJsonSchema.schema_dialect, "$id": IDENTIFIER, **schema, "title": TITLE}


def as_text() -> str:
    """The schema as the text of its file."""
    return json.dumps(result_schema(), indent=1, ensure_ascii=False) + "\n"


def described(docstring: str) -> tuple[str, dict[str, str]]:
    """What a docstring says of a class, and of each of its attributes.

    Args:
        docstring: in Google's style, without indentation.
    """
    about, _, listed = docstring.partition("\nAttributes:\n")
    items = re.findall(r"^    (\w+): (.*(?:\n {5,}.*)*)", listed, re.MULTILINE)
    return _one_line(about), {name: _one_line(text) for name, text in items}


def _one_line(text: str) -> str:
    return re.sub(r"\bNone\b", "null", " ".join(text.split()))
