"""The served model with the films that it was not trained on."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ml.serving.model import ServedModel
from ml.serving.new_movies import NewMovies
from ml.serving.tfidf import movie_text
from movies.models import Movie
from recommendations.models import MovieEmbedding
from recommendations.vectors import VectorBytes, to_array


def with_new_films(model: ServedModel, embedding_model_id: int) -> ServedModel:
    """Return the trained model with the films that it did not learn from ratings.

    Three queries, one where there is no such film.
    """
    embedded = MovieEmbedding.objects.filter(embedding_model=embedding_model_id)
    learned = model.movie_ids[model.ensemble.is_trained]
    found = np.fromiter(embedded.values_list("movie_id", flat=True), np.int64)
    new = np.setdiff1d(found, learned)
    if len(new) == 0:
        return model
    rows = list(
        embedded.filter(movie_id__in=new.tolist())
        .order_by("movie_id")
        .values_list("movie_id", "movie__year", VectorBytes(), "movie__title", "movie__description")
    )
    ids = np.array([row[0] for row in rows], dtype=np.int64)
    years = [np.nan if row[1] is None else row[1] for row in rows]
    texts = [movie_text(title, description) for *_, title, description in rows]
    films = NewMovies(
        ids,
        to_array(row[2] for row in rows),
        _genres(ids, model.genre_names),
        np.array(years, dtype=np.float32),
        np.array(texts, dtype=object),
    )
    return model.with_new_films(films)


def _genres(movie_ids: NDArray[np.int64], names: Sequence[str]) -> NDArray[np.float32]:
    """[n, G] in the order of ``names``; genres that the model does not know are left out."""
    row = {movie_id: place for place, movie_id in enumerate(movie_ids.tolist())}
    column = {name: place for place, name in enumerate(names)}
    genres = np.zeros((len(row), len(column)), dtype=np.float32)
    links = Movie.genres.through.objects.filter(
        movie_id__in=movie_ids.tolist(), genre__name__in=list(names)
    ).values_list("movie_id", "genre__name")
    for movie_id, name in links:
        genres[row[movie_id], column[name]] = 1
    return genres
