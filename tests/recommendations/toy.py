"""A world of two tastes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np

from accounts.models import User
from movies.models import Movie, Rating
from recommendations.models import ModelVersion
from recommendations.training.models import ModelRun
from tests import cast
from tests.recommendations.fakes import TASTES

N_USERS, N_FILMS = 30, 40


@dataclass(frozen=True)
class ToyWorld:
    """Half of the people love comedies and dislike horror films, the others the reverse."""

    users: list[User]
    films: dict[str, list[Movie]]


def toy_world(n_users: int = N_USERS, n_films: int = N_FILMS) -> ToyWorld:
    n_of_taste = n_films // 2
    made = cast.movies(
        *(
            (f"{taste} {number}", 1950 + number, [taste, "Drama"] if number % 4 == 0 else [taste])
            for taste in TASTES
            for number in range(n_of_taste)
        )
    )
    films = {taste: made[n * n_of_taste :][:n_of_taste] for n, taste in enumerate(TASTES)}
    users = cast.raters(*range(1, n_users + 1))
    rng = np.random.default_rng(7)
    ratings = []
    for number, user in enumerate(users):
        loved, disliked = TASTES if number % 2 else TASTES[::-1]
        for taste, n_rated, half_stars in ((loved, 10, (8, 9, 10)), (disliked, 4, (1, 2, 4))):
            ratings += [
                Rating(
                    user=user,
                    movie=films[taste][position],
                    half_stars=int(rng.choice(half_stars)),
                    rated_at=datetime(2020, 1, number % 28 + 1, tzinfo=UTC),
                )
                for position in rng.choice(n_of_taste, n_rated, replace=False)
            ]
    Rating.objects.bulk_create(ratings)
    return ToyWorld(users, films)


def finished_run(artifact: str = "models/x", artifact_hash: str = "", **fields: object) -> ModelRun:
    """Return a succeeded run with a model version."""
    run = ModelRun.objects.create(**{"status": "succeeded", **fields})
    return with_version(run, artifact, artifact_hash)


def with_version(run: ModelRun, artifact: str = "models/x", artifact_hash: str = "") -> ModelRun:
    run.version = ModelVersion.objects.create(
        pk=run.pk,
        artifact=artifact,
        artifact_hash=artifact_hash,
        embedding_model=run.embedding_model,
        ratings_read_at=run.ratings_read_at,
    )
    run.save()
    return run


def version_of(run: ModelRun) -> ModelVersion:
    """Return the run's model version, which must be there."""
    assert run.version is not None
    return run.version


def finished_version() -> ModelVersion:
    """Return the model version of a new run."""
    return version_of(finished_run())
