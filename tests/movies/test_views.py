import json
import re

import pytest
from django.contrib.messages import get_messages
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from movies.models import ListKind
from movies.opinions import FilmState
from movies.visitors import Member
from recommendations.serving.registry import forget_active_model
from tests import cast

pytestmark = pytest.mark.django_db

HTMX = {"HTTP_HX_REQUEST": "true"}


@pytest.fixture
def heat():
    return cast.movie("Heat", 1995, "Crime", "Drama")


@pytest.fixture
def ada(client):
    ada = cast.member()
    client.force_login(ada)
    return ada


def rate_url(movie):
    return reverse("movies:rate", args=[movie.pk])


def mark_url(movie):
    return reverse("movies:mark", args=[movie.pk])


def opinion_url(movie):
    return reverse("movies:opinion", args=[movie.pk])


def said(response):
    return [str(message) for message in get_messages(response.wsgi_request)]


class TestBrowse:
    url = "/movies/"

    def test_films_are_listed_and_searched_and_narrowed(self, client, heat):
        cast.movie("Alien", 1979, "Horror")
        assert client.get(self.url).context["n_results"] == 2
        response = client.get(self.url, {"q": "hea", "genre": "crime", "sort": "title"})
        assert response.context["films"] == [heat]
        assert response.context["query"] == "hea"
        assert response.context["genre"].name == "Crime"
        assert client.get(self.url, {"q": "hea", "genre": "horror"}).context["n_results"] == 0

    @pytest.mark.parametrize("page", ["1", "2", "99", "-1", "x", ""])
    def test_any_page_is_answered(self, client, page, monkeypatch):
        monkeypatch.setattr("movies.views.FILMS_PER_PAGE", 1)
        for title in ("A", "B"):
            cast.movie(title)
        response = client.get(self.url, {"page": page})
        assert response.status_code == 200
        assert len(response.context["films"]) == 1

    @pytest.mark.parametrize("genre", ["nothing", "\0", "' OR 1=1"])
    def test_a_genre_that_does_not_exist_is_ignored(self, client, heat, genre):
        response = client.get(self.url, {"genre": genre})
        assert response.status_code == 200
        assert "Heat" in response.content.decode()

    @pytest.mark.parametrize("decade", ["1800", "x", "\0", "199"])
    def test_a_decade_without_films_is_ignored(self, client, heat, decade):
        response = client.get(self.url, {"decade": decade})
        assert response.status_code == 200
        assert "Heat" in response.content.decode()

    def test_a_decade_narrows_it(self, client, heat):
        cast.movie("Alien", 1979)
        cast.movie("Undated", None)
        response = client.get(self.url, {"decade": "1990"})
        assert response.context["films"] == [heat]
        assert response.context["decades"] == [1990, 1980, 1970]
        assert "1990s" in response.content.decode()

    def test_an_address_holds_as_many_pages_as_were_seen(self, client, monkeypatch):
        monkeypatch.setattr("movies.views.FILMS_PER_PAGE", 2)
        monkeypatch.setattr("movies.views.MAX_PAGES_AT_ONCE", 3)
        films = [cast.movie(f"Film {i}") for i in range(9)]
        for address, shown in {
            "?through=2": films[:4],
            "?page=2&through=3": films[2:6],
            "?page=3&through=1": films[4:6],
            "?through=x": films[:2],
            "?through=5": films[:6],  # no more than three at once
            "?page=9": films[8:],
        }.items():
            assert client.get(self.url + address).context["films"] == shown

    def test_htmx_gets_the_next_films_alone_and_an_address_to_come_back_to(
        self, client, monkeypatch
    ):
        monkeypatch.setattr("movies.views.FILMS_PER_PAGE", 2)
        films = [cast.movie(f"Film {i}") for i in range(5)]
        more = HTMX | {"HTTP_HX_TARGET": "more"}
        response = client.get(self.url, {"sort": "popular", "genre": "", "through": "2"}, **more)
        assert response.context["films"] == films[2:4]
        assert "search" not in response.content.decode()
        assert "2 more films: 4 of 5" in response.content.decode()
        assert response["HX-Replace-Url"] == "/movies/?sort=popular&through=2"
        last = client.get(self.url, {"through": "3"}, **more).content.decode()
        assert "1 more film: 5 of 5" in last
        assert "You've reached the end." in last

    def test_coming_back_within_the_page_gives_the_whole_page(self, client, heat):
        response = client.get(self.url, **HTMX, HTTP_HX_HISTORY_RESTORE_REQUEST="true")
        assert "<html" in response.content.decode()

    @pytest.mark.parametrize("query", ["\0", "'", "x" * 3000, "&|!:*"])
    def test_any_query_is_answered(self, client, heat, query):
        assert client.get(self.url, {"q": query}).context["n_results"] == 0

    def test_htmx_gets_the_results_alone(self, client, heat):
        response = client.get(self.url, **HTMX)
        assert "<html" not in response.content.decode()
        assert "HX-Request" in response.headers["Vary"]

    def test_a_page_costs_as_many_queries_for_many_films_as_for_one(
        self, client, ada, heat, django_assert_num_queries
    ):
        cast.rated(ada, (heat, 4))
        client.get(self.url)
        for i in range(10):
            cast.movie(f"Film {i}", 1990, "Drama")
        with django_assert_num_queries(
            9
        ):  # session, user, genres, decades, count, films, theirs; ada's 2
            client.get(self.url)


