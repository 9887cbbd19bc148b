"""What other programs read and write of the catalogue."""

from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from typing_extensions import override

from movies.models import Genre, Movie, Rating
from movies.services.ratings import half_stars_from


@extend_schema_field({"type": "number", "minimum": 0.5, "maximum": 5, "multipleOf": 0.5})
class StarsField(serializers.Field):
    """Stars outside, half stars inside."""

    @override
    def to_internal_value(self, data: Any) -> int:
        if isinstance(data, bool) or not isinstance(data, int | float):
            raise serializers.ValidationError(_("Stars are a number, such as 4.5."))
        try:
            return half_stars_from(data)
        except ValidationError as error:
            raise serializers.ValidationError(error.messages) from None

    @override
    def to_representation(self, value: int) -> float:
        return value / 2


class GenreSerializer(serializers.ModelSerializer[Genre]):
    """A genre, and how many films have it."""

    n_movies = serializers.IntegerField()

    class Meta:
        model = Genre
        fields = ["slug", "name", "n_movies"]


class MovieSerializer(serializers.ModelSerializer[Movie]):
    """A film in a list."""

    genres = serializers.SerializerMethodField()
    poster_url = serializers.SerializerMethodField()
    mean_stars = serializers.FloatField(allow_null=True)

    class Meta:
        model = Movie
        fields = ["id", "title", "year", "genres", "poster_url", "mean_stars", "n_ratings"]

    def get_genres(self, movie: Movie) -> list[str]:
        """Names of its genres."""
        return [genre.name for genre in movie.genres.all()]

    def get_poster_url(self, movie: Movie) -> str:
        """Where its poster is, with the host that this request came to."""
        return str(self.context["request"].build_absolute_uri(movie.poster_url))


class MovieDetailSerializer(MovieSerializer):
    """All that is known of a film."""

    other_titles = serializers.SerializerMethodField()

    class Meta(MovieSerializer.Meta):
        fields = [
            *MovieSerializer.Meta.fields,
            "other_titles",
            "description",
            "description_url",
            "movielens_id",
            "imdb_id",
            "tmdb_id",
        ]

    def get_other_titles(self, movie: Movie) -> list[str]:
        """Original and alternative titles."""
        return [title for title in movie.other_titles.split("; ") if title]


class StarsSerializer(serializers.Serializer[Rating]):
    """How much one likes a film."""

    stars = StarsField(source="half_stars")


class OwnRatingSerializer(StarsSerializer):
    """One's rating of a film."""

    movie_id = serializers.IntegerField(min_value=1)
    rated_at = serializers.DateTimeField(read_only=True)
