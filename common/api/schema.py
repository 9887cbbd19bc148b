"""What the OpenAPI document says of every operation alike: its errors, and its sparse answers."""

from typing import Any, Final

from common.api.problems import CONTENT_TYPE, KINDS, Kind, problem

METHODS: Final = ("get", "post", "put", "patch", "delete")
NO_ETAG_EXTENSION: Final = "x-no-etag"
"""Marks an operation whose answers have no ETag; taken out of the document again."""
PROBLEMS_EXTENSION: Final = "x-problems"
"""Under which an operation names its own kinds of problems; taken out of the document again."""
SELECTS_EXTENSION: Final = "x-selects"
"""On ``fields``: the component whose properties it selects."""
_LISTS: Final = ("results", "rows")
_BODY_ERRORS: Final = ("length-required", "payload-too-large", "unsupported-media-type")
_CONTENT: Final[dict[str, Any]] = {"schema": {"$ref": "#/components/schemas/Problem"}}
_CONDITIONS: Final = {
    "If-Match": "The ETag that you read: 412 if it has changed since.",
    "If-None-Match": "The ETag that you read: 304 if it has not changed since.",
}
"""Headers that GET takes wherever its answer has an ETag."""
_OF_HEADER: Final = {"If-Match": "precondition-failed", "Idempotency-Key": "idempotency-mismatch"}
_ALWAYS: Final = (
    *("invalid", "authentication-failed", "not-acceptable", "uri-too-long", "throttled"),
    *("headers-too-large", "error"),
)

PROBLEM: Final[dict[str, Any]] = {
    "type": "object",
    "description": "What went wrong (RFC 9457).",
    "required": ["type", "title", "status", "detail", "instance"],
    "properties": {
        "type": {
            "type": "string",
            "format": "uri-reference",
            "description": "Where this kind of problem is explained.",
        },
        "title": {"type": "string", "description": "The kind of problem, in words."},
        "status": {"type": "integer", "description": "The HTTP status."},
        "detail": {"type": "string", "description": "What to change, in words."},
        "instance": {
            "type": "string",
            "format": "uri-reference",
            "description": "The address that was asked.",
        },
        "errors": {
            "type": "array",
            "items": {"$ref": "#/components/schemas/ProblemError"},
            "description": "Each mistake and its place, at most 50.",
        },
    },
    "example": {
        "type": "/api/problems/#invalid",
        "title": "The request is not valid.",
        "status": 400,
        "detail": "stars: A rating goes from half a star to five stars, in halves.",
        "instance": "/api/v1/ratings/",
        "errors": [
            {
                "detail": "A rating goes from half a star to five stars, in halves.",
                "code": "invalid",
                "pointer": "#/stars",
            }
        ],
    },
}
PROBLEM_ERROR: Final[dict[str, Any]] = {
    "type": "object",
    "description": "One mistake and its place.",
    "required": ["detail", "code"],
    "properties": {
        "detail": {"type": "string", "description": "What is wrong, in words."},
        "code": {"type": "string", "description": "The same in one word, for programs."},
        "pointer": {"type": "string", "description": "JSON pointer into the body."},
        "parameter": {"type": "string", "description": "Parameter of the query."},
        "header": {"type": "string", "description": "Header of the request."},
    },
}


HEADERS: Final[dict[str, Any]] = {
    "Deprecation": "Since when the operation, or a parameter that was sent, is deprecated "
    "(RFC 9745), as a Unix time after `@`.",
    "ETag": "Names this state: send it as If-None-Match, or as If-Match with a change.",
    "Idempotent-Replay": "`true`: the answer of the first request with this key.",
    "Link": "Addresses of the next and the previous page (RFC 8288).",
    "Location": "Address of what was made or begun.",
    "RateLimit": "What is left of the allowance, and for how many seconds.",
    "RateLimit-Policy": "The allowance: requests (q) in a window of seconds (w).",
    "Retry-After": "Seconds to wait.",
    "Sunset": "When the operation or the parameter ends (RFC 8594).",
    "WWW-Authenticate": "How to send a token, what is wrong with the one that was sent "
    "(`invalid_token`), or which scope it lacks (`insufficient_scope`, 403) (RFC 6750).",
    "X-Request-ID": "Names this request; one that you send is taken over.",
}
"""Name -> description of every header that an answer may carry."""
_REQUIRED: Final = ("Location", "X-Request-ID")
_EVERYWHERE: Final = ("RateLimit", "RateLimit-Policy", "X-Request-ID")


def add_problems(result: dict[str, Any], generator: Any, **_: Any) -> dict[str, Any]:  # noqa: ARG001
    """Act as drf-spectacular's hook: add every operation's errors, and headers of its answers."""
    components = result["components"]
    components.setdefault("schemas", {})
    components["schemas"] |= {"Problem": PROBLEM, "ProblemError": PROBLEM_ERROR}
    components["headers"] = {
        name: {
            "description": text,
            "schema": {"type": "string"},
            "required": name in _REQUIRED,
        }
        for name, text in HEADERS.items()
    }
    for path, operations in result["paths"].items():
        for method in METHODS:
            if method in operations:
                _add_to(operations[method], method, path)
    return result


