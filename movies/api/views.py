"""One class per operation on the catalogue and on what people keep of it."""

from typing import Any

from django.db import transaction
from django.db.models import Count, QuerySet
from django.http import Http404, QueryDict
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django_filters.rest_framework import DjangoFilterBackend
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema
from rest_framework import status
from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.generics import GenericAPIView, ListAPIView, RetrieveAPIView
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from typing_extensions import override

from accounts.api.callers import member
from accounts.api.idempotency import PARAMETER as IDEMPOTENCY_KEY
from accounts.api.idempotency import idempotent
from accounts.api.permissions import IsAdministrator
from common.api.conditional import etag_of, require_match
from common.api.exceptions import conflicts
from common.api.middleware import PUBLIC
from common.api.pagination import KeysetPagination, NewestFirstPagination
from common.api.parsers import LimitedJSONParser, LimitedUploadParser
from movies.api.filters import MovieFilter
from movies.api.pagination import MoviePagination
from movies.api.serializers import (
    BulkRatingsRequestSerializer,
    BulkRatingsSerializer,
    BulkResultsSerializer,
    GenreSerializer,
    ImportPathSerializer,
    ImportProblemSerializer,
    ImportReportSerializer,
    ImportUploadSerializer,
    ListEntrySerializer,
    MovieDetailSerializer,
    MovieSerializer,
    OwnRatingSerializer,
    RatingInputSerializer,
    StarsSerializer,
)
from movies.models import ImportProblem, ImportReport, ListEntry, ListKind, Movie, Rating
from movies.selectors.movies import genres_all, movies_all
from movies.services.bulk_ratings import ratings_set
from movies.services.imports import import_cancel, import_request
from movies.services.lists import list_add, list_remove
from movies.services.ratings import rating_clear, rating_set

IF_MATCH = OpenApiParameter(
    "If-Match",
    OpenApiTypes.STR,
    OpenApiParameter.HEADER,
    description="The ETag that you read: 412 if the rating has changed since.",
)
LIST = OpenApiParameter("kind", str, OpenApiParameter.PATH, enum=ListKind.values)
IMPORT_EXAMPLE = OpenApiExample(
    "A folder on the server", {"path": "ml-25m"}, request_only=True, media_type="application/json"
)
RATING_EXAMPLE = OpenApiExample("Four and a half stars", {"stars": 4.5}, request_only=True)


class MovieListApi(ListAPIView):
    """Films, by title, genre, year and number of ratings."""

    permission_classes = [AllowAny]
    cache_control = PUBLIC
    serializer_class = MovieSerializer
    pagination_class = MoviePagination
    filter_backends = [DjangoFilterBackend]
    filterset_class = MovieFilter
    queryset = movies_all()

    @extend_schema(operation_id="movies_list", summary="Films", tags=["films"])
    def get(self, request: Request) -> Response:
        """Page by page."""
        return self.list(request)


class MovieDetailApi(RetrieveAPIView):
    """All that is known of a film."""

    permission_classes = [AllowAny]
    cache_control = PUBLIC
    serializer_class = MovieDetailSerializer
    queryset = movies_all()
    lookup_url_kwarg = "movie_id"

    @extend_schema(operation_id="movies_retrieve", summary="A film", tags=["films"])
    def get(self, request: Request, movie_id: int) -> Response:  # noqa: ARG002 # the URL's
        """Titles, genres, description, and its ids elsewhere."""
        return self.retrieve(request)


class GenreListApi(ListAPIView):
    """Every genre with its number of films."""

    permission_classes = [AllowAny]
    cache_control = PUBLIC
    serializer_class = GenreSerializer
    pagination_class = None
    queryset = genres_all().annotate(n_movies=Count("movies"))

    @extend_schema(operation_id="genres_list", summary="Genres", tags=["films"])
    def get(self, request: Request) -> Response:
        """All of them, by name."""
        return self.list(request)


class OwnRatingsApi(GenericAPIView):
    """The ratings of the caller; another person's are not found."""

    serializer_class = OwnRatingSerializer
    queryset = Rating.objects.none()

    @override
    def get_queryset(self) -> QuerySet[Rating]:
        """One query."""
        return Rating.objects.filter(user=member(self.request))


