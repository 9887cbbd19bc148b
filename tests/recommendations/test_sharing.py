import re
from html import unescape

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


@pytest.mark.parametrize("is_member", [True, False])
def test_the_ten_of_the_home_page_are_shared_from_there_and_revoked_on_the_lists(
    client, other_client, world, active, monkeypatch, is_member
):
    monkeypatch.setattr("recommendations.pages.home.N_POSTERS", 12)
    if is_member:
        client.force_login(cast.member())
    assert "Share my ten" not in client.get("/").content.decode()
    rate(client, world.films["Comedy"][0])
    html = client.get("/").content.decode()
    shown = html[html.index('id="your-ten"') :]
    ten = re.findall(r'class="ten__film"\s+data-movie-id="(\d+)"', shown)
    form = shown[: shown.index("Share my ten")].rpartition("<form")[2]
    ids = re.search(r'name="ids"\s+value="([^"]*)"', form)
    assert ids
    assert ids[1] == ",".join(ten)
    assert len(ten) == 10
    address = client.post(re.search(r'action="([^"]*)"', form)[1], {"ids": ids[1]})["Location"]
    seen = unescape(other_client.get(address).content.decode())
    assert re.findall(r'class="card"\s+data-movie-id="(\d+)"', seen) == ten
    picture = re.search(r'property="og:image"\s+content="http://testserver([^"]*)"', seen)[1]
    assert other_client.get(picture).content.startswith(b"\x89PNG")
    assert address not in other_client.get(reverse("movies:lists")).content.decode()
    lists = client.get(reverse("movies:lists")).content.decode()
    assert address in lists
    client.post(re.search(r'action="(/shared/[^"]*/revoke/)"', lists)[1])
    assert other_client.get(address).status_code == other_client.get(picture).status_code == 404
    assert address not in client.get(reverse("movies:lists")).content.decode()


def test_a_link_made_before_signing_up_can_be_revoked_after_it(client, shelf):
    address = share(client, "ten", ids=str(shelf[0].pk))["Location"]
    fields = {"username": "lovelace", "password1": cast.PASSWORD, "password2": cast.PASSWORD}
    client.post(reverse("account_signup"), fields)
    assert client.session.get("_auth_user_id")
    assert "Stop sharing" in client.get(address).content.decode()
    client.post(f"{address}revoke/")
    assert client.get(address).status_code == 404
