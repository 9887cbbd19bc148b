"""URLs of the REST API of recommendations."""

from django.urls import path

from recommendations.api import search, views

urlpatterns = [
    path("recommendations/", views.RecommendationsView.as_view(), name="api-recommendations"),
    path("movies/<id:movie_id>/similar/", views.SimilarMoviesView.as_view(), name="api-similar"),
    path("movies/semantic/", search.SemanticSearchView.as_view(), name="api-semantic"),
    path("genres/similarity/", views.GenreSimilarityView.as_view(), name="api-genre-similarity"),
    path("taste/", views.TasteView.as_view(), name="api-taste"),
]
