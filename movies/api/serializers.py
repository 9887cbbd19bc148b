"""What other programs read and write of the catalogue."""

from datetime import UTC, datetime, timedelta
from typing import Any, Final

from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field, extend_schema_serializer
from rest_framework import serializers
from typing_extensions import override

from common.api.serializers import (
    QueryBooleanField,
    QueryDateTimeField,
    QueryIntegerField,
    QueryListField,
    StrictBooleanField,
    StrictCharField,
    StrictChoiceField,
    StrictDateTimeField,
    StrictIntegerField,
    StrictSerializer,
)
from movies.models import (
    Credit,
    Genre,
    ImportProblem,
    ImportReport,
    ListEntry,
    ListKind,
    Movie,
    Rating,
)
from movies.services.ratings import half_stars_from

MAX_ID = 2**63 - 1
CLOCK_SKEW: Final = timedelta(minutes=5)
"""How far a client's clock may be fast."""
EXPAND_MOVIE: Final = "movie"
FIRST_RATED_AT: Final = datetime(1900, 1, 1, tzinfo=UTC)


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


class MovieBriefSerializer(serializers.ModelSerializer[Movie]):
    """A film inside other answers: what shows it and names it on other sites.

    Nothing in it changes when somebody rates.
    """

    genres = serializers.SerializerMethodField()
    poster_url = serializers.SerializerMethodField()

    class Meta:
        model = Movie
        fields = [
            *("id", "title", "year", "genres", "poster_url"),
            *("movielens_id", "imdb_id", "tmdb_id"),
        ]
        extra_kwargs = {"id": {"read_only": True}, "year": {"min_value": 0}}

    def get_genres(self, movie: Movie) -> list[str]:
        """Names of the film's genres."""
        return [genre.name for genre in movie.genres.all()]

    def get_poster_url(self, movie: Movie) -> str:
        """Where its poster is, with the host that this request came to."""
        return str(self.context["request"].build_absolute_uri(movie.poster_url))


class MovieSerializer(MovieBriefSerializer):
    """A film in a list."""

    mean_stars = serializers.FloatField(allow_null=True)

    class Meta(MovieBriefSerializer.Meta):
        fields = [*MovieBriefSerializer.Meta.fields, "mean_stars", "n_ratings"]


class CreditSerializer(serializers.ModelSerializer[Credit]):
    """A person's part in a film."""

    id = serializers.IntegerField(source="person_id", help_text="Id of the person.")
    name = serializers.CharField(source="person.name", help_text="Name of the person.")

    class Meta:
        model = Credit
        fields = ["id", "name", "role"]


class MovieDetailSerializer(MovieSerializer):
    """All that is known of a film."""

    other_titles = serializers.SerializerMethodField()
    people = CreditSerializer(source="credits", many=True, read_only=True)

    class Meta(MovieSerializer.Meta):
        fields = [
            *MovieSerializer.Meta.fields,
            "other_titles",
            "description",
            "description_url",
            "runtime_minutes",
            "countries",
            "languages",
            "awards",
            "people",
        ]

    def get_other_titles(self, movie: Movie) -> list[str]:
        """Original and alternative titles."""
        return [title for title in movie.other_titles.split("; ") if title]


class RatedAtField(StrictDateTimeField):
    """When a film was rated: a time with its offset, neither in the future nor before 1900.

    A clock that is fast by up to ``CLOCK_SKEW`` is put right: the time becomes now.
    """

    @override
    def to_internal_value(self, value: Any) -> datetime:
        rated_at = super().to_internal_value(value)
        now = timezone.now()
        if rated_at > now + CLOCK_SKEW:
            raise serializers.ValidationError(_("This time lies in the future."))
        if rated_at < FIRST_RATED_AT:
            raise serializers.ValidationError(_("This time lies before 1900."))
        return min(rated_at, now)


class StarsSerializer(StrictSerializer):
    """How much one likes a film."""

    stars = StarsField(source="half_stars")
    rated_at = RatedAtField(
        required=False,
        help_text="When it was rated, kept as it is sent. Without it: now, or the time of your "
        "present rating if that has the same stars.",
    )


