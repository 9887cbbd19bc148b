"""Protocols of made-up visitors, with rankers whose answers can be worked out by hand."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import pytest

from ml.data.dataset import Catalogue, Dataset, Ratings
from ml.evaluation import one_star
from ml.evaluation.family import FAMILY, recommender
from ml.evaluation.one_star import evaluate_one_star, nearest
from ml.evaluation.probes import ONE_STAR, PROBES, evaluate_probe, is_probe
from ml.evaluation.profiles import DISTINCT, EXPECTED, evaluate_profiles, page, read_profiles
from ml.evaluation.themes import evaluate_themes, themes_of
from ml.io.synthetic import World
from ml.training.protocol import TrainingData
from tests.ml import two_tastes

N_EACH = 60
"""Westerns of the 1950s at even positions, comedies of the 1990s at odd ones."""


def catalogue() -> Catalogue:
    ids = np.arange(2 * N_EACH)
    genres = [["Western"] if movie % 2 == 0 else ["Comedy"] for movie in ids]
    years = [1955.0 if movie % 2 == 0 else 1995.0 for movie in ids]
    return Catalogue.build(ids, [f"Movie {movie}" for movie in ids], years, genres)


def train() -> Ratings:
    """Movie m has 2 * N_EACH - m ratings: position is popularity."""
    user, movie = np.nonzero(np.tril(np.ones((2 * N_EACH, 2 * N_EACH), dtype=int))[::-1])
    return Dataset.build(catalogue(), user, movie, np.full(len(user), 8), user * 1000).ratings


@dataclass
class Ranker:
    """Scores by a function of one visitor's ratings."""

    score: Callable[[np.ndarray, np.ndarray], np.ndarray]

    def scores(self, histories: Ratings, users: np.ndarray) -> np.ndarray:
        rows = [slice(*histories.offsets[user : user + 2]) for user in users]
        return np.array(
            [self.score(histories.movie_index[row], histories.half_stars[row]) for row in rows],
            dtype=np.float32,
        )


POSITIONS = np.arange(2 * N_EACH)
POPULAR = Ranker(lambda rated, stars: -POSITIONS)
LISTENS = Ranker(lambda rated, stars: np.where(rated[0] % 2 == POSITIONS % 2, 1000, 0) - POSITIONS)


HATES = Ranker(
    lambda rated, stars: (
        np.where((rated[0] % 2 == POSITIONS % 2) & (stars[0] < 6), -1000, 0) - POSITIONS
    )
)


def test_visitors_who_dislike_a_theme_are_shown_none_of_it_by_a_model_that_listens():
    popular = evaluate_probe("disliked-3", POPULAR, catalogue(), train(), 0).values()
    assert popular["theme_precision@10"] == pytest.approx((4 / 10 + 3 / 10) / 2)
    listens = evaluate_probe("disliked-3", HATES, catalogue(), train(), 0).values()
    assert listens["theme_precision@10"] == 0
    likes = evaluate_probe("theme-3", HATES, catalogue(), train(), 0).values()
    assert likes["theme_precision@10"] == popular["theme_precision@10"]


def test_themes_are_genres_decades_and_countries_with_fifty_movies_best_known_first():
    films = catalogue()
    named = {(theme.kind, theme.name): theme for theme in themes_of(films, train())}
    assert set(named) == {
        ("genre", "Comedy"),
        ("genre", "Western"),
        ("decade", "1950s"),
        ("decade", "1990s"),
    }
    assert named["genre", "Western"].movies[:3].tolist() == [0, 2, 4]
    names = [("United States",)] * 60 + [("France", "Italy")] * 50 + [()] * (len(films) - 110)
    known = replace(films, credits={"countries": tuple(names)})
    found = {(theme.kind, theme.name) for theme in themes_of(known, train())}
    assert found - set(named) == {("country", "France"), ("country", "Italy")}, "not of the most"
    few = films.take(np.arange(2 * 49))
    ratings = train()
    assert not themes_of(few, ratings.take(ratings.movie_index < 2 * 49))


def test_theme_precision_of_popular_movies_and_of_a_model_that_listens():
    popular = evaluate_themes(POPULAR, catalogue(), train(), 3, seed=0).values()
    # Rated are 0, 2, 4, so 1, 3, 5 to 12 are listed, of which 6, 8, 10, 12 are westerns. Or rated
    # are 1, 3, 5, so 0, 2, 4, 6 to 12 are listed, of which 7, 9, 11 are comedies.
    assert popular["theme_precision@10"] == pytest.approx((4 / 10 + 3 / 10) / 2)
    assert popular["theme_precision_12@10"] == pytest.approx(4 / 10), "the western alone"
    assert popular["decade_precision@10"] == pytest.approx((4 / 10 + 3 / 10) / 2)
    assert popular["top50_share"] == 1
    listens = evaluate_themes(LISTENS, catalogue(), train(), 3, seed=0).values()
    assert listens["theme_precision@10"] == listens["theme_precision_12@10"] == 1
    # Westerns 6 to 24 have the ranks 7 to 25, comedies 7 to 25 the ranks 8 to 26.
    assert listens["median_rank"] == (16 + 17) / 2


def test_the_nearest_movies_are_those_liked_by_the_same_people():
    rows = [(user, movie, 10) for user in range(30) for movie in (0, 1)]
    rows += [(user, movie, 10) for user in range(30, 60) for movie in (2, 3)]
    rows += [(user, 2, 1) for user in range(30)]  # rated, not liked
    user, movie, half_stars = np.array(rows).T
    films = Catalogue.build(range(4), ["a", "b", "c", "d"], [2000.0] * 4, [["Drama"]] * 4)
    ratings = Dataset.build(films, user, movie, half_stars, np.arange(len(user))).ratings
    is_open = np.array([False, True, True, True])
    assert nearest(ratings, 0, is_open)[0] == 1


