"""URLs of the REST API of webhooks."""

from django.urls import path

from recommendations.webhooks.api import views

urlpatterns = [
    path("webhooks/", views.WebhookListApi.as_view(), name="api-webhooks"),
    path("webhooks/<int:webhook_id>/", views.WebhookDetailApi.as_view(), name="api-webhook"),
    path(
        "webhooks/<int:webhook_id>/deliveries/",
        views.DeliveryListApi.as_view(),
        name="api-deliveries",
    ),
    path(
        "webhooks/<int:webhook_id>/deliveries/<int:delivery_id>/redeliver/",
        views.RedeliverApi.as_view(),
        name="api-redeliver",
    ),
]
