"""Recommendations, similar films and taste for other programs: one class per resource."""

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework.permissions import AllowAny, BasePermission, IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.throttling import ScopedRateThrottle
from rest_framework.views import APIView

from movies.models import Movie
from movies.visitors import Visitor
from recommendations.api.serializers import (
    LimitSerializer,
    QuerySerializer,
    RecommendationListSerializer,
    RecommendationRequestSerializer,
    SimilarListSerializer,
    TasteSerializer,
)
from recommendations.models import Surface
from recommendations.selectors.recommendations import RecommendationList, for_ratings, for_visitor
from recommendations.selectors.similar import similar_movies
from recommendations.selectors.taste import taste_of
from recommendations.services.impressions import impressions_record


class RecommendationsView(APIView):
    """Films for a person: for ratings that are sent along, or for the caller's own."""

    throttle_classes = [ScopedRateThrottle]
    throttle_scope = "recommendations"

    def get_permissions(self) -> list[BasePermission]:
        """Anybody may ask for ratings sent along; one's own need to be one's own."""
        return [AllowAny() if self.request.method == "POST" else IsAuthenticated()]

    @extend_schema(
        request=RecommendationRequestSerializer,
        responses=RecommendationListSerializer,
        summary="Films for these ratings",
        description="Stateless: nothing is kept. Rated films never come back.",
    )
    def post(self, request: Request) -> Response:
        """Recommend for the ratings in the body."""
        asked = RecommendationRequestSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        options = asked.validated_data
        found = for_ratings(options["ratings"], options["k"], asked.refinement())
        return self._answer(request, found)

    @extend_schema(
        parameters=[QuerySerializer],
        responses=RecommendationListSerializer,
        summary="The caller's own films",
    )
    def get(self, request: Request) -> Response:
        """Recommend for the caller's stored ratings."""
        asked = QuerySerializer(data=request.query_params)
        asked.is_valid(raise_exception=True)
        visitor = Visitor.from_request(request)
        found = for_visitor(visitor, asked.validated_data["k"], asked.refinement())
        impressions_record(request, found, Surface.API)
        return self._answer(request, found)

    def _answer(self, request: Request, found: RecommendationList) -> Response:
        return Response(RecommendationListSerializer(found, context={"request": request}).data)


class SimilarMoviesView(APIView):
    """Films like a film."""

    permission_classes = [AllowAny]

    @extend_schema(
        parameters=[LimitSerializer], responses=SimilarListSerializer, summary="Similar films"
    )
    def get(self, request: Request, movie_id: int) -> Response:
        """The films whose descriptions are nearest."""
        asked = LimitSerializer(data=request.query_params)
        asked.is_valid(raise_exception=True)
        movie = get_object_or_404(Movie, pk=movie_id)
        found = {"results": similar_movies(movie, **asked.validated_data)}
        return Response(SimilarListSerializer(found, context={"request": request}).data)


class TasteView(APIView):
    """The caller's genres."""

    @extend_schema(responses=TasteSerializer, summary="The caller's genre affinities")
    def get(self, request: Request) -> Response:
        """Similarity, median and label of every genre, as of this moment."""
        return Response(TasteSerializer(taste_of(Visitor.from_request(request))).data)
