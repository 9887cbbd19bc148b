"""Addresses of the API of people and tokens."""

from django.urls import path

from accounts.api import views

urlpatterns = [
    path("tokens/", views.TokenListApi.as_view(), name="api-tokens"),
    path("tokens/current/", views.CurrentTokenApi.as_view(), name="api-token-current"),
    path("tokens/<id:token_id>/", views.TokenDetailApi.as_view(), name="api-token"),
    path("export/", views.ExportApi.as_view(), name="api-export"),
    path("export/ndjson/", views.ExportStreamApi.as_view(), name="api-export-stream"),
    path("me/delete/", views.AccountDeleteApi.as_view(), name="api-account-delete"),
    path("users/", views.UserListApi.as_view(), name="api-users"),
    path("users/<id:user_id>/", views.UserDetailApi.as_view(), name="api-user"),
]
