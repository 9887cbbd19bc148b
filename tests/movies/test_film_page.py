import pytest
from django.conf import settings
from django.core.checks import run_checks
from django.test import override_settings
from django.urls import reverse

from movies.links import film_links
from movies.models import Role
from tests import cast

pytestmark = pytest.mark.django_db


@pytest.fixture
def heat():
    film = cast.movie(
        *("Heat", 1995, "Crime"),
        runtime_minutes=170,
        countries=["United States"],
        languages=["English"],
        awards="Nominated for 1 Oscar.",
        imdb_id="tt0113277",
        facts_source="wikidata",
    )
    cast.credit(film, "Michael Mann")
    cast.credit(film, "Al Pacino", Role.CAST)
    return film


def page(client, film):
    return client.get(film.get_absolute_url()).content.decode()


def test_a_film_shows_its_people_facts_and_sources(client, heat):
    text = page(client, heat)
    for part in ("2 h 50 min", "United States", "English", "Nominated for 1 Oscar.", "Al Pacino"):
        assert part in text
    director = heat.credits.get(role=Role.DIRECTOR).person
    assert f'href="{director.get_absolute_url()}"' in text
    assert "creativecommons.org/publicdomain/zero" in text


def test_a_film_without_facts_shows_no_empty_label(client):
    text = page(client, cast.movie("Tape", 2001))
    for label in ("Directed by", "With", "Language", "Awards", "Also by"):
        assert f">{label}" not in text
    assert "film--bare" in text


def test_other_films_of_the_director_follow(client, heat):
    other = cast.movie("Collateral", 2004)
    cast.credit(other, "Michael Mann")
    text = page(client, heat)
    assert "Also by <bdi>Michael Mann</bdi>" in text
    assert other.get_absolute_url() in text


def test_a_person_has_a_page_with_films_by_role(client, heat):
    person = heat.credits.get(role=Role.DIRECTOR).person
    cast.credit(heat, "Michael Mann", Role.WRITER)
    text = client.get(person.get_absolute_url()).content.decode()
    assert "As director" in text
    assert "As writer" in text
    assert "As actor" not in text
    assert client.get(reverse("movies:person", args=[10**9])).status_code == 404


def test_links_need_their_fields_and_quote_them(heat):
    names = [link.name for link in film_links(heat)]
    assert "IMDb" in names
    assert "TMDB" not in names
    odd = cast.movie("What? & Why/", 2001)
    with override_settings(FILM_LINKS=["Shop=https://shop.example/?q={title}"]):
        assert film_links(odd)[0].url == "https://shop.example/?q=What%3F%20%26%20Why%2F"


@pytest.mark.parametrize(
    "entry", ["https://x.example/{title}", "X=http://x.example", "X=https://x/{id}", "X=https://{"]
)
def test_a_link_that_cannot_be_used_is_an_error_at_start(entry):
    assert not [error for error in run_checks() if error.id == "recsite.E005"]
    with override_settings(FILM_LINKS=[*settings.FILM_LINKS, entry]):
        assert [error for error in run_checks() if error.id == "recsite.E005"]


def test_a_shared_link_has_a_picture_and_a_title(client, heat):
    text = page(client, heat)
    address = reverse("movies:share-picture", args=[heat.pk])
    assert 'property="og:title" content="Heat (1995)"' in text
    assert f'content="http://testserver{address}"' in text
    picture = client.get(address)
    assert picture["Content-Type"] == "image/png"
    assert picture.content.startswith(b"\x89PNG")
    assert client.get(address, headers={"if-none-match": picture["ETag"]}).status_code == 304


def test_a_title_of_another_script_still_has_a_picture(client):
    film = cast.movie("七人の侍", 1954)
    assert client.get(reverse("movies:share-picture", args=[film.pk])).status_code == 200


def test_a_rated_film_offers_no_reason_to_watch_it(client, heat):
    client.post(reverse("movies:rate", args=[heat.pk]), {"stars": "4"})
    assert "Why it fits you" not in page(client, heat)


@pytest.mark.parametrize(("n_ratings", "is_shown"), [(1, False), (4, False), (5, True)])
def test_a_mean_rating_is_shown_from_five_ratings_on(client, heat, n_ratings, is_shown):
    for n in range(n_ratings):
        cast.rated(cast.member(f"member{n}"), (heat, 5))
    text = " ".join(page(client, heat).split())
    assert ("5.0 / 5" in text) == is_shown
    assert f"{n_ratings} rating" in text
    cards = client.get(reverse("movies:browse")).content.decode()
    assert ('class="card__mean"' in cards) == is_shown