class TestDetail:
    def test_the_visitors_opinion_of_the_film_is_there(self, client, ada, heat):
        cast.rated(ada, (heat, 3.5))
        Member(ada).mark(heat, ListKind.WATCH_LATER)
        context = client.get(heat.get_absolute_url()).context
        assert context["movie"] == heat
        assert context["half_stars"] == 7
        assert context["stars"] == 3.5
        assert context["on_watch_later"] is True
        assert context["is_not_interested"] is False

    def test_a_film_of_many_genres_and_ratings_costs_as_many_queries_as_another(
        self, client, ada, heat, monkeypatch
    ):
        # Asked once, the active model is not asked for again, however slow the machine is.
        monkeypatch.setattr("recommendations.serving.registry.RECHECK_SECONDS", 3600)
        forget_active_model()
        busy = cast.movie("Busy", 2000, *"ABCDEFGH")
        cast.rated(ada, (busy, 3), (heat, 4))
        for i in range(5):
            cast.rated(cast.member(f"member{i}"), (busy, 3))
        client.get(heat.get_absolute_url())
        with CaptureQueriesContext(connection) as plain:
            client.get(heat.get_absolute_url())
        with CaptureQueriesContext(connection) as full:
            client.get(busy.get_absolute_url())
        assert len(full) == len(plain) <= 10
        forget_active_model()

    @pytest.mark.parametrize("movie_id", [10**9, 10**30])
    def test_an_unknown_film_is_not_found(self, client, movie_id):
        def address(name: str) -> str:
            return reverse(name, args=[1]).replace("/1/", f"/{movie_id}/")

        for name in ("movies:detail", "movies:poster"):
            assert client.get(address(name)).status_code == 404
        for name in ("movies:rate", "movies:mark"):
            assert client.post(address(name)).status_code == 404


class TestPoster:
    def test_it_is_an_svg_that_anybody_may_keep(self, client, heat):
        response = client.get(heat.poster_url)
        assert response["Content-Type"] == "image/svg+xml"
        assert response.content.startswith(b"<svg")
        assert "public" in response["Cache-Control"]
        assert "Cookie" not in response.get("Vary", "")

    def test_it_is_not_sent_again_until_it_changes(self, client, heat):
        etag = client.get(heat.poster_url)["ETag"]
        again = client.get(heat.poster_url, HTTP_IF_NONE_MATCH=etag)
        assert again.status_code == 304
        assert again.content == b""
        heat.title = "Collateral"
        heat.save()
        assert client.get(heat.poster_url, HTTP_IF_NONE_MATCH=etag).status_code == 200

    def test_it_costs_two_queries(self, client, heat, django_assert_num_queries):
        with django_assert_num_queries(2):
            client.get(heat.poster_url)


