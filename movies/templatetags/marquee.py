"""Filters for pages about films."""

from collections.abc import Mapping
from typing import TypeVar

from django import template

register = template.Library()
V = TypeVar("V")


@register.filter
def stars(half_stars: int) -> str:
    """A rating as stars.

    >>> stars(9), stars(1)
    ('★★★★½', '½')
    """
    return "★" * (half_stars // 2) + "½" * (half_stars % 2)


@register.filter
def lookup(values: Mapping[int, V], key: int) -> V | None:
    """What a mapping holds for a key that is only known in the template."""
    return values.get(key)