def test_one_star_measures_the_change_in_spreads_at_the_nearest_movies():
    """A ranker that moves all neighbours by the last rating's distance from three stars."""
    ratings = train()
    base = POSITIONS.astype(float)

    def moved(rated: np.ndarray, half_stars: np.ndarray) -> np.ndarray:
        # The visitors rate a person's first movies and one more; people rate 0, 1, 2, ... in order.
        change = np.zeros(2 * N_EACH)
        if len(rated) in (6, 31):
            is_open = np.ones(2 * N_EACH, dtype=bool)
            is_open[rated] = False
            added = rated[np.isin(half_stars, (2, 10))][0]
            sign = -1 if half_stars[rated == added][0] == 2 else 1
            change[nearest(ratings, added, is_open)] = sign * 1000
        return base + change

    found = evaluate_one_star(Ranker(moved), ratings, seed=0).values()
    assert found["users"] == 2 * N_EACH - 30, "those with 31 ratings or more"
    for length in (5, 30):
        assert found[f"one_star_{length}"] < -1
        assert found[f"five_stars_{length}"] > 1
    deaf = evaluate_one_star(POPULAR, ratings, seed=0).values()
    assert deaf["one_star_5"] == deaf["five_stars_30"] == 0


def test_profiles_count_expected_popular_and_distinct_movies():
    picks = [pick for profile in read_profiles() for pick in profile.picks]
    titles = [title for title, _, _ in picks] + [f"Other {number}" for number in range(20)]
    years = [float(year) for _, year, _ in picks] + [1960.0] * 20
    genres = [["Drama"]] * len(picks) + [["Horror"]] * 20
    films = Catalogue.build(range(len(titles)), titles, years, genres)
    rows = np.arange(len(titles))
    ratings = Dataset.build(films, rows * 0, rows, rows * 0 + 8, rows).ratings
    others_first = Ranker(lambda rated, stars: np.arange(len(titles)))
    found = evaluate_profiles(others_first, films, ratings, seed=0)
    values = found.values()
    assert values["missing_picks"] == 0
    assert values[DISTINCT] == 10, "everybody gets the same ten"
    assert found.top[0].tolist() == list(range(len(titles) - 1, len(titles) - 11, -1))
    names = [profile.name for profile in read_profiles()]
    assert found.per_user[EXPECTED][names.index("Horror")] == 1
    assert found.per_user[EXPECTED][names.index("Documentaries")] != 1
    shown = page("Toy", found, films, ratings)
    assert shown.count("<section>") == len(names) == 12
    assert "Other 19 (1960)" in shown


def test_a_pick_that_the_catalogue_lacks_is_counted_as_missing():
    world = two_tastes.training()
    model = recommender("popularity").fit(world, seed=0)
    found = evaluate_profiles(model, world.catalogue, world.ratings, seed=0)
    assert found.values()["missing_picks"] == sum(len(each.picks) for each in read_profiles())


WORLD = World(n_users=60, n_movies=160, n_ratings=2_400, n_groups=4).dataset()
TEXT = np.random.default_rng(0).normal(size=(160, 6)).astype(np.float32)
SMALL = {
    "served": {"epochs": 1, "dimension": 8, "factors": 8, "linear_rank": 12},
    "bpr": {"epochs": 1},
    **{name: {"epochs": 1} for name in ("neumf", "neumf-hard", "neumf-mixed")},
}


@pytest.mark.parametrize("name", FAMILY)
def test_every_model_of_the_family_is_measured_by_every_probe(name, monkeypatch):
    monkeypatch.setattr(one_star, "N_PEOPLE", 2)
    training = TrainingData(WORLD.ratings, WORLD.catalogue, TEXT)
    fitted = recommender(name, **SMALL.get(name, {})).fit(training, seed=0)
    has_rows = name == "bpr" or name.startswith("neumf")  # each visitor is folded in by training
    for protocol in ("theme-1", ONE_STAR) if has_rows else PROBES:
        values = evaluate_probe(protocol, fitted, WORLD.catalogue, WORLD.ratings, 0).values()
        assert values
        assert np.isfinite(list(values.values())).all(), values


def test_probes_are_known_by_name():
    assert all(is_probe(name) for name in (*PROBES, "theme-7", "disliked-3"))
    assert not any(is_probe(name) for name in ("full-random", "theme-0", "theme-", "theme-5-x"))
    with pytest.raises(ValueError, match="no protocol theme-x"):
        evaluate_probe("theme-x", POPULAR, catalogue(), train(), 0)


def test_ten_disliked_films_of_a_genre_bring_no_more_of_it():
    """The ratings make the genres: people of one group like the films of one genre."""
    world = World(n_users=150, n_movies=260, n_ratings=9_000, n_groups=4).dataset()
    text = np.random.default_rng(0).normal(size=(260, 6)).astype(np.float32)
    training = TrainingData(world.ratings, world.catalogue, text)

    def of_the_genre(**settings: int) -> float:
        fitted = recommender("served", **SMALL["served"], **settings).fit(training, seed=0)
        values = evaluate_probe("disliked-10", fitted, world.catalogue, world.ratings, 0).values()
        return values["theme_precision@10"]

    assert of_the_genre() < 0.1
    assert of_the_genre(read_half_stars=1) > 0.3
