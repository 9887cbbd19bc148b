"""A member's own imports over the API: bring a file, look at what it would do, import, undo."""

from collections.abc import Collection, Mapping
from typing import Any

from django.core.exceptions import ValidationError as DjangoValidationError
from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.exceptions import Throttled
from rest_framework.request import Request
from rest_framework.response import Response
from typing_extensions import override

from accounts.api.callers import member
from accounts.api.idempotency import PARAMETER as IDEMPOTENCY_KEY
from accounts.api.idempotency import idempotent
from common.api.exceptions import Conflict, PayloadTooLarge, conflicts
from common.api.pagination import KeysetPagination, NewestFirstPagination
from common.api.parsers import LimitedUploadParser
from common.api.serializers import (
    StrictCharField,
    StrictChoiceField,
    StrictIntegerField,
    StrictSerializer,
    not_known,
)
from common.api.views import GenericAPIView, ListAPIView, RetrieveAPIView, located
from movies.api.expansion import is_expanded, with_movies
from movies.api.serializers import ExpandQuerySerializer, MovieBriefSerializer
from movies.importers.errors import FileTooLarge
from movies.importers.personal.dates import DateOrder
from movies.importers.personal.encodings import LABELS
from movies.importers.personal.generic import FIELDS, TYPES
from movies.importers.personal.protocol import Kind
from movies.importers.personal.values import Scale
from movies.models import PersonalImport, PersonalImportRow
from movies.selectors.personal_imports import candidates_attach, imports_of
from movies.services.personal_imports import (
    TooManyImports,
    UnfitAnswer,
    WrongChoice,
    import_accept,
    import_answer,
    import_bring,
    import_cancel,
    import_delete,
    import_undo,
)


class PersonalUploadParser(LimitedUploadParser):
    """A member's file, of as many bytes as ``PERSONAL_IMPORT_MAX_BYTES``."""

    SETTING = "PERSONAL_IMPORT_MAX_BYTES"


class PersonalImportSerializer(serializers.ModelSerializer[PersonalImport]):
    """An import of the caller's own ratings."""

    step = serializers.CharField(
        source="current_step",
        read_only=True,
        help_text="What a worker does now; empty while nothing is in work.",
    )
    percent = serializers.IntegerField(
        read_only=True,
        help_text="How far the step is: 0 while nothing is in work, 100 once the import is done.",
    )
    counts = serializers.DictField(
        child=serializers.IntegerField(),
        help_text="Numbers of rows: by kind and match before the import, by outcome after it.",
    )
    questions = serializers.DictField(
        child=serializers.JSONField(),
        help_text="Of an unknown table: suggested columns, scale and kind, ratings far above the "
        "others (outliers), and the orders of day, month and year that its columns leave open. "
        "Of a file that is not in Unicode: the encoding that was guessed. "
        "Answer them while the status is asking, or again while it is ready.",
    )

    class Meta:
        model = PersonalImport
        fields = [
            "id",
            "source",
            "file_name",
            "status",
            "conflicts",
            "counts",
            "questions",
            "error",
            "step",
            "percent",
            "created_at",
            "finished_at",
        ]


class PersonalImportRowSerializer(serializers.ModelSerializer[PersonalImportRow]):
    """One row of an import, the film it is about, and what became of it."""

    imdb_id = serializers.CharField(
        read_only=True, help_text="Id at IMDb, as the file says; empty: it does not."
    )
    tmdb_id = serializers.IntegerField(
        allow_null=True,
        read_only=True,
        help_text="Id at TMDB, as the file says; null: it does not.",
    )
    stars = serializers.FloatField(allow_null=True, read_only=True)
    movie_id = serializers.IntegerField(allow_null=True, read_only=True)
    candidates = serializers.ListField(
        child=serializers.IntegerField(),
        read_only=True,
        help_text="Ids of the films that could be meant; accept with one of them in `films`.",
    )

    class Meta:
        model = PersonalImportRow
        fields = [
            "id",
            "file",
            "line_number",
            "kind",
            "title",
            "year",
            "imdb_id",
            "tmdb_id",
            "stars",
            "happened_at",
            "confidence",
            "movie_id",
            "candidates",
            "outcome",
            "note",
        ]


