"""The API's reference as pages show it, from the OpenAPI document."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any, Final, Literal
from urllib.parse import quote

from django.utils.translation import override as language_is
from drf_spectacular.generators import SchemaGenerator

from common.api.schema import METHODS

Schema = dict[str, Any]
_JSON: Final = "application/json"
_OPTIONS_BEGIN: Final = "* `"
"""What drf-spectacular begins a list of options with, at the end of a description."""


@dataclass(frozen=True)
class Value:
    """Something that is sent or answered: a parameter, or a field of a body."""

    name: str
    """A field inside others has their names before its own: ``results[].movie.id``."""
    kind: str
    """JSON's type and what it is limited to: ``integer, 1 to 100``."""
    help: str
    options: tuple[str, ...] = ()
    is_required: bool = False
    is_many: bool = False
    place: str = ""
    """Of a parameter: path, query or header."""
    default: str = ""


@dataclass(frozen=True)
class Answer:
    """What may come back."""

    status: str
    description: str
    fields: tuple[Value, ...]
    problem: str
    """Where the kind of problem is explained; empty if it is none, or may be any."""


@dataclass(frozen=True)
class Operation:
    """One thing the API does."""

    id: str
    method: str
    path: str
    summary: str
    paragraphs: tuple[str, ...]
    callers: frozenset[Literal["anybody", "session", "token"]]
    scope: str
    """What a token must be allowed; empty if any token will do."""
    parameters: tuple[Value, ...]
    body: tuple[Value, ...]
    example: str
    """A body to send, as JSON; empty if none is sent."""
    answers: tuple[Answer, ...]

    def curl(self, root: str) -> str:
        """The command that does it on the site at ``root``."""
        path = self.path
        for one in self.parameters:
            sample = one.options[0] if one.options else "1"
            path = path.replace(f"{{{one.name}}}", quote(sample))
        lines = [f"curl {root.rstrip('/')}{path}"]
        if self.method != "GET":
            lines[0] = f"curl -X {self.method} {root.rstrip('/')}{path}"
        if "token" in self.callers and "anybody" not in self.callers:
            lines.append('-H "Authorization: Bearer $TOKEN"')
        if self.example:
            lines += [f"-H 'Content-Type: {_JSON}'", f"-d '{self.example}'"]
        return " \\\n  ".join(lines)


@dataclass(frozen=True)
class Section:
    """Operations on the same things."""

    name: str
    description: str
    operations: tuple[Operation, ...]


@cache
def sections(language: str) -> tuple[Section, ...]:
    """All operations in the order of the settings' tags. Kept: the document takes a second."""
    with language_is(language):
        document = SchemaGenerator().get_schema(request=None, public=True)  # type: ignore[no-untyped-call]
        document = json.loads(json.dumps(document, default=str))
    reader = _Reader(document)
    operations = [
        (set(operation["tags"]), reader.operation(method, path, operation))
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
        if method in METHODS
    ]
    return tuple(
        Section(
            tag["name"],
            tag["description"],
            tuple(operation for tags, operation in operations if tag["name"] in tags),
        )
        for tag in document["tags"]
    )


