"""Addresses of the pages of one's own webhooks, below ``/accounts/``."""

from django.urls import path

from recommendations.webhooks import pages

app_name = "webhooks"
urlpatterns = [
    path("webhooks/", pages.webhooks, name="webhooks"),
    path("webhooks/<id:webhook_id>/switch/", pages.webhook_switch, name="switch"),
    path("webhooks/<id:webhook_id>/delete/", pages.webhook_delete_view, name="delete"),
]