class TestRate:
    @pytest.mark.parametrize(("stars", "half_stars"), [("0.5", 1), ("4.5", 9), ("5", 10)])
    def test_a_member_rates(self, client, ada, heat, stars, half_stars):
        response = client.post(rate_url(heat), {"stars": stars})
        assert response.status_code == 302
        assert response["Location"] == heat.get_absolute_url()
        assert Member(ada).ratings() == {heat.pk: half_stars}
        assert said(response) == [f"You gave Heat (1995) {stars} stars."]

    def test_a_stranger_rates_in_the_session(self, client, heat):
        client.post(rate_url(heat), {"stars": "4"})
        assert client.session["ratings"] == {str(heat.pk): 8}
        assert client.get(heat.get_absolute_url()).context["stars"] == 4

    def test_an_empty_field_takes_the_rating_back(self, client, ada, heat):
        cast.rated(ada, (heat, 4))
        client.post(rate_url(heat), {"stars": ""})
        assert Member(ada).ratings() == {}

    @pytest.mark.parametrize("form", [{"stars": "7"}, {"stars": "3.3"}, {"stars": "x"}, {}])
    def test_a_mistake_is_named_and_loses_nothing(self, client, ada, heat, form):
        cast.rated(ada, (heat, 4))
        response = client.post(rate_url(heat), form)
        assert said(response) == ["A rating goes from half a star to five stars, in halves."]
        partial = client.post(rate_url(heat), form, **HTMX)
        assert "from half a star to five stars" in partial.content.decode()
        assert "HX-Trigger" not in partial
        assert Member(ada).ratings() == {heat.pk: 8}

    def test_htmx_gets_the_films_controls_and_an_event(self, client, ada, heat):
        response = client.post(rate_url(heat), {"stars": "4.5"}, **HTMX)
        assert response.context["half_stars"] == 9
        assert "ratings-changed" in response["HX-Trigger"]
        assert "<html" not in response.content.decode()

    @pytest.mark.parametrize(
        "elsewhere",
        ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)", ""],
    )
    def test_nobody_is_sent_to_another_site(self, client, heat, elsewhere):
        response = client.post(rate_url(heat), {"stars": "4", "next": elsewhere})
        assert response["Location"] == heat.get_absolute_url()

    def test_one_comes_back_to_where_the_form_was(self, client, heat):
        response = client.post(rate_url(heat), {"stars": "4", "next": "/lists/?page=2"})
        assert response["Location"] == "/lists/?page=2"


class TestMark:
    def test_a_film_is_put_on_a_list_and_taken_off(self, client, ada, heat):
        response = client.post(mark_url(heat), {"kind": "watch_later", "on": "1"})
        assert said(response) == ["Added Heat (1995) to Watch later."]
        assert Member(ada).watch_later() == {heat.pk}
        response = client.post(mark_url(heat), {"kind": "watch_later", "on": "0"}, **HTMX)
        assert "lists-changed" in response["HX-Trigger"]
        assert Member(ada).watch_later() == set()

    @pytest.mark.parametrize("kind", ["", "nonsense"])
    def test_an_unknown_list_is_named_as_the_mistake(self, client, ada, heat, kind):
        response = client.post(mark_url(heat), {"kind": kind, "on": "1"})
        assert said(response) == ["There is no such list."]


