"""A visitor's taste in genres, as of this moment (steps 2 to 4 of the method for one person)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ml.data.dataset import Ratings
from ml.data.genres import genre_affinities
from ml.data.labels import is_positive
from movies.models import Genre, Movie
from movies.visitors import Visitor
from recommendations.models import EmbeddingModel, GenreEmbedding, GenreSimilarity, MovieEmbedding
from recommendations.selectors.similar import current_embedding_model
from recommendations.vectors import VectorBytes, to_array


@dataclass(frozen=True)
class GenreTaste:
    """How a visitor stands to a genre."""

    genre: Genre
    similarity: float
    """Cosine of the visitor's and the genre's embedding, -1 to 1."""
    label: int
    """1 above the median of the visitor's genres, -1 below, 0 at it."""
    n_rated: int
    """Rated films of the genre."""
    n_positive: int
    """Those among them that got three stars or more."""
    percent_of_reach: int
    """Distance from the median in percent of the farthest genre's, -100 to 100."""

    @property
    def bar_length(self) -> int:
        """Length of its bar in a chart around the median, 0 to 100."""
        return abs(self.percent_of_reach)

    @property
    def bar_start(self) -> int:
        """Where its bar begins in a chart of 200 with the median in the middle."""
        return 100 + min(0, self.percent_of_reach)

    @property
    def is_above_median(self) -> bool:
        """Whether the genre is one of the visitor's own by the method's step 3."""
        return self.label > 0


@dataclass(frozen=True)
class Taste:
    """Every genre's place in a visitor's taste, the nearest first."""

    affinities: tuple[GenreTaste, ...]
    """Empty until a film with an embedding was liked."""
    median: float | None
    """Of the similarities; None when there are none."""
    n_liked: int
    """How many of the rated films got three stars or more."""


@dataclass(frozen=True)
class SimilarityRow:
    """One genre's cosine with every genre, in the order of the rows; None where unknown."""

    genre: Genre
    values: tuple[float | None, ...]


@dataclass(frozen=True)
class GenrePair:
    """Two genres and their cosine."""

    genre: Genre
    other: Genre
    similarity: float


def nearest_pairs(rows: Sequence[SimilarityRow], n_pairs: int = 5) -> list[GenrePair]:
    """Return the pairs of different genres that are most similar, the nearest first."""
    pairs = [
        GenrePair(row.genre, rows[column].genre, value)
        for place, row in enumerate(rows)
        for column, value in enumerate(row.values)
        if column > place and value is not None
    ]
    return sorted(pairs, key=lambda pair: -pair.similarity)[:n_pairs]


def taste_of(visitor: Visitor) -> Taste:
    """Return the visitor's genres by their present ratings, with or without an account.

    Queries: the visitor's ratings (a member's: one), the embedding model, the rated films'
    vectors, their genres, and the genres with their vectors.
    """
    ratings = visitor.ratings()
    n_liked = sum(is_positive(np.array(list(ratings.values()), np.int8)))
    model = current_embedding_model()
    if model is None or not n_liked:
        return Taste((), None, int(n_liked))
    return _taste(ratings, model, int(n_liked))


def genre_similarity_matrix() -> list[SimilarityRow]:
    """Return the genre x genre matrix of the current embedding model, rows and columns by name.

    Three queries: the embedding model, the genres, the cells.
    """
    model = current_embedding_model()
    if model is None:
        return []
    cells = {
        (row, column): similarity
        for row, column, similarity in GenreSimilarity.objects.filter(
            embedding_model=model
        ).values_list("genre_id", "other_id", "similarity")
    }
    known = {row for row, _column in cells}
    genres = [genre for genre in Genre.objects.all() if genre.pk in known]
    return [
        SimilarityRow(genre, tuple(cells.get((genre.pk, other.pk)) for other in genres))
        for genre in genres
    ]


def _taste(ratings: Mapping[int, int], model: EmbeddingModel, n_liked: int) -> Taste:
    films = _vectors_of(ratings, model)
    genres, genre_vectors = _genres_with_vectors(model)
    if not films or not genres:
        return Taste((), None, n_liked)
    history = _history({movie_id: ratings[movie_id] for movie_id in films})
    membership = _membership(np.array(list(films), np.int64), genres)
    found = genre_affinities(history, membership, to_array(films.values()), genre_vectors)
    if np.isnan(found.median[0]):
        return Taste((), None, n_liked)
    liked = is_positive(history.half_stars)
    median = float(found.median[0])
    reach = max(float(np.abs(found.similarity[0] - median).max()), 1e-9)
    entries = [
        GenreTaste(
            genre=genre,
            similarity=float(found.similarity[0, column]),
            label=int(found.label[0, column]),
            n_rated=int(membership[:, column].sum()),
            n_positive=int(membership[liked, column].sum()),
            percent_of_reach=round(100 * (float(found.similarity[0, column]) - median) / reach),
        )
        for column, genre in enumerate(genres)
    ]
    entries.sort(key=lambda entry: (-entry.similarity, entry.genre.name))
    return Taste(tuple(entries), median, n_liked)


def _history(half_stars_of: Mapping[int, int]) -> Ratings:
    """One person's ratings on a catalogue of the rated films alone, in their order."""
    n_movies = len(half_stars_of)
    return Ratings(
        user_ids=np.zeros(1, np.int64),
        n_movies=n_movies,
        user_index=np.zeros(n_movies, np.int32),
        movie_index=np.arange(n_movies, dtype=np.int32),
        half_stars=np.fromiter(half_stars_of.values(), np.int8, n_movies),
        timestamps=np.zeros(n_movies, np.int64),
    )


def _vectors_of(ratings: Mapping[int, int], model: EmbeddingModel) -> dict[int, bytes]:
    """Film id -> vector in binary form, by id."""
    rows = MovieEmbedding.objects.filter(embedding_model=model, movie_id__in=ratings.keys())
    return dict(rows.order_by("movie_id").values_list("movie_id", VectorBytes()))


def _genres_with_vectors(model: EmbeddingModel) -> tuple[list[Genre], NDArray[np.float32]]:
    rows = list(
        GenreEmbedding.objects.filter(embedding_model=model)
        .select_related("genre")
        .defer("vector")
        .annotate(vector_bytes=VectorBytes())
        .order_by("genre__name")
    )
    return [row.genre for row in rows], to_array(row.vector_bytes for row in rows)


def _membership(movie_ids: NDArray[np.int64], genres: list[Genre]) -> NDArray[np.float32]:
    """[films, G], 1 where the film has the genre."""
    membership = np.zeros((len(movie_ids), len(genres)), np.float32)
    columns = {genre.pk: column for column, genre in enumerate(genres)}
    pairs = Movie.genres.through.objects.filter(movie_id__in=movie_ids.tolist())
    for movie_id, genre_id in pairs.values_list("movie_id", "genre_id"):
        if genre_id in columns:
            membership[np.searchsorted(movie_ids, movie_id), columns[genre_id]] = 1.0
    return membership