def add_sparse_answers(result: dict[str, Any], generator: Any, **_: Any) -> dict[str, Any]:  # noqa: ARG001
    """Act as drf-spectacular's hook: say what each ``fields`` selects from, and its names."""
    schemas = result["components"]["schemas"]
    for operations in result["paths"].values():
        for operation in operations.values():
            answer = operation["responses"].get("200", {}).get("content", {})
            if "application/json" not in answer:
                continue
            row = _row_of(answer["application/json"]["schema"], schemas)
            for parameter in operation.get("parameters", []):
                if parameter["name"] == "fields":
                    parameter.update(_selecting(row, schemas))
                    parameter["schema"]["items"] = _names(row, schemas)
            body = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
            own = schemas.get(_component(body.get("schema", {})), {}).get("properties", {})
            if "fields" in own:
                own["fields"] |= _selecting(row, schemas) | {"items": _names(row, schemas)}
    return result


def _row_of(answer: dict[str, Any], schemas: dict[str, Any]) -> dict[str, Any]:
    """Return a reference to what ``fields`` selects from: the rows of an answer, or all of it."""
    whole = schemas[_component(answer)] if "$ref" in answer else answer
    lists = [whole, *(whole.get("properties", {}).get(name, {}) for name in _LISTS)]
    rows = [one["items"] for one in lists if one.get("type") == "array"]
    return rows[0] if rows else answer


def _selecting(row: dict[str, Any], schemas: dict[str, Any]) -> dict[str, Any]:
    name, examples = _component(row), ",".join(_names(row, schemas)["enum"][:2])
    text = (
        f"Names of properties of {name}, such as `{examples}`: the answer has only these of them, "
        f"and `required` of {name} counts only for these."
    )
    return {"description": text, SELECTS_EXTENSION: row}


def _names(row: dict[str, Any], schemas: dict[str, Any]) -> dict[str, Any]:
    return {"type": "string", "enum": list(schemas[_component(row)]["properties"])}


def _component(schema: dict[str, Any]) -> str:
    return str(schema.get("$ref", "")).rpartition("/")[2]


def _add_to(operation: dict[str, Any], method: str, path: str) -> None:
    responses = operation["responses"]
    is_conditional = not operation.pop(NO_ETAG_EXTENSION, False) and method == "get"
    if is_conditional:
        operation.setdefault("parameters", []).extend(map(_condition, _CONDITIONS))
    for slug in _slugs(operation, method):
        kind = KINDS[slug]
        content = _CONTENT if slug == "invalid" else _CONTENT | {"example": _example(kind, path)}
        responses.setdefault(str(kind.status), _response(str(kind.title), content))
    if is_conditional:
        responses["304"] = {"description": "Nothing has changed since the ETag that was sent."}
    responses.setdefault("default", _response("Any other problem.", _CONTENT))
    names = {parameter["name"] for parameter in operation.get("parameters", [])}
    for status, response in responses.items():
        response["headers"] = {
            name: {"$ref": f"#/components/headers/{name}"}
            for name in sorted(_headers(status, names) | _of_end(operation))
        }


def _condition(name: str) -> dict[str, Any]:
    """Return the parameter for a condition of GET."""
    return {
        "in": "header",
        "name": name,
        "schema": {"type": "string"},
        "description": _CONDITIONS[name],
    }


def _headers(status: str, parameters: set[str]) -> set[str]:
    """Return the names of the headers of an answer."""
    headers = set(_EVERYWHERE)
    if status in {"200", "201", "304"} and "If-Match" in parameters:
        headers.add("ETag")
    if status in {"200", "304"} and "cursor" in parameters:
        headers.add("Link")
    if status in {"201", "202"}:
        headers.add("Location")
    if status in {"401", "403"}:
        headers.add("WWW-Authenticate")
    if status in {"429", "default"}:
        headers.add("Retry-After")
    if status.startswith("2") and "Idempotency-Key" in parameters:
        headers.add("Idempotent-Replay")
    return headers


def _of_end(operation: dict[str, Any]) -> set[str]:
    """Return the headers of an operation that is deprecated, or has parameters that are."""
    ending = [operation, *operation.get("parameters", [])]
    is_any = any(one.get("deprecated") for one in ending)
    return {"Deprecation", "Sunset"} if is_any else set()


def _slugs(operation: dict[str, Any], method: str) -> list[str]:
    """Return the kinds of problems that an operation can have."""
    parameters = operation.get("parameters", [])
    places = {parameter["in"] for parameter in parameters}
    names = {parameter["name"] for parameter in parameters}
    slugs = [*_ALWAYS, *operation.pop(PROBLEMS_EXTENSION, ())]
    if method in {"post", "put", "patch"}:  # clients may send a body where none is taken
        slugs += _BODY_ERRORS
    if "path" in places:
        slugs.append("not-found")
    if method != "get" or {} not in operation.get("security", [{}]):
        slugs.append("permission-denied")  # scope, right, or the CSRF token of a session
    slugs += [slug for header, slug in _OF_HEADER.items() if header in names]
    return slugs


def _response(description: str, content: dict[str, Any]) -> dict[str, Any]:
    return {"description": description, "content": {CONTENT_TYPE: content}}


def _example(kind: Kind, path: str) -> dict[str, Any]:
    return problem(kind, detail=kind.help, instance=path.replace("{movie_id}", "1"))
