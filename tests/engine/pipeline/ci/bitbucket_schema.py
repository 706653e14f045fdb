"""Bitbucket's published schema, closed: it takes any key, so alone it finds hardly a typing error.

Here every object of it refuses keys that it does not name, and a step must have a script.
"""

import json
from importlib.resources import files
from typing import Any

import jsonschema  # type: ignore[import-untyped]

PUBLISHED = files("check_jsonschema") / "builtin_schemas" / "vendor" / "bitbucket-pipelines.json"
DIALECT = "https://json-schema.org/draft/2020-12/schema"  # the first that has unevaluatedProperties


def problems(document: Any) -> list[str]:
    """What is wrong with a bitbucket-pipelines.yml that has been read, a line each."""
    validator = jsonschema.Draft202012Validator(strict_schema())
    found = {
        (tuple(map(str, one.absolute_path)), one.message) for one in validator.iter_errors(document)
    }
    return [f"{'/'.join(place) or 'the file'}: {message}" for place, message in sorted(found)]


def strict_schema() -> dict[str, Any]:
    """The published schema with every object closed."""
    schema: dict[str, Any] = json.loads(PUBLISHED.read_text(encoding="utf-8"))
    schema["$schema"] = DIALECT
    schema.pop("$id", None)
    definitions = schema["definitions"]
    for name, definition in definitions.items():
        # What others extend through allOf is closed where it is extended, not by itself.
        if name not in extended(definitions):
            close(definition)
    definitions["pipelines_configuration"]["properties"]["definitions"]["properties"][
        "steps"
    ] = {}  # for YAML anchors
    definitions["step"].setdefault("required", []).append("script")
    return schema


def extended(definitions: dict[str, Any]) -> set[str]:
    """The definitions that others build upon."""
    parts = [part for definition in definitions.values() for part in definition.get("allOf", [])]
    return {part["$ref"].rsplit("/", 1)[-1] for part in parts if "$ref" in part}


def close(node: Any) -> None:
    """Let every object below `node` refuse the keys that it does not list."""
    if not isinstance(node, dict):
        return
    lists_keys = "properties" in node or "allOf" in node
    if lists_keys and "additionalProperties" not in node and node.get("type") != "array":
        node["unevaluatedProperties"] = False
    for key in ("properties", "patternProperties"):
        for inner in node.get(key, {}).values():
            close(inner)
    for inner in [
        *node.get("oneOf", []),
        *node.get("anyOf", []),
        node.get("items"),
        node.get("additionalProperties"),
    ]:
        close(inner)
