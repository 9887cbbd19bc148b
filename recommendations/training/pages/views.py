"""Pages of the model runs, for staff."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.formats import number_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from accounts.models import User
from accounts.staff import Right, confirm, require, staff, staff_page
from ml.serving.artifact import ArtifactError
from recommendations.models import Activation, ModelVersion
from recommendations.selectors.versions import active_activation, previous_activation
from recommendations.services.activation import version_rollback
from recommendations.training.curves import curve_of
from recommendations.training.forms import RunForm, ScheduleForm
from recommendations.training.models import ModelRun, RetrainSchedule, StageRun
from recommendations.training.selectors.comparison import (
    lists_compared,
    runs_compared,
    users_changed_most,
    users_named,
)
from recommendations.training.selectors.runs import (
    run_progress,
    run_report,
    runs_all,
    runs_comparable,
)
from recommendations.training.services.activation import run_activate
from recommendations.training.services.preflight import Preflight, preflight
from recommendations.training.services.runs import run_cancel, run_retry, run_start, search_adopt
from recommendations.training.services.schedules import (
    schedule_change,
    schedule_get,
    schedule_state,
)

RUNS_PAGE_SIZE = 25


@dataclass(frozen=True)
class Action:
    """What staff can do to a run: asked for, done, and told."""

    question: Promise
    yes: Promise
    done: Promise
    service: Callable[[ModelRun, User], object]
    right: Right = ("change", ModelRun)


ACTIONS = {
    "cancel": Action(
        gettext_lazy("Cancel run %(run)s?"),
        gettext_lazy("Cancel the run"),
        gettext_lazy("Run %(run)s is being cancelled."),
        lambda run, user: run_cancel(run=run, cancelled_by=user),
    ),
    "retry": Action(
        gettext_lazy("Resume run %(run)s from the stage where it stopped?"),
        gettext_lazy("Resume"),
        gettext_lazy("Run %(run)s is queued again."),
        lambda run, user: run_retry(run=run, retried_by=user),
    ),
    "activate": Action(
        gettext_lazy("Make run %(run)s the live model?"),
        gettext_lazy("Make this model live"),
        gettext_lazy("Run %(run)s is live."),
        lambda run, user: run_activate(run=run, activated_by=user, reason=_("By hand.")),
        ("add", Activation),
    ),
    "adopt": Action(
        gettext_lazy("Start a training with the best parameters of run %(run)s?"),
        gettext_lazy("Start a training"),
        gettext_lazy("A training with the best parameters of run %(run)s is queued."),
        lambda run, user: search_adopt(run=run, started_by=user),
        ("add", ModelRun),
    ),
}


@staff_page(("view", ModelRun))
@require_safe
def runs(request: HttpRequest) -> HttpResponse:
    """Every run, which one serves, and when the next comes by itself."""
    context = {
        "runs": Paginator(runs_all(), RUNS_PAGE_SIZE).get_page(request.GET.get("page")),
        "active": active_activation(),
        "previous": previous_activation(),
        "state": schedule_state(),
    }
    return render(request, "training/runs.html", context)


@dataclass(frozen=True)
class Starting:
    """A filled form, what the preflight says of it, and the run if one was started."""

    form: RunForm
    found: Preflight | None
    run: ModelRun | None = None


def starting(request: HttpRequest) -> Starting:
    """Show the form, check it (``check``) or start the run (any other POST)."""
    if request.method != "POST":
        return _blank(request)
    form = RunForm(request.POST)
    if not form.is_valid():
        return Starting(form, None)
    asked = form.request()
    if "check" in request.POST:
        return Starting(form, preflight(asked.pop("parameters"), **asked))
    try:
        run = run_start(started_by=staff(request), **asked)
    except ValidationError as error:
        form.add_error(None, error.messages)
        return Starting(form, None)
    return Starting(form, None, run)


def _blank(request: HttpRequest) -> Starting:
    """Return the form, with the parameters of the run that the address names, if any."""
    initial: dict[str, Any] = {
        name: request.GET[name] for name in ("kind", "first_stage") if name in request.GET
    }
    base_id = request.GET.get("base_run", "")
    base = ModelRun.objects.filter(pk=base_id).first() if base_id.isdecimal() else None
    if base is not None:
        initial |= base.parameters | {"base_run": base.pk}
    form = RunForm(initial=initial)
    return Starting(form, preflight(base.parameters if base is not None else {}))


@staff_page(("add", ModelRun))
@require_http_methods(["GET", "HEAD", "POST"])
def run_start_view(request: HttpRequest) -> HttpResponse:
    """Show the form that starts a run, and what the run will cost.

    A started run is shown.
    """
    state = starting(request)
    if state.run is not None:
        messages.success(request, _("Run %(run)s is queued.") % {"run": state.run.pk})
        return redirect(state.run)
    status = 400 if state.form.errors else 200
    return render(
        request,
        "training/run_start.html",
        {"form": state.form, "found": state.found},
        status=status,
    )


@staff_page(("view", ModelRun))
@require_safe
def run_detail(request: HttpRequest, run_id: int) -> HttpResponse:
    """One run: its stages, metrics, and what has happened to it; a moving part of it for htmx."""
    run = get_object_or_404(runs_all(), pk=run_id)
    if request.GET.get("part") == "progress":
        return _progress(request, run)
    active = active_activation()
    context = {
        "run": run,
        "progress": run_progress(run),
        "report": run_report(run),
        "events": run.events.select_related("actor"),
        "active": active,
        "is_active": active is not None and active.version_id == run.version_id,
        "rivals": runs_comparable(run),
    }
    return render(request, "training/run.html", context)


def _progress(request: HttpRequest, run: ModelRun) -> HttpResponse:
    """Return the part of a run's page that changes.

    When the run is over, the page reloads.
    """
    context = {"run": run, "progress": run_progress(run)}
    answer = render(request, "training/_run_progress.html", context)
    if run.is_over:
        answer["HX-Refresh"] = "true"
    return answer


@staff_page(("view", ModelRun))
@require_safe
def run_stage(request: HttpRequest, run_id: int, name: str) -> HttpResponse:
    """One stage: its whole log, its curve with a table of the values, and what it summed up."""
    stage = get_object_or_404(StageRun.objects.select_related("run"), run=run_id, name=name)
    context = {"run": stage.run, "stage": stage, "curve": curve_of(stage.curve)}
    return render(request, "training/run_stage.html", context)


@staff_page(("view", ModelRun), ("view", User))
@require_safe
def run_compare(request: HttpRequest, run_id: int) -> HttpResponse:
    """Two runs side by side, and for chosen people which films come and go between them."""
    run = get_object_or_404(runs_all(), pk=run_id)
    other_id = request.GET.get("with", "")
    other = get_object_or_404(runs_all(), pk=other_id if other_id.isdecimal() else 0)
    if other == run:
        messages.error(request, _("Choose another run to compare this one with."))
        return redirect(run)
    name = request.GET.get("person", "").strip()[:150]
    people = list(users_named(name)) if name else users_changed_most(run, other)
    try:
        lists = lists_compared(run, other, people) if run.artifact and other.artifact else ()
    except (ArtifactError, OSError) as error:
        messages.error(request, _("The films cannot be compared: %(error)s") % {"error": error})
        lists = ()
    context = {
        "run": run,
        "other": other,
        "comparison": runs_compared(run, other),
        "lists": lists,
        "person": name,
        "rivals": runs_comparable(run),
    }
    return render(request, "training/run_compare.html", context)


@staff_page(("view", ModelRun))
@require_http_methods(["GET", "HEAD", "POST"])
def run_act(request: HttpRequest, run_id: int, action: str) -> HttpResponse:
    """Cancel, retry or activate a run: GET asks whether one is sure, POST does it."""
    run = get_object_or_404(ModelRun, pk=run_id)
    act = ACTIONS[action]
    require(request.user, act.right)
    if request.method != "POST":
        question = act.question % {"run": run.pk}
        return confirm(request, question, str(act.yes), back=run.get_absolute_url())
    run_do(request, run, action)
    return redirect(run)


def run_do(request: HttpRequest, run: ModelRun, action: str) -> None:
    """Do it, and tell what came of it."""
    act = ACTIONS[action]
    try:
        act.service(run, staff(request))
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    else:
        messages.success(request, act.done % {"run": run.pk})


@staff_page(("add", Activation))
@require_http_methods(["GET", "HEAD", "POST"])
def roll_back(request: HttpRequest) -> HttpResponse:
    """Go back to the model before the active one: GET asks whether one is sure, POST does it."""
    if request.method != "POST":
        return _ask_roll_back(request)
    try:
        activation = version_rollback(rolled_back_by=staff(request))
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    else:
        messages.success(request, _("Run %(run)s is live again.") % {"run": activation.version_id})
    return redirect("recommendations:runs")


def _ask_roll_back(request: HttpRequest) -> HttpResponse:
    active, previous = active_activation(), previous_activation()
    if active is None or previous is None:
        return confirm(request, _("There is no earlier model to go back to."), yes="")
    question = _("Replace %(active)s with %(previous)s as the live model?") % {
        "active": _named(active.version),
        "previous": _named(previous.version),
    }
    return confirm(request, question, _("Roll back"))


def _named(version: ModelVersion) -> str:
    """Return the name of a version and, where it was measured, its NDCG@10."""
    ndcg = version.metrics.get("served", {}).get("ndcg@10")
    if ndcg is None:
        return _("run %(run)s") % {"run": version.pk}
    value = number_format(ndcg, 3)
    return _("run %(run)s (NDCG@10 %(ndcg)s)") % {"run": version.pk, "ndcg": value}


@staff_page(("change", RetrainSchedule))
@require_http_methods(["GET", "HEAD", "POST"])
def schedule(request: HttpRequest) -> HttpResponse:
    """When the site trains by itself."""
    form = ScheduleForm(request.POST or None, instance=schedule_get())
    if request.method == "POST" and form.is_valid():
        schedule_change(changed_by=staff(request), **form.cleaned_data)
        messages.success(request, _("The schedule is changed."))
        return redirect("recommendations:runs")
    context = {"form": form, "state": schedule_state()}
    status = 400 if form.errors else 200
    return render(request, "training/run_schedule.html", context, status=status)
