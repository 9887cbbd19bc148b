"""URLs of the pages of model runs, below ``/runs/``."""

from django.urls import path

from recommendations.training.pages import views
from recommendations.training.pages.first_model import first_model

urlpatterns = [
    path("", views.runs, name="runs"),
    path("first-model/", first_model, name="first-model"),
    path("start/", views.run_start_view, name="run-start"),
    path("schedule/", views.schedule, name="schedule"),
    path("roll-back/", views.roll_back, name="roll-back"),
    path("<id:run_id>/", views.run_detail, name="run"),
    path("<id:run_id>/compare/", views.run_compare, name="run-compare"),
    path("<id:run_id>/stages/<slug:name>/", views.run_stage, name="run-stage"),
    *(
        path(f"<id:run_id>/{action}/", views.run_act, {"action": action}, name=f"run-{action}")
        for action in views.ACTIONS
    ),
]
