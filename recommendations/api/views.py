"""Recommendations, films like a film or a sentence, and taste: one class per resource."""

from datetime import datetime
from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework.permissions import AllowAny, BasePermission
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.api.callers import member
from accounts.api.permissions import HasScope
from common.api.middleware import PUBLIC
from movies.models import Movie
from movies.visitors import Visitor
from recommendations.api.serializers import (
    GenreSimilaritySerializer,
    LimitSerializer,
    QuerySerializer,
    RecommendationListSerializer,
    RecommendationRequestSerializer,
    SimilarListSerializer,
    TasteSerializer,
)
from recommendations.experiments.services.impressions import films_shown
from recommendations.models import ModelRun, Surface
from recommendations.selectors.cached import recommendations_cached
from recommendations.selectors.recommendations import BriefList, briefs_for_ratings
from recommendations.selectors.similar import similar_movies
from recommendations.selectors.taste import genre_similarity_matrix, taste_of

JSON = "application/json"


class RecommendationsView(APIView):
    """Films for a person: for ratings that are sent along, or for the caller's own."""

    throttle_scope = "recommendations"

    def get_permissions(self) -> list[BasePermission]:
        """Anybody may ask for ratings sent along; one's own need to be one's own."""
        return [AllowAny() if self.request.method == "POST" else HasScope()]

    @extend_schema(
        operation_id="recommendations_for_ratings",
        summary="Films for these ratings",
        tags=["recommendations"],
        auth=[],
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
    def post(self, request: Request) -> Response:
        """Needs no account, and nothing is kept. Rated films never come back."""
        asked = RecommendationRequestSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        options = asked.validated_data
        found = briefs_for_ratings(options["ratings"], options["k"], asked.refinement())
        return Response(_body(found, request))

    @extend_schema(
        operation_id="recommendations_retrieve",
        summary="Your films",
        tags=["recommendations"],
        parameters=[QuerySerializer],
        responses=RecommendationListSerializer,
    )
    def get(self, request: Request) -> HttpResponse:
        """By your ratings and lists of this moment: rate, and the next answer is another.

        Its ETag holds until something changes that they follow from.
        """
        asked = QuerySerializer(data=request.query_params)
        asked.is_valid(raise_exception=True)
        answer = recommendations_cached(
            member(request),
            asked.validated_data["k"],
            asked.refinement(),
            variant=request.build_absolute_uri("/"),
            render=lambda found: JSONRenderer().render(_body(found, request)),
        )
        films_shown(request, answer.movie_ids, answer.model_version, Surface.API)
        return HttpResponse(answer.body, content_type=JSON, headers={"ETag": answer.etag})


class SimilarMoviesView(APIView):
    """Films like a film."""

    permission_classes = [AllowAny]
    cache_control = PUBLIC

    @extend_schema(
        operation_id="movies_similar",
        summary="Films like a film",
        tags=["recommendations"],
        parameters=[LimitSerializer],
        responses=SimilarListSerializer,
    )
    def get(self, request: Request, movie_id: int) -> Response:
        """The films whose descriptions are nearest in meaning, nearest first."""
        asked = LimitSerializer(data=request.query_params)
        asked.is_valid(raise_exception=True)
        movie = get_object_or_404(Movie, pk=movie_id)
        found = {"results": similar_movies(movie, **asked.validated_data)}
        return Response(SimilarListSerializer(found, context={"request": request}).data)


class GenreSimilarityView(APIView):
    """How near genres are to each other."""

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
        return Response(GenreSimilaritySerializer({"rows": genre_similarity_matrix()}).data)


class TasteView(APIView):
    """The caller's genres."""

    @extend_schema(
        operation_id="taste_retrieve",
        summary="Your genres",
        tags=["you"],
        responses=TasteSerializer,
    )
    def get(self, request: Request) -> Response:
        """Similarity, median and label of every genre, as of this moment."""
        return Response(TasteSerializer(taste_of(Visitor.from_request(request))).data)


def _body(found: BriefList, request: Request) -> dict[str, Any]:
    values = {
        "model_version": found.model_version,
        "ratings_read_at": _ratings_read_at(found.model_version),
        "computed_at": timezone.now(),
        "is_personal": found.is_personal,
        "items": found.items,
    }
    return dict(RecommendationListSerializer(values, context={"request": request}).data)


_read_at_of: dict[int, datetime] = {}
"""Of runs that are over, which never change: the answer to every request names one of them."""


def _ratings_read_at(run_id: int | None) -> datetime | None:
    if run_id is None:
        return None
    if run_id not in _read_at_of:
        read_at = (
            ModelRun.objects.filter(pk=run_id).values_list("ratings_read_at", flat=True).first()
        )
        if read_at is None:
            return None
        _read_at_of[run_id] = read_at
    return _read_at_of[run_id]
