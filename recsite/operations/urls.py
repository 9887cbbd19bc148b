"""Route the addresses of the operator's pages."""

from django.urls import path

from recsite.operations import metrics, site, views
from recsite.operations.models import SitePage

app_name = "operations"
urlpatterns = [
    path("operations/", views.overview, name="overview"),
    path("operations/prune/", views.prune, name="prune"),
    path("metrics", metrics.metrics, name="metrics"),
    *(path(f"{slug}/", site.page, {"slug": slug}, name=slug) for slug in SitePage.Slug.values),
    path("robots.txt", site.robots, name="robots"),
    path(".well-known/security.txt", site.security_txt, name="security-txt"),
    path("site.webmanifest", site.manifest, name="manifest"),
    path("favicon.ico", site.favicon, name="favicon"),
    path("theme.css", site.theme, name="theme"),
]
