"""Addresses of the pages."""

from django.urls import include, path

from recommendations.views import home, online, pages, runs

_pages = [
    path("training/", home.training, name="training"),
    path("for-you/", pages.for_you, name="for-you"),
    path("taste/", pages.taste, name="taste"),
    path("runs/", runs.runs, name="runs"),
    path("runs/start/", runs.run_start_view, name="run-start"),
    path("runs/schedule/", runs.schedule, name="schedule"),
    path("runs/online/", online.online, name="online"),
    path("runs/online/split/", online.split_start_view, name="split-start"),
    path("runs/online/split/<int:split_id>/drop/", online.split_end_view, name="split-drop"),
    path(
        "runs/online/split/<int:split_id>/win/<int:winner_id>/",
        online.split_end_view,
        name="split-win",
    ),
    path("runs/roll-back/", runs.roll_back, name="roll-back"),
    path("runs/<int:run_id>/", runs.run_detail, name="run"),
    path("runs/<int:run_id>/compare/", runs.run_compare, name="run-compare"),
    path("runs/<int:run_id>/stages/<slug:name>/", runs.run_stage, name="run-stage"),
    *(
        path(f"runs/<int:run_id>/{action}/", runs.run_act, {"action": action}, name=f"run-{action}")
        for action in runs.ACTIONS
    ),
]
urlpatterns = [
    path("", home.home, name="home"),
    path("", include((_pages, "recommendations"))),
]