class TestOpinion:
    @pytest.mark.parametrize(
        ("choice", "state"),
        [
            ("loved", FilmState(9)),
            ("seen", FilmState(kind=ListKind.SEEN)),
            ("not_interested", FilmState(kind=ListKind.NOT_INTERESTED)),
            ("watch_later", FilmState(3, ListKind.WATCH_LATER)),
            ("none", FilmState()),
        ],
    )
    def test_a_button_sets_one_state_and_undo_restores_the_one_before(
        self, client, ada, heat, choice, state
    ):
        cast.rated(ada, (heat, 1.5))
        response = client.post(opinion_url(heat), {"opinion": choice}, **HTMX)
        assert response.status_code == 204
        assert Member(ada).state(heat.pk) == state
        events = json.loads(response["HX-Trigger"])
        assert events["done"]["undo"]["restore"] == "3:"
        assert {"ratings-changed", "lists-changed"} <= events.keys()
        client.post(opinion_url(heat), {"restore": "3:"}, **HTMX)
        assert Member(ada).state(heat.pk) == FilmState(3)

    @pytest.mark.parametrize("half_stars", range(1, 7))
    def test_a_film_below_three_and_a_half_stars_never_wears_a_heart(
        self, client, ada, heat, half_stars
    ):
        cast.rated(ada, (heat, half_stars / 2))
        page = client.get("/movies/").content.decode()
        assert 'data-opinion="seen"' in page
        assert not re.search(r'aria-pressed="true"[^>]*data-choice="loved"', page)

    @pytest.mark.parametrize("is_member", [True, False])
    def test_not_interested_and_a_rating_exclude_each_other(self, client, heat, is_member):
        if is_member:
            client.force_login(cast.member("ada"))

        def state():
            page = client.get(f"/movies/{heat.pk}/")
            return page.context["half_stars"], page.context["is_not_interested"]

        client.post(rate_url(heat), {"stars": "5"})
        assert state() == (10, False)
        client.post(mark_url(heat), {"kind": "not_interested", "on": "1"})
        assert state() == (None, True)
        client.post(rate_url(heat), {"stars": "2"})
        assert state() == (4, False)

    def test_a_rating_takes_the_film_off_every_list(self, client, ada, heat):
        Member(ada).mark(heat, ListKind.NOT_INTERESTED)
        client.post(rate_url(heat), {"stars": "5"})
        assert Member(ada).state(heat.pk) == FilmState(10)

    @pytest.mark.parametrize("form", [{}, {"opinion": "x"}, {"restore": "11:"}, {"restore": ":x"}])
    def test_a_mistake_changes_nothing(self, client, ada, heat, form):
        cast.rated(ada, (heat, 4))
        response = client.post(opinion_url(heat), form, **HTMX)
        assert json.loads(response["HX-Trigger"]) == {
            "not-saved": {"text": "There is no such opinion."}
        }
        assert Member(ada).ratings() == {heat.pk: 8}

    def test_presses_that_waited_are_saved_in_their_order(self, client, heat):
        alien, jaws = cast.movie("Alien", 1979), cast.movie("Jaws", 1975)
        presses = [(heat, "loved"), (alien, "seen"), (heat, "none"), (jaws, "watch_later")]
        waiting = ",".join(f"{film.pk}:{choice}" for film, choice in presses)
        wrong = f"x:loved,,{'9' * 30}:loved,999999:loved,{heat.pk}:no_such,{jaws.pk}"
        response = client.post("/opinions/", {"opinions": f"{wrong},{waiting}"})
        assert response.status_code == 204
        assert client.session["ratings"] == {}
        context = client.get("/lists/").context
        assert (context["seen"], context["watch_later"]) == ([alien], [jaws])

    def test_an_anonymous_visitor_clears_all_picks_and_puts_them_back(self, client, heat):
        client.post(opinion_url(heat), {"opinion": "loved"})
        client.post("/picks/", {"clear": "1"})
        assert client.session["ratings"] == {}
        client.post("/picks/", {"restore": "1"})
        assert client.session["ratings"] == {str(heat.pk): 9}

    def test_clear_does_not_delete_a_members_ratings(self, client, ada, heat):
        cast.rated(ada, (heat, 4))
        client.post("/picks/", {"clear": "1"})
        assert Member(ada).ratings() == {heat.pk: 8}


class TestFind:
    def test_a_few_letters_find_films_to_pick(self, client, heat):
        response = client.get("/find/", {"q": "hea"}, **HTMX)
        assert response.context["films"] == [heat]
        assert opinion_url(heat) in response.content.decode()
        assert client.get("/find/", {"q": " "}).context["films"] == []


