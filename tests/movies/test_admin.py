import pytest
from django.db import connection
from django.urls import reverse

from common.admin import EstimatingPaginator
from movies.models import Genre, ImportProblem, ImportReport, ListEntry, ListKind, Movie, Rating
from movies.services.imports import import_do
from movies.services.lists import list_add
from tests import cast
from tests.movies.importers import editions

pytestmark = pytest.mark.django_db


@pytest.fixture
def things():
    ada, heat = cast.member(), cast.movie("Heat", 1995, "Crime")
    [rating] = cast.rated(ada, (heat, 4))
    report = ImportReport.objects.create(source="ml-test", location="/data")
    return {
        "accounts_user": ada,
        "movies_movie": heat,
        "movies_genre": Genre.objects.get(),
        "movies_rating": rating,
        "movies_listentry": list_add(user=ada, movie=heat, kind=ListKind.WATCH_LATER),
        "movies_importreport": report,
        "movies_importproblem": ImportProblem.objects.create(
            report=report, file="ratings.csv", line_number=7, reason="unknown film 99"
        ),
    }


@pytest.mark.parametrize(
    "name",
    [
        f"{model._meta.app_label}_{model._meta.model_name}"
        for model in (Movie, Genre, Rating, ListEntry, ImportReport, ImportProblem)
    ]
    + ["accounts_user"],
)
def test_every_list_and_every_form_is_there(admin_client, things, name):
    assert admin_client.get(reverse(f"admin:{name}_changelist")).status_code == 200
    form = reverse(f"admin:{name}_change", args=[things[name].pk])
    assert admin_client.get(form).status_code == 200


def test_films_are_searched_as_on_the_site(admin_client):
    cast.movie("Amélie", 2001)
    cast.movie("Heat", 1995)
    response = admin_client.get(reverse("admin:movies_movie_changelist"), {"q": "amelie"})
    assert [str(movie) for movie in response.context["cl"].queryset] == ["Amélie (2001)"]


def test_a_rating_changed_in_the_admin_moves_the_totals(admin_client, things):
    rating = things["movies_rating"]
    url = reverse("admin:movies_rating_change", args=[rating.pk])
    form = {
        "user": rating.user_id,
        "movie": rating.movie_id,
        "half_stars": 3,
        "rated_at_0": "2026-01-01",
        "rated_at_1": "12:00:00",
    }
    assert admin_client.post(url, form).status_code == 302
    things["movies_movie"].refresh_from_db()
    assert things["movies_movie"].half_stars_sum == 3
    refused = admin_client.post(url, form | {"half_stars": 11})
    assert "from half a star to five stars" in refused.content.decode()


@pytest.mark.parametrize("name", ["movies_importreport", "movies_importproblem"])
def test_reports_are_read_not_written(admin_client, things, name):
    url = reverse(f"admin:{name}_change", args=[things[name].pk])
    assert admin_client.post(url, {"source": "x"}).status_code == 403


def test_problems_are_not_added(admin_client):
    assert admin_client.get(reverse("admin:movies_importproblem_add")).status_code == 403


def test_an_import_is_asked_for_in_the_admin(admin_client, tmp_path):
    url = reverse("admin:movies_importreport_add")
    assert "Users at most" in admin_client.get(url).content.decode()
    with editions.write_zip(tmp_path / "ml-made").open("rb") as file:
        answer = admin_client.post(url, {"kind": "movielens", "file": file, "max_users": 1})
    assert answer.status_code == 302
    report = ImportReport.objects.get()
    assert (report.status, report.started_by.username) == ("queued", "admin")
    import_do(report.pk)
    assert Rating.objects.count() == 2


def test_what_cannot_be_imported_is_refused_in_the_admins_form(admin_client):
    url = reverse("admin:movies_importreport_add")
    answer = admin_client.post(url, {"kind": "movielens", "path": "../etc"})
    assert answer.status_code == 200
    assert "This site has no folder of imports" in answer.content.decode()
    assert not ImportReport.objects.exists()


def test_waiting_imports_are_cancelled_in_the_admin(admin_client, things):
    ImportReport.objects.create(source="made", kind="movielens", status="queued")
    reports = list(ImportReport.objects.values_list("pk", flat=True))
    answer = admin_client.post(
        reverse("admin:movies_importreport_changelist"),
        {"action": "cancel", "_selected_action": reports},
        follow=True,
    ).content.decode()
    assert "is being cancelled" in answer
    assert "none of a terminal" in answer
    assert set(ImportReport.objects.values_list("status", flat=True)) == {"cancelled", "running"}


def test_members_do_not_come_in(client):
    client.force_login(cast.member())
    assert client.get(reverse("admin:index")).status_code == 302


def test_the_page_that_deletes_a_film_counts_its_ratings_and_lists_none(admin_client, things):
    movie = things["movies_movie"]
    n_ratings = Rating.objects.filter(movie=movie).count()
    url = reverse("admin:movies_movie_delete", args=[movie.pk])
    page = admin_client.get(url)
    assert dict(page.context["model_count"])["ratings"] == n_ratings > 0
    assert str(things["movies_rating"]) not in page.content.decode()
    assert admin_client.post(url, {"post": "yes"}).status_code == 302
    assert not Movie.objects.filter(pk=movie.pk).exists()


def test_a_large_table_of_ratings_is_estimated_and_a_filtered_one_counted(
    admin_client, things, monkeypatch
):
    monkeypatch.setattr(EstimatingPaginator, "ABOVE", 0)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE pg_class SET reltuples = 5000000 WHERE relname = 'movies_rating'")
    url = reverse("admin:movies_rating_changelist")
    found = admin_client.get(url).context["cl"]
    assert found.result_count == 5_000_000
    assert found.paginator.num_pages == EstimatingPaginator.MAX_PAGES
    assert admin_client.get(url, {"q": "nobody"}).context["cl"].result_count == 0
