"""URLs of the recommendation pages."""

from django.urls import URLPattern, URLResolver, include, path

from recommendations.pages import home, sharing
from recommendations.pages.for_you import for_you
from recommendations.pages.taste import taste

_pages: list[URLPattern | URLResolver] = [
    path("welcome/", home.welcome, name="welcome"),
    path("for-you/", for_you, name="for-you"),
    path("taste/", taste, name="taste"),
    path("share/<slug:kind>/", sharing.share, name="share"),
    path("runs/online/", include("recommendations.experiments.urls")),
    path("runs/", include("recommendations.training.urls")),
]
urlpatterns = [
    path("", home.home, name="home"),
    path("", include((_pages, "recommendations"))),
]
