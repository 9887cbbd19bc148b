"""Recommendations, films like a film or a sentence, and taste: one class per resource."""

import dataclasses
from collections.abc import Collection
from datetime import datetime
from typing import Any, Final

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.permissions import SAFE_METHODS, AllowAny, BasePermission
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.callers import member
from accounts.api.permissions import HasScope, require_scope
from accounts.models import ApiToken
from common.api.middleware import PUBLIC
from common.api.views import APIView, RowsView
from movies.catalogue_state import catalogue_state
from movies.models import Movie
from movies.selectors.briefs import MovieBrief, movies_brief
from movies.visitors import Visitor
from recommendations.api.serializers import (
    EXPAND_MOVIE,
    ROW_FIELDS,
    GenreSimilaritySerializer,
    LimitSerializer,
    QuerySerializer,
    RecommendationListSerializer,
    RecommendationRequestSerializer,
    RecommendedMovieSerializer,
    SimilarListSerializer,
    TasteSerializer,
    refinement_of,
)
from recommendations.models import ModelVersion
from recommendations.selectors.cached import recommendations_cached
from recommendations.selectors.recommendations import BriefList, briefs_for_ratings
from recommendations.selectors.similar import similar_movies
from recommendations.selectors.taste import genre_similarity_matrix, taste_of
from recommendations.signals import Surface, list_shown

JSON = "application/json"
FORM: Final = ",".join([*ROW_FIELDS, *(field.name for field in dataclasses.fields(MovieBrief))])
"""Names of what an answer holds: a release that adds one finds no cached answer without it."""


class RecommendationsView(APIView):
    """Films for a person: for ratings that are sent along, or for the caller's own."""

    throttle_scope = "recommendations"
    query = {"get": QuerySerializer}

    def get_permissions(self) -> list[BasePermission]:
        """Anybody may ask for ratings sent along; one's own need to be one's own."""
        return [AllowAny() if self.request.method == "POST" else HasScope()]

    @extend_schema(
        operation_id="recommendations_for_ratings",
        summary="Films for these ratings",
        tags=["recommendations"],
        request=RecommendationRequestSerializer,
        responses=RecommendationListSerializer,
        examples=[
            OpenApiExample(
                "Somebody who likes two films",
                {
                    "ratings": [{"movie_id": 1, "stars": 4.5}, {"movie_id": 2, "stars": 4}],
                    "k": 10,
                    "genres": ["Comedy"],
                    "year_min": 1980,
                    "exclude": [3],
                    "diversity": 0.3,
                    "novelty": 0.6,
                },
                request_only=True,
            )
        ],
    )
    def post(self, request: Request) -> HttpResponse:
        """For `ratings` that are sent; no account is needed, and nothing is kept.

        Rated films never come back. Without `ratings`, a token is answered by its own ratings, as
        by GET, with room for thousands of excluded films.
        """
        catalogue = catalogue_state()
        asked = RecommendationRequestSerializer(
            data=request.data, context={"catalogue_state": catalogue}
        )
        asked.is_valid(raise_exception=True)
        options = dict(asked.validated_data)
        if "ratings" not in options:
            return self._own_by_post(request, options)
        refinement = refinement_of(options)
        found = briefs_for_ratings(options["ratings"], options["k"], refinement, catalogue)
        return Response(_body(found, request, options["expand"], options["fields"]))

    def _own_by_post(self, request: Request, options: dict[str, Any]) -> HttpResponse:
        """For options that are too long for an address, such as thousands of excluded films."""
        if not request.user.is_authenticated:
            text = _("Send ratings, or a token to be answered by your own.")
            raise ValidationError({"ratings": [ErrorDetail(text, "required")]})
        require_scope(request, ApiToken.Scope.READ)
        return self._own(request, options)

    @extend_schema(
        operation_id="recommendations_retrieve",
        summary="Your films",
        tags=["recommendations"],
        responses=RecommendationListSerializer,
    )
    def get(self, request: Request) -> HttpResponse:
        """By your ratings and lists of this moment: rate, and the next answer is another.

        Its ETag holds until something changes that they follow from.
        """
        return self._own(request, self.query_data())

    def _own(self, request: Request, options: dict[str, Any]) -> HttpResponse:
        """Return the caller's own films.

        The body with its ETag is cached.
        """
        expand, fields = tuple(options["expand"]), tuple(options["fields"])
        answer = recommendations_cached(
            member(request),
            options["k"],
            refinement_of(options),
            variant=" ".join([request.build_absolute_uri("/"), *expand, ",".join(fields), FORM]),
            render=lambda found: JSONRenderer().render(_body(found, request, expand, fields)),
        )
        list_shown.send(
            sender=type(self),
            request=request,
            movie_ids=answer.movie_ids,
            model_version=answer.model_version,
            surface=Surface.API,
        )
        headers = {"ETag": answer.etag} if request.method in SAFE_METHODS else {}
        return HttpResponse(answer.body, content_type=JSON, headers=headers)


