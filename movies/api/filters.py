"""Which films a program asks for, and in which order."""

from dataclasses import dataclass, field
from typing import Any, ClassVar, Final

import django_filters
from django.db.models import QuerySet, Value
from django.db.models.functions import Coalesce
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _
from rest_framework.exceptions import ValidationError

from movies.models import Genre, Movie
from movies.selectors.movies import DAMPED_MEAN
from movies.selectors.search import movies_search


@dataclass(frozen=True)
class Order:
    """An order of films for pages: it ends in the id, and none of its columns is ever null."""

    columns: tuple[str, ...]
    annotations: dict[str, Any] = field(default_factory=dict)


BY_ID: Final = Order(("id",))
BY_MATCH: Final = Order(("-match", "-n_ratings", "id"))
ORDERS: Final = {
    "id": BY_ID,
    "popular": Order(("-n_ratings", "id")),
    "best": Order(("-damped_mean", "id"), {"damped_mean": DAMPED_MEAN}),
    "newest": Order(("-year_or_zero", "id"), {"year_or_zero": Coalesce("year", Value(0))}),
    "title": Order(("title", "id")),
}


class MovieFilter(django_filters.FilterSet):
    """Films by title, genre, year and number of ratings."""

    search = django_filters.CharFilter(
        method="by_title",
        max_length=200,
        label=_("Words of the title, the last of which may be unfinished; best matches first."),
    )
    genre = django_filters.CharFilter(
        method="by_genre", max_length=50, label=_("Name or slug of a genre.")
    )
    year_min = django_filters.NumberFilter("year", "gte", label=_("Not older than this year."))
    year_max = django_filters.NumberFilter("year", "lte", label=_("Not newer than this year."))
    ratings_min = django_filters.NumberFilter(
        "n_ratings", "gte", label=_("Rated by at least so many people.")
    )
    order = django_filters.ChoiceFilter(
        method="in_order",
        choices=[(name, name) for name in ORDERS],
        label=_(
            "By id unless told otherwise (a search: best match first). Only by id does a walk "
            "through all pages see each film once while people rate."
        ),
    )

    class Meta:
        model = Movie
        fields: ClassVar[list[str]] = []

    def by_title(self, _movies: QuerySet[Movie], _name: str, value: str) -> QuerySet[Movie]:
        """The films whose titles match; the first filter, so there is nothing to narrow yet."""
        return movies_search(value)

    def by_genre(self, queryset: QuerySet[Movie], _name: str, value: str) -> QuerySet[Movie]:
        """The films of a genre; a genre that does not exist is a mistake, not an empty list."""
        genre = Genre.objects.filter(slug=slugify(value, allow_unicode=True)).first()
        if genre is None:
            text = _("There is no genre “%(name)s”. /api/v1/genres/ lists them.")
            raise ValidationError({"genre": [text % {"name": value}]})
        return queryset.filter(genres=genre)

    def in_order(self, queryset: QuerySet[Movie], _name: str, value: str) -> QuerySet[Movie]:
        """With the columns of the order; the pages sort by them."""
        return queryset.annotate(**ORDERS[value].annotations)
