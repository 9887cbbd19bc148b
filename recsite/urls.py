"""Every address of the site; each app keeps its own."""

from importlib.util import find_spec

from django.contrib import admin
from django.urls import include, path
from drf_spectacular.views import SpectacularAPIView

urlpatterns = [
    path("admin/", admin.site.urls),
    path("accounts/", include("allauth.urls")),
    path("api/v1/schema/", SpectacularAPIView.as_view(), name="api-schema"),
]
for prefix, module in [
    ("accounts/", "accounts.urls"),
    ("", "movies.urls"),
    ("", "recommendations.urls"),
    ("api/v1/", "movies.api.urls"),
    ("api/v1/", "recommendations.api.urls"),
]:
    if find_spec(module.removesuffix(".urls")) and find_spec(module):
        urlpatterns.append(path(prefix, include(module)))
