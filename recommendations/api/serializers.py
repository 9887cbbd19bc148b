"""What programs send and get. Numbers must be numbers: a "4.5" in quotes is refused in words."""

from collections.abc import Callable
from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_serializer
from rest_framework import serializers
from typing_extensions import override

from common.api.serializers import (
    QueryFloatField,
    QueryIntegerField,
    QueryListField,
    StrictCharField,
    StrictChoiceField,
    StrictFloatField,
    StrictIntegerField,
    StrictSerializer,
    not_known,
)
from ml.serving.reasons import ReasonKind
from ml.serving.taste import DEFAULT_NOVELTY
from movies.api.filters import genres_named
from movies.api.serializers import MAX_ID, MovieBriefSerializer, RatingInputSerializer
from movies.models import HALF_STARS_MAX, HALF_STARS_MIN
from movies.selectors.briefs import MovieBrief, movies_brief
from recommendations.selectors.recommendations import BriefRecommendation, Refinement
from recommendations.selectors.similar import MAX_LIMIT

MAX_RATINGS = 2000
MAX_EXCLUDED = 10_000
MAX_EXCLUDED_IN_QUERY = 500
"""What a request line of 8,190 bytes has room for, with ids of seven digits."""
MAX_K = 100
MAX_YEAR = 9999
EXPAND_MOVIE = "movie"
EXPANSIONS = [(EXPAND_MOVIE, EXPAND_MOVIE)]
K_HELP = _("Number of films.")
GENRES_HELP = _("Names or slugs; a film has at least one of them.")
EXCLUDE_GENRES_HELP = _("Names or slugs; a film has none of them.")
YEAR_MIN_HELP = _("Not older than this year.")
YEAR_MAX_HELP = _("Not newer than this year.")
DIVERSITY_HELP = _("0 the best films, 1 the most different ones among good films.")
NOVELTY_HELP = _("0 well-known films, 1 little-known films that fit.")
EXPAND_HELP = _("movie: each reason carries its film, too.")
ROW_FIELDS = ("movie", "score", "reasons", "because")


def _field_known(name: str) -> None:
    if name not in ROW_FIELDS:
        raise serializers.ValidationError(not_known(name, ROW_FIELDS))


