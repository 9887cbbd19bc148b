"""Films by what a visitor's words mean: the embedded query's neighbours among the films."""

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from django.db import connection, transaction
from django.db.backends.postgresql.psycopg_any import sql
from django.utils.translation import gettext as _

from movies.models import Genre, Movie
from movies.selectors.movies import movies_all
from recommendations.selectors.similar import current_embedding_model
from recommendations.serving.query_embedding import (
    QueryNotEmbeddedError,
    knows_words,
    query_vector,
)

if TYPE_CHECKING:
    from psycopg.sql import Composable

MIN_CHARACTERS: Final = 3
"""Fewer mean nothing yet: somebody is typing."""
MAX_LIMIT: Final = 100
MIN_COSINE: Final = {"minilm": 0.25}
"""By embedding model: films farther from the query are noise. ADR 0050 has the measurement."""
MIN_COSINE_UNKNOWN: Final = {"minilm": 0.4}
"""The same for a query that is not in the model's language."""
FAME_WEIGHT: Final = 0.04
"""Added to the cosine per tenfold number of ratings. ADR 0066 has the measurement."""

# The index is used only if cast and condition are those it was made with.
MEANT: Final = """
    SELECT movie_id, 1 - (vector::vector({n_dimensions}) <=> %(vector)s::vector({n_dimensions}))
    FROM recommendations_movieembedding
    WHERE embedding_model_id = {model} {filters}
    ORDER BY vector::vector({n_dimensions}) <=> %(vector)s::vector({n_dimensions})
    LIMIT {limit}
"""
OF_GENRE: Final = """
    AND EXISTS (
        SELECT FROM movies_movie_genres AS of
        WHERE of.movie_id = recommendations_movieembedding.movie_id AND of.genre_id = {genre}
    )
"""
OF_YEARS: Final = """
    AND EXISTS (
        SELECT FROM movies_movie AS film
        WHERE film.id = movie_id AND film.year BETWEEN {first} AND {last}
    )
"""


@dataclass(frozen=True)
class MeantMovies:
    """The films that fit a query by their meaning, the best first."""

    movies: tuple[Movie, ...] = ()
    reason: str = ""
    """Why there are none, in words for the visitor; empty if that needs no words."""


def search_by_meaning(
    query: str,
    limit: int = 24,
    *,
    genre: Genre | None = None,
    years: tuple[int, int] | None = None,
) -> MeantMovies:
    """Return the films whose descriptions are nearest to ``query``, filtered by genre and years.

    The ``MAX_LIMIT`` nearest films are ordered by cosine and number of ratings: what many people
    know is more often what a few words describe. ``years`` are the first and the last. The index
    goes on until enough films pass the filters. Four queries: the embedding model, the neighbours
    (with a setting and a transaction of their own), the films and their genres.
    """
    if len(query.strip()) < MIN_CHARACTERS:
        return MeantMovies()
    model = current_embedding_model()
    if model is None:
        return MeantMovies(
            reason=_("No model has read the films' descriptions yet: only titles were searched.")
        )
    try:
        vector = query_vector(query, model)
    except QueryNotEmbeddedError as error:
        return MeantMovies(reason=str(error))
    statement = sql.SQL(MEANT).format(
        model=sql.Literal(model.pk),
        n_dimensions=sql.Literal(model.n_dimensions),
        limit=sql.Literal(MAX_LIMIT),
        filters=_filters(genre, years),
    )
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL hnsw.iterative_scan = strict_order")
        cursor.execute(statement, {"vector": str(vector.tolist())})
        minima = MIN_COSINE if knows_words(query, model) else MIN_COSINE_UNKNOWN
        least = minima.get(model.name, -1.0)
        cosines = {movie_id: cosine for movie_id, cosine in cursor if cosine >= least}
    movies = sorted(
        movies_all().in_bulk(cosines).values(),
        key=lambda movie: cosines[movie.pk] + FAME_WEIGHT * math.log10(1 + movie.n_ratings),
        reverse=True,
    )
    return MeantMovies(tuple(movies[:limit]))


def _filters(genre: Genre | None, years: tuple[int, int] | None) -> "Composable":
    parts: list[Composable] = []
    if genre is not None:
        parts.append(sql.SQL(OF_GENRE).format(genre=sql.Literal(genre.pk)))
    if years is not None:
        first, last = map(sql.Literal, years)
        parts.append(sql.SQL(OF_YEARS).format(first=first, last=last))
    filters: Composable = sql.Composed(parts)
    return filters
