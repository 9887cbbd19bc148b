"""Columns that are computed from a row's titles or name on every save and bulk_create."""

from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.search import SearchVector
from django.db import models
from django.db.models import F, Func, Value

from movies.search_text import index_text, title_forms, trigrams
from movies.titles import fold

WEIGHTS = ("A", "B", "C", "D")


def titles_of(instance: models.Model) -> list[str]:
    """Return the titles of a film, or the name of a person."""
    name = getattr(instance, "name", None)
    if name is not None:
        return [name]
    others = getattr(instance, "other_titles", "")
    return [getattr(instance, "title", ""), *filter(None, others.split("; "))]


def search_vector() -> Any:
    """Return the search vector of a row's ``search_text``, one weight for each of its lines."""
    lines = [
        SearchVector(
            Func(
                F("search_text"),
                Value("\n"),
                Value(number),
                function="split_part",
                output_field=models.TextField(),
            ),
            config="simple",
            weight=weight,
        )
        for number, weight in enumerate(WEIGHTS, start=1)
    ]
    first, second, third, fourth = lines
    return first + second + third + fourth


class SearchTextField(models.TextField):  # type: ignore[type-arg] # generic for mypy only
    """What a search finds a row by, in the four lines of ``movies.search_text``."""

    def pre_save(self, model_instance: models.Model, add: bool) -> str:  # noqa: ARG002 # Django's
        """Return the text of the row at hand."""
        text = index_text(titles_of(model_instance))
        setattr(model_instance, self.attname, text)
        return text


class TrigramsField(ArrayField):  # type: ignore[type-arg] # generic for mypy only
    """The trigrams of a row's titles or name, for searches with a spelling mistake."""

    def __init__(self, base_field: Any = None, **options: Any) -> None:
        """Hold texts of three characters."""
        super().__init__(base_field or models.CharField(max_length=3), **options)

    def pre_save(self, model_instance: models.Model, add: bool) -> list[str]:  # noqa: ARG002
        """Return the trigrams of the row at hand."""
        titles = titles_of(model_instance)
        found = trigrams([*title_forms(titles), *map(fold, titles)])
        setattr(model_instance, self.attname, found)
        return found


class Lowered(models.Func):
    """The texts of an array in lower case, by an immutable function that an index can use.

    Migration 0013 makes the function.
    """

    function = "movies_lowered"
    arity = 1
    output_field = ArrayField(models.TextField())


class Unnest(models.Func):
    """Each text of an array, in a row of its own."""

    function = "unnest"
    arity = 1
    set_returning = True
    output_field = models.TextField()
