import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ml.data.genres import (
    genre_affinities,
    genre_interactions,
    genre_similarity,
    genre_vectors,
    user_vectors,
)
from ml.data.labels import is_positive
from tests.ml.worlds import any_ratings, catalogue, ratings_of

LIKED, DISLIKED = 8, 4
EAST, NORTH = (1.0, 0.0), (0.0, 1.0)


def vectors(*rows) -> np.ndarray:
    return np.array(rows, dtype=np.float32)


def test_a_users_vector_is_the_mean_of_the_films_they_liked():
    ratings = ratings_of([(0, 0, LIKED), (0, 1, 6), (0, 2, DISLIKED)], n_movies=3)
    mean = user_vectors(vectors(EAST, NORTH, (9, 9)), ratings)
    assert mean.tolist() == [[0.5, 0.5]]


def test_a_user_who_liked_nothing_is_unknown_and_not_zero():
    ratings = ratings_of([(0, 0, DISLIKED)], n_movies=1)
    assert np.isnan(user_vectors(vectors(EAST), ratings)).all()


def test_a_film_counts_in_every_genre_it_has():
    genres = vectors((1, 1), (0, 1))
    assert genre_vectors(vectors(EAST, NORTH), genres).tolist() == [[1, 0], [0.5, 0.5]]


def test_a_genre_without_a_film_is_similar_to_nothing():
    similarity = genre_similarity(genre_vectors(vectors(EAST), vectors((1, 0))))
    assert similarity[0, 0] == pytest.approx(1)
    assert np.isnan(similarity[1]).all()


def test_genres_above_the_users_median_are_positive_and_those_below_negative():
    films = catalogue(3, [["A"], ["B"], ["C"]])
    text = vectors(EAST, (1, 1), NORTH)
    ratings = ratings_of([(0, 0, LIKED)], n_movies=3)
    found = genre_affinities(ratings, films.genres, text, genre_vectors(text, films.genres))
    assert found.similarity[0].tolist() == pytest.approx([1, 2**-0.5, 0])
    assert found.median[0] == pytest.approx(2**-0.5)
    assert found.label.tolist() == [[1, 0, -1]]
    assert found.actual_positive.tolist() == [[True, False, False]]
    assert found.actual_negative.tolist() == [[False, False, True]]


def test_a_genre_of_which_a_film_was_rated_badly_is_no_actual_negative():
    films = catalogue(3, [["A"], ["B"], ["C"]])
    text = vectors(EAST, (1, 1), NORTH)
    ratings = ratings_of([(0, 0, LIKED), (0, 2, DISLIKED)], n_movies=3)
    found = genre_affinities(ratings, films.genres, text, genre_vectors(text, films.genres))
    assert found.interacted.tolist() == [[True, False, True]]
    assert not found.actual_negative.any()


def mined(ratings, films, text, seed=0):
    genres = genre_vectors(text, films.genres)
    affinities = genre_affinities(ratings, films.genres, text, genres)
    return affinities, genre_interactions(ratings, films, affinities, seed=seed)


def test_each_positive_has_three_films_of_actual_negative_genres():
    films = catalogue(6, [["A"], ["A"], ["B"], ["C"], ["C"], []])
    text = vectors(EAST, EAST, (1, 1), NORTH, NORTH, EAST)
    ratings = ratings_of([(0, 0, LIKED)], n_movies=6)
    _, rows = mined(ratings, films, text)
    assert rows.positive_index.tolist() == [0]
    assert rows.positive_genre.tolist() == [films.genre_names.index("A")]
    assert rows.negative_index.shape == (1, 3)
    assert set(rows.negative_index.ravel().tolist()) <= {3, 4}
    assert set(rows.negative_genre.ravel().tolist()) == {films.genre_names.index("C")}
    assert rows.n_users_without_negative_genre == 0


def test_a_user_without_an_actual_negative_genre_gets_unseen_films_of_the_least_similar_ones():
    films = catalogue(4, [["A"], ["B"], ["C"], ["C"]])
    text = vectors(EAST, (1, 1), NORTH, NORTH)
    ratings = ratings_of([(0, 0, LIKED), (0, 2, DISLIKED)], n_movies=4)
    affinities, rows = mined(ratings, films, text)
    assert not affinities.actual_negative.any()
    assert rows.n_users_without_negative_genre == 1
    assert set(rows.negative_index.ravel().tolist()) == {3}


GENRE_LISTS = st.lists(st.sampled_from("ABCD"), max_size=3, unique=True)


@given(any_ratings(), st.data())
def test_the_genre_data_set_never_holds_a_rated_film_as_a_negative(ratings, data):
    genres = data.draw(st.lists(GENRE_LISTS, min_size=ratings.n_movies, max_size=ratings.n_movies))
    films = catalogue(ratings.n_movies, genres)
    text = np.random.default_rng(0).normal(size=(ratings.n_movies, 3)).astype(np.float32)
    affinities, rows = mined(ratings, films, text)
    rated = set(zip(ratings.user_index.tolist(), ratings.movie_index.tolist(), strict=True))
    liked = is_positive(ratings.half_stars)
    positives = set(
        zip(ratings.user_index[liked].tolist(), ratings.movie_index[liked].tolist(), strict=True)
    )
    for row, (user, film) in enumerate(zip(rows.user_index, rows.positive_index, strict=True)):
        assert (int(user), int(film)) in positives
        assert affinities.actual_positive[user, rows.positive_genre[row]]
        for negative, genre in zip(rows.negative_index[row], rows.negative_genre[row], strict=True):
            assert negative < 0 or (int(user), int(negative)) not in rated
            assert negative < 0 or films.genres[negative, genre] == 1
