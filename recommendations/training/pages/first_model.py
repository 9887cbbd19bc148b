"""The progress of the first model, which pages ask for until it is ready."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe
from django_htmx.http import trigger_client_event

from recommendations.serving.registry import active_model
from recommendations.training.selectors.first_model import training_progress


@require_safe
def first_model(request: HttpRequest) -> HttpResponse:
    """Show how far the first model is; once there is one, tell the page to ask for the ten."""
    active, progress = active_model(), training_progress()
    if active is None and progress is not None:
        return render(request, "partials/training.html", {"training": progress})
    return trigger_client_event(HttpResponse(""), "ratings-changed")
