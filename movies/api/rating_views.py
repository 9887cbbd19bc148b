"""One's own ratings: one at a time with care, or many at once."""

from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet
from django.http import Http404
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema
from rest_framework import status
from rest_framework.exceptions import ValidationError
from rest_framework.permissions import SAFE_METHODS
from rest_framework.request import Request
from rest_framework.response import Response
from typing_extensions import override

from accounts.api.callers import member
from accounts.api.idempotency import PARAMETER as IDEMPOTENCY_KEY
from accounts.api.idempotency import idempotent
from accounts.services import member_lock
from common.api.conditional import etag_of, require_match
from common.api.views import GenericAPIView, ListAPIView
from movies.api.bulk import bulk_ids, bulk_rows, valid_ids
from movies.api.expansion import is_expanded, with_movies
from movies.api.pagination import LatestRatingsPagination
from movies.api.serializers import (
    BulkDeleteRequestSerializer,
    BulkDeleteSerializer,
    BulkRatingsRequestSerializer,
    BulkRatingsSerializer,
    BulkResultsSerializer,
    ListedRatingSerializer,
    NewRatingSerializer,
    OwnRatingSerializer,
    RatingChangeSerializer,
    RatingQuerySerializer,
    StarsSerializer,
)
from movies.models import Movie, Rating
from movies.services.bulk_ratings import ratings_clear, ratings_set
from movies.services.ratings import rating_clear, rating_set

IF_MATCH = OpenApiParameter(
    "If-Match",
    OpenApiTypes.STR,
    OpenApiParameter.HEADER,
    description="The ETag that you read: 412 if it has changed since.",
)
IF_NONE_MATCH = OpenApiParameter(
    "If-None-Match",
    OpenApiTypes.STR,
    OpenApiParameter.HEADER,
    description="`*`: 412 if there is one already.",
)
RATING_EXAMPLE = OpenApiExample("Four and a half stars", {"stars": 4.5}, request_only=True)


class OwnRatingsApi(GenericAPIView):
    """The ratings of the caller; another person's are not found."""

    serializer_class = OwnRatingSerializer
    queryset = Rating.objects.none()

    @override
    def get_queryset(self) -> QuerySet[Rating]:
        """Return the caller's ratings.

        One query.
        """
        return Rating.objects.filter(user=member(self.request))


class RatingListApi(OwnRatingsApi, ListAPIView):
    """The ratings of the caller."""

    pagination_class = LatestRatingsPagination
    query = {"get": RatingQuerySerializer}
    conditional = frozenset({"post"})

    @override
    def get_serializer_class(self) -> type[OwnRatingSerializer]:
        """Return the serializer of rows, with the film where it is asked for."""
        return ListedRatingSerializer if is_expanded(self.request) else OwnRatingSerializer

    @override
    def get_queryset(self) -> QuerySet[Rating]:
        """Return the caller's ratings that match the query.

        One query, two with the films.
        """
        ratings = super().get_queryset()
        if self.request.method not in SAFE_METHODS:
            return ratings
        query = self.query_data()
        if since := query.get("since"):
            ratings = ratings.filter(rated_at__gte=since)
        return with_movies(ratings) if query.get("expand") else ratings

    @extend_schema(
        operation_id="ratings_list",
        summary="Your ratings",
        tags=["you"],
        responses=ListedRatingSerializer(many=True),
    )
    def get(self, request: Request) -> Response:
        """List your ratings, the latest `rated_at` first.

        A film that is rated again with other stars comes first again.
        """
        return self.list(request)

    @extend_schema(
        operation_id="ratings_create",
        summary="Rate a film",
        tags=["you"],
        parameters=[IF_MATCH, IF_NONE_MATCH, IDEMPOTENCY_KEY],
        request=NewRatingSerializer,
        responses={200: OwnRatingSerializer, 201: OwnRatingSerializer},
        examples=[OpenApiExample("A rating", {"movie_id": 1, "stars": 4.5}, request_only=True)],
    )
    @idempotent
    def post(self, request: Request) -> Response:
        """201 if it is your first rating of the film, 200 if it replaces an earlier one."""
        asked = NewRatingSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        values = dict(asked.validated_data)
        movie = Movie.objects.filter(pk=values.pop("movie_id")).first()
        if movie is None:
            raise ValidationError({"movie_id": [_("There is no film with this id.")]})
        return rate(request, movie, may_create=True, **values)


