import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ml.data.labels import is_positive
from ml.data.sampling import UNRATED, UnseenMovies, sample_interactions
from ml.training.config import NEGATIVE_STRATEGIES
from tests.ml.worlds import any_ratings, ratings_of

LIKED, DISLIKED = 10, 2


def cells(user, movie) -> set[tuple[int, int]]:
    return set(zip(user.tolist(), movie.tolist(), strict=True))


@given(any_ratings(), st.sampled_from(NEGATIVE_STRATEGIES), st.integers(1, 5), st.integers(0, 99))
def test_each_positive_has_its_negatives_of_the_same_user_and_none_is_a_positive(
    ratings, strategy, n_negatives, seed
):
    sampled = sample_interactions(ratings, strategy=strategy, n_negatives=n_negatives, seed=seed)
    liked = is_positive(ratings.half_stars)
    positives = cells(ratings.user_index[liked], ratings.movie_index[liked])
    assert cells(sampled.user_index, sampled.positive_index) == positives
    assert sampled.negative_index.shape == (len(positives), n_negatives)
    user = np.repeat(sampled.user_index, n_negatives)
    film = sampled.negative_index.ravel()
    assert not cells(user[film >= 0], film[film >= 0]) & positives
    for missing in user[film < 0]:
        mine = ratings.user_index == missing
        assert liked[mine].all()
        assert mine.sum() == ratings.n_movies  # liked the whole catalogue: no negative exists


@given(any_ratings(), st.integers(0, 99))
def test_the_rating_beside_a_negative_is_the_users_own(ratings, seed):
    sampled = sample_interactions(ratings, strategy="mixed", n_negatives=4, seed=seed)
    given_rating = dict(
        zip(
            zip(ratings.user_index.tolist(), ratings.movie_index.tolist(), strict=True),
            ratings.half_stars.tolist(),
            strict=True,
        )
    )
    for user, films, stars in zip(
        sampled.user_index, sampled.negative_index, sampled.negative_half_stars, strict=True
    ):
        for film, rating in zip(films, stars, strict=True):
            assert rating == given_rating.get((int(user), int(film)), UNRATED)


@given(any_ratings(), st.integers(0, 99))
def test_mixed_sampling_uses_each_rejected_film_once_where_there_is_something_unseen(ratings, seed):
    sampled = sample_interactions(ratings, strategy="mixed", n_negatives=4, seed=seed)
    n_unseen = UnseenMovies(ratings).n_unseen
    for user in range(ratings.n_users):
        mine = ratings.user_index == user
        n_liked = int((mine & is_positive(ratings.half_stars)).sum())
        n_rejected = int((mine & ~is_positive(ratings.half_stars)).sum())
        stars = sampled.negative_half_stars[sampled.user_index == user]
        if n_unseen[user]:
            assert (stars > UNRATED).sum() == min(n_rejected, 4 * n_liked)


def test_literal_sampling_takes_the_users_own_rejected_films_only():
    rows = [(0, 0, LIKED), (0, 1, LIKED), (0, 2, DISLIKED)]
    sampled = sample_interactions(
        ratings_of(rows, n_movies=9), strategy="literal", n_negatives=4, seed=0
    )
    assert set(sampled.negative_index.ravel().tolist()) == {2}


def test_uniform_sampling_takes_every_unseen_film_and_no_seen_one():
    rows = [(0, film, LIKED) for film in range(0, 40, 2)] + [(0, 1, DISLIKED)]
    sampled = sample_interactions(
        ratings_of(rows, n_movies=40), strategy="uniform", n_negatives=30, seed=0
    )
    assert set(sampled.negative_index.ravel().tolist()) == set(range(3, 40, 2))


def test_a_user_who_rated_everything_and_liked_it_has_no_negatives():
    rows = [(0, film, LIKED) for film in range(3)] + [(1, 0, LIKED)]
    sampled = sample_interactions(
        ratings_of(rows, n_movies=3), strategy="mixed", n_negatives=4, seed=0
    )
    assert (sampled.negative_index[sampled.user_index == 0] == -1).all()
    assert (sampled.negative_index[sampled.user_index == 1] > 0).all()


@given(any_ratings())
def test_the_kth_unseen_film_is_found_for_every_k(ratings):
    unseen = UnseenMovies(ratings)
    for user in range(ratings.n_users):
        seen = ratings.movie_index[ratings.user_index == user]
        expected = np.setdiff1d(np.arange(ratings.n_movies), seen)
        k = np.arange(unseen.n_unseen[user])
        assert unseen.at(np.full(len(k), user), k).tolist() == expected.tolist()


def test_the_same_seed_samples_the_same_and_another_seed_something_else():
    ratings = ratings_of([(0, film, LIKED) for film in range(5)], n_movies=100)

    def films(seed):
        drawn = sample_interactions(ratings, strategy="mixed", n_negatives=4, seed=seed)
        return drawn.negative_index.tolist()

    assert films(1) == films(1)
    assert films(1) != films(2)


def test_drawing_for_a_user_who_saw_everything_answers_minus_one():
    unseen = UnseenMovies(ratings_of([(0, 0, LIKED)], n_movies=1))
    assert unseen.draw(np.array([0, 0]), np.random.default_rng(0)).tolist() == [-1, -1]


@pytest.mark.parametrize("n_negatives", [1, 4])
def test_people_who_liked_nothing_are_absent_from_the_data_set(n_negatives):
    ratings = ratings_of([(0, 0, DISLIKED), (1, 0, LIKED)], n_movies=3)
    sampled = sample_interactions(ratings, strategy="mixed", n_negatives=n_negatives, seed=0)
    assert sampled.user_index.tolist() == [1]
