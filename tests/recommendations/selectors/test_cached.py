from collections.abc import Callable

import pytest
from django.core.cache import cache
from django.test import Client
from pytest_django import DjangoAssertNumQueries, DjangoCaptureOnCommitCallbacks
from pytest_django.fixtures import Settings

from accounts.models import User
from accounts.services import token_create
from movies.models import ListKind, Movie
from movies.services.lists import list_add, list_remove
from movies.services.ratings import rating_clear, rating_set
from recommendations.selectors.cached import Answer, recommendations_cached
from recommendations.selectors.recommendations import NO_REFINEMENT, Refinement
from recommendations.serving import registry as serving
from recommendations.training.models import ModelRun
from recommendations.training.services.activation import run_activate
from tests import cast
from tests.recommendations.toy import ToyWorld

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("servers")]

URL = "/api/v1/recommendations/"


@pytest.fixture(autouse=True)
def _empty_cache(servers: None) -> None:
    cache.clear()


@pytest.fixture
def ada(world: ToyWorld, active: ModelRun) -> User:
    ada = cast.member()
    cast.rated(ada, (world.films["Comedy"][0], 5))
    return ada


class Asking:
    """Asks for a person's films, and counts how often they had to be ranked."""

    def __init__(self, user: User) -> None:
        self.user = user
        self.n_ranked = 0

    def __call__(
        self, k: int = 5, refinement: Refinement = NO_REFINEMENT, variant: str = ""
    ) -> Answer:
        def render(_found: object) -> bytes:
            self.n_ranked += 1
            return b"%d" % self.n_ranked

        return recommendations_cached(self.user, k, refinement, variant=variant, render=render)


@pytest.fixture
def ask(ada: User) -> Asking:
    ask = Asking(ada)
    ask()
    return ask


def test_what_has_not_changed_is_not_ranked_again(ask: Asking):
    first, second = ask(), ask()
    assert ask.n_ranked == 1
    assert first == second
    assert len(first.movie_ids) == 5


def change_rating(ada: User, films: list[Movie]) -> None:
    rating_set(user=ada, movie=films[0], half_stars=2)


def rate_another(ada: User, films: list[Movie]) -> None:
    rating_set(user=ada, movie=films[3], half_stars=10)


def take_back(ada: User, films: list[Movie]) -> None:
    rating_clear(user=ada, movie=films[0])


def swap(ada: User, films: list[Movie]) -> None:
    rating_clear(user=ada, movie=films[0])
    rating_set(user=ada, movie=films[1], half_stars=10)


def hide(ada: User, films: list[Movie]) -> None:
    list_add(user=ada, movie=films[5], kind=ListKind.NOT_INTERESTED)


@pytest.mark.parametrize("change", [change_rating, rate_another, take_back, swap, hide])
def test_whatever_the_person_changes_is_seen_at_once(
    world: ToyWorld, ada: User, ask: Asking, change: Callable[[User, list[Movie]], None]
):
    before = ask()
    change(ada, world.films["Comedy"])
    assert ask().etag != before.etag
    assert ask.n_ranked == 2


def test_a_change_that_is_undone_leaves_the_same_films(world: ToyWorld, ada: User, ask: Asking):
    film = world.films["Comedy"][5]
    list_add(user=ada, movie=film, kind=ListKind.NOT_INTERESTED)
    list_remove(user=ada, movie=film, kind=ListKind.NOT_INTERESTED)
    ask()
    assert ask.n_ranked == 1


def test_what_others_do_changes_nothing(world: ToyWorld, ask: Asking):
    cast.rated(cast.member("bob"), (world.films["Horror"][0], 5))
    ask()
    assert ask.n_ranked == 1


def test_another_question_is_another_answer(ask: Asking):
    ask(k=6)
    ask(refinement=Refinement(genres=("Comedy",)))
    ask(refinement=Refinement(exclude=frozenset({1, 2})))
    ask(variant="https://films.example/")
    assert ask.n_ranked == 5
    ask(refinement=Refinement(exclude=frozenset({2, 1})))
    assert ask.n_ranked == 5


def test_another_model_is_another_answer(ask: Asking, trained: Callable[[], ModelRun]):
    run_activate(run=trained(), activated_by=None)
    serving.forget_active_model()
    ask()
    assert ask.n_ranked == 2


@pytest.mark.parametrize("what", ["title", "genres", "delete", "add"])
def test_a_change_of_the_catalogue_is_seen_at_once(
    world: ToyWorld,
    ask: Asking,
    what: str,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
):
    film = world.films["Comedy"][4]
    before = ask()
    with django_capture_on_commit_callbacks(execute=True):
        if what == "title":
            film.title = "Another"
            film.save()
        elif what == "genres":
            film.genres.clear()
        elif what == "delete":
            film.delete()
        else:
            cast.movie("New")
    assert ask().etag != before.etag
    assert ask.n_ranked == 2


def test_without_the_cache_there_is_an_answer_all_the_same(ask: Asking, settings: Settings):
    settings.CACHES = settings.CACHES | {
        "default": settings.CACHES["default"] | {"LOCATION": "redis://127.0.0.1:1/0"}
    }
    assert len(ask().movie_ids) == 5
    assert len(ask().movie_ids) == 5
    assert ask.n_ranked == 3


def test_over_the_api_a_ready_answer_costs_two_queries_whatever_the_number_of_ratings(
    client: Client,
    world: ToyWorld,
    ada: User,
    django_assert_num_queries: DjangoAssertNumQueries,
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setattr(serving, "RECHECK_SECONDS", 1e9)  # else now and then one for the model
    serving.forget_active_model()
    headers = {"Authorization": f"Bearer {token_create(user=ada, name='test', scopes=['read'])[1]}"}
    for film in world.films["Horror"][:9]:
        rating_set(user=ada, movie=film, half_stars=7)
        first = client.get(URL, headers=headers)
        with django_assert_num_queries(2):  # the token with its owner, the state of their ratings
            again = client.get(URL, headers=headers)
        assert again.content == first.content
        known = client.get(URL, headers=headers | {"If-None-Match": first["ETag"]})
        assert (known.status_code, known.content) == (304, b"")
    assert again.json()["results"][0]["reasons"]
