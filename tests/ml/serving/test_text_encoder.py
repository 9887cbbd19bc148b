"""The NumPy encoder gives what sentence-transformers gives."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from ml.progress import ignore_progress
from ml.serving.text_encoder import MAX_TOKENS, TextEncoder, TextEncoderError, bundled_minilm
from ml.training.embeddings import embed, find_text_model

TEXTS = [
    "a lonely robot in space",
    "x",
    "",
    "Ünïcode, résumé, 日本語 🤖",
    "heist " * 300,
]


@pytest.fixture(scope="module")
def minilm() -> Path:
    folder = bundled_minilm()
    assert folder is not None
    return folder


@pytest.fixture(scope="module")
def encoder(minilm: Path) -> TextEncoder:
    return TextEncoder(minilm)


@pytest.fixture
def weightless(minilm: Path, tmp_path: Path) -> Path:
    """Return a folder with everything but the weights."""
    folder = tmp_path / "model"
    return shutil.copytree(minilm, folder, ignore=shutil.ignore_patterns("*.safetensors"))


def test_it_gives_the_vectors_of_sentence_transformers(encoder: TextEncoder, minilm: Path):
    from sentence_transformers import SentenceTransformer  # takes seconds, in each process

    peer = SentenceTransformer(str(minilm), device="cpu")
    peer.max_seq_length = MAX_TOKENS
    expected = peer.encode(TEXTS, normalize_embeddings=True)
    found = np.stack([encoder.encode(text) for text in TEXTS])
    assert found.dtype == np.float32
    assert found.shape == (len(TEXTS), encoder.dimension)
    assert found == pytest.approx(expected, abs=1e-5)


def test_its_vectors_can_be_compared_with_those_of_a_run(encoder: TextEncoder):
    of_run = embed(TEXTS, find_text_model("minilm"), ignore_progress)
    for text, vector in zip(TEXTS, of_run, strict=True):
        assert encoder.encode(text) @ vector > 0.9999


def test_words_of_like_meaning_are_nearer_than_others(encoder: TextEncoder):
    robot, android, wedding = map(
        encoder.encode, ("a robot alone in space", "android on a spaceship", "a wedding in Italy")
    )
    assert robot @ android > robot @ wedding + 0.2


def test_a_text_is_cut_where_descriptions_are(encoder: TextEncoder):
    # Two tokens frame a text.
    words = ["heist"] * (MAX_TOKENS - 2)
    assert (encoder.encode(" ".join(words)) == encoder.encode(" ".join([*words, "wedding"]))).all()


@pytest.mark.parametrize(
    "change",
    [{"model_type": "t5"}, {"hidden_act": "relu"}, {"position_embedding_type": "relative_key"}],
)
def test_another_kind_of_model_is_refused(weightless: Path, change: dict[str, str]):
    (weightless / "model.safetensors").touch()
    config = weightless / "config.json"
    config.write_text(json.dumps(json.loads(config.read_text()) | change))
    with pytest.raises(TextEncoderError, match="no BERT"):
        TextEncoder(weightless)


def test_a_folder_that_lacks_a_file_is_refused(weightless: Path, tmp_path: Path):
    with pytest.raises(TextEncoderError, match="no sentence-transformers folder"):
        TextEncoder(tmp_path)
    with pytest.raises(TextEncoderError, match=r"has no model\.safetensors"):
        TextEncoder(weightless)


def test_it_says_how_many_words_its_vocabulary_holds(encoder: TextEncoder):
    assert encoder.known_share("stuck in a time loop") == 1
    assert encoder.known_share("qwxz vkjh zzpt") == 0
    assert encoder.known_share("a vkjh") == 0.5
    assert encoder.known_share("") == 0
