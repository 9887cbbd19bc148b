"""What programs send and get. Numbers must be numbers: a "4.5" in quotes is refused in words."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from movies.api.serializers import MovieSerializer, StarsField
from movies.models import Genre, Movie
from recommendations.selectors.recommendations import RecommendedMovie, Refinement
from recommendations.selectors.similar import MAX_LIMIT

MAX_RATINGS = 2000
MAX_EXCLUDED = 10_000
MAX_K = 100
MAX_NAMED = 10
"""How many offenders an error names; a list of thousands helps nobody."""


class StrictIntegerField(serializers.IntegerField):
    """A JSON integer; strings and booleans are none."""

    def to_internal_value(self, data: Any) -> int:
        """The number, or an error in words."""
        if isinstance(data, bool) or not isinstance(data, int):
            self.fail("invalid")
        return int(super().to_internal_value(data))


class StrictSerializer(serializers.Serializer[Any]):
    """Refuses keys it does not know: a typing error would otherwise be ignored silently."""

    def to_internal_value(self, data: Any) -> Any:
        """The validated values."""
        if isinstance(data, Mapping):
            unknown = sorted(set(map(str, data)) - set(self.fields))
            if unknown:
                message = _("Unknown field. Known are: %(known)s.") % {
                    "known": ", ".join(self.fields)
                }
                raise serializers.ValidationError({key: [message] for key in unknown[:MAX_NAMED]})
        return super().to_internal_value(data)


class RatingSerializer(StrictSerializer):
    """One rated film."""

    movie_id = StrictIntegerField(min_value=1)
    stars = StarsField(source="half_stars")


class OptionsSerializer(StrictSerializer):
    """Of which genres, and how different from each other."""

    genres = serializers.ListField(
        child=serializers.CharField(max_length=50), max_length=50, default=list
    )
    diversity = serializers.FloatField(min_value=0, max_value=1, default=0.0)

    def validate_genres(self, names: list[str]) -> list[str]:
        """Every name must be a genre's, in any case."""
        known = (
            {genre.name.casefold(): genre.name for genre in Genre.objects.all()} if names else {}
        )
        unknown = [name for name in names if name.casefold() not in known]
        if unknown:
            raise serializers.ValidationError(
                _("No genre is called %(names)s. Genres are: %(known)s.")
                % {"names": ", ".join(unknown[:MAX_NAMED]), "known": ", ".join(known.values())}
            )
        return [known[name.casefold()] for name in names]

    def refinement(self) -> Refinement:
        """What was asked, once it is valid."""
        return Refinement(
            genres=tuple(self.validated_data["genres"]),
            exclude=frozenset(self.validated_data["exclude"]),
            diversity=self.validated_data["diversity"],
        )


class QuerySerializer(OptionsSerializer):
    """What to recommend to the caller, in a query string, where numbers are written as text."""

    k = serializers.IntegerField(min_value=1, max_value=MAX_K, default=10)
    exclude = serializers.ListField(
        child=serializers.IntegerField(min_value=1), max_length=MAX_EXCLUDED, default=list
    )


class RecommendationRequestSerializer(OptionsSerializer):
    """Ratings of a person without an account, and what to recommend."""

    ratings = serializers.ListField(child=RatingSerializer(), max_length=MAX_RATINGS)
    k = StrictIntegerField(min_value=1, max_value=MAX_K, default=10)
    exclude = serializers.ListField(
        child=StrictIntegerField(min_value=1), max_length=MAX_EXCLUDED, default=list
    )

    def validate_ratings(self, ratings: list[dict[str, Any]]) -> dict[int, int]:
        """Film id -> half stars; every film must exist, and stand here once."""
        half_stars = {rating["movie_id"]: rating["half_stars"] for rating in ratings}
        if len(half_stars) < len(ratings):
            raise serializers.ValidationError(_("A film is rated more than once."))
        known = set(Movie.objects.filter(pk__in=half_stars).values_list("pk", flat=True))
        unknown = sorted(half_stars.keys() - known)
        if unknown:
            listed = ", ".join(map(str, unknown[:MAX_NAMED]))
            more = _(" and others") if len(unknown) > MAX_NAMED else ""
            raise serializers.ValidationError(
                _("No film has the id %(ids)s%(more)s.") % {"ids": listed, "more": more}
            )
        return half_stars


class LimitSerializer(serializers.Serializer[Any]):
    """How many films."""

    limit = serializers.IntegerField(min_value=1, max_value=MAX_LIMIT, default=10)


class FilmSerializer(MovieSerializer):
    """A film, as short as a list of recommendations needs it."""

    class Meta(MovieSerializer.Meta):
        fields = ["id", "title", "year", "genres", "poster_url"]


class ReasonSerializer(serializers.Serializer[Any]):
    """A rated film and how much it raised the score."""

    movie_id = serializers.IntegerField()
    contribution = serializers.FloatField()


class RecommendedMovieSerializer(serializers.Serializer[Any]):
    """A recommended film, its score, and the ratings that speak for it most."""

    movie = FilmSerializer()
    score = serializers.FloatField()
    reasons = serializers.SerializerMethodField()

    @extend_schema_field(ReasonSerializer(many=True))
    def get_reasons(self, item: RecommendedMovie) -> list[dict[str, Any]]:
        """At most three, the strongest first."""
        return [
            {"movie_id": reason.movie.pk, "contribution": reason.contribution}
            for reason in item.reasons
        ]


class RecommendationListSerializer(serializers.Serializer[Any]):
    """Films in order, and the version of the model that ranked them."""

    model_version = serializers.IntegerField(
        allow_null=True,
        help_text=_("The run whose model it is; null: no model yet, popular films."),
    )
    results = RecommendedMovieSerializer(many=True, source="items")


class SimilarMovieSerializer(serializers.Serializer[Any]):
    """A film and its likeness."""

    movie = FilmSerializer()
    similarity = serializers.FloatField(help_text=_("Cosine of the descriptions' embeddings."))


class SimilarListSerializer(serializers.Serializer[Any]):
    """The films whose descriptions are nearest, nearest first."""

    results = SimilarMovieSerializer(many=True)


class GenreTasteSerializer(serializers.Serializer[Any]):
    """A genre's place in a person's taste."""

    genre = serializers.CharField(source="genre.name")
    similarity = serializers.FloatField()
    label = serializers.IntegerField(  # type: ignore[assignment] # a field's own label is text
        help_text=_("1 above the median of the person's genres, -1 below, 0 at it.")
    )
    n_rated = serializers.IntegerField()
    n_positive = serializers.IntegerField()


class TasteSerializer(serializers.Serializer[Any]):
    """A person's genres, the nearest first; none until a film was liked."""

    median = serializers.FloatField(allow_null=True)
    results = GenreTasteSerializer(many=True, source="affinities")
