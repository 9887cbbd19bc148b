"""A world whose answers are known: two groups of people who like the other half of the films."""

import numpy as np

from ml.data.dataset import Catalogue, Dataset, Ratings
from ml.training.protocol import TrainingData

N_USERS, N_FILMS = 40, 20
HALF = N_FILMS // 2
UNRATED_FILM = N_FILMS
"""A comedy that nobody rated."""
COMEDIES, HORRORS = np.arange(HALF), np.arange(HALF, N_FILMS)


def own_films(user: int) -> np.ndarray:
    """Even people like comedies, odd ones horror films."""
    return COMEDIES if user % 2 == 0 else HORRORS


def _rows() -> list[tuple[int, int, int]]:
    """Everyone gives five stars to 6 films of their half, half a star to 2 of the other."""
    rng = np.random.default_rng(0)
    rows = []
    for user in range(N_USERS):
        other = HORRORS if user % 2 == 0 else COMEDIES
        rows += [(user, film, 10) for film in rng.permutation(own_films(user))[:6]]
        rows += [(user, film, 1) for film in rng.permutation(other)[:2]]
    return rows


def catalogue() -> Catalogue:
    genres = [["Comedy"]] * HALF + [["Horror"]] * HALF + [["Comedy"]]
    ids = np.arange(N_FILMS + 1)
    return Catalogue.build(ids, [f"Film {film}" for film in ids], [2000.0] * len(ids), genres)


def training() -> TrainingData:
    user, movie, half_stars = np.array(_rows()).T
    films = catalogue()
    data = Dataset.build(films, 100 + user, movie, half_stars, np.arange(len(user)))
    rng = np.random.default_rng(1)
    centres = rng.normal(size=(2, 8))
    text = centres[films.genres.argmax(axis=1)] + 0.3 * rng.normal(size=(len(films), 8))
    text /= np.linalg.norm(text, axis=1, keepdims=True)
    return TrainingData(data.ratings, films, text.astype(np.float32))


def strangers(*histories: dict[int, int]) -> Ratings:
    """People whom no model was trained on, each as {film: half stars}."""
    rows = [(u, film, stars) for u, seen in enumerate(histories) for film, stars in seen.items()]
    user, movie, half_stars = np.array(sorted(rows)).reshape(-1, 3).T
    return Ratings(
        9000 + np.arange(len(histories)),
        N_FILMS + 1,
        user.astype(np.int32),
        movie.astype(np.int32),
        half_stars.astype(np.int8),
        np.zeros(len(user), dtype=np.int64),
    )