class RatingListApi(OwnRatingsApi, ListAPIView):
    """One's own ratings."""

    pagination_class = NewestFirstPagination

    @extend_schema(operation_id="ratings_list", summary="Your ratings", tags=["you"])
    def get(self, request: Request) -> Response:
        """The latest first."""
        return self.list(request)

    @extend_schema(
        operation_id="ratings_create",
        summary="Rate a film",
        tags=["you"],
        request=RatingInputSerializer,
        responses={200: OwnRatingSerializer, 201: OwnRatingSerializer},
        examples=[OpenApiExample("A rating", {"movie_id": 1, "stars": 4.5}, request_only=True)],
    )
    def post(self, request: Request) -> Response:
        """201 if it is your first rating of the film, 200 if it replaces an earlier one."""
        asked = RatingInputSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        movie = Movie.objects.filter(pk=asked.validated_data["movie_id"]).first()
        if movie is None:
            raise ValidationError({"movie_id": [_("There is no film with this id.")]})
        is_new = not self.get_queryset().filter(movie=movie).exists()
        rating = rating_set(
            user=member(request), movie=movie, half_stars=asked.validated_data["half_stars"]
        )
        return _rating_response(rating, is_new=is_new)


class RatingDetailApi(OwnRatingsApi):
    """One's own rating of a film."""

    @extend_schema(operation_id="ratings_retrieve", summary="Your rating of a film", tags=["you"])
    def get(self, request: Request, movie_id: int) -> Response:  # noqa: ARG002 # DRF's
        """With an ETag, which a change may name in If-Match."""
        return _rating_response(get_object_or_404(self.get_queryset(), movie_id=movie_id))

    @extend_schema(
        operation_id="ratings_put",
        summary="Rate or rate again",
        tags=["you"],
        parameters=[IF_MATCH],
        request=StarsSerializer,
        responses={200: OwnRatingSerializer, 201: OwnRatingSerializer},
        examples=[RATING_EXAMPLE],
    )
    def put(self, request: Request, movie_id: int) -> Response:
        """Instead of an earlier rating, if there is one. `If-None-Match: *` never replaces."""
        return self._rate(request, movie_id, may_create=True)

    @extend_schema(
        operation_id="ratings_patch",
        summary="Change a rating",
        tags=["you"],
        parameters=[IF_MATCH],
        request=StarsSerializer,
        responses=OwnRatingSerializer,
        examples=[RATING_EXAMPLE],
    )
    def patch(self, request: Request, movie_id: int) -> Response:
        """404 where there is none yet."""
        return self._rate(request, movie_id, may_create=False)

    @extend_schema(
        operation_id="ratings_delete",
        summary="Take a rating back",
        tags=["you"],
        parameters=[IF_MATCH],
        responses={204: None},
    )
    def delete(self, request: Request, movie_id: int) -> Response:
        """The next recommendations know nothing of it."""
        with transaction.atomic():
            rating = self._standing(movie_id)
            if rating is None:
                raise Http404
            require_match(request, _etag(rating))
            rating_clear(user=rating.user, movie=rating.movie)
        return Response(status=status.HTTP_204_NO_CONTENT)

    def _rate(self, request: Request, movie_id: int, *, may_create: bool) -> Response:
        movie = get_object_or_404(Movie, pk=movie_id)
        asked = StarsSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        with transaction.atomic():
            standing = self._standing(movie_id)
            if standing is None and not may_create:
                raise Http404
            require_match(request, _etag(standing) if standing else None)
            rating = rating_set(
                user=member(request), movie=movie, half_stars=asked.validated_data["half_stars"]
            )
        return _rating_response(rating, is_new=standing is None)

    def _standing(self, movie_id: int) -> Rating | None:
        """The rating there is, kept from change until the transaction ends."""
        return self.get_queryset().select_for_update().filter(movie_id=movie_id).first()


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
        rows = [_Row(index, data) for index, data in enumerate(asked.validated_data["ratings"])]
        _refuse_twice(rows)
        wanted = {row.movie_id for row in rows if row.is_valid}
        known = set(Movie.objects.filter(pk__in=wanted).values_list("pk", flat=True))
        saved = {row.movie_id: row.half_stars for row in rows if row.movie_id in known}
        new = ratings_set(user=member(request), half_stars_of=saved)
        results = [row.result(known, new) for row in rows]
        return Response({"n_saved": len(saved), "results": results})


