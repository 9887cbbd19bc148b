"""What a visitor's words mean, as a vector among the films' vectors.

A BERT that lies on this machine (MiniLM does where its package is installed) is run here, by NumPy
(``ml.serving.text_encoder``). Any other text model, such as LaMini's T5, is a worker's: the
words go to a task, and the page waits for a moment.
"""

import hashlib
import time
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Final

import numpy as np
from django.conf import settings
from django.core.cache import cache
from django.utils.translation import gettext as _
from numpy.typing import NDArray

from common.enqueue import send
from ml.serving.text_encoder import TextEncoder, TextEncoderError, bundled_minilm
from movies.search_text import transliterated
from recommendations.models import EmbeddingModel

EMBED_QUERY_TASK: Final = "recommendations.embed_query"
WAIT_SECONDS: Final = 1.5
"""How long a page waits for a worker."""
LOOK_EVERY_SECONDS: Final = 0.05
PAUSE_SECONDS: Final = 30
"""How long nobody waits after a worker was too slow: it may be training for hours."""
KEEP_SECONDS: Final = 24 * 3600
N_REMEMBERED: Final = 512
MIN_KNOWN_SHARE: Final = 0.8
MAX_CHARACTERS: Final = 200

Vector = NDArray[np.float32]


class QueryNotEmbeddedError(Exception):
    """The words' meaning is not known now; the message tells the visitor why."""


def query_vector(text: str, model: EmbeddingModel) -> Vector:
    """Return the unit vector of ``text`` in the space of ``model``'s films, [n_dimensions].

    Raises
    ------
    QueryNotEmbeddedError
        The model is run by workers only, and none has answered in time.

    """
    text = " ".join(text.split())[:MAX_CHARACTERS]
    if runs_in_web(model):
        return _encoded(model.name, text)
    return _from_worker(text, model)


def runs_in_web(model: EmbeddingModel) -> bool:
    """Whether NumPy runs the text model here, so that neither torch nor a worker is needed."""
    encoder = _encoder(model.name)
    return encoder is not None and encoder.dimension == model.n_dimensions


def knows_words(text: str, model: EmbeddingModel) -> bool:
    """Return whether a text is in Latin letters and its words are in the model's vocabulary.

    The vocabulary has single letters of other scripts, but the model was not trained on them. True
    where NumPy does not run the model here, so that its vocabulary is not known.
    """
    encoder = _encoder(model.name)
    if encoder is None:
        return True
    return not transliterated(text) and encoder.known_share(text) >= MIN_KNOWN_SHARE


def document_vectors(texts: Sequence[str], model: EmbeddingModel) -> Vector:
    """[n, n_dimensions] unit vectors of films' texts, where ``runs_in_web``.

    Raises
    ------
    QueryNotEmbeddedError
        NumPy does not run the model here.

    """
    encoder = _encoder(model.name)
    if encoder is None:
        raise QueryNotEmbeddedError
    return np.stack([encoder.encode(text) for text in texts])


def query_key(text: str, model: EmbeddingModel) -> str:
    """Where the cache holds the vector of ``text`` that a worker made."""
    return f"query:{model.pk}:{hashlib.blake2b(text.encode(), digest_size=16).hexdigest()}"


def query_answer(text: str, model: EmbeddingModel, vector: Vector) -> None:
    """Leave a worker's vector where the pages that wait for it look."""
    cache.set(query_key(text, model), vector.astype(np.float32).tobytes(), KEEP_SECONDS)


def text_model_folder(name: str) -> Path | None:
    """Where the text model of this name lies on this machine; None if it does not."""
    if name == "minilm":
        return bundled_minilm()
    configured = Path(settings.EMBEDDINGS)
    return configured if configured.name == name and configured.is_dir() else None


@lru_cache(maxsize=2)
def _encoder(name: str) -> TextEncoder | None:
    folder = text_model_folder(name)
    if folder is None:
        return None
    try:
        return TextEncoder(folder)
    except TextEncoderError:
        return None


@lru_cache(maxsize=N_REMEMBERED)
def _encoded(name: str, text: str) -> Vector:
    """One vector, remembered: the same words come again with every filter and page."""
    encoder = _encoder(name)
    if encoder is None:
        raise QueryNotEmbeddedError
    vector = encoder.encode(text)
    vector.setflags(write=False)
    return vector


def _from_worker(text: str, model: EmbeddingModel) -> Vector:
    key = query_key(text, model)
    if (found := cache.get(key)) is not None:
        return np.frombuffer(found, dtype=np.float32)
    pause_key = f"query:{model.pk}:pause"
    may_wait = not cache.get(pause_key)
    if cache.add(f"{key}:asked", 1, PAUSE_SECONDS):
        _ask_worker(text, model)
    deadline = time.monotonic() + (WAIT_SECONDS if may_wait else 0)
    while time.monotonic() < deadline:
        time.sleep(LOOK_EVERY_SECONDS)
        if (found := cache.get(key)) is not None:
            return np.frombuffer(found, dtype=np.float32)
    cache.set(pause_key, 1, PAUSE_SECONDS)
    raise QueryNotEmbeddedError(
        _("What your words mean is being worked out. Search again in a moment.")
    )


def _ask_worker(text: str, model: EmbeddingModel) -> None:
    if not send(EMBED_QUERY_TASK, text, model.pk, expires=PAUSE_SECONDS):
        raise QueryNotEmbeddedError(
            _("No worker is there to work out what your words mean: only titles were searched.")
        )
