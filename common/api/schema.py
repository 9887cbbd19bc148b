"""What the OpenAPI document says of every operation alike: its errors and their form."""

from typing import Any, Final

from common.api.problems import CONTENT_TYPE, KINDS, Kind, problem

METHODS: Final = ("get", "post", "put", "patch", "delete")
_BODY_ERRORS: Final = ("invalid", "payload-too-large", "unsupported-media-type")
_CONTENT: Final[dict[str, Any]] = {"schema": {"$ref": "#/components/schemas/Problem"}}
_OF_HEADER: Final = {"If-Match": "precondition-failed", "Idempotency-Key": "idempotency-mismatch"}
_ALWAYS: Final = ("authentication-failed", "not-acceptable", "throttled")

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
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "What to change, in words."},
        "instance": {"type": "string", "format": "uri-reference"},
        "errors": {"type": "array", "items": {"$ref": "#/components/schemas/ProblemError"}},
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
        "detail": {"type": "string"},
        "code": {"type": "string"},
        "pointer": {"type": "string", "description": "JSON pointer into the body."},
        "parameter": {"type": "string", "description": "Parameter of the query."},
    },
}


def add_problems(result: dict[str, Any], generator: Any, **_: Any) -> dict[str, Any]:  # noqa: ARG001
    """drf-spectacular's hook: every operation answers its errors as problem details."""
    schemas = result["components"].setdefault("schemas", {})
    schemas |= {"Problem": PROBLEM, "ProblemError": PROBLEM_ERROR}
    for path, operations in result["paths"].items():
        for method in METHODS:
            if method in operations:
                _add_to(operations[method], path)
    return result


def _add_to(operation: dict[str, Any], path: str) -> None:
    for slug in _slugs(operation):
        kind = KINDS[slug]
        content = _CONTENT if slug == "invalid" else _CONTENT | {"example": _example(kind, path)}
        operation["responses"].setdefault(str(kind.status), _response(str(kind.title), content))
    operation["responses"].setdefault("default", _response("Any other problem.", _CONTENT))


def _slugs(operation: dict[str, Any]) -> list[str]:
    """The kinds of problems that an operation is likely to have."""
    parameters = operation.get("parameters", [])
    places = {parameter["in"] for parameter in parameters}
    names = {parameter["name"] for parameter in parameters}
    slugs = list(_ALWAYS)
    if "requestBody" in operation:
        slugs += _BODY_ERRORS
    if "query" in places:
        slugs.append("invalid")
    if "path" in places:
        slugs.append("not-found")
    if {} not in operation.get("security", [{}]):
        slugs.append("permission-denied")
    slugs += [slug for header, slug in _OF_HEADER.items() if header in names]
    return slugs


def _response(description: str, content: dict[str, Any]) -> dict[str, Any]:
    return {"description": description, "content": {CONTENT_TYPE: content}}


def _example(kind: Kind, path: str) -> dict[str, Any]:
    return problem(kind, detail=kind.help, instance=path.replace("{movie_id}", "1"))
