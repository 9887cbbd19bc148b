from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet
import pytest
from django.contrib.sessions.backends.db import SessionStore

from movies.models import Genre, Movie
from movies.visitors import Member, Stranger
from recommendations.selectors.taste import (
    SimilarityRow,
    genre_similarity_matrix,
    nearest_pairs,
    taste_of,
)
from recommendations.training.models import ModelRun
from recommendations.training.worker import products
from tests import cast
from tests.recommendations.fakes import write_vectors

pytestmark = pytest.mark.django_db


@pytest.fixture
def films(tmp_path: Path) -> dict[str, Movie]:
    """Two crime films one way, a drama across, a western opposite; one film without a vector."""
    films = {
        "Heat": ([1, 0], ["Crime"]),
        "Ronin": ([1, 0], ["Crime", "Action"]),
        "Amour": ([0, 1], ["Drama"]),
        "Shane": ([-1, 0], ["Western"]),
    }
    made = {title: cast.movie(title, 1990, *genres) for title, (_, genres) in films.items()}
    for kind, key, vectors in (
        ("movie", "movieid", {made[title].pk: vector for title, (vector, _) in films.items()}),
        (
            "genre",
            "genre",
            {"Crime": [1, 0], "Action": [1, 0], "Drama": [0, 1], "Western": [-1, 0]},
        ),
        ("user", "userid", {}),
    ):
        rows = np.array(list(vectors.values()), np.float32).reshape(-1, 2)
        write_vectors(tmp_path / f"{kind}_embeddings.parquet", key, list(vectors), rows)
    pa.parquet.write_table(pa.table({"movieid": [1]}), tmp_path / "movies.parquet")
    model = products.store_embeddings(ModelRun.objects.create(), tmp_path, "tiny")
    path = tmp_path / "genre_similarity.csv"
    path.write_text(
        "genre,Action,Crime,Drama,Western\nAction,1,1,0,-1\nCrime,1,1,0,-1\nDrama,0,0,1,0\n"
        "Western,-1,-1,0,1\n"
    )
    products.store_genre_similarity(model, path)
    return made | {"New": cast.movie("New", 2020, "Crime")}


def test_genres_are_ordered_by_nearness_to_the_liked_films(films):
    ada = cast.member()
    cast.rated(ada, (films["Heat"], 5), (films["Ronin"], 3), (films["Amour"], 1), (films["New"], 5))
    taste = taste_of(Member(ada))
    rows = [(row.genre.name, row.similarity, row.label) for row in taste.affinities]
    assert rows == [("Action", 1, 1), ("Crime", 1, 1), ("Drama", 0, -1), ("Western", -1, -1)]
    assert taste.median == 0.5
    assert taste.n_liked == 3
    _action, crime, drama, _western = taste.affinities
    assert (crime.n_rated, crime.n_positive) == (2, 2)
    assert (drama.n_rated, drama.n_positive) == (1, 0)


def test_a_stranger_has_a_taste_too(films):
    stranger = Stranger(SessionStore())
    stranger.rate(films["Shane"], 9)
    assert taste_of(stranger).affinities[0].genre.name == "Western"


@pytest.mark.parametrize("half_stars", [None, 2])
def test_who_liked_nothing_has_no_taste_yet(films, half_stars: int | None):
    ada = cast.member()
    if half_stars:
        cast.rated(ada, (films["Heat"], half_stars / 2))
    taste = taste_of(Member(ada))
    assert (taste.affinities, taste.median, taste.n_liked) == ((), None, 0)


def test_liked_films_without_vectors_give_no_taste_yet(films):
    ada = cast.member()
    cast.rated(ada, (films["New"], 5))
    assert taste_of(Member(ada)).affinities == ()


def test_before_any_embedding_there_is_neither_taste_nor_matrix():
    ada = cast.member()
    cast.rated(ada, (cast.movie(), 5))
    assert taste_of(Member(ada)).affinities == ()
    assert genre_similarity_matrix() == []


def test_the_genre_matrix_stands_in_the_order_of_names(films):
    cast.genre("Empty")
    rows = genre_similarity_matrix()
    assert [row.genre.name for row in rows] == ["Action", "Crime", "Drama", "Western"]
    assert rows[0].values == (1, 1, 0, -1)


def test_taste_and_matrix_cost_a_fixed_number_of_queries(films, django_assert_num_queries):
    ada = cast.member()
    cast.rated(ada, *((films[title], 5) for title in films))
    taste_of(Member(ada))
    with django_assert_num_queries(5):  # ratings, embedding model, vectors, genres, membership
        taste_of(Member(ada))
    with django_assert_num_queries(3):
        genre_similarity_matrix()


def test_bars_begin_at_the_median_and_the_farthest_genre_has_the_longest(films):
    ada = cast.member()
    cast.rated(ada, (films["Heat"], 5))
    # Cosines 1, 1, 0 and -1 about a median of 0.5: the western is 1.5 away, the others a third.
    bars = [(row.bar_start, row.bar_length) for row in taste_of(Member(ada)).affinities]
    assert bars == [(100, 33), (100, 33), (67, 33), (0, 100)]


def test_the_nearest_genres_are_named_once_each_and_never_with_themselves():
    drama, war, western = (Genre(name=name) for name in ("Drama", "War", "Western"))
    rows = [
        SimilarityRow(drama, (1.0, 0.9, None)),
        SimilarityRow(war, (0.9, 1.0, 0.95)),
        SimilarityRow(western, (None, 0.95, 1.0)),
    ]
    pairs = [(pair.genre.name, pair.other.name, pair.similarity) for pair in nearest_pairs(rows)]
    assert pairs == [("War", "Western", 0.95), ("Drama", "War", 0.9)]
