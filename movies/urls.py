"""Addresses of the catalogue's pages."""

from django.urls import path, re_path

from movies import import_pages, shared_views, views

app_name = "movies"
urlpatterns = [
    path("movies/", views.browse, name="browse"),
    path("movies/<id:movie_id>/", views.detail, name="detail"),
    path("movies/<id:movie_id>/poster.svg", views.poster, name="poster"),
    path("movies/<id:movie_id>/share.png", views.share_picture, name="share-picture"),
    path("shared/<str:token>/", shared_views.shared, name="shared"),
    path("shared/<str:token>/picture.png", shared_views.shared_picture, name="shared-picture"),
    path("shared/<str:token>/revoke/", shared_views.revoke, name="shared-revoke"),
    path("people/<id:person_id>/", views.person, name="person"),
    re_path(
        r"^pictures/(?P<key>[0-9a-f]{32}-[1-9][0-9]{2})-(?P<width>[1-9][0-9]{2})\.webp$",
        views.picture,
        name="picture",
    ),
    path("movies/<id:movie_id>/rate/", views.rate, name="rate"),
    path("movies/<id:movie_id>/mark/", views.mark, name="mark"),
    path("movies/<id:movie_id>/opinion/", views.opinion, name="opinion"),
    path("opinions/", views.opinions, name="opinions"),
    path("find/", views.find, name="find"),
    path("picks/", views.picks, name="picks"),
    path("lists/", views.lists, name="lists"),
    path("import/", import_pages.bring, name="import"),
    path("import/<id:import_id>/", import_pages.show, name="import-show"),
    path("import/<id:import_id>/rows/<id:row_id>/", import_pages.row_film, name="import-row"),
    path("import/<id:import_id>/answer/", import_pages.answer, name="import-answer"),
    path("import/<id:import_id>/accept/", import_pages.accept, name="import-accept"),
    path("import/<id:import_id>/keep/", import_pages.keep, name="import-keep"),
    path("import/<id:import_id>/cancel/", import_pages.cancel, name="import-cancel"),
    path("import/<id:import_id>/undo/", import_pages.undo, name="import-undo"),
    path("import/<id:import_id>/delete/", import_pages.delete, name="import-delete"),
    path("import/<id:import_id>/report.csv", import_pages.report, name="import-report"),
]
