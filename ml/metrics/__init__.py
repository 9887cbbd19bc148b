"""Metrics of a ranking, one file each. NumPy only.

Legend: B users, k places of a list, N movies, G genres.

- `top` [B, k] holds movie positions, best first, and -1 where a list is shorter than k.
- `hits` [B, k] is true where the list has a relevant movie.
- `n_relevant` [B] counts the relevant held-out movies of each user. It is above zero: the caller
  leaves out users without one, and reports their number.

Accuracy metrics return one value per user, because the bootstrap resamples users.
"""

from ml.metrics.coverage import coverage
from ml.metrics.genre_ndcg import GenreGains, genre_ndcg
from ml.metrics.genre_rank_ndcg import genre_rank_ndcg
from ml.metrics.gini import gini
from ml.metrics.hit_rate import hit_rate
from ml.metrics.intra_list_diversity import intra_list_diversity
from ml.metrics.ndcg import ndcg
from ml.metrics.novelty import novelty
from ml.metrics.popularity_rank import median_rank, popularity_ranks, top_share
from ml.metrics.precision import precision
from ml.metrics.recall import recall
from ml.metrics.reciprocal_rank import reciprocal_rank
from ml.metrics.snips_ndcg import snips_ndcg
from ml.metrics.theme_precision import theme_precision

__all__ = [
    "GenreGains",
    "coverage",
    "genre_ndcg",
    "genre_rank_ndcg",
    "gini",
    "hit_rate",
    "intra_list_diversity",
    "median_rank",
    "ndcg",
    "novelty",
    "popularity_ranks",
    "precision",
    "recall",
    "reciprocal_rank",
    "snips_ndcg",
    "theme_precision",
    "top_share",
]
