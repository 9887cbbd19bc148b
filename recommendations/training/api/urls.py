"""URLs of the REST API of runs and model versions."""

from django.urls import path

from recommendations.training.api import views

urlpatterns = [
    path("runs/", views.RunListApi.as_view(), name="api-runs"),
    path("runs/preflight/", views.PreflightApi.as_view(), name="api-run-preflight"),
    path("runs/<id:run_id>/", views.RunDetailApi.as_view(), name="api-run"),
    path("runs/<id:run_id>/events/", views.RunEventsApi.as_view(), name="api-run-events"),
    path("runs/<id:run_id>/cancel/", views.RunCancelApi.as_view(), name="api-run-cancel"),
    path("runs/<id:run_id>/retry/", views.RunRetryApi.as_view(), name="api-run-retry"),
    path("runs/<id:run_id>/adopt/", views.RunAdoptApi.as_view(), name="api-run-adopt"),
    path("versions/", views.VersionListApi.as_view(), name="api-versions"),
    path("versions/active/", views.ActiveVersionApi.as_view(), name="api-version-active"),
    path("versions/roll-back/", views.RollBackApi.as_view(), name="api-roll-back"),
    path("versions/<id:run_id>/", views.VersionDetailApi.as_view(), name="api-version"),
    path("versions/<id:run_id>/activate/", views.ActivateApi.as_view(), name="api-activate"),
    path("versions/<id:run_id>/compare/", views.CompareApi.as_view(), name="api-compare"),
]