class CandidateSerializer(MovieBriefSerializer):
    """A film that a row could mean, with what tells it from the others."""

    directors = serializers.CharField(help_text="Names of its directors, separated by commas.")

    class Meta(MovieBriefSerializer.Meta):
        fields = [*MovieBriefSerializer.Meta.fields, "directors"]


class ListedImportRowSerializer(PersonalImportRowSerializer):
    """One row of an import, with its film or the films to choose from if that is asked for."""

    movie = MovieBriefSerializer(
        required=False, allow_null=True, help_text="The film; only with expand=movie."
    )
    films = CandidateSerializer(
        many=True, required=False, help_text="The candidates; only with expand=movie."
    )

    class Meta(PersonalImportRowSerializer.Meta):
        fields = [*PersonalImportRowSerializer.Meta.fields, "movie", "films"]


class PersonalImportFileSerializer(StrictSerializer):
    """A file to import."""

    file = serializers.FileField(max_length=200, help_text="As the other site exported it.")


class PersonalImportAnswersSerializer(StrictSerializer):
    """What the columns of an unknown table are."""

    columns = serializers.DictField(
        child=StrictCharField(max_length=200, allow_blank=True),
        default=dict,
        help_text=f"A column of the file, as `available` in the questions spells it, for each of: "
        f"{', '.join(FIELDS)}. Empty: not in this file.",
    )
    scale = StrictChoiceField([one.value for one in Scale], default="", allow_blank=True)
    kind = StrictChoiceField([one.value for one in Kind], default=Kind.RATING.value)
    date_order = StrictChoiceField(
        [one.value for one in DateOrder],
        default="",
        allow_blank=True,
        help_text="Order of day, month and year; needed for a column of which `date_orders` in the "
        "questions names several.",
    )
    types = serializers.DictField(
        child=StrictChoiceField(list(TYPES)),
        default=dict,
        help_text="Whether each value of the column of types means a film; needed for the values "
        "that `types` in the questions names for this column.",
    )
    encoding = StrictChoiceField(
        list(LABELS),
        default="",
        allow_blank=True,
        help_text="How the letters of the file are written, where `encoding` in the questions says "
        "that this was guessed. If another encoding comes alone, the columns of a table are asked "
        "about again.",
    )
    has_header = serializers.BooleanField(
        allow_null=True,
        default=None,
        help_text="Whether the first line names the columns; by default as the questions suggest.",
    )


class ChosenFilmSerializer(StrictSerializer):
    """The film that a row means, for a row whose film is not certain."""

    row_id = StrictIntegerField(min_value=1, max_value=2**63 - 1, help_text="Id of the row.")
    movie_id = StrictIntegerField(
        min_value=1,
        max_value=2**63 - 1,
        help_text="Any film: one of the row's candidates, or one that you found.",
    )


class PersonalImportAcceptSerializer(StrictSerializer):
    """How to import a checked file."""

    conflicts = StrictChoiceField(
        PersonalImport.Conflicts.choices,
        default=PersonalImport.Conflicts.MINE,
        help_text="Which rating counts for films that you rated here already.",
    )
    likely = serializers.ListField(
        child=StrictIntegerField(min_value=1, max_value=2**63 - 1),
        default=list,
        max_length=10_000,
        help_text="Ids of the rows whose likely match is right; the others are left out.",
    )
    films = serializers.ListField(
        child=ChosenFilmSerializer(),
        default=list,
        max_length=10_000,
        help_text="The films of rows whose film is not certain (likely or unmatched). Rows with "
        "candidates and without a choice are left out.",
    )

    def validate_films(self, films: list[dict[str, int]]) -> list[dict[str, int]]:
        """Refuse a row that is named twice.

        Raises
        ------
        ValidationError
            One of its films would be ignored.

        """
        if len({one["row_id"] for one in films}) < len(films):
            raise serializers.ValidationError(_("A row is named more than once."))
        return films


class PersonalImportsApi(GenericAPIView):
    """The caller's imports; another person's are not found."""

    serializer_class = PersonalImportSerializer
    queryset = PersonalImport.objects.none()

    @override
    def get_queryset(self) -> QuerySet[PersonalImport]:
        """Return the caller's imports. One query."""
        return imports_of(member(self.request))

    def job(self) -> PersonalImport:
        """Return the import in the address."""
        return get_object_or_404(self.get_queryset(), pk=self.kwargs["import_id"])

    def answer(self, job: PersonalImport, code: int = status.HTTP_200_OK) -> Response:
        """Return the import as it is now."""
        return Response(self.get_serializer(job).data, code)


