"""What is lost, and won, by scoring an index's candidates, and the most rated films, alone.

    python -m benchmarks.candidates [--people 200] [--films 10000 20000 40000 62000]

Works on a copy of the site's database, with its active model, once as it is and once for every
number of `--films`: a synthetic catalogue, the trained films repeated with vectors a little
different. Recall is the share of the ten films of scoring the whole catalogue that are among the
ten of the candidates. Milliseconds are of processor time, this process's and that of the database's
process that answers it: both must run on this machine.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import django
import numpy as np
import psutil

from benchmarks.api import copied_site, grow
from benchmarks.measuring import print_machine

if TYPE_CHECKING:
    from recommendations.serving.registry import ActiveModel


def main() -> None:
    """Print recall at ten and milliseconds of both ways, for each size of the catalogue."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=200)
    parser.add_argument("--candidates", type=int, nargs="+", default=[200, 500, 1000])
    parser.add_argument("--films", type=int, nargs="*", default=[])
    parser.add_argument("--in-copy", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "recsite.settings")
    if options.in_copy is not None:
        measure_copy(options.in_copy, options.people, options.candidates)
        return
    print_machine()
    for n_films in [0, *options.films]:
        with copied_site("marquee_candidates") as environment:
            again = [sys.executable, "-m", "benchmarks.candidates", *sys.argv[1:]]
            subprocess.run([*again, "--in-copy", str(n_films)], env=environment, check=True)


def measure_copy(n_films: int, n_people: int, sizes: list[int]) -> None:
    """In a copy of the site: grow its catalogue, index the item vectors, and measure."""
    django.setup()

    from django.conf import settings
    from django.db import connection

    from ml.serving.artifact import save_artifact
    from recommendations.serving.registry import active_model, forget_active_model
    from recommendations.training.models import ModelRun
    from recommendations.training.worker import products

    active = active_model()
    if active is None:
        raise SystemExit("There is no active model.")
    settings.CANDIDATES_ABOVE = 0
    start = time.perf_counter()
    if n_films > len(active.model.movie_ids):
        grow(active, n_films)
        forget_active_model()
        active = active_model()
        assert active is not None
    else:
        with tempfile.TemporaryDirectory() as folder:
            tensors = {"movie_ids": active.model.movie_ids, **active.model.ensemble.to_tensors()}
            save_artifact(Path(folder) / "model", tensors, active.model.manifest)
            run = ModelRun.objects.get(pk=active.version_id)
            products.store_item_vectors(run, Path(folder) / "model")
    print(
        f"\n{len(active.model.movie_ids):,} films, {active.model.item_vectors.shape[1]} "
        f"dimensions: made, stored and indexed in {time.perf_counter() - start:.0f} s"
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    _measure(active, n_people, sizes)


def _measure(active: ActiveModel, n_people: int, sizes: list[int]) -> None:
    """Histories are those of the most active people on the site, a random part of each."""
    from django.contrib.postgres.aggregates import ArrayAgg

    from ml.serving.model import History
    from movies.models import Rating
    from recommendations.serving import candidates as selector

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
    wanted: list[set[int]] = []
    for size in (0, *sizes):
        setattr(selector, "N_CANDIDATES", size)  # noqa: B010 (a constant to all others)
        tens, start = [], processor_seconds()
        for history in histories:
            among = selector.candidates(active, history) if size else None
            ten = active.model.recommend(history, among=among, max_reasons=0)
            tens.append({entry.movie_id for entry in ten})
        taken = (processor_seconds() - start) / len(histories)
        wanted = wanted or tens
        recall = np.mean([len(a & b) / len(a) for a, b in zip(wanted, tens, strict=True)])
        name = f"{size} candidates" if size else "whole catalogue"
        print(f"{name:16}{1e3 * taken:7.1f} ms, recall {recall:.4f}", flush=True)


def processor_seconds() -> float:
    """Of this process, and of the database's process behind its connection."""
    from django.db import connection

    connection.ensure_connection()
    database = psutil.Process(connection.connection.info.backend_pid).cpu_times()
    return time.process_time() + database.user + database.system


if __name__ == "__main__":
    main()
