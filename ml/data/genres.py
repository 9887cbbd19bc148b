"""Users and genres in the films' embedding space (steps 2 to 4 of the method). NumPy only.

Legend: U users, N films, G genres, D dimensions. A vector that cannot be known (a user who liked
nothing, a genre with no film) is NaN, and so is every similarity with it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ml.data.dataset import Catalogue, Ratings, positions
from ml.data.labels import is_positive

N_NEGATIVES_PER_POSITIVE = 3
"""Step 4 asks for 1:3 positive to negative genres."""
ROWS_PER_BLOCK = 65_536
"""Rows of vectors copied at once while means are made: bounds memory, not results."""
FALLBACK_SHARE = 0.25
"""Share of genres, the least similar ones, that serve users who have no actual negative genre."""


def mean_vectors(
    vectors: NDArray[np.float32],
    groups: NDArray[np.int32] | NDArray[np.int64],
    members: NDArray[np.int32] | NDArray[np.int64],
    n_groups: int,
) -> NDArray[np.float32]:
    """Mean of the members' vectors for each group, [n_groups, D]; NaN for an empty group.

    The groups must increase. A group's mean does not depend on which others there are.
    """
    counts = np.bincount(groups, minlength=n_groups).astype(np.float64)
    sums = _sums(vectors, members, counts.astype(np.int64))
    counts[counts == 0] = np.nan
    return (sums / counts[:, None]).astype(np.float32)


def _sums(
    rows: NDArray[np.float32],
    members: NDArray[np.int32] | NDArray[np.int64],
    counts: NDArray[np.int64],
) -> NDArray[np.float64]:
    """[n_groups, D] of each group's rows, where `members` names first those of the first group."""
    sums = np.zeros((len(counts), rows.shape[1]), dtype=np.float64)
    ends = np.cumsum(counts)
    filled = np.flatnonzero(counts)
    for block in np.split(filled, _borders(ends[filled])):
        if len(block):
            starts = ends[block] - counts[block]
            part = rows[members[starts[0] : ends[block[-1]]]]
            sums[block] = np.add.reduceat(part, starts - starts[0], axis=0, dtype=np.float64)
    return sums


