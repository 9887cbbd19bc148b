"""Runs and versions for the programs of those who run the site."""

from django.db.models import Exists, OuterRef, QuerySet
from django.http import Http404
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response
from typing_extensions import override

from accounts.api.admin import AdminApi, AdminListApi
from accounts.api.callers import member
from accounts.api.idempotency import PARAMETER as IDEMPOTENCY_KEY
from accounts.api.idempotency import idempotent
from accounts.models import User
from common.api.exceptions import Conflict, conflicts
from common.api.pagination import NewestFirstPagination
from common.api.views import ListAPIView, RetrieveAPIView, located
from ml.serving.artifact import ArtifactError
from recommendations.models import Activation
from recommendations.selectors.versions import active_activation
from recommendations.services.activation import version_rollback
from recommendations.training.api.serializers import (
    ActivateSerializer,
    ActivationSerializer,
    CompareSerializer,
    PreflightSerializer,
    RunDetailSerializer,
    RunEventSerializer,
    RunRequestSerializer,
    RunSerializer,
    VersionComparisonSerializer,
    VersionSerializer,
)
from recommendations.training.models import ModelRun, RunEvent
from recommendations.training.selectors.comparison import lists_compared, runs_compared
from recommendations.training.selectors.runs import runs_all
from recommendations.training.services.activation import run_activate
from recommendations.training.services.preflight import preflight
from recommendations.training.services.runs import run_cancel, run_retry, run_start, search_adopt

START_EXAMPLE = OpenApiExample("Another seed", {"parameters": {"seed": 7}}, request_only=True)


class RunListApi(AdminListApi):
    """Runs of the pipeline."""

    serializer_class = RunSerializer
    queryset = runs_all()

    @extend_schema(operation_id="runs_list", summary="Runs", tags=["admin"])
    def get(self, request: Request) -> Response:
        """List runs, the latest first."""
        return self.list(request)

    @extend_schema(
        operation_id="runs_start",
        summary="Start a run",
        tags=["admin"],
        parameters=[IDEMPOTENCY_KEY],
        request=RunRequestSerializer,
        responses={201: RunDetailSerializer},
        examples=[START_EXAMPLE],
    )
    @located("api-run", "run_id")
    @idempotent
    def post(self, request: Request) -> Response:
        """Start a run.

        It waits if another is in work. 400 if the preflight refuses it.
        """
        asked = RunRequestSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        run = run_start(started_by=member(request), **asked.validated_data)
        return Response(RunDetailSerializer(run).data, status.HTTP_201_CREATED)


class PreflightApi(AdminApi):
    """What a run would cost."""

    staff_rights = {"POST": (("add", ModelRun),)}
    serializer_class = RunRequestSerializer

    @extend_schema(
        operation_id="runs_preflight",
        summary="What a run would cost",
        tags=["admin"],
        request=RunRequestSerializer,
        responses=PreflightSerializer,
        examples=[START_EXAMPLE],
    )
    def post(self, request: Request) -> Response:
        """Rows, minutes and memory by earlier runs, and why it could not start. Starts nothing."""
        asked = RunRequestSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        values = dict(asked.validated_data)
        return Response(PreflightSerializer(preflight(values.pop("parameters"), **values)).data)


class RunDetailApi(AdminApi, RetrieveAPIView):
    """One run with its stages."""

    serializer_class = RunDetailSerializer
    queryset = runs_all().prefetch_related("stages", "trials")
    lookup_url_kwarg = "run_id"

    @extend_schema(operation_id="runs_retrieve", summary="A run and its progress", tags=["admin"])
    def get(self, request: Request, run_id: int) -> Response:  # noqa: ARG002 # the URL's
        """Each stage with percent, ETA, loss curve and the end of its log."""
        return self.retrieve(request)


