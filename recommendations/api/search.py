"""Films by the meaning of a sentence."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from common.api.middleware import PUBLIC
from common.api.serializers import QueryIntegerField
from common.api.views import RowsView
from movies.api.serializers import MovieBriefSerializer
from recommendations.selectors.search import MAX_LIMIT, MIN_CHARACTERS, search_by_meaning

MAX_QUERY = 200


class MeaningQuerySerializer(serializers.Serializer[Any]):
    """Query parameters of a search by meaning."""

    query = serializers.CharField(
        min_length=MIN_CHARACTERS,
        max_length=MAX_QUERY,
        help_text="A sentence, such as: a robot learns to feel.",
    )
    limit = QueryIntegerField(
        min_value=1, max_value=MAX_LIMIT, default=20, help_text="Number of films."
    )


class MeantMoviesSerializer(serializers.Serializer[Any]):
    """The films whose descriptions are nearest to the sentence, the best matches first."""

    reason = serializers.CharField(help_text="Why there are none; else empty.")
    results = MovieBriefSerializer(many=True, source="movies")


class SemanticSearchView(RowsView):
    """Films by the meaning of a sentence."""

    permission_classes = [AllowAny]
    cache_control = PUBLIC
    throttle_scope = "recommendations"
    query = {"get": MeaningQuerySerializer}

    @extend_schema(
        operation_id="movies_semantic",
        summary="Films by what a sentence means",
        tags=["films"],
        responses=MeantMoviesSerializer,
    )
    def get(self, request: Request) -> Response:
        """By the embeddings of the descriptions: no word of the sentence need stand in a title."""
        asked = self.query_data()
        found = search_by_meaning(asked["query"], asked["limit"])
        return self.sparse(MeantMoviesSerializer(found, context={"request": request}))
