"""Pages of the model runs, for staff."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.models import User
from recommendations.forms import RunForm
from recommendations.models import ModelRun
from recommendations.selectors.runs import active_activation, run_waits_for, runs_all
from recommendations.services.activation import run_activate, run_rollback
from recommendations.services.runs import run_cancel, run_retry, run_start

RUNS_PAGE_SIZE = 25

View = Callable[..., HttpResponse]


@dataclass(frozen=True)
class Action:
    """What staff can do to a run: asked for, done, and told."""

    question: Promise
    done: Promise
    service: Callable[[ModelRun, User], object]


ACTIONS = {
    "cancel": Action(
        gettext_lazy("Cancel run %(run)s?"),
        gettext_lazy("Run %(run)s is being cancelled."),
        lambda run, user: run_cancel(run=run, cancelled_by=user),
    ),
    "retry": Action(
        gettext_lazy("Take up run %(run)s again, from the stage where it stopped?"),
        gettext_lazy("Run %(run)s is queued again."),
        lambda run, user: run_retry(run=run, retried_by=user),
    ),
    "activate": Action(
        gettext_lazy("Serve the model of run %(run)s from now on?"),
        gettext_lazy("Run %(run)s is active."),
        lambda run, user: run_activate(run=run, activated_by=user, reason=_("By hand.")),
    ),
}


def staff_only(view: View) -> View:
    """Strangers are asked to log in; members who are not staff may not come in."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not (isinstance(request.user, User) and request.user.is_staff):
            raise PermissionDenied
        return view(request, *args, **kwargs)

    return login_required(guarded)


@staff_only
@require_GET
def runs(request: HttpRequest) -> HttpResponse:
    """Every run, which one serves, and the form that starts another."""
    return _runs_page(request, RunForm())


@staff_only
@require_POST
def run_start_view(request: HttpRequest) -> HttpResponse:
    """Start a run and show it; a form that does not hold comes back with what is wrong."""
    form = RunForm(request.POST)
    if not form.is_valid():
        return _runs_page(request, form, status=400)
    run = run_start(parameters=form.parameters(), started_by=_staff(request))
    messages.success(request, _("Run %(run)s is queued.") % {"run": run.pk})
    return redirect(run)


@staff_only
@require_GET
def run_detail(request: HttpRequest, run_id: int) -> HttpResponse:
    """One run: its stages, log, metrics, and what has happened to it."""
    run = get_object_or_404(runs_all(), pk=run_id)
    active = active_activation()
    context = {
        "run": run,
        "stages": run.stages.order_by("position"),
        "events": run.events.select_related("actor"),
        "waits_for": run_waits_for(run),
        "is_active": active is not None and active.run_id == run.pk,
    }
    return render(request, "recommendations/run.html", context)


@staff_only
@require_http_methods(["GET", "POST"])
def run_act(request: HttpRequest, run_id: int, action: str) -> HttpResponse:
    """Cancel, retry or activate a run: GET asks whether one is sure, POST does it."""
    run = get_object_or_404(ModelRun, pk=run_id)
    act = ACTIONS[action]
    if request.method == "GET":
        return _confirm(request, act.question % {"run": run.pk}, back=run.get_absolute_url())
    try:
        act.service(run, _staff(request))
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    else:
        messages.success(request, act.done % {"run": run.pk})
    return redirect(run)


@staff_only
@require_http_methods(["GET", "POST"])
def roll_back(request: HttpRequest) -> HttpResponse:
    """Go back to the model before the active one: GET asks whether one is sure, POST does it."""
    if request.method == "GET":
        return _confirm(request, _("Withdraw the active model and serve the one before it?"))
    try:
        activation = run_rollback(rolled_back_by=_staff(request))
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    else:
        messages.success(request, _("Run %(run)s serves again.") % {"run": activation.run_id})
    return redirect("recommendations:runs")


def _runs_page(request: HttpRequest, form: RunForm, status: int = 200) -> HttpResponse:
    context = {
        "runs": Paginator(runs_all(), RUNS_PAGE_SIZE).get_page(request.GET.get("page")),
        "active": active_activation(),
        "form": form,
    }
    return render(request, "recommendations/runs.html", context, status=status)


def _confirm(request: HttpRequest, question: str, back: str = "") -> HttpResponse:
    context = {"question": question, "back": back}
    return render(request, "recommendations/confirm.html", context)


def _staff(request: HttpRequest) -> User:
    if not isinstance(request.user, User):
        raise PermissionDenied
    return request.user
