"""Films like a film, by the embeddings of their descriptions."""

from dataclasses import dataclass

from django.db import connection
from django.db.backends.postgresql.psycopg_any import sql

from movies.models import Movie
from movies.selectors.movies import movies_all
from recommendations.models import EmbeddingModel
from recommendations.serving.registry import active_model

MAX_LIMIT = 30
"""An HNSW scan finds at most ``hnsw.ef_search`` rows, 40 unless the server says otherwise."""

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
    """A film and the cosine of its embedding with the asked film's, -1 to 1."""

    movie: Movie
    similarity: float


def current_embedding_model() -> EmbeddingModel | None:
    """The active run's text model; before any is active, the latest one. One query."""
    active = active_model()
    models = EmbeddingModel.objects.filter(kind=EmbeddingModel.Kind.TEXT).order_by("-id")
    if active is not None and active.embedding_model_id is not None:
        models = models.filter(pk=active.embedding_model_id)
    return models.first()


def similar_movies(movie: Movie, limit: int = 12) -> list[SimilarMovie]:
    """The films whose descriptions are nearest, by the embedding model's HNSW index.

    At most ``MAX_LIMIT``; none when the film has no embedding yet. Four queries: the embedding
    model, the neighbours, the films and their genres.
    """
    model = current_embedding_model()
    if model is None:
        return []
    with connection.cursor() as cursor:
        cursor.execute(nearest_query(model, movie.pk, min(limit, MAX_LIMIT) + 1))
        rows = [(movie_id, distance) for movie_id, distance in cursor if distance is not None]
    neighbours = [row for row in rows if row[0] != movie.pk][:limit]
    movies = movies_all().in_bulk([movie_id for movie_id, _distance in neighbours])
    return [SimilarMovie(movies[movie_id], 1.0 - distance) for movie_id, distance in neighbours]


def nearest_query(model: EmbeddingModel, movie_id: int, limit: int) -> sql.Composed:
    """The rows (movie_id, cosine distance) nearest to a film, itself first."""
    return sql.SQL(NEAREST).format(
        n_dimensions=sql.Literal(model.n_dimensions),
        model=sql.Literal(model.pk),
        movie=sql.Literal(movie_id),
        limit=sql.Literal(limit),
    )
