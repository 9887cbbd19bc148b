"""Addresses of the REST API of recommendations, runs and versions."""

from django.urls import path

from recommendations.api import run_views, search_views, views, webhook_views

urlpatterns = [
    path("recommendations/", views.RecommendationsView.as_view(), name="api-recommendations"),
    path("movies/<int:movie_id>/similar/", views.SimilarMoviesView.as_view(), name="api-similar"),
    path("movies/semantic/", search_views.SemanticSearchView.as_view(), name="api-semantic"),
    path("genres/similarity/", views.GenreSimilarityView.as_view(), name="api-genre-similarity"),
    path("taste/", views.TasteView.as_view(), name="api-taste"),
    path("runs/", run_views.RunListApi.as_view(), name="api-runs"),
    path("runs/preflight/", run_views.PreflightApi.as_view(), name="api-run-preflight"),
    path("runs/<int:run_id>/", run_views.RunDetailApi.as_view(), name="api-run"),
    path("runs/<int:run_id>/events/", run_views.RunEventsApi.as_view(), name="api-run-events"),
    path("runs/<int:run_id>/cancel/", run_views.RunCancelApi.as_view(), name="api-run-cancel"),
    path("runs/<int:run_id>/retry/", run_views.RunRetryApi.as_view(), name="api-run-retry"),
    path("runs/<int:run_id>/adopt/", run_views.RunAdoptApi.as_view(), name="api-run-adopt"),
    path("versions/", run_views.VersionListApi.as_view(), name="api-versions"),
    path("versions/active/", run_views.ActiveVersionApi.as_view(), name="api-version-active"),
    path("versions/roll-back/", run_views.RollBackApi.as_view(), name="api-roll-back"),
    path("versions/<int:run_id>/", run_views.VersionDetailApi.as_view(), name="api-version"),
    path("versions/<int:run_id>/activate/", run_views.ActivateApi.as_view(), name="api-activate"),
    path("versions/<int:run_id>/compare/", run_views.CompareApi.as_view(), name="api-compare"),
    path("webhooks/", webhook_views.WebhookListApi.as_view(), name="api-webhooks"),
    path(
        "webhooks/<int:webhook_id>/", webhook_views.WebhookDetailApi.as_view(), name="api-webhook"
    ),
    path(
        "webhooks/<int:webhook_id>/deliveries/",
        webhook_views.DeliveryListApi.as_view(),
        name="api-deliveries",
    ),
    path(
        "webhooks/<int:webhook_id>/deliveries/<int:delivery_id>/redeliver/",
        webhook_views.RedeliverApi.as_view(),
        name="api-redeliver",
    ),
]
