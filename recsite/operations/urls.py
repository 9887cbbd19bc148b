"""Addresses of operations."""

from django.urls import path

from recsite.operations import metrics, views

app_name = "operations"
urlpatterns = [
    path("operations/", views.overview, name="overview"),
    path("operations/prune/", views.prune, name="prune"),
    path("metrics", metrics.metrics, name="metrics"),
]
