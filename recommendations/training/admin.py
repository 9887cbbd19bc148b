"""Admin pages of runs and of the retraining schedule."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.staff import require
from common.admin import ReadOnly
from recommendations.models import Activation
from recommendations.selectors.versions import active_activation
from recommendations.training.forms import ScheduleForm
from recommendations.training.models import THE_ONE, ModelRun, RetrainSchedule, RunEvent
from recommendations.training.pages.views import ACTIONS, run_do, starting
from recommendations.training.selectors.runs import (
    run_progress,
    run_report,
    runs_comparable,
)
from recommendations.training.services.schedules import schedule_change


class EventInline(ReadOnly, admin.TabularInline):
    """What happened to a run."""

    model = RunEvent
    fields = readonly_fields = ("created_at", "kind", "actor", "message")


@admin.register(ModelRun)
class ModelRunAdmin(ReadOnly, admin.ModelAdmin):
    """Runs: started here, watched here or, with curves and comparisons, on the site."""

    list_display = [
        "__str__",
        "kind",
        "status",
        "ndcg",
        "started_by",
        "created_at",
        "finished_at",
        "note",
    ]
    list_filter = ["status", "kind"]
    list_select_related = ["started_by"]
    inlines = [EventInline]
    fieldsets = [
        (
            gettext_lazy("Facts"),
            {
                "fields": [
                    *("kind", "base_run", "note", "parameters", "budget"),
                    *("started_by", "created_at", "started_at", "finished_at"),
                ]
            },
        ),
        (
            gettext_lazy("Data"),
            {"fields": ["n_ratings", "n_users", "n_movies", "ratings_read_at", "data_hash"]},
        ),
        (
            gettext_lazy("Model"),
            {"fields": ["embedding_model", "artifact", "artifact_hash", "code_version"]},
        ),
    ]

    def get_urls(self) -> list[URLPattern]:
        """Django's, and those that start a run and act on one."""
        name = "training_modelrun"
        return [
            path("start/", self.admin_site.admin_view(self.start), name=f"{name}_start"),
            path(
                "<int:run_id>/act/<slug:action>/",
                self.admin_site.admin_view(self.act),
                name=f"{name}_act",
            ),
            *super().get_urls(),
        ]

    def start(self, request: HttpRequest) -> HttpResponse:
        """Show the form of the site's own page in the admin's layout."""
        require(request.user, ("add", ModelRun))
        state = starting(request)
        if state.run is not None:
            messages.success(request, _("Run %(run)s is queued.") % {"run": state.run.pk})
            return redirect("admin:training_modelrun_change", state.run.pk)
        context = {
            **self.admin_site.each_context(request),
            "title": _("Start a run"),
            "form": state.form,
            "found": state.found,
        }
        template = "admin/training/modelrun/start.html"
        return TemplateResponse(
            request, template, context, status=400 if state.form.errors else 200
        )

    def act(self, request: HttpRequest, run_id: int, action: str) -> HttpResponse:
        """Cancel, retry, activate or adopt: GET asks whether one is sure, POST does it."""
        if action not in ACTIONS:
            raise PermissionDenied
        require(request.user, ACTIONS[action].right)
        run = get_object_or_404(ModelRun, pk=run_id)
        if request.method == "POST":
            run_do(request, run, action)
            return redirect("admin:training_modelrun_change", run.pk)
        context = {
            **self.admin_site.each_context(request),
            "title": _("Are you sure?"),
            "question": ACTIONS[action].question % {"run": run.pk},
            "yes": ACTIONS[action].yes,
            "run": run,
        }
        return TemplateResponse(request, "admin/training/modelrun/confirm.html", context)

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Show a run: its progress, which is updated, its metrics, and its actions."""
        run = self.get_object(request, object_id)
        extra = dict(extra_context or {})
        if run is not None:
            active = active_activation()
            extra |= {
                "run": run,
                "run_actions": _possible(run, active),
                "progress": run_progress(run),
                "report": run_report(run),
                "rivals": runs_comparable(run),
                "active": active,
            }
        return super().change_view(request, object_id, form_url, extra)


def _possible(run: ModelRun, active: Activation | None) -> list[tuple[str, str | Promise]]:
    """Name and label of the actions that make sense as the run is."""
    is_active = active is not None and active.version_id == run.version_id
    possible: list[tuple[str, str | Promise, bool]] = [
        ("cancel", gettext_lazy("Cancel"), not run.is_over),
        ("retry", gettext_lazy("Resume"), run.can_retry),
        ("activate", gettext_lazy("Make this model live"), run.can_activate and not is_active),
        (
            "adopt",
            gettext_lazy("Train with the best parameters"),
            run.kind == ModelRun.Kind.SEARCH and run.trials.filter(value__isnull=False).exists(),
        ),
    ]
    return [(name, label) for name, label, is_possible in possible if is_possible]


@admin.register(RetrainSchedule)
class RetrainScheduleAdmin(admin.ModelAdmin):
    """The one schedule: the list leads straight to it."""

    form = ScheduleForm
    readonly_fields = ["updated_by", "updated_at", "looked_at", "outcome"]

    def has_add_permission(self, _request: HttpRequest) -> bool:
        """There is one already."""
        return False

    def has_delete_permission(self, _request: HttpRequest, *_args: Any) -> bool:
        """Refuse to delete the schedule.

        It can be switched off instead.
        """
        return False

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Make it, switched off, before it is first looked at."""
        del request, extra_context
        RetrainSchedule.objects.get_or_create(pk=THE_ONE)
        return redirect("admin:training_retrainschedule_change", THE_ONE)

    def save_model(
        self, request: HttpRequest, obj: RetrainSchedule, form: Any, change: bool
    ) -> None:
        """Through the service, with who it was."""
        del obj, change
        schedule_change(changed_by=request.user, **form.cleaned_data)  # type: ignore[arg-type]
