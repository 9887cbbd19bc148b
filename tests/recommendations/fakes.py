"""Stages that take no time and a model of two tastes, for tests of what happens around them."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet
from numpy.typing import NDArray

from ml.evaluation.evaluator import Evaluation
from ml.evaluation.per_user import FILE as PER_USER_FILE
from ml.evaluation.per_user import per_user_bytes
from ml.progress import Progress, Reporter
from ml.serving.artifact import Manifest, load_artifact, save_artifact
from ml.serving.base_models import AlsModel, ItemSide, LinearModel
from ml.serving.model import Explanation, History, Reason, Recommendation
from ml.serving.reasons import POPULAR, Because, ReasonKind
from ml.training.config import PipelineConfig
from ml.training.stages import BY_NAME, PROTOCOLS_FILE

TASTES = ("Comedy", "Horror")
METRICS = {"served": {"ndcg@10": 0.30}, "popularity": {"ndcg@10": 0.15}}


@dataclass
class FakeStages:
    """Writes products of the right form at once; a test may hook in before a stage."""

    calls: list[str] = field(default_factory=list)
    before: dict[str, Callable[[Reporter], None]] = field(default_factory=dict)
    metrics: Mapping[str, Any] = field(default_factory=lambda: METRICS)
    embedding_model: str = "toy"
    n_dimensions: int = 8
    vector_seed: int = 0
    per_user: Mapping[str, Evaluation] = field(default_factory=dict)

    def __call__(
        self,
        name: str,
        workspace: Path,
        config: PipelineConfig,
        report: Reporter,
        *,
        with_users: bool = True,
    ) -> dict[str, Any]:
        self.calls.append(name)
        if name in self.before:
            self.before[name](report)
        report(Progress(1, 2, "steps", f"{name} is half done", {"loss": 0.5}))
        getattr(self, f"_{name}", lambda *_: None)(workspace, config)
        _leave_the_rest(workspace, name)
        if not with_users:
            (workspace / BY_NAME[name].per_user).unlink()
        report(Progress(2, 2, "steps"))
        return self._summary(name, workspace)

    def _summary(self, name: str, workspace: Path) -> dict[str, Any]:
        if name == "sample":
            return dict(_counts(workspace))
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
        n_users, n_movies, n_ratings = _counts(workspace).values()
        manifest = Manifest(
            config=config.to_dict(),
            seed=config.seed,
            data_hash="d" * 64,
            code_version="c" * 64,
            n_users=n_users,
            n_movies=n_movies,
            n_ratings=n_ratings,
            genre_names=TASTES,
            embedding_model=self.embedding_model,
            embedding_dimension=self.n_dimensions,
        )
        films = pa.parquet.read_table(workspace / "movies.parquet")
        taste = [
            TASTES.index(next(n for n in names if n in TASTES))
            for names in films["genres"].to_pylist()
        ]
        tensors = {
            "movie_ids": np.array(films["movieid"].to_pylist(), np.int64),
            "taste": np.array(taste, np.int64),
        }
        save_artifact(workspace / "model", tensors, manifest)
        (workspace / "metrics.json").write_text(json.dumps(self.metrics))
        (workspace / PROTOCOLS_FILE).write_text(json.dumps({"sampled-99": self.metrics}))
        (workspace / PER_USER_FILE).write_bytes(per_user_bytes(self.per_user))


def _counts(workspace: Path) -> dict[str, int]:
    ratings = pa.parquet.read_table(workspace / "ratings.parquet")
    return {
        "n_users": len(ratings["userid"].unique()),
        "n_movies": pa.parquet.read_metadata(workspace / "movies.parquet").num_rows,
        "n_ratings": len(ratings),
    }


def _leave_the_rest(workspace: Path, stage: str) -> None:
    """Something under the name of each product that nobody in these tests reads."""
    for name in BY_NAME[stage].products if stage in BY_NAME else ():
        path = workspace / name if "." in name else workspace / name / "content"
        path.parent.mkdir(exist_ok=True)
        if not path.exists():
            path.write_text(stage)


class ToyModel:
    """Likes the films of the tastes that the rated films are of, and later films a little more."""

    def __init__(self, tensors: Mapping[str, NDArray[Any]], manifest: Manifest) -> None:
        self.manifest = manifest
        self.movie_ids = tensors["movie_ids"]
        self._taste = tensors["taste"]

    @classmethod
    def load(cls, directory: Path) -> ToyModel:
        return cls(*load_artifact(directory))

    @cached_property
    def ensemble(self) -> SimpleNamespace:
        """As much of an ensemble as the onboarding reads: films of a taste are known together."""
        tastes = np.eye(len(TASTES), dtype=np.float32)[self._taste]
        items = ItemSide(tastes, np.zeros(len(tastes), np.float32))
        linear = LinearModel(items, tastes, np.ones(10, np.float32))
        als = AlsModel(items, np.eye(len(TASTES), dtype=np.float32), np.ones(10, np.float32))
        counts = np.arange(len(tastes), 0, -1)
        films = SimpleNamespace(popularity=np.log1p(counts).astype(np.float32))
        is_trained = np.ones(len(tastes), np.bool_)
        return SimpleNamespace(
            base_models=(linear, als, als, als), films=films, is_trained=is_trained
        )

    def keeps_to_genres(self, history: History) -> bool:
        """From three films on."""
        return len(history.movie_ids) >= 3

    def score(self, history: History) -> NDArray[np.float32]:
        scores = np.linspace(0, 0.5, len(self.movie_ids), dtype=np.float32)
        for contribution in self._contributions(history).values():
            scores += contribution
        return scores

    def recommend(
        self,
        history: History,
        *,
        k: int = 10,
        exclude: Collection[int] = (),
        seen: Collection[int] = (),
        allowed: NDArray[np.bool_] | None = None,
        among: NDArray[np.int64] | None = None,
        diversity: float = 0.0,
        novelty: float = 0.1,
        max_reasons: int = 3,
        scores: NDArray[np.float32] | None = None,
    ) -> list[Recommendation]:
        scores = self.score(history) if scores is None else scores.copy()
        scores[np.isin(self.movie_ids, [*history.movie_ids, *exclude, *seen])] = -np.inf
        scores[~allowed if allowed is not None else []] = -np.inf
        scores[~np.isin(self.movie_ids, among) if among is not None else []] = -np.inf
        best = [index for index in np.argsort(-scores)[:k] if np.isfinite(scores[index])]
        why = self.explain(history, self.movie_ids[best], max_reasons)
        return [
            Recommendation(
                int(self.movie_ids[index]), float(scores[index]), each.reasons, each.because
            )
            for index, each in zip(best, why, strict=True)
        ]

    def explain(
        self, history: History, movie_ids: NDArray[np.int64], max_reasons: int = 3
    ) -> list[Explanation]:
        by_film = self._contributions(history)
        found = []
        for index in np.searchsorted(self.movie_ids, movie_ids):
            effects = {movie_id: float(values[index]) for movie_id, values in by_film.items()}
            best = sorted(effects, key=lambda movie_id: -effects[movie_id])[:max_reasons]
            reasons = tuple(
                Reason(movie_id, effects[movie_id]) for movie_id in best if effects[movie_id] > 0
            )
            because = Because(ReasonKind.MOVIES, None, 1.0) if reasons else POPULAR
            found.append(Explanation(reasons, because))
        return found

    def contributions(
        self, history: History, movie_ids: NDArray[np.int64]
    ) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        found = self._contributions(history)
        columns = np.searchsorted(self.movie_ids, movie_ids)
        rows = [values[columns] for values in found.values()]
        effects = np.array(rows, np.float32).reshape(len(found), len(movie_ids))
        return np.array(list(found), np.int64), effects

    def _contributions(self, history: History) -> dict[int, NDArray[np.float32]]:
        found = {}
        for movie_id, half_stars in zip(history.movie_ids, history.half_stars, strict=True):
            known = np.flatnonzero(self.movie_ids == movie_id)
            if len(known):
                alike = self._taste == self._taste[known[0]]
                found[int(movie_id)] = (alike * (float(half_stars) - 5.5)).astype(np.float32)
        return found


def write_vectors(path: Path, key: str, ids: list[Any], vectors: NDArray[np.float32]) -> None:
    column = pa.FixedSizeListArray.from_arrays(
        pa.array(vectors.ravel(), pa.float32()), vectors.shape[1]
    )
    pa.parquet.write_table(pa.table({key: ids, "embedding": column}), path)