class TestLists:
    def test_a_strangers_lists_are_shown(self, client, heat):
        alien, jaws = cast.movie("Alien", 1979), cast.movie("Jaws", 1975)
        client.post(mark_url(heat), {"kind": "watch_later", "on": "1"})
        client.post(rate_url(alien), {"stars": "2"})
        client.post(mark_url(jaws), {"kind": "not_interested", "on": "1"})
        context = client.get("/lists/").context
        assert context["watch_later"] == [heat]
        assert context["not_interested"] == [jaws]
        assert [(r.movie, r.stars) for r in context["ratings"]] == [(alien, 2.0)]

    def test_a_film_taken_off_a_list_can_be_put_back_without_a_script(self, client, ada, heat):
        Member(ada).mark(heat, ListKind.WATCH_LATER)
        form = {"opinion": "not_later", "next": "/lists/"}
        page = client.post(opinion_url(heat), form, follow=True)
        assert page.context["watch_later"] == []
        assert 'value=":watch_later">Undo' in page.content.decode()
        client.post(opinion_url(heat), {"restore": ":watch_later", "next": "/lists/"})
        assert client.get("/lists/").context["watch_later"] == [heat]

    def test_seen_films_have_a_list_of_their_own(self, client, ada, heat):
        client.post(opinion_url(heat), {"opinion": "seen"})
        assert client.get("/lists/").context["seen"] == [heat]

    def test_lists_are_sorted_as_one_likes(self, client, ada, heat):
        films = [heat, cast.movie("Alien", 1979), cast.movie("Babe", 2001)]
        for film in films:
            Member(ada).mark(film, ListKind.WATCH_LATER)

        def titles(sort):
            context = client.get("/lists/", {"sort": sort}).context
            return [movie.title for movie in context["watch_later"]]

        assert titles("newest") == ["Babe", "Heat", "Alien"]
        assert titles("x") == titles("title") == ["Alien", "Babe", "Heat"]

    def test_a_rating_is_changed_where_it_stands(self, client, ada, heat):
        cast.rated(ada, (heat, 3))
        page = client.get("/lists/").content.decode()
        assert heat.poster_url in page
        assert f'id="stars-{heat.pk}-6"' in page
        answer = client.post(rate_url(heat), {"stars": "4", "own_marks": "1"}, **HTMX)
        assert Member(ada).ratings() == {heat.pk: 8}
        assert 'name="own_marks"' in answer.content.decode()
        assert "opinion__lists" not in answer.content.decode()

    def test_the_page_costs_as_many_queries_for_many_films_as_for_one(
        self, client, ada, heat, django_assert_num_queries
    ):
        member = Member(ada)
        films = [heat, *(cast.movie(f"Film {i}", 1990, "Drama") for i in range(20))]
        cast.rated(ada, *((film, 3) for film in films))
        for film in films[:10]:
            member.mark(film, ListKind.WATCH_LATER)
        for film in films[10:]:
            member.mark(film, ListKind.NOT_INTERESTED)
        with django_assert_num_queries(10):  # one of them finds the links that ada shares
            client.get("/lists/")


@pytest.mark.parametrize("name", ["movies:rate", "movies:mark", "movies:opinion"])
class TestWrites:
    def test_reading_does_not_write(self, client, heat, name):
        assert client.get(reverse(name, args=[heat.pk])).status_code == 405

    def test_a_form_of_another_site_is_refused(self, heat, name, strict_client):
        url = reverse(name, args=[heat.pk])
        assert strict_client.post(url, {"stars": "4"}).status_code == 403


@pytest.fixture
def strict_client():
    from django.test import Client

    return Client(enforce_csrf_checks=True)


@pytest.mark.django_db
def test_genres_are_german_for_germans_and_others_keep_their_name(client):
    film = cast.movie("Heat", 1995, "War", "Nordic Noir")
    for address in (f"/movies/{film.pk}/", "/movies/", "/movies/?genre=war"):
        page = client.get(address, headers={"Accept-Language": "de"}).content.decode()
        assert "Kriegsfilm" in page
        assert ">War<" not in page
    page = client.get("/movies/", headers={"Accept-Language": "de"}).content.decode()
    assert "Nordic Noir" in page
    assert ">War<" in client.get("/movies/").content.decode()
