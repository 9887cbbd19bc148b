"""Rare words: weights as scikit-learn gives them, and films that were not there at the training."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.feature_extraction.text import TfidfVectorizer

from ml.serving import tfidf as module
from ml.serving.tfidf import TfidfTerms

VOCABULARY = ["ripley", "nostromo", "quint", "brody", "amity", "the", "of"]
texts = st.lists(
    st.lists(st.sampled_from(VOCABULARY), max_size=6).map(" ".join), min_size=1, max_size=12
)


def dense(words: TfidfTerms) -> np.ndarray:
    """[N, V]."""
    rows = np.zeros((len(words), len(words.vocabulary)))
    owners = np.repeat(np.arange(len(words)), np.diff(words.offsets))
    rows[owners, words.terms] = words.weights
    return rows


def cosines(words: TfidfTerms, films: list[int]) -> np.ndarray:
    """[L, N] from the products of the terms that films share."""
    return words.shared(np.array(films, dtype=np.int64)).cosines(0, len(films))


def test_weights_are_scikit_learns():
    documents = [
        "Alien. Ripley of the Nostromo",
        "Aliens. Ripley again, and Newt; Ripley!",
        "Jaws. Quint and Brody of Amity",
        "Jaws 2. Brody of Amity Island, and the Nostromo",
        "",
    ]
    peer = TfidfVectorizer(min_df=2, ngram_range=(1, 2)).fit_transform(documents).toarray()
    found = dense(TfidfTerms.of(documents))
    assert found.shape == peer.shape
    assert found @ found.T == pytest.approx(peer @ peer.T, abs=1e-6)


@given(documents=texts)
def test_products_of_shared_terms_add_up_to_cosines(documents):
    words = TfidfTerms.of(documents)
    rows = dense(words)
    films = list(range(0, len(documents), 2))
    expected = rows[films] @ rows.T
    assert cosines(words, films) == pytest.approx(expected, abs=1e-5)
    for others in (films[:1], films[::-1]):
        shared = words.shared(np.array(films), np.array(others))
        assert shared.cosines(0, len(films)) == pytest.approx(expected[:, others], abs=1e-5)
    assert words.to_sum(np.array(films)) == pytest.approx(expected[:, films].sum(axis=1), abs=1e-5)
    assert words.squares == pytest.approx((rows**2).sum(axis=1), abs=1e-5)


@given(documents=texts)
def test_a_film_read_later_has_the_words_of_one_that_was_there(documents):
    words = TfidfTerms.of(documents)
    assert dense(words.with_texts(documents))[len(documents) :] == pytest.approx(dense(words))


@given(documents=texts, random=st.randoms())
def test_films_keep_their_words_in_another_order(documents, random):
    order = [random.randrange(len(documents)) for _ in range(len(documents))]
    words = TfidfTerms.of(documents)
    assert dense(words.take(np.array(order, dtype=np.int64))) == pytest.approx(dense(words)[order])


def test_words_of_too_many_films_say_nothing(monkeypatch):
    monkeypatch.setattr(module, "MAX_FILMS", 2)
    words = TfidfTerms.of(["ripley quint", "ripley brody", "quint ripley"])
    assert len(words.vocabulary) == 1
    assert words.squares.tolist() == [1, 0, 1]


def test_a_model_without_words_has_none_for_anybody():
    words = TfidfTerms.none(3).with_texts(["ripley"])
    assert len(words) == 4
    assert not cosines(words, [0, 3]).any()