class _Reader:
    """Reads operations out of an OpenAPI document."""

    def __init__(self, document: Schema) -> None:
        self._schemas: Schema = document["components"]["schemas"]

    def operation(self, method: str, path: str, operation: Schema) -> Operation:
        content = operation.get("requestBody", {}).get("content", {}).get(_JSON, {})
        security = operation.get("security", [{}])
        callers = {"token": "token", "cookieAuth": "session"}
        return Operation(
            id=operation["operationId"],
            method=method.upper(),
            path=path,
            summary=operation["summary"],
            paragraphs=tuple(_words(operation.get("description", "")).split("\n\n")),
            callers=frozenset(
                callers[name] if name else "anybody"  # type: ignore[misc] # mypy sees a str
                for one in security
                for name in (one or {"": []})
            ),
            scope=operation.get("x-scope", ""),
            parameters=tuple(map(self._parameter, operation.get("parameters", ()))),
            body=tuple(self._fields(content.get("schema", {}))),
            example=self._example(content),
            answers=tuple(
                self._answer(status, answer)
                for status, answer in sorted(operation["responses"].items())
            ),
        )

    def _parameter(self, parameter: Schema) -> Value:
        schema = self._resolved(parameter["schema"])
        return Value(
            parameter["name"],
            self._kind(schema),
            _words(parameter.get("description", "")),
            self._options(schema),
            parameter.get("required", False),
            is_many=schema.get("type") == "array",
            place=parameter["in"],
            default=str(schema.get("default", "")),
        )

    def _answer(self, status: str, answer: Schema) -> Answer:
        content: Schema = next(iter(answer.get("content", {"": {}}).values()))
        is_problem = status[0] != "2"
        return Answer(
            status,
            answer.get("description", ""),
            () if is_problem else tuple(self._fields(content.get("schema", {}))),
            content.get("example", {}).get("type", "") if is_problem else "",
        )

    def _fields(
        self, schema: Schema, prefix: str = "", inside: tuple[str, ...] = ()
    ) -> Iterator[Value]:
        """The fields of an object or of a list of them; what contains itself is told once."""
        name = schema.get("$ref", "")
        schema = self._resolved(schema)
        if name in inside:
            return
        inside = (*inside, name) if name else inside
        if schema.get("type") == "array":
            yield from self._fields(schema["items"], f"{prefix}[]", inside)
        for key, value in schema.get("properties", {}).items():
            field = self._resolved(value)
            path = f"{prefix}.{key}".lstrip(".")
            yield Value(
                path,
                self._kind(field),
                _words(value.get("description") or field.get("description", "")),
                self._options(field),
                key in schema.get("required", ()),
                default=json.dumps(field["default"]) if "default" in field else "",
            )
            yield from self._fields(value, path, inside)

    def _resolved(self, schema: Schema) -> Schema:
        """A schema with what it refers to, or with the first of what it may be."""
        for key in ("allOf", "oneOf", "anyOf"):
            if key in schema:
                return schema | self._resolved(schema[key][0])
        if "$ref" in schema:
            return schema | self._resolved(self._schemas[schema["$ref"].rpartition("/")[2]])
        return schema

    def _kind(self, schema: Schema) -> str:
        kind = schema.get("type", "any")
        kinds = [kind] if isinstance(kind, str) else kind
        if "array" in kinds:
            kinds = [f"list of {self._kind(self._resolved(schema['items']))}"]
        words = " or ".join(kinds)
        if schema.get("format") in {"date-time", "date", "uri", "email"}:
            words += f" ({schema['format']})"
        low, high = schema.get("minimum"), schema.get("maximum")
        if high is not None and high < 2**31 - 1:
            words += f", {low} to {high}" if low is not None else f", at most {high}"
        elif low is not None:
            words += f", at least {low}"
        return words

    def _options(self, schema: Schema) -> tuple[str, ...]:
        if schema.get("type") == "array":
            schema = self._resolved(schema["items"])
        return tuple(str(option) for option in schema.get("enum", ()) if option is not None)

    def _example(self, content: Schema) -> str:
        if not content:
            return ""
        examples = [example["value"] for example in content.get("examples", {}).values()]
        example = examples[0] if examples else self._sample(content["schema"])
        return json.dumps(example, indent=2, ensure_ascii=False)

    def _sample(self, schema: Schema) -> Any:
        """Something of the schema's form, for a body of which there is no example."""
        schema = self._resolved(schema)
        if "default" in schema:
            return schema["default"]
        if "enum" in schema:
            return schema["enum"][0]
        kind = schema.get("type")
        if kind == "object":
            return {
                key: self._sample(value)
                for key, value in schema.get("properties", {}).items()
                if not self._resolved(value).get("readOnly")
            }
        if kind == "array":
            return [self._sample(schema["items"])]
        return {"string": "...", "integer": 1, "number": 1, "boolean": False}.get(str(kind))


def _words(description: str) -> str:
    """A description without the list of options, which are shown as such."""
    head, _, _options = description.partition(_OPTIONS_BEGIN)
    return head.strip()
