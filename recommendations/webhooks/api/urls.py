"""URLs of the REST API of webhooks."""

from django.urls import path

from recommendations.webhooks.api import member_views, views

urlpatterns = [
    path("webhooks/", views.WebhookListApi.as_view(), name="api-webhooks"),
    path("webhooks/<id:webhook_id>/", views.WebhookDetailApi.as_view(), name="api-webhook"),
    path(
        "webhooks/<id:webhook_id>/deliveries/",
        views.DeliveryListApi.as_view(),
        name="api-deliveries",
    ),
    path(
        "webhooks/<id:webhook_id>/deliveries/<id:delivery_id>/",
        views.DeliveryDetailApi.as_view(),
        name="api-delivery",
    ),
    path(
        "webhooks/<id:webhook_id>/deliveries/<id:delivery_id>/redeliver/",
        views.RedeliverApi.as_view(),
        name="api-redeliver",
    ),
    path("me/webhooks/", member_views.MyWebhookListApi.as_view(), name="api-me-webhooks"),
    path(
        "me/webhooks/<id:webhook_id>/",
        member_views.MyWebhookDetailApi.as_view(),
        name="api-me-webhook",
    ),
    path(
        "me/webhooks/<id:webhook_id>/deliveries/",
        member_views.MyDeliveryListApi.as_view(),
        name="api-me-deliveries",
    ),
    path(
        "me/webhooks/<id:webhook_id>/deliveries/<id:delivery_id>/",
        member_views.MyDeliveryDetailApi.as_view(),
        name="api-me-delivery",
    ),
    path(
        "me/webhooks/<id:webhook_id>/deliveries/<id:delivery_id>/redeliver/",
        member_views.MyRedeliverApi.as_view(),
        name="api-me-redeliver",
    ),
]