def _borders(ends: NDArray[np.int64]) -> NDArray[np.int64]:
    """Where to cut groups that end there, so that about `ROWS_PER_BLOCK` rows go together."""
    return np.flatnonzero(np.diff(ends // ROWS_PER_BLOCK)) + 1


def user_vectors(movie_vectors: NDArray[np.float32], ratings: Ratings) -> NDArray[np.float32]:
    """Mean vector of the films with a positive interaction, [U, D]."""
    liked = is_positive(ratings.half_stars)
    return mean_vectors(
        movie_vectors, ratings.user_index[liked], ratings.movie_index[liked], ratings.n_users
    )


def genre_vectors(
    movie_vectors: NDArray[np.float32], genres: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Mean vector of each genre's films, [G, D]; a film counts in every genre it has."""
    genre, film = np.nonzero(genres.T)
    return mean_vectors(movie_vectors, genre, film, genres.shape[1])


def cosine(left: NDArray[np.float32], right: NDArray[np.float32]) -> NDArray[np.float32]:
    """Cosine of every row of `left` with every row of `right`; NaN for a zero or unknown row."""
    # Not by BLAS, whose last bit depends on how many rows there are: a user's similarities shall
    # not depend on whom they were computed with.
    cosines: NDArray[np.float32] = np.einsum("ud,gd->ug", _unit(left), _unit(right))
    return cosines


def genre_similarity(genre_embeddings: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the G x G matrix of cosines between genres."""
    return cosine(genre_embeddings, genre_embeddings)


@dataclass(frozen=True)
class GenreAffinities:
    """Steps 3 and 4 for U users."""

    similarity: NDArray[np.float32]
    """[U, G] cosine of user and genre; NaN for a user who liked nothing."""
    median: NDArray[np.float32]
    """[U] over the genres that have a similarity."""
    label: NDArray[np.int8]
    """[U, G] 1 above the median, -1 below, 0 at it or unknown."""
    interacted: NDArray[np.bool_]
    """[U, G] whether the user rated any film of the genre."""
    liked: NDArray[np.bool_]
    """[U, G] whether the user interacted positively with a film of the genre."""

    @property
    def actual_positive(self) -> NDArray[np.bool_]:
        """[U, G] above the median and liked."""
        return (self.label > 0) & self.liked

    @property
    def actual_negative(self) -> NDArray[np.bool_]:
        """[U, G] below the median and never rated."""
        return (self.label < 0) & ~self.interacted


def user_genre_similarity(
    user_embeddings: NDArray[np.float32], genre_embeddings: NDArray[np.float32]
) -> NDArray[np.float32]:
    """[U, G] cosine of every user with every genre, -1 to 1; NaN where either is unknown."""
    return cosine(user_embeddings, genre_embeddings)


def genre_affinities(
    ratings: Ratings,
    genres: NDArray[np.float32],
    movie_vectors: NDArray[np.float32],
    genre_embeddings: NDArray[np.float32],
    *,
    split: str = "median",
) -> GenreAffinities:
    """Similarity, median, labels and interaction of every user with every genre.

    With `split` "mean", a user's mean similarity stands in for the median. Works for one visitor's
    ratings as for all users'.
    """
    similarity = user_genre_similarity(user_vectors(movie_vectors, ratings), genre_embeddings)
    median = np.full(len(similarity), np.nan, dtype=np.float32)
    known = ~np.isnan(similarity).all(axis=1)
    middle = np.nanmean if split == "mean" else np.nanmedian
    median[known] = middle(similarity[known], axis=1)
    label = np.sign(np.nan_to_num(similarity - median[:, None])).astype(np.int8)
    return GenreAffinities(
        similarity,
        median,
        label,
        _touched(ratings, genres, np.ones(len(ratings), dtype=bool)),
        _touched(ratings, genres, is_positive(ratings.half_stars)),
    )


@dataclass(frozen=True)
class GenreInteractions:
    """The data set of step 4: rows of positives and negatives, three negatives per positive.

    Negatives of a positive stand in its row of the [P, 3] arrays; -1 fills places that no film
    could take.
    """

    user_index: NDArray[np.int32]
    positive_index: NDArray[np.int32]
    positive_genre: NDArray[np.int32]
    negative_index: NDArray[np.int32]
    negative_genre: NDArray[np.int32]
    n_users_without_negative_genre: int
    """Users with positives but no actual negative genre: their least similar quarter served."""


def genre_interactions(
    ratings: Ratings,
    catalogue: Catalogue,
    affinities: GenreAffinities,
    *,
    seed: int,
    n_negatives: int = N_NEGATIVES_PER_POSITIVE,
) -> GenreInteractions:
    """Positives in actual positive genres, each with 3 films of actual negative genres.

    A positive stands in the most similar of its film's actual positive genres. Its negatives are
    uniform films of a uniform actual negative genre; the user rated none of that genre. Users
    without an actual negative genre (one in seven on MovieLens) would be left out of the
    fine-tuning: their least similar quarter of genres serves instead, from which only unseen
    films are taken.
    """
    rng = np.random.default_rng([seed, 2])
    negative_genres, lacking = _negative_genres(affinities)
    rows = np.flatnonzero(is_positive(ratings.half_stars))
    user, film = ratings.user_index[rows], ratings.movie_index[rows]
    fits = np.where(
        affinities.actual_positive[user] & (catalogue.genres[film] > 0),
        affinities.similarity[user],
        -np.inf,
    )
    usable = (fits.max(axis=1, initial=-np.inf) > -np.inf) & (negative_genres.sum(axis=1) > 0)[user]
    user, film = user[usable], film[usable]
    genre = fits[usable].argmax(axis=1) if len(user) else np.zeros(0)
    slots = np.repeat(user.astype(np.int64), n_negatives)
    drawn_genre, drawn_film = _draw_negatives(ratings, catalogue, negative_genres, slots, rng)
    return GenreInteractions(
        user,
        film,
        genre.astype(np.int32),
        drawn_film.reshape(-1, n_negatives),
        drawn_genre.reshape(-1, n_negatives),
        len(np.intersect1d(np.flatnonzero(lacking), user)),
    )


def _negative_genres(affinities: GenreAffinities) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """[U, G] genres to draw negatives from, and [U] users whose genres are the fallback's."""
    actual = affinities.actual_negative
    known = ~np.isnan(affinities.median)
    lacking = ~actual.any(axis=1) & known
    n_least = max(1, int(FALLBACK_SHARE * actual.shape[1]))
    ranks = np.argsort(np.argsort(affinities.similarity, axis=1, kind="stable"), axis=1)
    least = (ranks < n_least) & (affinities.label < 0)
    return np.where(lacking[:, None], least, actual), lacking


def _draw_negatives(
    ratings: Ratings,
    catalogue: Catalogue,
    negative_genres: NDArray[np.bool_],
    slots: NDArray[np.int64],
    rng: np.random.Generator,
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Draw a genre and a film for each user; both are -1 if there is none.

    A film that the user rated, possible for fallback genres, is drawn again.
    """
    _, genre_of = np.nonzero(negative_genres)
    n_genres = negative_genres.sum(axis=1)
    first_genre = np.concatenate([[0], np.cumsum(n_genres)[:-1]])
    films_of = np.nonzero(catalogue.genres.T)[1]
    n_films = (catalogue.genres > 0).sum(axis=0)
    first_film = np.concatenate([[0], np.cumsum(n_films)[:-1]])
    rated = ratings.user_index.astype(np.int64) * ratings.n_movies + ratings.movie_index
    genres = np.full(len(slots), -1, dtype=np.int32)
    films = np.full(len(slots), -1, dtype=np.int32)
    todo = np.arange(len(slots))
    for _ in range(20):
        if len(todo) == 0:
            break
        who = slots[todo]
        genre = genre_of[first_genre[who] + (rng.random(len(who)) * n_genres[who]).astype(int)]
        film = films_of[first_film[genre] + (rng.random(len(who)) * n_films[genre]).astype(int)]
        unseen = positions(rated, who * ratings.n_movies + film) < 0
        genres[todo[unseen]], films[todo[unseen]] = genre[unseen], film[unseen]
        todo = todo[~unseen]
    return genres, films


def _touched(
    ratings: Ratings, genres: NDArray[np.float32], rows: NDArray[np.bool_]
) -> NDArray[np.bool_]:
    counts = np.bincount(ratings.user_index[rows], minlength=ratings.n_users)
    return _sums(genres, ratings.movie_index[rows], counts) > 0


def _unit(rows: NDArray[np.float32]) -> NDArray[np.float32]:
    length = np.linalg.norm(rows, axis=1, keepdims=True)
    unit: NDArray[np.float32] = (rows / np.where(length > 0, length, np.nan)).astype(np.float32)
    return unit