class RatingDetailApi(OwnRatingsApi):
    """One's own rating of a film."""

    conditional = frozenset({"put", "patch", "delete"})
    has_fields = True

    @extend_schema(operation_id="ratings_retrieve", summary="Your rating of a film", tags=["you"])
    def get(self, request: Request, movie_id: int) -> Response:  # noqa: ARG002 # DRF's
        """With an ETag, which a change may name in If-Match."""
        rating = get_object_or_404(self.get_queryset(), movie_id=movie_id)
        return Response(self.get_serializer(rating).data, headers={"ETag": rating_etag(rating)})

    @extend_schema(
        operation_id="ratings_put",
        summary="Rate or rate again",
        tags=["you"],
        parameters=[IF_MATCH, IF_NONE_MATCH],
        request=StarsSerializer,
        responses={200: OwnRatingSerializer, 201: OwnRatingSerializer},
        examples=[RATING_EXAMPLE],
    )
    def put(self, request: Request, movie_id: int) -> Response:
        """Instead of an earlier rating, if there is one. `If-None-Match: *` never replaces."""
        return self._rate(request, movie_id, StarsSerializer, may_create=True)

    @extend_schema(
        operation_id="ratings_patch",
        summary="Change a rating",
        tags=["you"],
        parameters=[IF_MATCH],
        request=RatingChangeSerializer,
        responses=OwnRatingSerializer,
        examples=[RATING_EXAMPLE],
    )
    def patch(self, request: Request, movie_id: int) -> Response:
        """404 where there is none yet."""
        return self._rate(request, movie_id, RatingChangeSerializer, may_create=False)

    @extend_schema(
        operation_id="ratings_delete",
        summary="Take a rating back",
        tags=["you"],
        parameters=[IF_MATCH],
        responses={204: None},
    )
    def delete(self, request: Request, movie_id: int) -> Response:
        """Delete a rating.

        The next recommendations ignore it.
        """
        user = member(request)
        with transaction.atomic():
            member_lock(user=user)
            rating = get_object_or_404(self.get_queryset(), movie_id=movie_id)
            require_match(request, rating_etag(rating))
            rating_clear(user=user, movie=rating.movie)
        return Response(status=status.HTTP_204_NO_CONTENT)

    def _rate(
        self,
        request: Request,
        movie_id: int,
        serializer: type[StarsSerializer],
        *,
        may_create: bool,
    ) -> Response:
        movie = get_object_or_404(Movie, pk=movie_id)
        asked = serializer(data=request.data)
        asked.is_valid(raise_exception=True)
        return rate(request, movie, may_create=may_create, **asked.validated_data)


class RatingBulkApi(GenericAPIView):
    """Many ratings at once."""

    serializer_class = BulkRatingsRequestSerializer

    @extend_schema(
        operation_id="ratings_bulk",
        summary="Up to a thousand ratings",
        tags=["you"],
        parameters=[IDEMPOTENCY_KEY],
        request=BulkRatingsRequestSerializer,
        responses=BulkResultsSerializer,
        examples=[
            OpenApiExample(
                "Two ratings",
                {"ratings": [{"movie_id": 1, "stars": 4.5}, {"movie_id": 2, "stars": 2}]},
                request_only=True,
            )
        ],
    )
    @idempotent
    def post(self, request: Request) -> Response:
        """Each is answered by itself: those that are right are saved, the others say why not."""
        asked = BulkRatingsSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        twice = _("The film is rated more than once.")
        rows = bulk_rows(asked.validated_data["ratings"], NewRatingSerializer, twice)
        movies = Movie.objects.filter(pk__in=valid_ids(rows))
        known = set(movies.values_list("pk", flat=True))
        saved = [row.values for row in rows if row.is_valid and row.movie_id in known]
        new = ratings_set(
            user=member(request),
            half_stars_of={row["movie_id"]: row["half_stars"] for row in saved},
            rated_at_of={row["movie_id"]: row["rated_at"] for row in saved if "rated_at" in row},
        )
        missing = _("There is no film with this id.")
        results = [
            row.result(status.HTTP_404_NOT_FOUND, missing)
            if row.movie_id not in known
            else row.result(status.HTTP_201_CREATED if row.movie_id in new else status.HTTP_200_OK)
            for row in rows
        ]
        return Response({"n_saved": len(saved), "results": results})


