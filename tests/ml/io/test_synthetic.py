from dataclasses import replace

import numpy as np
import pyarrow.parquet as pq
import pytest

from ml.data.dataset import Dataset
from ml.io.synthetic import World
from ml.io.workspace import read_inputs

N_FILMS = 3_000
WORLD = World(n_users=400, n_movies=N_FILMS, n_ratings=16_000, n_groups=8, users_per_shard=150)


@pytest.fixture(scope="module")
def data() -> Dataset:
    return WORLD.dataset()


def test_the_asked_sizes_come_out(data):
    assert len(data.ratings) == pytest.approx(16_000, rel=0.1)
    assert data.ratings.n_users == 400
    assert len(data.catalogue) == N_FILMS


def test_nobody_rates_a_film_twice_and_every_rating_is_a_half_star(data):
    ratings = data.ratings
    pairs = ratings.user_index.astype(np.int64) * N_FILMS + ratings.movie_index
    assert len(np.unique(pairs)) == len(pairs)
    assert set(np.unique(ratings.half_stars)) <= set(range(1, 11))


def test_popularity_and_activity_have_the_long_tails_of_movielens(data):
    of_films = np.sort(np.bincount(data.ratings.movie_index, minlength=N_FILMS))[::-1]
    of_users = np.sort(np.bincount(data.ratings.user_index))[::-1]
    assert of_films[: N_FILMS // 10].sum() > 0.4 * of_films.sum()
    assert of_users[0] > 4 * np.median(of_users)


def test_people_rate_what_they_love_more_often_and_higher(data):
    ratings = data.ratings
    loved = (
        WORLD.user_groups[ratings.user_index] == WORLD.film_group[ratings.movie_index][:, None]
    ).any(axis=1)
    assert loved.mean() > 0.6
    assert ratings.half_stars[loved].mean() > ratings.half_stars[~loved].mean() + 1.5


def test_films_of_a_group_share_its_genres(data):
    for group in range(3):
        genres = data.catalogue.genres[WORLD.film_group == group]
        assert genres.mean(axis=0).max() == 1


def test_the_files_hold_what_memory_holds_and_the_same_seed_the_same_bytes(data, tmp_path):
    assert WORLD.write(tmp_path / "one") == len(data.ratings)
    WORLD.write(tmp_path / "two")
    for name in ("ratings.parquet", "movies.parquet"):
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()
    assert read_inputs(tmp_path / "one").content_hash == data.content_hash


def test_a_shard_needs_no_other_shard(tmp_path):
    WORLD.write(tmp_path)
    assert pq.ParquetFile(tmp_path / "ratings.parquet").num_row_groups == WORLD.n_shards == 3
    assert replace(WORLD)._shard(2).equals(list(WORLD.shards())[2])


@pytest.mark.parametrize("wrong", [{"n_users": 0}, {"n_ratings": 10**9}])
def test_impossible_sizes_are_refused(wrong):
    with pytest.raises(ValueError, match="must"):
        World(**wrong)
