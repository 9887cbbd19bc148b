"""Which films a program asks for."""

from typing import ClassVar

import django_filters
from django.db.models import QuerySet
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _
from rest_framework.exceptions import ValidationError

from movies.models import Genre, Movie
from movies.selectors.movies import movies_search


class MovieFilter(django_filters.FilterSet):
    """Films by title, genre and year."""

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
