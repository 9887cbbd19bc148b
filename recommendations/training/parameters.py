"""The training parameters as forms and the API show them; ``ml.training.config`` specifies them."""

from typing import Any, Final

from ml.training.config import MAX_INTEGER, PARAMETERS, Parameter

MAX_TRIALS, N_TRIALS = 500, 20
"""Largest and default number of trials of a search."""
MAX_MINUTES, N_MINUTES = 4 * 60, 60
"""Largest and default duration of a search in minutes. It stays well below the limit of a stage,
`MARQUEE_STAGE_HOURS` (12 by default), so that the trial that was begun last can end."""
_JSON_TYPES: Final = {bool: "boolean", int: "integer", float: "number", str: "string"}


def schema() -> dict[str, Any]:
    """Return the OpenAPI schema of an object of training parameters."""
    return {
        "type": "object",
        "properties": {each.name: _schema_of(each) for each in PARAMETERS},
        "additionalProperties": False,
    }


def _schema_of(spec: Parameter) -> dict[str, Any]:
    bounds = {
        "enum": list(spec.choices) or None,
        "minimum": spec.at_least,
        "maximum": MAX_INTEGER if spec.kind is int and spec.at_most is None else spec.at_most,
        "exclusiveMinimum": spec.above,
    }
    return {
        "type": _JSON_TYPES[spec.kind],
        "default": spec.default,
        "description": spec.text,
    } | {name: value for name, value in bounds.items() if value is not None}
