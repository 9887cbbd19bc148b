"""Queries embedded by a text model that only workers can run."""

from functools import lru_cache
from typing import Final

from ml.progress import ignore_progress
from ml.training.embeddings import TextModel, embed, find_text_model
from recommendations.models import EmbeddingModel
from recommendations.serving.query_embedding import query_answer, text_model_folder

HUB_NAMES: Final = ("minilm", "lamini")
"""Known to ``find_text_model`` by name, at a commit or not; any other name is that of a folder."""


def query_embed(text: str, model_id: int) -> None:
    """Leave the vector of ``text`` for the page that asked.

    Raises
    ------
    EmbeddingModel.DoesNotExist
        The model was deleted meanwhile.
    DataError
        The text model is not on this machine.

    """
    model = EmbeddingModel.objects.get(pk=model_id)
    query_answer(text, model, embed([text], text_model(model.name), ignore_progress)[0])


@lru_cache(maxsize=1)
def text_model(name: str) -> TextModel:
    """One model stays loaded: loading takes longer than a page waits."""
    folder = None if name.partition("@")[0] in HUB_NAMES else text_model_folder(name)
    return find_text_model(str(folder or name))
