"""Addresses of the catalogue's API."""

from django.urls import path

from movies.api import personal_imports, views

urlpatterns = [
    path("movies/", views.MovieListApi.as_view(), name="api-movies"),
    path("movies/<int:movie_id>/", views.MovieDetailApi.as_view(), name="api-movie"),
    path("genres/", views.GenreListApi.as_view(), name="api-genres"),
    path("ratings/", views.RatingListApi.as_view(), name="api-ratings"),
    path("ratings/bulk/", views.RatingBulkApi.as_view(), name="api-ratings-bulk"),
    path("ratings/<int:movie_id>/", views.RatingDetailApi.as_view(), name="api-rating"),
    path("lists/<str:kind>/", views.ListApi.as_view(), name="api-list"),
    path("lists/<str:kind>/<int:movie_id>/", views.ListEntryApi.as_view(), name="api-list-entry"),
    path("imports/", views.ImportListApi.as_view(), name="api-imports"),
    path("imports/<int:import_id>/", views.ImportDetailApi.as_view(), name="api-import"),
    path(
        "imports/<int:import_id>/cancel/",
        views.ImportCancelApi.as_view(),
        name="api-import-cancel",
    ),
    path(
        "imports/<int:import_id>/problems/",
        views.ImportProblemsApi.as_view(),
        name="api-import-problems",
    ),
    path("me/imports/", personal_imports.PersonalImportListApi.as_view(), name="api-me-imports"),
    *(
        path(f"me/imports/<int:import_id>/{address}", view.as_view(), name=f"api-me-import{name}")
        for address, view, name in (
            ("", personal_imports.PersonalImportDetailApi, ""),
            ("rows/", personal_imports.PersonalImportRowsApi, "-rows"),
            ("answers/", personal_imports.PersonalImportAnswersApi, "-answers"),
            ("accept/", personal_imports.PersonalImportAcceptApi, "-accept"),
            ("cancel/", personal_imports.PersonalImportCancelApi, "-cancel"),
            ("undo/", personal_imports.PersonalImportUndoApi, "-undo"),
        )
    ),
]
