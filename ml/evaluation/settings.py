"""Settings of models as the command line gives them, refused before any work where they are wrong.

A model that is fitted after hours of others must not then stop over a misspelt name.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import fields
from typing import Any

from ml.data.dataset import DataError
from ml.evaluation.family import recommender
from ml.evaluation.runner import Plan


def parsed(listed: Sequence[str]) -> dict[str, object]:
    """`factors=64` as {"factors": 64}; what is no JSON, nor a number as `.5`, is text.

    Raises
    ------
    DataError
        An item without `=`.

    """
    parameters: dict[str, object] = {}
    for item in listed:
        name, found, value = item.partition("=")
        if not found:
            raise DataError(f"--set {item}: NAME=VALUE is wanted")
        parameters[name] = value
        for read in (float, json.loads):
            with suppress(ValueError):
                parameters[name] = read(value)
    return parameters


def check_settings(models: Sequence[str], parameters: Mapping[str, object]) -> None:
    """Refuse a setting that one of the models has not, or a value of another kind than it takes.

    Raises
    ------
    DataError
        Which setting, and what is wanted.
    ValueError
        Of a model that refuses the value by itself.

    """
    for model in models:
        defaults = _defaults(model)
        for name, value in parameters.items():
            if name not in defaults:
                raise DataError(
                    f"--set {name}: {model} has no such setting; there are "
                    f"{', '.join(defaults) or 'none'}"
                )
            if not _fits(value, defaults[name]):
                raise DataError(f"--set {name}={value}: {model} wants {_wanted(defaults[name])}")
        recommender(model, **parameters)


def recorded_settings(settings: Mapping[str, Any], plan: Plan) -> dict[str, Mapping[str, object]]:
    """Of the settings that stand in results, those of the plan's models, by `Plan.key`.

    Raises
    ------
    DataError
        There are none of one of them, or it has no such setting any more.

    """
    found: dict[str, Mapping[str, object]] = {}
    for protocol in plan.protocols:
        for name in plan.models:
            key = plan.key(protocol, name)
            if key not in settings:
                raise DataError(f"--settings-of: the results hold no settings of {key}")
            check_settings([name], settings[key])
            found[key] = settings[key]
    return found


def _defaults(model: str) -> dict[str, Any]:
    """Return the model's settings, or those of the pipeline if it is made of them."""
    made: Any = recommender(model)
    settings = getattr(made, "config", made)
    return {field.name: getattr(settings, field.name) for field in fields(settings)}


def _fits(value: object, default: object) -> bool:
    if isinstance(default, bool) or not isinstance(default, int | float):
        plain = isinstance(default, bool | str)
        return isinstance(value, type(default) if plain else list)
    kinds = int if isinstance(default, int) else int | float
    is_number = isinstance(value, kinds) and not isinstance(value, bool)
    return is_number and isinstance(value, int | float) and math.isfinite(value) and value >= 0


def _wanted(default: object) -> str:
    if isinstance(default, bool):
        return "true or false"
    if isinstance(default, int):
        return "a whole number from 0 on"
    if isinstance(default, float):
        return "a number from 0 on"
    return "a word" if isinstance(default, str) else "a list"
