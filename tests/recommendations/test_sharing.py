import pytest
from django.urls import reverse

from movies.models import SharedPage
from tests import cast

pytestmark = pytest.mark.django_db


@pytest.fixture
def shelf():
    return [cast.movie(f"Film {n}", 1980 + n, "Sci-Fi") for n in range(4)]


def share(client, kind, **fields):
    return client.post(reverse("recommendations:share", args=[kind]), fields)


def rate(client, film, stars="5"):
    client.post(reverse("movies:rate", args=[film.pk]), {"stars": stars})


@pytest.mark.parametrize("is_member", [True, False])
def test_a_taste_is_shared_seen_by_others_and_revoked(client, other_client, shelf, is_member):
    if is_member:
        client.force_login(cast.member())
    rate(client, shelf[0])
    address = share(client, "taste")["Location"]
    assert "Stop sharing" in client.get(address).content.decode()
    seen = other_client.get(address).content.decode()
    assert "My rarest favourite: Film 0." in seen
    assert "Stop sharing" not in seen
    page = SharedPage.objects.get()
    picture = reverse("movies:shared-picture", args=[page.token])
    assert f'content="http://testserver{picture}"' in seen
    assert other_client.get(picture).content.startswith(b"\x89PNG")
    revoke = reverse("movies:shared-revoke", args=[page.token])
    other_client.post(revoke)
    assert other_client.get(address).status_code == 200
    client.post(revoke)
    assert [one.get(address).status_code for one in (client, other_client)] == [404, 404]


@pytest.fixture
def other_client(client):
    return type(client)()


def test_a_ten_is_shared_as_it_stands_on_the_page(client, shelf):
    ids = ",".join(str(film.pk) for film in shelf[:2])
    address = share(client, "ten", ids=f"{ids},x,999999999999")["Location"]
    assert SharedPage.objects.get().movie_ids == [film.pk for film in shelf[:2]]
    assert share(client, "ten", ids=ids)["Location"] == address
    picture = reverse("movies:shared-picture", args=[SharedPage.objects.get().token])
    assert client.get(picture).status_code == 200


def test_without_ids_the_visitors_own_ten_is_shared(client, shelf):
    share(client, "ten")
    assert set(SharedPage.objects.get().movie_ids) == {film.pk for film in shelf}


def test_the_oldest_links_go_when_there_are_many(client, shelf, monkeypatch):
    monkeypatch.setattr("movies.services.sharing.MAX_PAGES", 2)
    addresses = [share(client, "ten", ids=str(film.pk))["Location"] for film in shelf[:3]]
    assert [client.get(one).status_code for one in addresses] == [404, 200, 200]


def test_nothing_else_can_be_shared(client):
    assert share(client, "secrets").status_code == 404
    assert client.get(reverse("recommendations:share", args=["ten"])).status_code == 405
