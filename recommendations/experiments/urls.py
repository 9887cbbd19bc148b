"""URLs of the online numbers page, below ``/runs/online/``."""

from django.urls import path

from recommendations.experiments import pages

urlpatterns = [
    path("", pages.online, name="online"),
    path("split/", pages.split_start_view, name="split-start"),
    path("split/<id:split_id>/drop/", pages.split_end_view, name="split-drop"),
    path("split/<id:split_id>/win/<id:winner_id>/", pages.split_end_view, name="split-win"),
]
