"""Addresses of the catalogue's API."""

from django.urls import path

from movies.api import views

urlpatterns = [
    path("movies/", views.MovieListApi.as_view(), name="api-movies"),
    path("movies/<int:movie_id>/", views.MovieDetailApi.as_view(), name="api-movie"),
    path("genres/", views.GenreListApi.as_view(), name="api-genres"),
    path("ratings/", views.RatingListApi.as_view(), name="api-ratings"),
    path("ratings/<int:movie_id>/", views.RatingDetailApi.as_view(), name="api-rating"),
]
