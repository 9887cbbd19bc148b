import io
import json
import zipfile

import pytest
from django.contrib.messages import get_messages

from accounts.models import User
from movies.models import ListEntry, ListKind, Rating
from movies.visitors import Member
from tests import cast

pytestmark = pytest.mark.django_db


@pytest.fixture
def ada(client):
    ada = cast.member("ada", email="ada@example.org")
    client.force_login(ada)
    return ada


class TestProfile:
    url = "/accounts/profile/"

    def test_it_says_how_much_is_kept(self, client, ada):
        heat, alien = cast.movie("Heat"), cast.movie("Alien", 1979)
        cast.rated(ada, (heat, 4), (alien, 3))
        Member(ada).mark(heat, ListKind.WATCH_LATER)
        counts = dict(client.get(self.url).context["counts"])
        assert counts["Ratings"] == 2
        assert counts["Films on lists"] == 1

    def test_a_member_changes_the_name(self, client, ada):
        assert client.post(self.url, {"username": "countess"})["Location"] == self.url
        ada.refresh_from_db()
        assert ada.username == "countess"

    @pytest.mark.parametrize("name", ["", "bob", "ml-test:1", "x" * 200])
    def test_a_name_that_cannot_be_is_refused_and_the_old_one_stays(self, client, ada, name):
        cast.member("bob")
        response = client.post(self.url, {"username": name})
        assert response.context["form"].errors["username"]
        assert response.context["user"].username == "ada"
        ada.refresh_from_db()
        assert ada.username == "ada"

    def test_nothing_but_the_name_is_changed_by_it(self, client, ada):
        client.post(self.url, {"username": "ada", "is_staff": "on", "is_superuser": "on"})
        ada.refresh_from_db()
        assert not ada.is_staff
        assert not ada.is_superuser


class TestExport:
    url = "/accounts/export/"

    def test_it_is_a_file_with_everything_and_nothing_of_others(self, client, ada):
        heat, alien = cast.movie("Heat"), cast.movie("Alien", 1979)
        cast.rated(ada, (heat, 4.5))
        cast.rated(cast.member("bob"), (alien, 1))
        Member(ada).mark(alien, ListKind.WATCH_LATER)
        response = client.get(self.url)
        assert "attachment" in response["Content-Disposition"]
        assert "no-store" in response["Cache-Control"]
        archive = zipfile.ZipFile(io.BytesIO(response.getvalue()))
        document = json.loads(archive.read("export.json"))
        assert document["profile"]["username"] == "ada"
        assert document["profile"]["email"] == "ada@example.org"
        assert document["profile"]["email_addresses"] == []
        [rating] = document["ratings"]
        assert (rating["movie_id"], rating["title"], rating["stars"]) == (heat.pk, "Heat", 4.5)
        [entry] = document["lists"]
        assert (entry["movie_id"], entry["list"]) == (alien.pk, "watch_later")
        everything = b"".join(map(archive.read, archive.namelist())).decode()
        assert "password" not in everything
        assert "Alien" in archive.read("lists.csv").decode("utf-8-sig")

    def test_it_costs_as_many_queries_for_many_ratings_as_for_one(
        self, client, ada, django_assert_max_num_queries
    ):
        cast.rated(ada, *((cast.movie(f"Film {i}"), 3) for i in range(20)))
        with django_assert_max_num_queries(24):
            client.get(self.url).getvalue()

    def test_strangers_are_asked_to_log_in(self, client):
        assert client.get(self.url)["Location"].startswith("/accounts/login/")


class TestDelete:
    url = "/accounts/delete/"

    def test_everything_of_the_member_goes_and_the_films_totals_follow(self, client, ada):
        heat = cast.movie("Heat")
        cast.rated(ada, (heat, 4))
        cast.rated(cast.member("bob"), (heat, 2))
        Member(ada).mark(heat, ListKind.WATCH_LATER)
        response = client.post(self.url, {"password": cast.PASSWORD})
        assert response["Location"] == "/"
        assert "deleted" in str(list(get_messages(response.wsgi_request))[-1])
        assert not User.objects.filter(username="ada").exists()
        assert not ListEntry.objects.exists()
        assert Rating.objects.get().half_stars == 4
        heat.refresh_from_db()
        assert (heat.n_ratings, heat.half_stars_sum) == (1, 4)
        assert client.get("/accounts/profile/").status_code == 302

    @pytest.mark.parametrize("password", ["", "wrong"])
    def test_without_the_password_nothing_happens(self, client, ada, password):
        response = client.post(self.url, {"password": password})
        assert response.context["form"].errors["password"]
        assert User.objects.filter(username="ada").exists()

    def test_looking_at_the_page_deletes_nobody(self, client, ada):
        client.get(self.url)
        assert User.objects.filter(username="ada").exists()
