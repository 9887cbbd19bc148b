"""A world of two tastes, and stages that take no time."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet
from numpy.typing import NDArray

from accounts.models import User
from ml.artifacts import Manifest, save_artifact
from ml.config import PipelineConfig
from ml.progress import Progress, Reporter
from movies.models import Movie
from tests import cast

N_USERS, N_FILMS = 30, 40
TASTES = ("Comedy", "Horror")
METRICS = {"served": {"ndcg@10": 0.30}, "popularity": {"ndcg@10": 0.15}}


@dataclass(frozen=True)
class ToyWorld:
    """Half of the people love comedies and dislike horror films, the others the reverse."""

    users: list[User]
    films: dict[str, list[Movie]]


def toy_world(n_users: int = N_USERS, n_films: int = N_FILMS) -> ToyWorld:
    films = {
        taste: [
            cast.movie(
                f"{taste} {number}", 1950 + number, taste, "Drama" if number % 4 == 0 else taste
            )
            for number in range(n_films // 2)
        ]
        for taste in TASTES
    }
    users = [cast.rater(number) for number in range(1, n_users + 1)]
    rng = np.random.default_rng(7)
    for number, user in enumerate(users):
        loved, disliked = TASTES if number % 2 else TASTES[::-1]
        for movie in rng.choice(np.array(films[loved]), 10, replace=False):
            cast.rated(user, (movie, float(rng.choice([4, 4.5, 5]))))
        for movie in rng.choice(np.array(films[disliked]), 4, replace=False):
            cast.rated(user, (movie, float(rng.choice([0.5, 1, 2]))))
    return ToyWorld(users, films)


@dataclass
class FakeStages:
    """Writes products of the right form at once; a test may hook in before a stage."""

    calls: list[str] = field(default_factory=list)
    before: dict[str, Callable[[Reporter], None]] = field(default_factory=dict)
    metrics: Mapping[str, Any] = field(default_factory=lambda: METRICS)
    embedding_model: str = "toy"
    n_dimensions: int = 8
    vector_seed: int = 0

    def __call__(
        self, name: str, workspace: Path, config: PipelineConfig, report: Reporter
    ) -> dict[str, Any]:
        self.calls.append(name)
        if name in self.before:
            self.before[name](report)
        report(Progress(1, 2, "steps", f"{name} is half done", {"loss": 0.5}))
        getattr(self, f"_{name}", lambda *_: None)(workspace, config)
        report(Progress(2, 2, "steps"))
        return {"embedding_model": self.embedding_model} if name == "embed" else {"n_rows": 1}

    def _embed(self, workspace: Path, config: PipelineConfig) -> None:
        films = pa.parquet.read_table(workspace / "movies.parquet")
        genres = sorted({name for names in films["genres"].to_pylist() for name in names})
        users = sorted(
            set(pa.parquet.read_table(workspace / "ratings.parquet")["userid"].to_pylist())
        )
        rng = np.random.default_rng(self.vector_seed)
        for name, key, ids in (
            ("movie", "movieid", films["movieid"].to_pylist()),
            ("user", "userid", users),
            ("genre", "genre", genres),
        ):
            vectors = rng.normal(size=(len(ids), self.n_dimensions)).astype(np.float32)
            if name == "user":
                vectors[0] = np.nan
            write_vectors(workspace / f"{name}_embeddings.parquet", key, ids, vectors)
        similarity = np.eye(len(genres))
        lines = [",".join(["genre", *genres])]
        lines += [
            ",".join([genre, *map(str, row)]) for genre, row in zip(genres, similarity, strict=True)
        ]
        (workspace / "genre_similarity.csv").write_text("\n".join(lines) + "\n")

    def _mine(self, workspace: Path, config: PipelineConfig) -> None:
        ratings = pa.parquet.read_table(workspace / "ratings.parquet")
        users = sorted(set(ratings["userid"].to_pylist()))
        rows = [(user, genre) for user in users for genre in TASTES]
        similarity = [float("nan") if user == users[0] else 0.25 for user, _ in rows]
        table = pa.table(
            {
                "userid": [user for user, _ in rows],
                "genre": [genre for _, genre in rows],
                "similarity": pa.array(similarity, pa.float32()),
                "median": pa.array(similarity, pa.float32()),
                "label": pa.array([0] * len(rows), pa.int8()),
                "interacted": [True] * len(rows),
            }
        )
        pa.parquet.write_table(table, workspace / "user_genre_similarity.parquet")

    def _evaluate(self, workspace: Path, config: PipelineConfig) -> None:
        manifest = Manifest(
            config=config.to_dict(),
            seed=config.seed,
            data_hash="d" * 64,
            code_version="c" * 64,
            n_users=N_USERS,
            n_movies=N_FILMS,
            n_ratings=14 * N_USERS,
            genre_names=TASTES,
            embedding_model=self.embedding_model,
            embedding_dimension=self.n_dimensions,
        )
        save_artifact(workspace / "model", {"x": np.ones(3, np.float32)}, manifest)
        (workspace / "metrics.json").write_text(json.dumps(self.metrics))


def write_vectors(path: Path, key: str, ids: list[Any], vectors: NDArray[np.float32]) -> None:
    column = pa.FixedSizeListArray.from_arrays(
        pa.array(vectors.ravel(), pa.float32()), vectors.shape[1]
    )
    pa.parquet.write_table(pa.table({key: ids, "embedding": column}), path)
