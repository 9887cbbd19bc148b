"""Rare words that films share: the people, places and series that a sentence embedding blurs.

A film's title and description become TF-IDF weights (Salton and Buckley, 1988) of words and of
pairs of neighbouring words, as far as they stand in 2 to `MAX_FILMS` films. NumPy only: a web
process reads the words of a film that was added a minute ago.

Legend: N films, V terms, E entries, a term of a film each.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from ml.data.dataset import positions

MAX_FILMS = 100
"""Films that have a term at most. Commoner ones say little, and they alone would make the work for
a history grow with the catalogue."""
_WORD = re.compile(r"\w\w+")


def movie_text(title: str, description: str) -> str:
    """Return the text from which a film's terms are taken."""
    return f"{title}. {description}"


@dataclass(frozen=True)
class TfidfTerms:
    """The weights of each film's terms, rows of unit length or empty."""

    vocabulary: NDArray[np.int64]
    """[V] hashes of the terms, sorted: films added later are read by it."""
    rarity: NDArray[np.float32]
    """[V] inverse document frequency, log((1 + N) / (1 + films with the term)) + 1."""
    offsets: NDArray[np.int64]
    """[N + 1]: film n's entries are offsets[n] to offsets[n + 1]."""
    terms: NDArray[np.int32]
    """[E] place in the vocabulary."""
    weights: NDArray[np.float32]
    """[E]."""

    @classmethod
    def of(cls, texts: Sequence[str]) -> TfidfTerms:
        """Learn the vocabulary of these texts [N], and read them."""
        counted = [_counts(text) for text in texts]
        n_films = Counter(term for counts in counted for term in counts)
        kept = {term: n for term, n in n_films.items() if 2 <= n <= MAX_FILMS}
        vocabulary, first = np.unique(_hashes(kept), return_index=True)
        n_with = np.fromiter(kept.values(), np.float64, len(kept))[first]
        rarity = (np.log((1 + len(texts)) / (1 + n_with)) + 1).astype(np.float32)
        nothing = np.zeros(0, dtype=np.int32)
        empty = cls(vocabulary, rarity, np.zeros(1, np.int64), nothing, nothing.astype(np.float32))
        return empty._with([[(t, n) for t, n in counts.items() if t in kept] for counts in counted])

    @classmethod
    def none(cls, n_films: int) -> TfidfTerms:
        """Of a model that knows no words."""
        empty = cls.of([])
        return replace(empty, offsets=np.zeros(n_films + 1, dtype=np.int64))

    def __len__(self) -> int:
        return len(self.offsets) - 1

    def with_texts(self, texts: Iterable[str]) -> TfidfTerms:
        """With films more, behind the others; of their terms those of the vocabulary count."""
        return self._with([list(_counts(text).items()) for text in texts])

    def take(self, movie_index: NDArray[np.int64]) -> TfidfTerms:
        """Return the terms of the films at these positions, in this order."""
        counts = np.diff(self.offsets)[movie_index]
        entries = _spans(self.offsets[movie_index], counts)
        offsets = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
        return replace(
            self, offsets=offsets, terms=self.terms[entries], weights=self.weights[entries]
        )

    def to_sum(self, films: NDArray[np.int64]) -> NDArray[np.float64]:
        """[L] products of each of these films' rows with the sum of all their rows."""
        entries, owners = self._entries(films)
        terms, weights = self.terms[entries], self.weights[entries].astype(np.float64)
        total = np.bincount(terms, weights, minlength=len(self.vocabulary))
        return np.bincount(owners, weights * total[terms], minlength=len(films)).astype(np.float64)

    def shared(
        self, films: NDArray[np.int64], others: NDArray[np.int64] | None = None
    ) -> SharedTerms:
        """Return the terms that each of these films shares with every film, or with `others`.

        Those are K different positions, and stand as 0 to K - 1 in what comes back.
        """
        index = self._index
        entries, place = self._entries(films)
        if others is not None and len(others) < len(films):
            is_met = self._terms_of(others)[self.terms[entries]]
            entries, place = entries[is_met], place[is_met]
        n_with = index.n_with[self.terms[entries]]
        met = _spans(index.offsets[self.terms[entries]], n_with)
        entry = np.repeat(np.arange(len(entries)), n_with)
        film = index.films[met]
        if others is not None:
            column = np.full(len(self), -1)
            column[others] = np.arange(len(others))
            film = column[film]
            kept = np.flatnonzero(film >= 0)
            film, met, entry = film[kept], met[kept], entry[kept]
        product = self.weights[entries][entry] * index.weights[met]
        return SharedTerms(
            place[entry], film, product, len(self) if others is None else len(others)
        )

    def _entries(self, films: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return the positions of these films' entries, film by film, and the film of each."""
        counts = self.offsets[films + 1] - self.offsets[films]
        return _spans(self.offsets[films], counts), np.repeat(np.arange(len(films)), counts)

    def _terms_of(self, films: NDArray[np.int64]) -> NDArray[np.bool_]:
        """[V] the terms that any of these films has."""
        found = np.zeros(len(self.vocabulary), dtype=np.bool_)
        found[self.terms[self._entries(films)[0]]] = True
        return found

    @cached_property
    def squares(self) -> NDArray[np.float64]:
        """[N] 1 where a film has any term, else 0: the squared length of its row."""
        return (np.diff(self.offsets) > 0).astype(np.float64)

    @cached_property
    def _index(self) -> _Index:
        order = np.argsort(self.terms, kind="stable")
        owners = np.repeat(np.arange(len(self)), np.diff(self.offsets))
        n_with = np.bincount(self.terms, minlength=len(self.vocabulary))
        offsets = np.concatenate([[0], np.cumsum(n_with)]).astype(np.int64)
        return _Index(offsets, n_with, owners[order], self.weights[order])

    def _with(self, counted: Sequence[Sequence[tuple[str, int]]]) -> TfidfTerms:
        """With rows more, from each film's terms and how often it has them."""
        owners = np.repeat(np.arange(len(counted)), [len(row) for row in counted])
        places = positions(self.vocabulary, _hashes([term for row in counted for term, _ in row]))
        known = places >= 0
        owners, places = owners[known], places[known]
        times = np.array([n for row in counted for _, n in row], dtype=np.float64)[known]
        weights = times * self.rarity[places]
        length = np.sqrt(np.bincount(owners, weights**2, minlength=len(counted)))
        offsets = np.cumsum(np.bincount(owners, minlength=len(counted))) + self.offsets[-1]
        return replace(
            self,
            offsets=np.concatenate([self.offsets, offsets]).astype(np.int64),
            terms=np.concatenate([self.terms, places]).astype(np.int32),
            weights=np.concatenate([self.weights, weights / length[owners]]).astype(np.float32),
        )


@dataclass(frozen=True)
class SharedTerms:
    """P products of weights: of each of L films and each of K films, one for each term of both."""

    place: NDArray[np.int64]
    """[P] of the one film among the L, never falling."""
    film: NDArray[np.int64]
    """[P] of the other among the K."""
    product: NDArray[np.float32]
    """[P]."""
    n_films: int
    """K."""

    def cosines(self, first: int, last: int) -> NDArray[np.float64]:
        """[last - first, K] of those of the L films, from `first` to before `last`."""
        rows = slice(*np.searchsorted(self.place, [first, last]))
        pair = (self.place[rows] - first) * self.n_films + self.film[rows]
        shape = (last - first, self.n_films)
        summed = np.bincount(pair, self.product[rows], minlength=shape[0] * shape[1])
        return summed.reshape(shape).astype(np.float64, copy=False)


@dataclass(frozen=True)
class _Index:
    """The films of each term, the other way round."""

    offsets: NDArray[np.int64]
    """[V + 1]."""
    n_with: NDArray[np.int64]
    """[V] films that have it."""
    films: NDArray[np.int64]
    """[E]."""
    weights: NDArray[np.float32]
    """[E]."""


def _counts(text: str) -> Counter[str]:
    words = _WORD.findall(text.casefold())
    return Counter([*words, *(f"{first} {second}" for first, second in pairwise(words))])


def _hashes(terms: Iterable[str]) -> NDArray[np.int64]:
    """One number for each term, the same in every process."""
    digests = (hashlib.blake2b(term.encode(), digest_size=8).digest() for term in terms)
    return np.frombuffer(b"".join(digests), dtype="<i8").astype(np.int64)


def _spans(starts: NDArray[np.int64], counts: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the ranges of `counts` numbers from each start, one after another.

    >>> _spans(np.array([5, 0]), np.array([2, 3])).tolist()
    [5, 6, 0, 1, 2]
    """
    shifts = starts - np.concatenate([[0], np.cumsum(counts)])[:-1].astype(np.int64)
    return np.repeat(shifts, counts) + np.arange(counts.sum())
