"""The page of online numbers, and of traffic splits, for staff."""

from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.staff import confirm, staff, staff_page
from common.svg import Chart, Values, chart_of, rate_ticks
from recommendations.experiments.forms import PeriodForm, SplitForm
from recommendations.experiments.selectors import (
    VersionNumbers,
    online_numbers,
    split_comparison,
    split_running,
    splits_ended,
)
from recommendations.experiments.services.split import split_end, split_start
from recommendations.models import ModelVersion, TrafficSplit

N_ENDED = 10
STAR_TICKS = [(float(stars), str(stars)) for stars in range(6)]


@staff_page(("view", TrafficSplit))
@require_safe
def online(request: HttpRequest) -> HttpResponse:
    """Show the results of the recommendations, by version, and of two versions side by side."""
    return _online_page(request, SplitForm.suggested())


@staff_page(("add", TrafficSplit))
@require_POST
def split_start_view(request: HttpRequest) -> HttpResponse:
    """Start a split; a form that does not hold comes back with what is wrong."""
    form = SplitForm(request.POST)
    if not form.is_valid():
        return _online_page(request, form, status=400)
    try:
        split_start(**form.cleaned_data, started_by=staff(request))
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    else:
        messages.success(request, _("Both versions serve, each its share of the visitors."))
    return redirect("recommendations:online")


@staff_page(("change", TrafficSplit))
@require_http_methods(["GET", "HEAD", "POST"])
def split_end_view(request: HttpRequest, split_id: int, winner_id: int = 0) -> HttpResponse:
    """End a split with a winner, or drop it: GET asks whether one is sure, POST does it."""
    split = get_object_or_404(TrafficSplit, pk=split_id)
    winner = get_object_or_404(ModelVersion, pk=winner_id) if winner_id else None
    if request.method != "POST":
        question = (
            _("End the split, and serve the model of run %(run)s to everybody?")
            % {"run": winner.pk}
            if winner
            else _("Drop the split, and serve the active model to everybody?")
        )
        yes = _("End the split") if winner else _("Drop the split")
        return confirm(request, question, yes, back=reverse("recommendations:online"))
    try:
        split_end(split=split, winner=winner, ended_by=staff(request))
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    else:
        messages.success(request, _("The split has ended; its comparison is kept."))
    return redirect("recommendations:online")


def _online_page(request: HttpRequest, form: SplitForm, status: int = 200) -> HttpResponse:
    period = PeriodForm(request.GET)
    days, surface = period.chosen()
    since = timezone.now().date() - timedelta(days=days - 1)
    versions = online_numbers(since, surface)
    split = split_running()
    context: dict[str, Any] = {
        "period": period,
        "days": days,
        "versions": versions,
        "hit_rate_chart": _chart(versions, "hit_rate"),
        "mean_stars_chart": _chart(versions, "mean_stars"),
        "split": split,
        "comparison": split_comparison(split) if split else None,
        "ended": [(one, split_comparison(one)) for one in splits_ended()[:N_ENDED]],
        "form": form,
    }
    return render(request, "experiments/online.html", context, status=status)


def _chart(versions: list[VersionNumbers], measure: str) -> Chart | None:
    """Return a measure by day of each version, those with most lists if there are too many."""
    busiest = sorted(versions, key=lambda version: -version.n_lists)
    values_of: dict[str, Values] = {
        _version_name(version): {
            day.day: estimate
            for day in version.days
            if (estimate := getattr(day, measure)) is not None
        }
        for version in busiest
    }
    if measure == "hit_rate":
        return chart_of(values_of, *rate_ticks(values_of))
    return chart_of(values_of, 5.0, STAR_TICKS)


def _version_name(version: VersionNumbers) -> str:
    return (
        _("Run %(run)s") % {"run": version.version_id} if version.version_id else _("Popular films")
    )
