"""Addresses of the catalogue's pages."""

from django.urls import path

from movies import views

app_name = "movies"
urlpatterns = [
    path("movies/", views.browse, name="browse"),
    path("movies/<int:movie_id>/", views.detail, name="detail"),
    path("movies/<int:movie_id>/poster.svg", views.poster, name="poster"),
    path("movies/<int:movie_id>/rate/", views.rate, name="rate"),
    path("movies/<int:movie_id>/mark/", views.mark, name="mark"),
    path("lists/", views.lists, name="lists"),
]