class RatingBulkDeleteApi(GenericAPIView):
    """Taking many ratings back."""

    serializer_class = BulkDeleteRequestSerializer

    @extend_schema(
        operation_id="ratings_bulk_delete",
        summary="Take up to a thousand ratings back",
        tags=["you"],
        parameters=[IDEMPOTENCY_KEY],
        request=BulkDeleteRequestSerializer,
        responses=BulkResultsSerializer,
        examples=[OpenApiExample("Two films", {"movie_ids": [1, 2]}, request_only=True)],
    )
    @idempotent
    def post(self, request: Request) -> Response:
        """Each is answered by itself: 204, 404 where there was no rating, or 400."""
        asked = BulkDeleteSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        twice = _("A film is named more than once.")
        rows = bulk_ids(asked.validated_data["movie_ids"], twice)
        deleted = ratings_clear(user=member(request), movie_ids=valid_ids(rows))
        missing = _("There is no rating of this film.")
        results = [
            row.result(status.HTTP_204_NO_CONTENT)
            if row.movie_id in deleted
            else row.result(status.HTTP_404_NOT_FOUND, missing)
            for row in rows
        ]
        return Response({"n_saved": len(deleted), "results": results})


def rate(
    request: Request,
    movie: Movie,
    *,
    may_create: bool,
    half_stars: int | None = None,
    rated_at: datetime | None = None,
) -> Response:
    """Rate a film for the caller if the request's conditions hold, and answer with the rating.

    The caller's row is locked, so that of several first ratings of a film at once exactly one is
    answered 201, and of several changes with one ``If-Match`` exactly one is made.

    Raises
    ------
    Http404
        There is no rating, and none may be created.
    PreconditionFailed
        ``If-Match`` or ``If-None-Match`` does not hold.

    """
    user = member(request)
    with transaction.atomic():
        member_lock(user=user)
        present = Rating.objects.filter(user=user, movie=movie).first()
        if present is None and not may_create:
            raise Http404
        require_match(request, rating_etag(present) if present else None)
        if half_stars is None and present is not None:  # a change of the time alone, or of nothing
            half_stars, rated_at = present.half_stars, rated_at or present.rated_at
        assert half_stars is not None  # noqa: S101 # only a change of what exists may leave it out
        rating = rating_set(user=user, movie=movie, half_stars=half_stars, rated_at=rated_at)
    return rating_response(rating, request, is_new=present is None)


def rating_response(rating: Rating, request: Request, *, is_new: bool = False) -> Response:
    """Answer with a rating, its ETag and, if it is new, its address."""
    headers = {"ETag": rating_etag(rating)}
    if is_new:
        address = reverse("api-rating", args=[rating.movie_id])
        headers["Location"] = request.build_absolute_uri(address)
    return Response(
        OwnRatingSerializer(rating).data,
        status.HTTP_201_CREATED if is_new else status.HTTP_200_OK,
        headers=headers,
    )


def rating_etag(rating: Rating) -> str:
    """Return the ETag of a rating's present state."""
    return etag_of("rating", rating.pk, rating.half_stars, rating.rated_at.timestamp())
