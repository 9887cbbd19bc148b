"""Addresses of the catalogue's API."""

from django.urls import path

from movies.api import list_views, personal_imports, rating_views, views

urlpatterns = [
    path("movies/", views.MovieListApi.as_view(), name="api-movies"),
    path("movies/<id:movie_id>/", views.MovieDetailApi.as_view(), name="api-movie"),
    path("genres/", views.GenreListApi.as_view(), name="api-genres"),
    path("ratings/", rating_views.RatingListApi.as_view(), name="api-ratings"),
    path("ratings/bulk/", rating_views.RatingBulkApi.as_view(), name="api-ratings-bulk"),
    path(
        "ratings/bulk-delete/",
        rating_views.RatingBulkDeleteApi.as_view(),
        name="api-ratings-bulk-delete",
    ),
    path("ratings/<id:movie_id>/", rating_views.RatingDetailApi.as_view(), name="api-rating"),
    path("lists/<str:kind>/", list_views.ListApi.as_view(), name="api-list"),
    path("lists/<str:kind>/bulk/", list_views.ListBulkApi.as_view(), name="api-list-bulk"),
    path(
        "lists/<str:kind>/<id:movie_id>/", list_views.ListEntryApi.as_view(), name="api-list-entry"
    ),
    path("imports/", views.ImportListApi.as_view(), name="api-imports"),
    path("imports/<id:import_id>/", views.ImportDetailApi.as_view(), name="api-import"),
    path(
        "imports/<id:import_id>/cancel/",
        views.ImportCancelApi.as_view(),
        name="api-import-cancel",
    ),
    path(
        "imports/<id:import_id>/problems/",
        views.ImportProblemsApi.as_view(),
        name="api-import-problems",
    ),
    path("me/imports/", personal_imports.PersonalImportListApi.as_view(), name="api-me-imports"),
    *(
        path(f"me/imports/<id:import_id>/{address}", view.as_view(), name=f"api-me-import{name}")
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