class RatingChangeSerializer(StarsSerializer):
    """What to change of a rating; what is not named stays."""

    stars = StarsField(source="half_stars", required=False)


class RatingInputSerializer(StrictSerializer):
    """A film and how much one likes it."""

    stars = StarsField(source="half_stars")
    movie_id = StrictIntegerField(min_value=1, max_value=MAX_ID)


class NewRatingSerializer(StarsSerializer):
    """A film, how much one likes it, and since when."""

    movie_id = StrictIntegerField(min_value=1, max_value=MAX_ID)


class ExpandQuerySerializer(serializers.Serializer[Any]):
    """Whether rows carry their films."""

    expand = QueryListField(
        child=StrictChoiceField([(EXPAND_MOVIE, EXPAND_MOVIE)]),
        required=False,
        help_text="movie: each row carries its film, too.",
    )


class RatingQuerySerializer(ExpandQuerySerializer):
    """Which of one's ratings."""

    since = QueryDateTimeField(
        required=False,
        help_text="Rated at this time or later, such as 2026-11-01T00:00:00Z. Compares "
        "`rated_at`, so ratings that an import or another program dates earlier are not listed.",
    )


class OwnRatingSerializer(serializers.Serializer[Rating]):
    """One's rating of a film."""

    movie_id = serializers.IntegerField()
    stars = StarsField(source="half_stars")
    rated_at = serializers.DateTimeField()


class ListedRatingSerializer(OwnRatingSerializer):
    """One's rating of a film in a list, with the film if it is asked for."""

    movie = MovieBriefSerializer(required=False, help_text="The film; only with expand=movie.")


class MovieIdSerializer(StrictSerializer):
    """The film that a row of a bulk request names."""

    movie_id = StrictIntegerField(min_value=1, max_value=MAX_ID)


class RowField(serializers.Field[Any, Any, Any, Any]):
    """An entry of a bulk request as it was sent, to be checked by itself."""

    @override
    def to_internal_value(self, data: Any) -> Any:
        return data


class BulkRatingsSerializer(StrictSerializer):
    """Up to a thousand ratings; each is checked by itself, so that one mistake stops no other."""

    MAX_RATINGS = 1000

    ratings = serializers.ListField(
        child=RowField(allow_null=True), min_length=1, max_length=MAX_RATINGS
    )


@extend_schema_serializer(component_name="BulkRatings")
class BulkRatingsRequestSerializer(StrictSerializer):
    """Up to a thousand ratings, each answered by itself."""

    ratings = serializers.ListField(
        child=NewRatingSerializer(),
        min_length=1,
        max_length=BulkRatingsSerializer.MAX_RATINGS,
    )


class BulkDeleteSerializer(StrictSerializer):
    """Films whose ratings to take back; each is checked by itself."""

    movie_ids = serializers.ListField(
        child=RowField(allow_null=True),
        min_length=1,
        max_length=BulkRatingsSerializer.MAX_RATINGS,
    )


@extend_schema_serializer(component_name="BulkDelete")
class BulkDeleteRequestSerializer(StrictSerializer):
    """Films whose ratings to take back."""

    movie_ids = serializers.ListField(
        child=StrictIntegerField(min_value=1, max_value=MAX_ID),
        min_length=1,
        max_length=BulkRatingsSerializer.MAX_RATINGS,
        help_text="Ids of films, each once.",
    )


