"""Addresses of the pages about oneself, beside allauth's under the same prefix."""

from django.urls import path

from accounts import views

app_name = "accounts"
urlpatterns = [
    path("profile/", views.profile, name="profile"),
    path("invitation/<str:code>/", views.invitation, name="invitation"),
    path("export/", views.export, name="export"),
    path("delete/", views.delete, name="delete"),
    path("tokens/", views.tokens, name="tokens"),
    path("tokens/<id:token_id>/revoke/", views.token_revoke_view, name="token-revoke"),
    path("apps/<str:client_id>/disconnect/", views.app_disconnect_view, name="app-disconnect"),
]