class _Row:
    """One entry of a bulk request, checked by itself."""

    def __init__(self, index: int, data: Any) -> None:
        self.index = index
        checked = RatingInputSerializer(data=data)
        self.is_valid = checked.is_valid()
        self.detail = "" if self.is_valid else _first_message(checked.errors)
        values = checked.validated_data if self.is_valid else {}
        self.movie_id: int = values.get("movie_id", 0)
        self.half_stars: int = values.get("half_stars", 0)

    def refuse(self, detail: str) -> None:
        """Keep the row out, and say why."""
        self.is_valid, self.detail = False, detail

    def result(self, known: set[int], new: set[int]) -> dict[str, Any]:
        """What became of it."""
        code: int = status.HTTP_200_OK
        if not self.is_valid:
            code = status.HTTP_400_BAD_REQUEST
        elif self.movie_id not in known:
            code, self.detail = status.HTTP_404_NOT_FOUND, _("There is no film with this id.")
        elif self.movie_id in new:
            code = status.HTTP_201_CREATED
        return {
            "index": self.index,
            "movie_id": self.movie_id or None,
            "status": code,
            "detail": self.detail,
        }


class ListApi(ListAPIView):
    """The films on one of the caller's lists."""

    serializer_class = ListEntrySerializer
    pagination_class = NewestFirstPagination
    queryset = ListEntry.objects.none()

    @override
    def get_queryset(self) -> QuerySet[ListEntry]:
        """Two queries: the entries with their films, and the films' genres."""
        return (
            ListEntry.objects.filter(user=member(self.request), kind=_kind(self.kwargs["kind"]))
            .select_related("movie")
            .defer("movie__search", "movie__search_text")
            .prefetch_related("movie__genres")
        )

    @extend_schema(
        operation_id="lists_list", summary="Films on a list", tags=["you"], parameters=[LIST]
    )
    def get(self, request: Request, kind: str) -> Response:  # noqa: ARG002 # the URL's
        """The latest first."""
        return self.list(request)


class ListEntryApi(GenericAPIView):
    """A film on one of the caller's lists."""

    serializer_class = ListEntrySerializer
    queryset = ListEntry.objects.none()

    @extend_schema(
        operation_id="lists_add",
        summary="Put a film on a list",
        tags=["you"],
        parameters=[LIST],
        request=None,
        responses=ListEntrySerializer,
    )
    def put(self, request: Request, kind: str, movie_id: int) -> Response:
        """And take it from the other list. On it already, it stays."""
        movie = get_object_or_404(movies_all(), pk=movie_id)
        entry = list_add(user=member(request), movie=movie, kind=_kind(kind))
        return Response(self.get_serializer(entry).data)

    @extend_schema(
        operation_id="lists_remove",
        summary="Take a film from a list",
        tags=["you"],
        parameters=[LIST],
        responses={204: None},
    )
    def delete(self, request: Request, kind: str, movie_id: int) -> Response:
        """404 if it is not there."""
        movie = get_object_or_404(Movie, pk=movie_id)
        if not list_remove(user=member(request), movie=movie, kind=_kind(kind)):
            raise Http404
        return Response(status=status.HTTP_204_NO_CONTENT)


class ImportsApi(GenericAPIView):
    """What staff see of imports."""

    permission_classes = [IsAdministrator]
    throttle_scope = "admin"
    serializer_class = ImportReportSerializer
    queryset = ImportReport.objects.select_related("started_by").annotate(
        n_problems=Count("problems")
    )