class PersonalImportListApi(PersonalImportsApi, ListAPIView):
    """Every import of the caller."""

    pagination_class = NewestFirstPagination
    parser_classes = [PersonalUploadParser]

    @extend_schema(operation_id="me_imports_list", summary="Your imports", tags=["you"])
    def get(self, request: Request) -> Response:
        """List your imports, the latest first."""
        return self.list(request)

    @extend_schema(
        operation_id="me_imports_create",
        summary="Bring ratings from elsewhere",
        tags=["you"],
        parameters=[IDEMPOTENCY_KEY],
        request={"multipart/form-data": PersonalImportFileSerializer},
        responses={201: PersonalImportSerializer},
    )
    @located("api-me-import", "import_id")
    @idempotent
    def post(self, request: Request) -> Response:
        """Check a file. Nothing changes yet: look at the rows, then accept.

        A small file is ready at once, or refused with 400 if it holds nothing readable; of a larger
        one, the status says when it is.
        """
        body = PersonalImportFileSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        file = body.validated_data["file"]
        try:
            job = import_bring(user=member(request), file=file, name=file.name or "")
        except TooManyImports as error:
            raise Throttled(error.wait_seconds, " ".join(error.messages)) from error
        except FileTooLarge as error:
            raise PayloadTooLarge(error.max_bytes) from error
        if job.status == PersonalImport.Status.FAILED:
            job.delete()  # what is refused leaves nothing behind
            raise serializers.ValidationError({"file": [job.error]})
        return self.answer(job, status.HTTP_201_CREATED)


class PersonalImportDetailApi(PersonalImportsApi, RetrieveAPIView):
    """One import of the caller."""

    lookup_url_kwarg = "import_id"
    problems = ("conflict",)

    @extend_schema(operation_id="me_imports_retrieve", summary="One of your imports", tags=["you"])
    def get(self, request: Request, import_id: int) -> Response:  # noqa: ARG002 # the URL's
        """Return what the import asks, would do, or did."""
        return self.retrieve(request)

    @extend_schema(
        operation_id="me_imports_destroy",
        summary="Delete an import",
        tags=["you"],
        responses={204: None},
    )
    def delete(self, request: Request, import_id: int) -> Response:  # noqa: ARG002 # the URL's
        """Delete the record with its rows and the films it waits for.

        The ratings that it brought stay: undo it first to take them back. 409 while it is at work.
        """
        job = self.job()
        with conflicts():
            import_delete(job=job)
        return Response(status=status.HTTP_204_NO_CONTENT)


class PersonalImportRowsApi(ListAPIView):
    """The rows of an import."""

    serializer_class = PersonalImportRowSerializer
    query = {"get": ExpandQuerySerializer}
    pagination_class = KeysetPagination
    queryset = PersonalImportRow.objects.none()

    @override
    def get_queryset(self) -> QuerySet[PersonalImportRow]:
        """Return the rows of one import. Two queries, three with the films."""
        own = imports_of(member(self.request))
        job = get_object_or_404(own, pk=self.kwargs["import_id"])
        rows = job.rows.order_by("pk")
        return with_movies(rows) if self.query_data().get("expand") else rows

    @override
    def paginate_queryset(self, queryset: Any) -> Any:
        """Return the rows of a page, with the films to choose from where they are asked for."""
        rows = super().paginate_queryset(queryset)
        if rows and is_expanded(self.request):
            candidates_attach(rows)
        return rows

    @override
    def get_serializer_class(self) -> type[PersonalImportRowSerializer]:
        """Return the serializer of rows, with the film where it is asked for."""
        is_wanted = is_expanded(self.request)
        return ListedImportRowSerializer if is_wanted else PersonalImportRowSerializer

    @extend_schema(
        operation_id="me_imports_rows",
        summary="Rows of an import",
        tags=["you"],
        responses=ListedImportRowSerializer(many=True),
    )
    def get(self, request: Request, import_id: int) -> Response:  # noqa: ARG002 # the URL's
        """Each with its line, its film and what became of it."""
        return self.list(request)


