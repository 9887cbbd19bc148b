"""How soon a newcomer's ten fit, by the order in which films are offered to them.

People who are held out of the training (protocol cold-0) are shown one film after another. Each
answers with the stars they gave it if it is among `POOL_SHARE` of their ratings, else they do not
know it. The rest of their ratings is what a ranking of the catalogue without that pool is measured
by, so every order is measured on the same films. They come when they really came: trends are read
as of their first rating. Orders: the most rated film first, at random among the `N_POPULAR` most
rated, and `ml.serving.elicitation`.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import load_file, save_file

from benchmarks.measuring import best_seconds, print_machine
from ml.cli.evaluate import read_data
from ml.data.dataset import Dataset, Ratings
from ml.data.splits import make_split
from ml.evaluation.bootstrap import interval, paired_difference
from ml.metrics import ndcg
from ml.progress import ignore_progress
from ml.serving.base_models import Rated
from ml.serving.elicitation import Onboarding
from ml.serving.ensemble import Ensemble

POOL_SHARE = 0.6
N_POPULAR = 200
N_ANSWERS = 10
N_OFFERS = (12, 24, 48)
MOST_OFFERS = 150
"""Then the visitor has had enough, whatever was answered."""

Positions = NDArray[np.int64]
Chooser = Callable[[Rated, list[int]], int]


@dataclass(frozen=True)
class Person:
    """Somebody new: what they can answer, and what they would like."""

    answers: dict[int, int]
    """Film -> half stars."""
    liked: Positions
    came_at: NDArray[np.int64]
    """[1] timestamp of their first rating."""


@dataclass
class Course:
    """What one order of offers led to, a value for each person."""

    after_answers: list[float] = field(default_factory=list)
    after_offers: dict[int, list[float]] = field(default_factory=dict)
    n_offers: list[int] = field(default_factory=list)
    """Offers until there were enough answers, or `MOST_OFFERS`."""


def main() -> None:
    """Print NDCG@10 for each order, and what the adaptive one gains over the most rated first."""
    options_of = argparse.ArgumentParser(description=__doc__)
    options_of.add_argument("--data", required=True, help="directory of ratings, or builtin")
    options_of.add_argument("--descriptions", type=Path, help="film articles, JSON lines")
    options_of.add_argument("--cache", type=Path, help="directory that keeps text embeddings")
    options_of.add_argument("--seeds", type=int, default=1)
    options_of.add_argument("--models", type=Path, required=True, help="directory to keep fits in")
    options = options_of.parse_args()
    data, _name = read_data(options)
    print_machine()
    courses: dict[str, Course] = {}
    for seed in range(options.seeds):
        split = make_split(data.ratings, "cold-0", seed)
        ensemble = _fusion(options, data, split.train, seed)
        for name, chooser in _choosers(ensemble, split.train, seed).items():
            course = courses.setdefault(name, Course())
            for person in _people(split.held_out, seed):
                _accompany(person, chooser(), ensemble, course)
            print(f"seed {seed}: {name} done", flush=True)
    _print(courses)
    _print_time(ensemble, split.train)


def _fusion(options: argparse.Namespace, data: Dataset, train: Ratings, seed: int) -> Ensemble:
    path: Path = options.models / f"cold-0-{seed}.safetensors"
    if not path.exists():
        from ml.training.embeddings import documents, embed, find_text_model
        from ml.training.protocol import TrainingData
        from ml.training.served import Served

        texts = documents(data.catalogue)
        text = embed(texts, find_text_model("minilm"), ignore_progress, cache=options.cache)
        fitted = Served().fit(TrainingData(train, data.catalogue, text), seed=seed)
        path.parent.mkdir(parents=True, exist_ok=True)
        tensors = fitted.ensemble.to_tensors()
        save_file({name: np.ascontiguousarray(value) for name, value in tensors.items()}, path)
    return Ensemble.from_tensors(load_file(path))


def _people(held_out: Ratings, seed: int) -> list[Person]:
    """Everybody held out who can answer often enough and likes a film of the rest."""
    people = []
    for user in np.flatnonzero(np.diff(held_out.offsets)):
        rows = np.arange(*held_out.offsets[user : user + 2])
        rows = np.random.default_rng([seed, 6, int(user)]).permutation(rows)
        n_pool = round(POOL_SHARE * len(rows))
        pool, rest = rows[:n_pool], rows[n_pool:]
        films, half_stars = held_out.movie_index, held_out.half_stars
        liked = films[rest][half_stars[rest] >= 8].astype(np.int64)
        if n_pool >= N_ANSWERS and len(liked):
            pairs = zip(films[pool].tolist(), half_stars[pool].tolist(), strict=True)
            came_at = held_out.timestamps[rows].min(keepdims=True)
            people.append(Person(dict(pairs), liked, came_at))
    return people


def _choosers(ensemble: Ensemble, train: Ratings, seed: int) -> dict[str, Callable[[], Chooser]]:
    """Makers of choosers: one for each person."""
    counts = np.bincount(train.movie_index, minlength=train.n_movies)
    popular = np.argsort(-counts, kind="stable")
    n_users = int((np.diff(train.offsets) > 0).sum())
    onboarding = Onboarding.of(ensemble, n_users)
    rng = np.random.default_rng([seed, 7])

    def in_order(films: Positions) -> Chooser:
        return lambda _rated, asked: int(films[len(asked)])

    return {
        "most rated first": lambda: in_order(popular),
        "random among the most rated": lambda: in_order(rng.permutation(popular[:N_POPULAR])),
        "adaptive": lambda: lambda rated, asked: int(onboarding.choose(rated, asked, 1)[0]),
    }


def _accompany(person: Person, choose: Chooser, ensemble: Ensemble, course: Course) -> None:
    """Offer films until there are enough answers and every wanted number of offers was made."""
    given: dict[int, int] = {}
    asked: list[int] = []
    value: float | None = None
    while len(asked) < MOST_OFFERS and (value is None or len(asked) < max(N_OFFERS)):
        film = choose(_rated(given), asked)
        asked.append(film)
        if film in person.answers:
            given[film] = person.answers[film]
            if len(given) == N_ANSWERS:
                value = _fit(person, given, ensemble)
                course.n_offers.append(len(asked))
        if len(asked) in N_OFFERS:
            course.after_offers.setdefault(len(asked), []).append(_fit(person, given, ensemble))
    if value is None:
        value = _fit(person, given, ensemble)
        course.n_offers.append(MOST_OFFERS)
    course.after_answers.append(value)


def _rated(given: dict[int, int]) -> Rated:
    return Rated(np.array(list(given), np.int64), np.array(list(given.values()), np.int8))


def _fit(person: Person, given: dict[int, int], ensemble: Ensemble) -> float:
    """NDCG@10 of the ranking from these answers."""
    scores = ensemble.scores(ensemble.state(_rated(given), person.came_at))[0]
    scores[list(person.answers)] = -np.inf
    top = np.argsort(-scores, kind="stable")[None, :10]
    return float(ndcg(np.isin(top, person.liked), np.array([len(person.liked)]))[0])


def _print(courses: dict[str, Course]) -> None:
    n_people = len(next(iter(courses.values())).after_answers)
    print(f"{n_people} people; NDCG@10")
    for name, course in courses.items():
        offers = "  ".join(f"{n}: {np.mean(v):.4f}" for n, v in course.after_offers.items())
        found = interval(np.array(course.after_answers))
        print(
            f"{name:28} after {N_ANSWERS} answers {found.mean:.4f} [{found.low:.4f}, "
            f"{found.high:.4f}], {np.mean(course.n_offers):.0f} offers; after offers {offers}"
        )
    ours = courses["adaptive"]
    for name in ("most rated first", "random among the most rated"):
        other = courses[name]
        parts = [("10 answers", ours.after_answers, other.after_answers)]
        parts += [(f"{n} offers", ours.after_offers[n], other.after_offers[n]) for n in N_OFFERS]
        for label, left, right in parts:
            gain = paired_difference(np.array(left), np.array(right))
            print(
                f"adaptive less {name}, after {label}: "
                f"{gain.mean:+.4f} [{gain.low:+.4f}, {gain.high:+.4f}]"
            )


def _print_time(ensemble: Ensemble, train: Ratings) -> None:
    onboarding = Onboarding.of(ensemble, train.n_users)
    films = np.random.default_rng(0).choice(onboarding.movie_index, 30, replace=False)
    rated = Rated(films, np.full(30, 8, np.int8))
    seconds = best_seconds(lambda: onboarding.choose(rated, (), 6), 20)
    print(f"six films to offer, 30 rated: {1e3 * seconds:.1f} ms")


if __name__ == "__main__":
    main()