class RunEventsApi(AdminListApi):
    """What happened to a run."""

    serializer_class = RunEventSerializer
    queryset = RunEvent.objects.none()

    @override
    def get_queryset(self) -> QuerySet[RunEvent]:
        """Return the events of the run.

        Two queries.
        """
        run = get_object_or_404(ModelRun, pk=self.kwargs["run_id"])
        return run.events.select_related("actor")

    @extend_schema(operation_id="runs_events", summary="What happened to a run", tags=["admin"])
    def get(self, request: Request, run_id: int) -> Response:  # noqa: ARG002 # the URL's
        """Who started, cancelled, retried, activated it, and when."""
        return self.list(request)


class RunCancelApi(AdminApi):
    """Cancellation of a run."""

    staff_rights = {"POST": (("change", ModelRun),)}
    problems = ("conflict",)
    bodyless = frozenset({"post"})
    serializer_class = RunDetailSerializer

    @extend_schema(
        operation_id="runs_cancel",
        summary="Stop a run",
        tags=["admin"],
        parameters=[IDEMPOTENCY_KEY],
        request=None,
    )
    @idempotent
    def post(self, request: Request, run_id: int) -> Response:
        """At its worker's next report. 409 when it is over."""
        run = get_object_or_404(ModelRun, pk=run_id)
        with conflicts():
            run_cancel(run=run, cancelled_by=member(request))
        return Response(RunDetailSerializer(run).data)


class RunRetryApi(AdminApi):
    """Going on with a run."""

    staff_rights = {"POST": (("change", ModelRun),)}
    problems = ("conflict",)
    bodyless = frozenset({"post"})
    serializer_class = RunDetailSerializer

    @extend_schema(
        operation_id="runs_retry",
        summary="Resume a stopped run",
        tags=["admin"],
        parameters=[IDEMPOTENCY_KEY],
        request=None,
    )
    @idempotent
    def post(self, request: Request, run_id: int) -> Response:
        """From the stage at which it failed or was cancelled. 409 unless it was."""
        run = get_object_or_404(ModelRun, pk=run_id)
        with conflicts():
            run_retry(run=run, retried_by=member(request))
        return Response(RunDetailSerializer(run).data)


class RunAdoptApi(AdminApi):
    """What a search has found."""

    staff_rights = {"POST": (("add", ModelRun),)}
    problems = ("conflict",)
    bodyless = frozenset({"post"})
    serializer_class = RunDetailSerializer

    @extend_schema(
        operation_id="runs_adopt",
        summary="Train with the best parameters of a search",
        tags=["admin"],
        parameters=[IDEMPOTENCY_KEY],
        request=None,
        responses={201: RunDetailSerializer},
    )
    @located("api-run", "run_id")
    @idempotent
    def post(self, request: Request, run_id: int) -> Response:
        """Start a training with the best parameters.

        409 if no trial has succeeded or the preflight refuses it.
        """
        search = get_object_or_404(ModelRun, pk=run_id)
        with conflicts():
            run = search_adopt(run=search, started_by=member(request))
        return Response(RunDetailSerializer(run).data, status.HTTP_201_CREATED)


class VersionsApi(AdminApi):
    """Runs whose models can serve."""

    staff_rights = {"GET": (("view", ModelRun),)}
    serializer_class = VersionSerializer

    @override
    def get_queryset(self) -> QuerySet[ModelRun]:
        """Return all model versions.

        One query.
        """
        active = Activation.objects.filter(withdrawn_at=None).values("version")[:1]
        is_active = Exists(ModelRun.objects.filter(pk=OuterRef("pk"), version__in=active))
        return (
            ModelRun.objects.filter(status=ModelRun.Status.SUCCEEDED, version__isnull=False)
            .select_related("version")
            .annotate(is_active=is_active)
        )


class VersionListApi(VersionsApi, ListAPIView):
    """All versions of the model."""

    pagination_class = NewestFirstPagination
    queryset = ModelRun.objects.none()

    @extend_schema(operation_id="versions_list", summary="Versions of the model", tags=["admin"])
    def get(self, request: Request) -> Response:
        """List versions, the latest first."""
        return self.list(request)