class PersonalImportAnswersApi(PersonalImportsApi):
    """The answers that an unknown table needs."""

    problems = ("conflict",)

    @extend_schema(
        operation_id="me_imports_answer",
        summary="Say what the columns are",
        tags=["you"],
        parameters=[IDEMPOTENCY_KEY],
        request=PersonalImportAnswersSerializer,
    )
    @idempotent
    def post(self, request: Request, import_id: int) -> Response:  # noqa: ARG002 # the URL's
        """Check the file again with these answers, until it is imported as often as you like.

        400 if an answer does not fit the table, 409 if nothing was asked.
        """
        body = PersonalImportAnswersSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        job = self.job()
        encoding = body.validated_data["encoding"]
        is_same = encoding in ("", job.questions.get("encoding"))
        # Another encoding may spell the columns otherwise: the service reads them.
        available = job.questions.get("available", []) if is_same else []
        _require_known_columns(body.validated_data["columns"], available)
        try:
            import_answer(job=job, answers=body.validated_data)
        except UnfitAnswer:
            raise
        except DjangoValidationError as error:
            raise Conflict(" ".join(error.messages)) from error
        return self.answer(job)


def _require_known_columns(columns: Mapping[str, str], available: Collection[str]) -> None:
    """Refuse at once what the check of the file would ignore or fail at.

    Raises
    ------
    ValidationError
        A key is none of the known fields, or the file has no such column.

    """
    errors = {field: [not_known(field, FIELDS)] for field in columns if field not in FIELDS}
    for field, column in columns.items():
        if field in FIELDS and column and available and column not in available:
            errors[field] = [not_known(column, available)]
    if errors:
        raise serializers.ValidationError({"columns": errors})


class PersonalImportAcceptApi(PersonalImportsApi):
    """Agreeing to an import."""

    problems = ("conflict",)

    @extend_schema(
        operation_id="me_imports_accept",
        summary="Import what was checked",
        tags=["you"],
        parameters=[IDEMPOTENCY_KEY],
        request=PersonalImportAcceptSerializer,
        responses={202: PersonalImportSerializer},
    )
    @located("api-me-import", "import_id")
    @idempotent
    def post(self, request: Request, import_id: int) -> Response:  # noqa: ARG002 # the URL's
        """Start the import in a worker; its status says how far it is.

        409 if it is not ready.
        """
        body = PersonalImportAcceptSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        job = self.job()
        chosen = {one["row_id"]: one["movie_id"] for one in body.validated_data["films"]}
        try:
            import_accept(job=job, **body.validated_data | {"films": chosen})
        except WrongChoice:
            raise
        except DjangoValidationError as error:
            raise Conflict(" ".join(error.messages)) from error
        return self.answer(job, status.HTTP_202_ACCEPTED)


class PersonalImportActionApi(PersonalImportsApi):
    """An action that needs nothing but the import."""

    problems = ("conflict",)
    bodyless = frozenset({"post"})
    service: Any = None

    def act(self) -> Response:
        """Do it; 409 where the state forbids it."""
        job = self.job()
        with conflicts():
            type(self).service(job=job)
        return self.answer(job)


class PersonalImportCancelApi(PersonalImportActionApi):
    """Cancellation of a personal import."""

    service = staticmethod(import_cancel)

    @extend_schema(
        operation_id="me_imports_cancel",
        summary="Stop an import",
        tags=["you"],
        parameters=[IDEMPOTENCY_KEY],
        request=None,
    )
    @idempotent
    def post(self, request: Request, import_id: int) -> Response:  # noqa: ARG002 # the URL's
        """Nothing of it is kept. 409 when it is over."""
        return self.act()


class PersonalImportUndoApi(PersonalImportActionApi):
    """Taking an import back."""

    service = staticmethod(import_undo)

    @extend_schema(
        operation_id="me_imports_undo",
        summary="Undo an import",
        tags=["you"],
        parameters=[IDEMPOTENCY_KEY],
        request=None,
    )
    @idempotent
    def post(self, request: Request, import_id: int) -> Response:  # noqa: ARG002 # the URL's
        """Undo the import.

        What you changed since stays. 409 unless it is done.
        """
        return self.act()
