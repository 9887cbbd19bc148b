"""Embedding films that were added or changed between two runs, on a worker."""

import logging

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from ml.data.dataset import Catalogue, DataError
from ml.progress import ignore_progress
from ml.training.embeddings import documents, embed
from movies.models import Movie
from recommendations.models import EmbeddingModel
from recommendations.selectors.similar import current_embedding_model
from recommendations.services.new_films import FILMS_PER_TASK, films_to_embed, vectors_store
from recommendations.serving.query_embedding import document_vectors, runs_in_web
from recommendations.training.worker.queries import text_model

logger = logging.getLogger(__name__)


def films_embed() -> EmbeddingModel | None:
    """Embed the next films that need it, by the served text model.

    Returns
    -------
    EmbeddingModel or None
        The model if more films wait, else None. Nothing is done before there is a model: the first
        run embeds all films.

    Raises
    ------
    DataError
        The text model is not on this machine.

    """
    model = current_embedding_model()
    if model is None:
        return None
    films = list(films_to_embed(model)[: FILMS_PER_TASK + 1])
    films, has_more = films[:FILMS_PER_TASK], len(films) > FILMS_PER_TASK
    if not films:
        return None
    vectors = _vectors(films, model)
    if vectors.shape[1] != model.n_dimensions:
        raise DataError(f"{model} gives {vectors.shape[1]} dimensions on this machine")
    vectors_store(model=model, films=films, vectors=vectors)
    logger.info("Embedded %s films between two runs.", len(films))
    return model if has_more else None


def _vectors(films: list[Movie], model: EmbeddingModel) -> NDArray[np.float32]:
    catalogue = Catalogue.build(
        [film.pk for film in films],
        [film.title for film in films],
        [np.nan if film.year is None else film.year for film in films],
        [film.genre_names for film in films],  # type: ignore[attr-defined] # annotated
        [film.description for film in films],
    )
    texts = documents(catalogue)
    if runs_in_web(model):
        # The matrices are small: on a busy machine, threads take fifteen times as long as one.
        with threadpool_limits(1, "blas"):
            return document_vectors(texts, model)
    return embed(texts, text_model(model.name), ignore_progress)
