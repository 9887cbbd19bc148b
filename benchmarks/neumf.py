"""NeuMF training, sampling included: ours against RecBole's, same network, data and batch.

GMF 16, MLP 64-32-16-8, four uniform negatives for each positive, 2045 samples in a step, as RecBole
makes of its default batch of 2048. A sample is one (user, film, label). With one thread processor
time counts; with `--threads 2` it is the clock on the wall, which needs an idle machine.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from time import perf_counter, process_time

import numpy as np
import torch

from benchmarks.measuring import best_of_each, data_of, parser, print_machine
from ml.baselines.neumf import NeuMFModule, pointwise_loss
from ml.baselines.pair_training import by_autograd, run_epoch
from ml.data.dataset import Ratings
from ml.data.labels import is_positive
from ml.data.sampling import sample_interactions

FACTORS, LAYERS, N_NEGATIVES = 16, (64, 32, 16, 8), 4
POSITIVES_PER_STEP = 409
RECBOLES_SHARE = 0.98
"""Of the positives: RecBole takes at least a hundredth each for the parts that are not used."""


def our_epoch(ratings: Ratings) -> Callable[[], float]:
    """One epoch of our training, with its sampling."""
    module = NeuMFModule(ratings.n_users, ratings.n_movies, FACTORS, LAYERS)
    optimiser = torch.optim.Adam(module.parameters(), lr=1e-3, fused=True)
    gradient = by_autograd(pointwise_loss(module), list(module.parameters()))

    def epoch() -> float:
        rows = sample_interactions(ratings, strategy="uniform", n_negatives=N_NEGATIVES, seed=0)
        return run_epoch(gradient, optimiser, rows, POSITIVES_PER_STEP, seed=0)

    return epoch


def recboles_epoch(ratings: Ratings, folder: Path) -> Callable[[], object]:
    """One epoch of RecBole's trainer over its own loader, on the same positives.

    Raises
    ------
    ImportError
        RecBole is not installed.

    """
    from recbole.config import Config
    from recbole.data import create_dataset, data_preparation
    from recbole.utils import get_model, get_trainer

    for alias, kind in (("float_", np.float64), ("complex_", np.complex128), ("unicode_", np.str_)):
        if not hasattr(np, alias):  # NumPy 2 dropped names that RecBole 1.2 still reads
            setattr(np, alias, kind)
    name = "benchmark"
    (folder / name).mkdir()
    rows = is_positive(ratings.half_stars)
    lines = [
        f"{user}\t{film}"
        for user, film in zip(ratings.user_index[rows], ratings.movie_index[rows], strict=True)
    ]
    content = "user_id:token\titem_id:token\n" + "\n".join(lines) + "\n"
    (folder / name / f"{name}.inter").write_text(content)
    config = Config(
        model="NeuMF",
        dataset=name,
        config_dict={
            "data_path": str(folder),
            "load_col": {"inter": ["user_id", "item_id"]},
            "mf_embedding_size": FACTORS,
            "mlp_embedding_size": LAYERS[0] // 2,
            "mlp_hidden_size": list(LAYERS[1:]),
            "dropout_prob": 0.0,
            "train_batch_size": 2048,
            "train_neg_sample_args": {
                "distribution": "uniform",
                "sample_num": N_NEGATIVES,
                "alpha": 1.0,
                "dynamic": False,
                "candidate_num": 0,
            },
            "eval_args": {
                "split": {"RS": [RECBOLES_SHARE, 0.01, 0.01]},
                "order": "RO",
                "mode": "full",
            },
            "use_gpu": False,
            "show_progress": False,
            "state": "ERROR",
            "checkpoint_dir": str(folder),
        },
    )
    train_data, _, _ = data_preparation(config, create_dataset(config))
    model = get_model(config["model"])(config, train_data.dataset)
    trainer = get_trainer(config["MODEL_TYPE"], config["model"])(config, model)
    return lambda: trainer._train_epoch(train_data, 0)  # noqa: SLF001 - no public single epoch


def main() -> None:
    """Print samples per second and the ratio."""
    arguments, sys.argv[1:] = sys.argv[1:], []  # RecBole reads the command line itself
    options_of = parser(__doc__)
    options_of.add_argument("--threads", type=int, default=1)
    options = options_of.parse_args(arguments)
    torch.set_num_threads(options.threads)
    clock = process_time if options.threads == 1 else perf_counter
    ratings = data_of(options).ratings
    n_samples = int(is_positive(ratings.half_stars).sum()) * (1 + N_NEGATIVES)
    torch.manual_seed(0)
    np.random.seed(0)  # noqa: NPY002 - RecBole draws from the global generator
    print_machine()
    print(f"{n_samples:,} samples an epoch, {options.threads} thread(s)")
    runs: dict[str, Callable[[], object]] = {"ours": our_epoch(ratings)}
    with tempfile.TemporaryDirectory() as folder:
        try:
            runs["RecBole"] = recboles_epoch(ratings, Path(folder))
        except ImportError as error:
            print(f"RecBole   skipped: {error}", file=sys.stderr)
        seconds = best_of_each(runs, options.repeat, clock)
    ours = n_samples / seconds["ours"]
    print(f"ours      {ours:12,.0f} samples/s")
    if "RecBole" in seconds:
        theirs = RECBOLES_SHARE * n_samples / seconds["RecBole"]
        print(f"RecBole   {theirs:12,.0f} samples/s   ours is {ours / theirs:.1f} times")


if __name__ == "__main__":
    main()