class BulkListSerializer(StrictSerializer):
    """Films to put on a list and to take from it; each is checked by itself."""

    MAX_FILMS = 1_000

    add = serializers.ListField(child=RowField(allow_null=True), max_length=MAX_FILMS, default=list)
    remove = serializers.ListField(
        child=RowField(allow_null=True), max_length=MAX_FILMS, default=list
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Refuse a request that names no film."""
        if not attrs["add"] and not attrs["remove"]:
            raise serializers.ValidationError(_("Name at least one film."))
        return attrs


@extend_schema_serializer(component_name="BulkList")
class BulkListRequestSerializer(StrictSerializer):
    """Films to put on a list and to take from it."""

    add = serializers.ListField(
        child=StrictIntegerField(min_value=1, max_value=MAX_ID),
        max_length=BulkListSerializer.MAX_FILMS,
        default=list,
        help_text="Ids of films to put on it.",
    )
    remove = serializers.ListField(
        child=StrictIntegerField(min_value=1, max_value=MAX_ID),
        max_length=BulkListSerializer.MAX_FILMS,
        default=list,
        help_text="Ids of films to take from it.",
    )


class BulkResultSerializer(serializers.Serializer[Any]):
    """What became of one rating."""

    index = serializers.IntegerField(help_text="Its place in what was sent, from 0.")
    movie_id = serializers.IntegerField(
        allow_null=True, help_text="The film's id; null where no valid one was sent."
    )
    status = serializers.IntegerField(
        help_text="201 new, 200 replaced or there already, 204 taken away, 400 not valid, 404 no "
        "such film."
    )
    detail = serializers.CharField(help_text="What to change; empty when all is well.")


class BulkResultsSerializer(serializers.Serializer[Any]):
    """What became of each rating, in the order in which they were sent."""

    n_saved = serializers.IntegerField()
    results = BulkResultSerializer(many=True)


class ListEntrySerializer(serializers.ModelSerializer[ListEntry]):
    """A film on a list."""

    movie = MovieBriefSerializer(read_only=True)
    list = StrictChoiceField(ListKind.choices, source="kind", read_only=True)

    class Meta:
        model = ListEntry
        fields = ["list", "movie", "added_at"]


class ImportReportSerializer(serializers.ModelSerializer[ImportReport]):
    """An import: what it read, added and refused."""

    counts = serializers.DictField(
        child=serializers.JSONField(), help_text="Rows read, added, changed and refused, by name."
    )
    n_problems = serializers.IntegerField(default=0)
    percent = serializers.IntegerField(help_text="How far the step is.")
    started_by = serializers.CharField(source="started_by.username", default=None, allow_null=True)

    class Meta:
        model = ImportReport
        fields = [
            "id",
            "kind",
            "source",
            "location",
            "status",
            "step",
            "percent",
            "counts",
            "n_problems",
            "error",
            "n_attempts",
            "started_by",
            "started_at",
            "finished_at",
        ]


class ImportPathSerializer(StrictSerializer):
    """An import of what lies on the server."""

    kind = StrictChoiceField(ImportReport.Kind.choices, default=ImportReport.Kind.MOVIELENS)
    path = StrictCharField(
        max_length=300,
        help_text="A folder or file below MARQUEE_IMPORT_DIR, for what is too large to be sent.",
    )
    name = StrictCharField(
        max_length=50,
        default="",
        allow_blank=True,
        help_text="MovieLens: what its raters are known by; by default, the file's name.",
    )
    max_users: serializers.IntegerField = StrictIntegerField(
        min_value=1,
        max_value=2**31 - 1,
        allow_null=True,
        default=None,
        help_text="MovieLens: take the ratings of the first users alone.",
    )
    overwrite: serializers.BooleanField = StrictBooleanField(
        default=False, help_text="Wikipedia: replace descriptions and pictures that there are."
    )


class ImportUploadSerializer(ImportPathSerializer):
    """An import of a file that is sent."""

    path = None  # type: ignore[assignment] # DRF's way to leave an inherited field out
    max_users = QueryIntegerField(
        min_value=1,
        max_value=2**31 - 1,
        allow_null=True,
        default=None,
        help_text="MovieLens: take the ratings of the first users alone.",
    )
    overwrite = QueryBooleanField(
        default=False, help_text="Wikipedia: replace descriptions and pictures that there are."
    )
    file = serializers.FileField(
        max_length=200,
        help_text="movielens: the zip as it is downloaded; wikipedia: JSON lines, plain or .gz.",
    )


class ImportProblemSerializer(serializers.ModelSerializer[ImportProblem]):
    """A row that was refused."""

    class Meta:
        model = ImportProblem
        fields = ["file", "line_number", "reason", "excerpt"]
