"""One class per operation on the catalogue, and on imports into it."""

from django.db.models import Count, Prefetch, QuerySet
from django.http import QueryDict
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import status
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from typing_extensions import override

from accounts.api.callers import member
from accounts.api.idempotency import PARAMETER as IDEMPOTENCY_KEY
from accounts.api.idempotency import idempotent
from accounts.api.permissions import IsAdministrator
from common.api.exceptions import PayloadTooLarge, conflicts
from common.api.middleware import PUBLIC
from common.api.pagination import KeysetPagination, NewestFirstPagination
from common.api.parsers import LimitedJSONParser, LimitedUploadParser
from common.api.views import GenericAPIView, ListAPIView, RetrieveAPIView, located
from movies.api.filters import OLD_PARAMETERS, MovieQuerySerializer, movies_filtered
from movies.api.pagination import MoviePagination
from movies.api.serializers import (
    GenreSerializer,
    ImportPathSerializer,
    ImportProblemSerializer,
    ImportReportSerializer,
    ImportUploadSerializer,
    MovieDetailSerializer,
    MovieSerializer,
)
from movies.importers.errors import FileTooLarge
from movies.models import Credit, ImportProblem, ImportReport, Movie
from movies.selectors.movies import genres_all, movies_all
from movies.services.imports import import_cancel, import_request

IMPORT_EXAMPLE = OpenApiExample(
    "A folder on the server", {"path": "ml-25m"}, request_only=True, media_type="application/json"
)


class MovieListApi(ListAPIView):
    """Films, by title, genre, year and number of ratings."""

    permission_classes = [AllowAny]
    cache_control = PUBLIC
    serializer_class = MovieSerializer
    pagination_class = MoviePagination
    query = {"get": MovieQuerySerializer}
    old_parameters = OLD_PARAMETERS
    queryset = movies_all()

    @override
    def get_queryset(self) -> QuerySet[Movie]:
        """Two queries for a page, four for a search; one more for genres or people by name."""
        return movies_filtered(self.query_data())

    @extend_schema(operation_id="movies_list", summary="Films", tags=["films"])
    def get(self, request: Request) -> Response:
        """List films, page by page."""
        return self.list(request)


class MovieDetailApi(RetrieveAPIView):
    """All that is known of a film."""

    permission_classes = [AllowAny]
    cache_control = PUBLIC
    serializer_class = MovieDetailSerializer
    queryset = movies_all().prefetch_related(
        Prefetch("credits", Credit.objects.select_related("person"))
    )
    lookup_url_kwarg = "movie_id"

    @extend_schema(operation_id="movies_retrieve", summary="A film", tags=["films"])
    def get(self, request: Request, movie_id: int) -> Response:  # noqa: ARG002 # the URL's
        """Titles, genres, description, people, facts, and its ids elsewhere."""
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


class ImportsApi(GenericAPIView):
    """What staff see of imports."""

    permission_classes = [IsAdministrator]
    throttle_scope = "admin"
    serializer_class = ImportReportSerializer
    queryset = ImportReport.objects.select_related("started_by").annotate(
        n_problems=Count("problems")
    )


class ImportListApi(ImportsApi, ListAPIView):
    """All imports of data sets."""

    pagination_class = NewestFirstPagination
    parser_classes = [LimitedJSONParser, LimitedUploadParser]

    @extend_schema(operation_id="imports_list", summary="Imports", tags=["admin"])
    def get(self, request: Request) -> Response:
        """List imports, the latest first."""
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
    @located("api-import", "import_id")
    @idempotent
    def post(self, request: Request) -> Response:
        """Request an import.

        Send a form with a file, or JSON that names a path. A worker does one at a time. A file
        that is of another kind or cannot be read is refused at once, as far as its beginning shows.
        """
        is_form = isinstance(request.data, QueryDict)
        asked = (ImportUploadSerializer if is_form else ImportPathSerializer)(data=request.data)
        asked.is_valid(raise_exception=True)
        try:
            report = import_request(started_by=member(request), **asked.validated_data)
        except FileTooLarge as error:
            raise PayloadTooLarge(error.max_bytes) from error
        return Response(ImportReportSerializer(report).data, status.HTTP_201_CREATED)


class ImportDetailApi(ImportsApi, RetrieveAPIView):
    """One import of a data set."""

    lookup_url_kwarg = "import_id"

    @extend_schema(operation_id="imports_retrieve", summary="An import", tags=["admin"])
    def get(self, request: Request, import_id: int) -> Response:  # noqa: ARG002 # the URL's
        """Return what the import read, added and refused."""
        return self.retrieve(request)


class ImportCancelApi(ImportsApi):
    """Cancellation of an import."""

    staff_rights = {"POST": (("add", ImportReport),)}
    problems = ("conflict",)
    bodyless = frozenset({"post"})

    @extend_schema(
        operation_id="imports_cancel",
        summary="Stop an import",
        tags=["admin"],
        parameters=[IDEMPOTENCY_KEY],
        request=None,
    )
    @idempotent
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
        """Return the refused rows of an import.

        Two queries.
        """
        report = get_object_or_404(ImportReport, pk=self.kwargs["import_id"])
        return ImportProblem.objects.filter(report=report)

    @extend_schema(operation_id="imports_problems", summary="Refused rows", tags=["admin"])
    def get(self, request: Request, import_id: int) -> Response:  # noqa: ARG002 # the URL's
        """In the order in which they were met."""
        return self.list(request)
