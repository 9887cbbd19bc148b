"""Small data sets for tests: hand-made ratings, and a strategy that makes any."""

import numpy as np
from hypothesis import strategies as st

from ml.data.dataset import Catalogue, Dataset, Ratings


def catalogue(n_movies: int, genres: list[list[str]] | None = None) -> Catalogue:
    names = [[] for _ in range(n_movies)] if genres is None else genres
    titles = [f"Film {number}" for number in range(n_movies)]
    return Catalogue.build(np.arange(n_movies), titles, [2000.0] * n_movies, names)


def ratings_of(rows: list[tuple[int, int, int]], n_movies: int) -> Ratings:
    """Ratings from (user, film, half stars), rated in the order given."""
    user, movie, half_stars = np.array(rows).T
    data = Dataset.build(catalogue(n_movies), user, movie, half_stars, np.arange(len(rows)))
    return data.ratings


@st.composite
def any_ratings(draw: st.DrawFn, max_users: int = 6, max_movies: int = 9) -> Ratings:
    """At least one rating; users may have rated everything, or liked nothing."""
    n_movies = draw(st.integers(1, max_movies))
    cells = draw(
        st.dictionaries(
            st.tuples(st.integers(0, max_users - 1), st.integers(0, n_movies - 1)),
            st.integers(1, 10),
            min_size=1,
        )
    )
    return ratings_of([(user, movie, stars) for (user, movie), stars in cells.items()], n_movies)
