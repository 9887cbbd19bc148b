import numpy as np
import pytest
from numpy.typing import NDArray

from ml.serving.model import History
from movies.models import Genre, ListKind
from movies.visitors import Member
from recommendations.selectors.film_facts import FilmFacts
from recommendations.selectors.for_you import RAIL_LENGTH, ForYou, best_genres, for_you
from recommendations.selectors.recommendations import NO_REFINEMENT, Refinement, for_visitor
from recommendations.training.models import ModelRun
from tests import cast
from tests.recommendations.fakes import ToyModel
from tests.recommendations.toy import ToyWorld

pytestmark = pytest.mark.django_db


def page(user, refinement: Refinement = NO_REFINEMENT) -> ForYou:
    return for_you(Member(user), list(Genre.objects.all()), refinement)


def shown(found: ForYou) -> list[int]:
    rows = [found.ten.items, *(rail.items for rail in found.rails)]
    return [item.movie.pk for row in rows for item in row]


def test_no_film_stands_on_the_page_twice_and_every_rail_is_of_its_genre(
    world: ToyWorld, active: ModelRun
):
    ada = cast.member()
    cast.rated(ada, (world.films["Comedy"][1], 5), (world.films["Horror"][2], 1))
    hidden = world.films["Horror"][-1]
    Member(ada).mark(hidden, ListKind.NOT_INTERESTED)
    found = page(ada)
    ids = shown(found)
    assert len(ids) == len(set(ids))
    assert not {hidden.pk, *Member(ada).ratings()} & set(ids)
    assert found.rails[0].genre.name == "Comedy"
    assert found.rails[0].n_liked == 1
    for rail in found.rails:
        assert len(rail.items) <= RAIL_LENGTH
        assert all(rail.genre in item.movie.genres.all() for item in rail.items)
        scores = [item.score for item in rail.items]
        assert scores == sorted(scores, reverse=True)


def test_a_film_of_a_rail_says_which_rating_raised_it_most(world: ToyWorld, active: ModelRun):
    ada = cast.member()
    first, second = world.films["Comedy"][1:3]
    cast.rated(ada, (first, 4), (second, 5))
    item = page(ada).rails[0].items[0]
    assert [(reason.movie, reason.half_stars) for reason in item.reasons] == [(second, 10)]


def test_rails_keep_to_what_was_asked(world: ToyWorld, active: ModelRun):
    ada = cast.member()
    cast.rated(ada, (world.films["Comedy"][1], 5))
    found = page(ada, Refinement(years=(1955, None), exclude_genres=("Drama",)))
    films = [item.movie for rail in found.rails for item in rail.items]
    assert films
    assert all((film.year or 0) >= 1955 for film in films)
    assert not any(genre.name == "Drama" for film in films for genre in film.genres.all())


def test_a_genre_with_hardly_a_film_left_is_no_rail(world: ToyWorld, active: ModelRun):
    ada = cast.member()
    cast.rated(ada, (world.films["Comedy"][1], 5))
    found = page(ada, Refinement(years=(1950, 1956)))
    # Fourteen films are of these years, one is rated and ten are above: three are left.
    assert found.rails == ()


def test_before_any_model_there_are_popular_films_and_no_rails(world: ToyWorld):
    found = page(cast.member())
    assert len(found.ten.items) == 10
    assert found.rails == ()


def test_the_page_costs_as_many_queries_however_many_rails_it_has(
    world: ToyWorld, active: ModelRun, django_assert_num_queries
):
    ada = cast.member()
    cast.rated(ada, (world.films["Comedy"][0], 5), (world.films["Horror"][0], 2))
    genres = list(Genre.objects.all())
    for_you(Member(ada), genres)
    # Ratings, lists; films, genres and directors of the ten; the same of the rails.
    with django_assert_num_queries(8):
        assert len(for_you(Member(ada), genres).rails) > 1


def test_the_ten_and_the_rails_come_from_one_scoring(
    world: ToyWorld, active: ModelRun, monkeypatch: pytest.MonkeyPatch
):
    ada = cast.member()
    cast.rated(ada, (world.films["Comedy"][0], 5))
    ten = for_visitor(Member(ada))
    score, asked = ToyModel.score, []

    def counted(model: ToyModel, history: History) -> NDArray[np.float32]:
        asked.append(history)
        return score(model, history)

    monkeypatch.setattr(ToyModel, "score", counted)
    found = page(ada)
    assert len(asked) == 1
    assert [item.movie for item in found.ten.items] == [item.movie for item in ten.items]


def test_a_genre_is_the_better_the_more_of_its_films_are_liked_than_most_people_rate():
    facts = FilmFacts(
        years=np.full(6, np.nan, dtype=np.float32),
        genres={
            "Drama": np.array([1, 1, 1, 0, 0, 0], dtype=np.bool_),
            "Western": np.array([0, 0, 1, 1, 0, 0], dtype=np.bool_),
            "War": np.array([0, 0, 0, 0, 1, 0], dtype=np.bool_),
            "Musical": np.array([0, 0, 0, 0, 0, 1], dtype=np.bool_),
        },
        n_ratings=np.array([5, 2, 1, 0, 1, 1], dtype=np.int64),
        is_there=np.ones(6, dtype=np.bool_),
    )
    liked = np.array([1, 0, 1, 1, 0, 0], dtype=np.bool_)
    # Of three liked films two are westerns, a tenth of all ratings: 2 - 3 * 1/10. Two are dramas,
    # eight tenths: 2 - 3 * 8/10. The others come last; they are rated alike and stay in order.
    assert list(best_genres(facts, liked).items()) == [
        ("Western", 2),
        ("Drama", 2),
        ("War", 0),
        ("Musical", 0),
    ]
