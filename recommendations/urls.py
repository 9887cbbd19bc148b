"""Addresses of the pages."""

from django.urls import include, path

from recommendations import views

_pages = [
    path("for-you/", views.for_you, name="for-you"),
    path("taste/", views.taste, name="taste"),
    path("runs/", views.runs, name="runs"),
    path("runs/start/", views.run_start_view, name="run-start"),
    path("runs/roll-back/", views.roll_back, name="roll-back"),
    path("runs/<int:run_id>/", views.run_detail, name="run"),
    *(
        path(
            f"runs/<int:run_id>/{action}/", views.run_act, {"action": action}, name=f"run-{action}"
        )
        for action in views.ACTIONS
    ),
]
urlpatterns = [
    path("", views.home, name="home"),
    path("", include((_pages, "recommendations"))),
]
