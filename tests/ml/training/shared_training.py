"""A small training under `torchrun`, started as a script by the tests of distribution."""

from __future__ import annotations

import json
import os
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))

import two_tastes as world  # type: ignore[import-not-found] # found by the path above

from ml.data.genres import genre_affinities, genre_interactions, genre_vectors
from ml.data.sampling import sample_interactions
from ml.progress import Progress
from ml.training.distributed import team
from ml.training.history import FineTuneConfig, HistoryConfig, HistoryTrainer

FAILING_RANK = "FAILING_RANK"


class FailingTrainer(HistoryTrainer):
    """One process's memory runs out, half-way."""

    def descend(self, *arguments: object, **options: object) -> None:
        if os.environ.get("RANK", "0") == os.environ.get(FAILING_RANK):
            raise MemoryError("out of memory on purpose")
        super().descend(*arguments, **options)  # type: ignore[arg-type]


EXACT = HistoryConfig(dimension=8, epochs=6, batch_size=7, prefix_share=0.5)
FORMS = {"exact": EXACT, "sampled": replace(EXACT, exact_films=0, sampled_films=8)}


def train(out: Path, form: str) -> None:
    """Training and fine-tuning; batches of 7 share unevenly, and the last one has 5 users."""
    training = world.training()
    interactions = sample_interactions(training.ratings, strategy="mixed", n_negatives=4, seed=0)
    trainer = FailingTrainer(
        training.ratings, training.text, FORMS[form], seed=0, interactions=interactions
    )
    losses: list[float] = []

    def report(progress: Progress) -> None:
        if "loss" in progress.values:
            losses.append(progress.values["loss"])

    trainer.fit(report)
    genres = training.catalogue.genres
    affinities = genre_affinities(
        training.ratings, genres, training.text, genre_vectors(training.text, genres)
    )
    mined = genre_interactions(training.ratings, training.catalogue, affinities, seed=0)
    trainer.fine_tune(trainer.sampled_pairs(mined), FineTuneConfig(epochs=2), report)
    # Not the exported vectors: their basis turns with the last bit.
    inputs, outputs = (tower.detach().numpy() for tower in trainer.module.item_towers())
    np.savez(out / "trained.npz", inputs=inputs, outputs=outputs)
    (out / "losses.json").write_text(json.dumps(losses))


if __name__ == "__main__":
    with team("cpu") as is_leader:
        if is_leader:
            for form in sys.argv[2:]:
                folder = Path(sys.argv[1]) / form
                folder.mkdir()
                train(folder, form)