class SimilarMoviesView(RowsView):
    """Films like a film."""

    permission_classes = [AllowAny]
    cache_control = PUBLIC
    query = {"get": LimitSerializer}

    @extend_schema(
        operation_id="movies_similar",
        summary="Films like a film",
        tags=["recommendations"],
        responses=SimilarListSerializer,
    )
    def get(self, request: Request, movie_id: int) -> Response:
        """List the films whose descriptions are nearest in meaning, nearest first."""
        movie = get_object_or_404(Movie, pk=movie_id)
        found = {"results": similar_movies(movie, **self.query_data())}
        return self.sparse(SimilarListSerializer(found, context={"request": request}))


class GenreSimilarityView(RowsView):
    """How near genres are to each other."""

    rows = "rows"

    permission_classes = [AllowAny]
    cache_control = PUBLIC

    @extend_schema(
        operation_id="genres_similarity",
        summary="Genre x genre matrix",
        tags=["films"],
        responses=GenreSimilaritySerializer,
    )
    def get(self, request: Request) -> Response:  # noqa: ARG002 # DRF's
        """Cosines of the genres' embeddings: each the mean of its films."""
        return self.sparse(GenreSimilaritySerializer({"rows": genre_similarity_matrix()}))


class TasteView(RowsView):
    """The taste of the caller by genres."""

    @extend_schema(
        operation_id="taste_retrieve",
        summary="Your genres",
        tags=["you"],
        responses=TasteSerializer,
    )
    def get(self, request: Request) -> Response:
        """Similarity, median and label of every genre, as of this moment."""
        return self.sparse(TasteSerializer(taste_of(Visitor.from_request(request))))


def _body(
    found: BriefList, request: Request, expand: Collection[str], fields: Collection[str]
) -> dict[str, Any]:
    """Return what `RecommendationListSerializer` describes.

    By hand: the serializer copies its fields for each answer, which costs as much as a query.
    """
    rated = {}
    if EXPAND_MOVIE in expand:
        rated = movies_brief({reason.movie_id for item in found.items for reason in item.reasons})
    context = {"request": request, "rated": rated, "fields": frozenset(fields)}
    row = RecommendedMovieSerializer(context=context)
    return {
        "model_version": found.model_version,
        "ratings_read_at": _ratings_read_at(found.model_version),
        "computed_at": timezone.now(),
        "is_personal": found.is_personal,
        "results": [row.to_representation(item) for item in found.items],
    }


_read_at_of: dict[int, datetime] = {}
"""Cache by version id: versions never change, and every response names one."""


def _ratings_read_at(version_id: int | None) -> datetime | None:
    if version_id is None:
        return None
    if version_id not in _read_at_of:
        read_at = (
            ModelVersion.objects.filter(pk=version_id)
            .values_list("ratings_read_at", flat=True)
            .first()
        )
        if read_at is None:
            return None
        _read_at_of[version_id] = read_at
    return _read_at_of[version_id]