class FieldNameField(StrictCharField):
    """The name of a field of a recommendation."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=50, validators=[_field_known], **kwargs)


class OptionsSerializer(StrictSerializer):
    """Which films may come, and how different from each other."""

    genres = serializers.ListField(
        child=StrictCharField(max_length=50),
        max_length=50,
        default=list,
        help_text=GENRES_HELP,
    )
    exclude_genres = serializers.ListField(
        child=StrictCharField(max_length=50),
        max_length=50,
        default=list,
        help_text=EXCLUDE_GENRES_HELP,
    )
    novelty = serializers.FloatField(
        min_value=0,
        max_value=1,
        default=DEFAULT_NOVELTY,
        help_text=NOVELTY_HELP,
    )

    def validate_genres(self, names: list[str]) -> list[str]:
        """Return the names of genres that are named, or given by their slugs, in any case."""
        return [genre.name for genre in genres_named(names)]

    def validate_exclude_genres(self, names: list[str]) -> list[str]:
        """Return the names of genres that are named, or given by their slugs, in any case."""
        return [genre.name for genre in genres_named(names)]

    def validate(self, asked: dict[str, Any]) -> dict[str, Any]:
        """Years that end before they begin leave no film."""
        first, last = asked["year_min"], asked["year_max"]
        if first is not None and last is not None and first > last:
            raise serializers.ValidationError(
                {"year_max": [_("The last year must not be before the first.")]}
            )
        return asked


def refinement_of(options: dict[str, Any]) -> Refinement:
    """Return what validated options ask for."""
    return Refinement(
        genres=tuple(options["genres"]),
        years=(options["year_min"], options["year_max"]),
        exclude=frozenset(options["exclude"]),
        diversity=options["diversity"],
        novelty=options["novelty"],
        exclude_genres=tuple(options["exclude_genres"]),
    )


class QuerySerializer(OptionsSerializer):
    """What to recommend to the caller, in a query string, where numbers are written as text."""

    k = QueryIntegerField(min_value=1, max_value=MAX_K, default=10, help_text=K_HELP)
    genres = QueryListField(
        child=serializers.CharField(max_length=50),
        max_length=50,
        default=list,
        help_text=GENRES_HELP,
    )
    exclude_genres = QueryListField(
        child=serializers.CharField(max_length=50),
        max_length=50,
        default=list,
        help_text=EXCLUDE_GENRES_HELP,
    )
    year_min = QueryIntegerField(
        min_value=0, max_value=MAX_YEAR, default=None, help_text=YEAR_MIN_HELP
    )
    year_max = QueryIntegerField(
        min_value=0, max_value=MAX_YEAR, default=None, help_text=YEAR_MAX_HELP
    )
    exclude = QueryListField(
        child=QueryIntegerField(min_value=1, max_value=MAX_ID),
        max_length=MAX_EXCLUDED_IN_QUERY,
        default=list,
        help_text=_("Ids of films that must not come. A POST takes more of them."),
    )
    diversity = QueryFloatField(min_value=0, max_value=1, default=0.0, help_text=DIVERSITY_HELP)
    novelty = QueryFloatField(
        min_value=0, max_value=1, default=DEFAULT_NOVELTY, help_text=NOVELTY_HELP
    )
    expand = QueryListField(
        child=StrictChoiceField(EXPANSIONS), default=list, help_text=EXPAND_HELP
    )
    fields = QueryListField(  # type: ignore[assignment] # DRF takes it out of the class
        child=FieldNameField(), max_length=10, default=list
    )


class RatingListField(serializers.ListField):
    """Ratings; those as they should be pass at once, any other is told what to change."""

    child = RatingInputSerializer()

    @override
    def run_child_validation(self, data: list[Any]) -> list[dict[str, Any]]:
        # A serializer for each of twenty ratings costs as much as ranking the films.
        ratings = [_plain_rating(entry) for entry in data]
        passed = [rating for rating in ratings if rating is not None]
        return passed if len(passed) == len(data) else super().run_child_validation(data)


@extend_schema_serializer(component_name="Recommendation")
class RecommendationRequestSerializer(OptionsSerializer):
    """Ratings of a person without an account, and what to recommend."""

    ratings = RatingListField(
        max_length=MAX_RATINGS,
        required=False,
        help_text=_("Whose films to find. Left out, with a token: your own ratings."),
    )
    k = StrictIntegerField(min_value=1, max_value=MAX_K, default=10, help_text=K_HELP)
    year_min = StrictIntegerField(
        min_value=0, max_value=MAX_YEAR, default=None, allow_null=True, help_text=YEAR_MIN_HELP
    )
    year_max = StrictIntegerField(
        min_value=0, max_value=MAX_YEAR, default=None, allow_null=True, help_text=YEAR_MAX_HELP
    )
    diversity = StrictFloatField(min_value=0, max_value=1, default=0.0, help_text=DIVERSITY_HELP)
    novelty = StrictFloatField(
        min_value=0, max_value=1, default=DEFAULT_NOVELTY, help_text=NOVELTY_HELP
    )
    expand = serializers.ListField(
        child=StrictChoiceField(EXPANSIONS), default=list, help_text=EXPAND_HELP
    )
    fields = serializers.ListField(  # type: ignore[assignment] # DRF takes it out of the class
        child=FieldNameField(), max_length=10, default=list
    )
    exclude = serializers.ListField(
        child=StrictIntegerField(min_value=1, max_value=MAX_ID),
        max_length=MAX_EXCLUDED,
        default=list,
        help_text=_("Ids of films that must not come."),
    )

    def validate_ratings(self, ratings: list[dict[str, Any]]) -> dict[int, int]:
        """Film id -> half stars; every film must exist, and stand here once."""
        half_stars = {rating["movie_id"]: rating["half_stars"] for rating in ratings}
        known = movies_brief(half_stars, self.context.get("catalogue_state"))
        mistakes: dict[Any, Any] = {}
        seen: set[int] = set()
        for index, rating in enumerate(ratings):
            movie_id = rating["movie_id"]
            if movie_id not in known:
                text = _("There is no film with the id %(id)s.") % {"id": movie_id}
                mistakes[index] = {"movie_id": [text]}
            elif movie_id in seen:
                mistakes[index] = {"movie_id": [_("A film is rated more than once.")]}
            seen.add(movie_id)
        if mistakes:
            raise serializers.ValidationError(mistakes)
        return half_stars


class LimitSerializer(serializers.Serializer[Any]):
    """Query parameter with the number of films."""

    limit = QueryIntegerField(
        min_value=1, max_value=MAX_LIMIT, default=10, help_text=_("Number of films.")
    )


class ReasonSerializer(serializers.Serializer[Any]):
    """A rated film and how much it raised the score."""

    movie_id = serializers.IntegerField(help_text=_("A film that was rated."))
    contribution = serializers.FloatField(
        help_text=_("The score with this rating minus the score without it.")
    )
    movie = MovieBriefSerializer(required=False, help_text=_("The film; only with expand=movie."))


class BecauseSerializer(serializers.Serializer[Any]):
    """What mostly explains a recommendation."""

    kind = StrictChoiceField(
        choices=[kind.value for kind in ReasonKind],
        help_text=_(
            "movies: the rated films in reasons; genre: a genre you like; country: a country whose "
            "films you like; taste: your ratings as a whole; popular: it suits most people."
        ),
    )
    genre = serializers.CharField(
        allow_null=True, help_text=_("The genre, where that is the reason.")
    )
    country = serializers.CharField(
        allow_null=True, help_text=_("The country, where that is the reason.")
    )
    share = serializers.FloatField(
        help_text=_("Share of the personal part of the score that the reason carries, 0 to 1.")
    )


class RecommendedMovieSerializer(serializers.Serializer[Any]):
    """A recommended film, its score, and the ratings that speak for it most."""

    movie = MovieBriefSerializer()
    score = serializers.FloatField()
    reasons = ReasonSerializer(many=True, read_only=True)
    because = BecauseSerializer(read_only=True)

    @override
    def to_representation(self, instance: BriefRecommendation) -> dict[str, Any]:
        # By hand: a serializer for every film and reason costs as much as ranking them.
        absolute = self.context["request"].build_absolute_uri
        row = {
            "movie": _shown(instance.movie, absolute),
            "score": instance.score,
            "reasons": self._reasons(instance, absolute),
            "because": vars(instance.because) | {"kind": instance.because.kind.value},
        }
        kept = self.context.get("fields")
        return {name: row[name] for name in ROW_FIELDS if name in kept} if kept else row

    def _reasons(
        self, instance: BriefRecommendation, absolute: Callable[[str], str]
    ) -> list[dict[str, Any]]:
        rated: dict[int, MovieBrief] = self.context.get("rated", {})
        reasons: list[dict[str, Any]] = [
            {"movie_id": reason.movie_id, "contribution": reason.contribution}
            for reason in instance.reasons
        ]
        for reason in reasons if rated else ():
            if brief := rated.get(reason["movie_id"]):
                reason["movie"] = _shown(brief, absolute)
        return reasons


def _shown(movie: MovieBrief, absolute: Callable[[str], str]) -> dict[str, Any]:
    return vars(movie) | {"genres": list(movie.genres), "poster_url": absolute(movie.poster_url)}


class RecommendationListSerializer(serializers.Serializer[Any]):
    """Films in order, the version of the model that ranked them, and how fresh both are."""

    model_version = serializers.IntegerField(
        allow_null=True,
        help_text=_("The run whose model it is; null: no model yet, popular films."),
    )
    ratings_read_at = serializers.DateTimeField(
        allow_null=True,
        help_text=_(
            "The model was trained on ratings up to then. Yours count whenever you gave them."
        ),
    )
    computed_at = serializers.DateTimeField(help_text=_("When these films were ranked."))
    is_personal = serializers.BooleanField(
        help_text=_("Whether they follow from ratings; false: they suit most people.")
    )
    results = RecommendedMovieSerializer(many=True, source="items")


class SimilarMovieSerializer(serializers.Serializer[Any]):
    """A film and its likeness."""

    movie = MovieBriefSerializer()
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


class GenreSimilarityRowSerializer(serializers.Serializer[Any]):
    """One genre's cosine with each genre, in the order of the rows."""

    genre = serializers.CharField(source="genre.name")
    values = serializers.ListField(child=serializers.FloatField(allow_null=True))


class GenreSimilaritySerializer(serializers.Serializer[Any]):
    """The genre x genre matrix of the model's embeddings; empty before there are any."""

    rows = GenreSimilarityRowSerializer(many=True)


def _plain_rating(entry: object) -> dict[str, int] | None:
    """Return a rating as `RatingInputSerializer` would; None if it is not plain."""
    if not isinstance(entry, dict) or entry.keys() != {"movie_id", "stars"}:
        return None
    movie_id, stars = entry["movie_id"], entry["stars"]
    if type(movie_id) is not int or type(stars) not in {int, float}:
        return None
    half_stars = 2 * stars
    is_valid = half_stars in range(HALF_STARS_MIN, HALF_STARS_MAX + 1) and 1 <= movie_id <= MAX_ID
    return {"half_stars": int(half_stars), "movie_id": movie_id} if is_valid else None