class ImportListApi(ImportsApi, ListAPIView):
    """Every import."""

    pagination_class = NewestFirstPagination
    parser_classes = [LimitedJSONParser, LimitedUploadParser]

    @extend_schema(operation_id="imports_list", summary="Imports", tags=["admin"])
    def get(self, request: Request) -> Response:
        """The latest first."""
        return self.list(request)

    @extend_schema(
        operation_id="imports_start",
        summary="Start an import",
        tags=["admin"],
        parameters=[IDEMPOTENCY_KEY],
        request={
            "application/json": ImportPathSerializer,
            "multipart/form-data": ImportUploadSerializer,
        },
        responses={201: ImportReportSerializer},
        examples=[IMPORT_EXAMPLE],
    )
    @idempotent
    def post(self, request: Request) -> Response:
        """A form that sends a file, or JSON that names a path. A worker does one at a time."""
        is_form = isinstance(request.data, QueryDict)
        asked = (ImportUploadSerializer if is_form else ImportPathSerializer)(data=request.data)
        asked.is_valid(raise_exception=True)
        report = import_request(started_by=member(request), **asked.validated_data)
        return Response(ImportReportSerializer(report).data, status.HTTP_201_CREATED)


class ImportDetailApi(ImportsApi, RetrieveAPIView):
    """One import."""

    lookup_url_kwarg = "import_id"

    @extend_schema(operation_id="imports_retrieve", summary="An import", tags=["admin"])
    def get(self, request: Request, import_id: int) -> Response:  # noqa: ARG002 # the URL's
        """What it read, added and refused."""
        return self.retrieve(request)


class ImportCancelApi(ImportsApi):
    """Stopping an import."""

    staff_rights = {"POST": (("add", ImportReport),)}

    @extend_schema(
        operation_id="imports_cancel", summary="Stop an import", tags=["admin"], request=None
    )
    def post(self, request: Request, import_id: int) -> Response:  # noqa: ARG002 # DRF's
        """Nothing of it is kept. 409 when it is over, or runs in a terminal."""
        report = get_object_or_404(self.get_queryset(), pk=import_id)
        with conflicts():
            import_cancel(report=report)
        return Response(ImportReportSerializer(report).data)


class ImportProblemsApi(ListAPIView):
    """The rows that an import refused."""

    staff_rights = {"GET": (("view", ImportReport),)}

    permission_classes = [IsAdministrator]
    throttle_scope = "admin"
    serializer_class = ImportProblemSerializer
    pagination_class = KeysetPagination
    queryset = ImportProblem.objects.none()

    @override
    def get_queryset(self) -> QuerySet[ImportProblem]:
        """Two queries."""
        report = get_object_or_404(ImportReport, pk=self.kwargs["import_id"])
        return ImportProblem.objects.filter(report=report)

    @extend_schema(operation_id="imports_problems", summary="Refused rows", tags=["admin"])
    def get(self, request: Request, import_id: int) -> Response:  # noqa: ARG002 # the URL's
        """In the order in which they were met."""
        return self.list(request)


def _rating_response(rating: Rating, *, is_new: bool = False) -> Response:
    return Response(
        OwnRatingSerializer(rating).data,
        status.HTTP_201_CREATED if is_new else status.HTTP_200_OK,
        headers={"ETag": _etag(rating)},
    )


def _etag(rating: Rating) -> str:
    return etag_of("rating", rating.pk, rating.half_stars, rating.rated_at.timestamp())


def _kind(name: str) -> ListKind:
    try:
        return ListKind(name)
    except ValueError:
        raise Http404 from None


def _refuse_twice(rows: list[_Row]) -> None:
    """Of a film that is rated twice, neither rating can be the one that is meant."""
    by_movie: dict[int, list[_Row]] = {}
    for row in rows:
        if row.is_valid:
            by_movie.setdefault(row.movie_id, []).append(row)
    for same in by_movie.values():
        for row in same if len(same) > 1 else ():
            row.refuse(_("The film is rated more than once."))


def _first_message(errors: Any) -> str:
    """The first of DRF's nested messages, with its field."""
    if isinstance(errors, ErrorDetail):
        return str(errors)
    if isinstance(errors, dict):
        name, value = next(iter(errors.items()))
        return (
            _first_message(value)
            if name == "non_field_errors"
            else f"{name}: {_first_message(value)}"
        )
    return _first_message(errors[0])
