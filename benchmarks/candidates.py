"""What is lost, and won, by scoring an index's candidates in place of the whole catalogue.

    python -m benchmarks.candidates [--people 200]

Works on the site's active model and database (`MARQUEE_LOCAL_DIR` or `DATABASE_URL`, whose servers
run), and stores the model's item vectors under their index for as long as it measures. Recall is
the share of the ten films of whole scoring that are among the ten of the candidates.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import django
import numpy as np

if TYPE_CHECKING:
    from recommendations.services.serving import ActiveModel


def main() -> None:
    """Print recall at ten and milliseconds of both ways."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=200)
    parser.add_argument("--candidates", type=int, nargs="+", default=[200, 500, 1000])
    options = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "recsite.settings")
    django.setup()

    from django.conf import settings

    from ml.artifacts import save_artifact
    from recommendations.models import EmbeddingModel, ModelRun
    from recommendations.pipelines import products
    from recommendations.selectors import candidates as selector
    from recommendations.services.serving import active_model

    active = active_model()
    if active is None:
        raise SystemExit("There is no active model.")
    settings.CANDIDATES_ABOVE = 0
    run = ModelRun.objects.get(pk=active.run_id)
    with tempfile.TemporaryDirectory() as folder:
        tensors = {"movie_ids": active.model.movie_ids, **active.model.fusion.to_tensors()}
        save_artifact(Path(folder) / "model", tensors, active.model.manifest)
        start = time.perf_counter()
        products.store_item_vectors(run, Path(folder) / "model")
        print(
            f"{len(active.model.movie_ids):,} films, {active.model.item_vectors.shape[1]} "
            f"dimensions: stored and indexed in {time.perf_counter() - start:.0f} s"
        )
    try:
        _measure(active, options.people, options.candidates)
    finally:
        stored = EmbeddingModel.objects.get(name=selector.item_model_name(run.pk))
        products.item_vectors_delete(stored)


def _measure(active: ActiveModel, n_people: int, sizes: list[int]) -> None:
    """Histories are those of the most active people on the site, a random part of each."""
    from django.contrib.postgres.aggregates import ArrayAgg

    from ml.serving import History
    from movies.models import Rating
    from recommendations.selectors import candidates as selector

    rng = np.random.default_rng(0)
    people = (
        Rating.objects.values("user")
        .order_by("user")
        .values_list(ArrayAgg("movie"), ArrayAgg("half_stars"))[:n_people]
    )
    histories = []
    for films, stars in people:
        part = rng.permutation(len(films))[: int(rng.integers(1, 41))]
        histories.append(History(np.array(films, np.int64)[part], np.array(stars, np.int8)[part]))
    whole, seconds = [], []
    for history in histories:
        start = time.perf_counter()
        ten = active.model.recommend(history, max_reasons=0)
        seconds.append(time.perf_counter() - start)
        whole.append({entry.movie_id for entry in ten})
    print(f"whole catalogue: {1e3 * np.median(seconds):.1f} ms")
    for size in sizes:
        setattr(selector, "N_CANDIDATES", size)  # noqa: B010 (a constant to all others)
        recalls, seconds = [], []
        for history, wanted in zip(histories, whole, strict=True):
            start = time.perf_counter()
            among = selector.candidates(active, history)
            ten = active.model.recommend(history, among=among, max_reasons=0)
            seconds.append(time.perf_counter() - start)
            recalls.append(len(wanted & {entry.movie_id for entry in ten}) / len(wanted))
        print(
            f"{size} candidates: recall {np.mean(recalls):.4f}, {1e3 * np.median(seconds):.1f} ms"
        )


if __name__ == "__main__":
    main()