class ActiveVersionApi(AdminApi):
    """The version that serves."""

    staff_rights = {"GET": (("view", ModelRun),)}
    problems = ("not-found",)
    serializer_class = ActivationSerializer
    has_fields = True

    @extend_schema(
        operation_id="versions_active", summary="The version that serves", tags=["admin"]
    )
    def get(self, request: Request) -> Response:  # noqa: ARG002 # DRF's
        """404 before any does."""
        activation = active_activation()
        if activation is None:
            raise Http404
        return Response(self.get_serializer(activation).data)


class RollBackApi(AdminApi):
    """The return to an earlier version."""

    staff_rights = {"POST": (("add", Activation),)}
    problems = ("conflict",)
    bodyless = frozenset({"post"})
    serializer_class = ActivationSerializer

    @extend_schema(
        operation_id="versions_roll_back",
        summary="Serve the version before",
        tags=["admin"],
        parameters=[IDEMPOTENCY_KEY],
        request=None,
    )
    @idempotent
    def post(self, request: Request) -> Response:
        """Withdraws the active version. 409 where none stands before it."""
        with conflicts():
            activation = version_rollback(rolled_back_by=member(request))
        return Response(ActivationSerializer(activation).data)


class VersionDetailApi(VersionsApi, RetrieveAPIView):
    """One version of the model."""

    lookup_url_kwarg = "run_id"
    queryset = ModelRun.objects.none()

    @extend_schema(operation_id="versions_retrieve", summary="A version", tags=["admin"])
    def get(self, request: Request, run_id: int) -> Response:  # noqa: ARG002 # the URL's
        """Its data, code and metrics."""
        return self.retrieve(request)


class ActivateApi(VersionsApi):
    """Activation of a model version."""

    staff_rights = {"POST": (("add", Activation),)}
    problems = ("conflict",)
    queryset = ModelRun.objects.none()

    @extend_schema(
        operation_id="versions_activate",
        summary="Serve a version",
        tags=["admin"],
        parameters=[IDEMPOTENCY_KEY],
        request=ActivateSerializer,
        responses=ActivationSerializer,
    )
    @idempotent
    def post(self, request: Request, run_id: int) -> Response:
        """Web processes serve it within five seconds. Active already, it stays."""
        asked = ActivateSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        run = get_object_or_404(self.get_queryset(), pk=run_id)
        with conflicts():
            activation = run_activate(run=run, activated_by=member(request), **asked.validated_data)
        return Response(ActivationSerializer(activation).data)


class CompareApi(VersionsApi):
    """Two versions side by side."""

    staff_rights = {"GET": (("view", ModelRun), ("view", User))}
    problems = ("conflict",)
    query = {"get": CompareSerializer}
    queryset = ModelRun.objects.none()

    @extend_schema(
        operation_id="versions_compare",
        summary="Compare two versions",
        tags=["admin"],
        responses=VersionComparisonSerializer,
    )
    def get(self, request: Request, run_id: int) -> Response:  # noqa: ARG002 # DRF's
        """Metrics with 95 % intervals of their differences, the parameters that differ, and films.

        Which films come and go is told for `users`, by the ratings they have now; 409 where a
        version's files are gone.
        """
        asked = self.query_data()
        version = get_object_or_404(self.get_queryset(), pk=run_id)
        other = get_object_or_404(self.get_queryset(), pk=asked["other"])
        try:
            lists = lists_compared(version, other, asked["users"])
        except (ArtifactError, OSError) as error:
            raise Conflict(_("The films cannot be compared: %s") % error) from error
        found = {"comparison": runs_compared(version, other), "lists": lists}
        context = self.get_serializer_context()
        return Response(VersionComparisonSerializer(found, context=context).data)
