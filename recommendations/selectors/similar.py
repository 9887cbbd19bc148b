"""Films like a film: by the active model's co-ratings and content, else by descriptions alone."""

import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from django.conf import settings
from django.db import connection
from django.db.backends.postgresql.psycopg_any import sql

from ml.data.dataset import positions
from ml.serving.ensemble import Ensemble
from ml.serving.similar import SimilarMovies
from movies.models import Movie
from movies.selectors.movies import movies_all
from movies.selectors.people import of_same_directors
from recommendations.models import EmbeddingModel
from recommendations.serving.registry import ActiveModel, active_model

if TYPE_CHECKING:
    from psycopg.sql import Composed

MAX_LIMIT = 30
"""An HNSW scan finds at most ``hnsw.ef_search`` rows, 40 unless the server says otherwise."""
SPARE = 5
"""Films asked of the model beyond the limit, in place of those deleted since its training."""

# The index is used only if cast and condition are those it was made with.
NEAREST = """
    SELECT movie_id, vector::vector({n_dimensions}) <=> (
        SELECT vector::vector({n_dimensions}) FROM recommendations_movieembedding
        WHERE embedding_model_id = {model} AND movie_id = {movie}
    ) AS distance
    FROM recommendations_movieembedding
    WHERE embedding_model_id = {model}
    ORDER BY distance
    LIMIT {limit}
"""


@dataclass(frozen=True)
class SimilarMovie:
    """A film and how similar it is, -1 to 1."""

    movie: Movie
    similarity: float


def current_embedding_model() -> EmbeddingModel | None:
    """Return the active run's text model, or the latest if no run is active.

    One query.
    """
    active = active_model()
    models = EmbeddingModel.objects.filter(kind=EmbeddingModel.Kind.TEXT).order_by("-id")
    if active is not None and active.embedding_model_id is not None:
        models = models.filter(pk=active.embedding_model_id)
    return models.first()


def similar_movies(movie: Movie, limit: int = 12) -> list[SimilarMovie]:
    """Return the films most like a film, best first, at most ``MAX_LIMIT``.

    The active model compares co-ratings, text without the year, genres and series
    (``ml.serving.similar``), and a film that nobody rated by its content. Films of the same
    director count as more similar. Films that the model does not know, and catalogues above
    ``CANDIDATES_ABOVE``, are compared by the embeddings of their descriptions. At most four
    queries.
    """
    limit = min(limit, MAX_LIMIT)
    active = active_model()
    found = None if active is None else _by_model(active, movie, limit + SPARE)
    if found is None:
        found = _by_descriptions(movie, limit)
    movies = movies_all().in_bulk([movie_id for movie_id, _similarity in found])
    return [
        SimilarMovie(movies[movie_id], similarity)
        for movie_id, similarity in found
        if movie_id in movies
    ][:limit]


class _Prepared:
    """What one process compares films by, made once for each model that it serves."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.source: Ensemble | None = None
        self.similar: SimilarMovies | None = None

    def of(self, ensemble: Ensemble) -> SimilarMovies:
        """Return it for this model."""
        with self.lock:
            if self.similar is None or self.source is not ensemble:
                self.source, self.similar = ensemble, SimilarMovies.of(ensemble)
            return self.similar


_prepared = _Prepared()


def _by_model(active: ActiveModel, movie: Movie, limit: int) -> list[tuple[int, float]] | None:
    """Ids and similarities; None where the model cannot tell."""
    ensemble, ids = getattr(active.model, "ensemble", None), active.model.movie_ids
    if not isinstance(ensemble, Ensemble) or len(ids) > settings.CANDIDATES_ABOVE:
        return None
    place = int(positions(ids, np.array([movie.pk]))[0])
    if place < 0:
        return None
    related = positions(ids, np.array(of_same_directors(movie), dtype=np.int64))
    found, similarity = _prepared.of(ensemble).nearest(place, limit, related[related >= 0])
    return list(zip(ids[found].tolist(), similarity.tolist(), strict=True))


def _by_descriptions(movie: Movie, limit: int) -> list[tuple[int, float]]:
    """Ids and cosines by the embedding model's HNSW index; none without an embedding."""
    model = current_embedding_model()
    if model is None:
        return []
    with connection.cursor() as cursor:
        cursor.execute(nearest_query(model, movie.pk, limit + 1))
        rows = [(movie_id, distance) for movie_id, distance in cursor if distance is not None]
    return [(movie_id, 1.0 - distance) for movie_id, distance in rows if movie_id != movie.pk][
        :limit
    ]


def nearest_query(model: EmbeddingModel, movie_id: int, limit: int) -> "Composed":
    """Return the rows (movie_id, cosine distance) nearest to a film, itself first."""
    query: Composed = sql.SQL(NEAREST).format(
        n_dimensions=sql.Literal(model.n_dimensions),
        model=sql.Literal(model.pk),
        movie=sql.Literal(movie_id),
        limit=sql.Literal(limit),
    )
    return query
