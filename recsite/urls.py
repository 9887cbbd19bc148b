"""Every address of the site; each app keeps its own. The probes are middleware (recsite.health)."""

from allauth.account.decorators import secure_admin_login
from allauth.idp.oidc.views import configuration as oauth_metadata
from django.contrib import admin
from django.contrib.sitemaps import views as sitemaps
from django.urls import include, path, re_path, register_converter
from django.views.decorators.csrf import csrf_exempt
from django.views.generic import RedirectView
from django.views.i18n import set_language

from accounts import oauth
from common.paths import IdConverter
from recsite import api
from recsite.operations.site import SITEMAPS

# One log-in for everybody: it slows down who guesses, and asks about picks.
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]

register_converter(IdConverter, "id")  # before the modules below use it

urlpatterns = [
    path("", include("recommendations.urls")),
    path("", include("movies.urls")),
    path("", include("recsite.operations.urls")),
    path("sitemap.xml", sitemaps.index, {"sitemaps": SITEMAPS}, name="sitemap"),
    path(
        "sitemap-<section>.xml",
        sitemaps.sitemap,
        {"sitemaps": SITEMAPS},
        name="django.contrib.sitemaps.views.sitemap",
    ),
    # Its form stands on every page. Without a token in it, pages set no cookie and stay the same
    # from visit to visit; a forged request could change no more than the language.
    path("language/", csrf_exempt(set_language), name="set-language"),
    path("accounts/", include("accounts.urls")),
    path("accounts/", include("recommendations.webhooks.urls")),
    path("accounts/", include("allauth.urls")),
    path("_allauth/", include("allauth.headless.urls")),
    path("identity/o/authorize", oauth.authorize, name="oauth-authorize"),
    path("identity/o/device", oauth.device, name="oauth-device"),
    path("identity/o/api/device/code", oauth.device_code, name="oauth-device-code"),
    path("identity/o/api/token", oauth.token, name="oauth-token"),
    path("identity/o/api/revoke", oauth.RevokeView.as_view(), name="oauth-revoke"),
    path("", include("allauth.idp.urls")),
    path(".well-known/oauth-authorization-server", oauth_metadata, name="oauth-metadata"),
    # Addresses of before the apps were split (docs/adr/0025).
    re_path(
        r"^admin/recommendations/(?P<page>(modelrun|retrainschedule)/.*)$",
        RedirectView.as_view(url="/admin/training/%(page)s", query_string=True),
    ),
    re_path(
        r"^admin/recommendations/(?P<page>(webhook|webhookdelivery)/.*)$",
        RedirectView.as_view(url="/admin/webhooks/%(page)s", query_string=True),
    ),
    path("admin/", admin.site.urls),
    path("api/", RedirectView.as_view(pattern_name="api-index"), name="api"),
    path("api/v1/", api.IndexApi.as_view(), name="api-index"),
    path("api/v1/", include("accounts.api.urls")),
    path("api/v1/", include("movies.api.urls")),
    path("api/v1/", include("recommendations.api.urls")),
    path("api/v1/", include("recommendations.training.api.urls")),
    path("api/v1/", include("recommendations.webhooks.api.urls")),
    path("api/v1/schema/", api.SchemaApi.as_view(), name="api-schema"),
    path("api/docs/", api.docs, name="api-docs"),
    path("api/problems/", api.problems, name="api-problems"),
]

handler400 = "common.api.errors.bad_request"
handler403 = "common.api.errors.permission_denied"
handler404 = "common.api.errors.not_found"
handler500 = "common.api.errors.server_error"
