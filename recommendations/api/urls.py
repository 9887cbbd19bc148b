"""Addresses of the REST API."""

from django.urls import path

from recommendations.api.views import RecommendationsView, SimilarMoviesView, TasteView

urlpatterns = [
    path("recommendations/", RecommendationsView.as_view(), name="api-recommendations"),
    path("movies/<int:movie_id>/similar/", SimilarMoviesView.as_view(), name="api-similar"),
    path("taste/", TasteView.as_view(), name="api-taste"),
]
