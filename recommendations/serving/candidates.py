"""Candidates for a list where the catalogue is too large to score whole.

pgvector's HNSW index on a run's item vectors finds the films that the model's branches rank
highest; the model then scores those and the films that everybody knows, which a newcomer's list is
made of and an index does not find. `benchmarks/candidates.py` measures what that loses.
"""

from functools import lru_cache
from typing import Final

import numpy as np
from django.conf import settings
from django.db import connection, transaction
from django.db.backends.postgresql.psycopg_any import sql
from numpy.typing import NDArray
from pgvector import Vector

from ml.serving.model import History
from recommendations.models import EmbeddingModel
from recommendations.serving.registry import ActiveModel

N_CANDIDATES: Final = 200
"""Of the index, whose search (``hnsw.ef_search``) costs more than scoring what it finds."""
N_MOST_RATED: Final = 3000

# The index is used only if cast, operator and condition are those it was made with.
NEAREST: Final = """
    SELECT movie_id FROM recommendations_movieembedding
    WHERE embedding_model_id = {model}
    ORDER BY vector::vector({n_dimensions}) <#> %s::vector({n_dimensions})
    LIMIT {limit}
"""


def item_model_name(version_id: int) -> str:
    """Under which ``EmbeddingModel`` a run's item vectors are kept."""
    return f"run {version_id}"


def candidates(active: ActiveModel, history: History) -> NDArray[np.int64] | None:
    """Ids of the films to score for this history; None where the catalogue is scored whole.

    Films added since the training have no item vector in the index, and are all among them, and so
    are the ``N_MOST_RATED`` most rated. Films of the history are not left out. One query, and
    another the first time a process asks of a run; none where the catalogue is no larger than
    ``CANDIDATES_ABOVE``.
    """
    if len(active.model.movie_ids) <= settings.CANDIDATES_ABOVE:
        return None
    found = _item_model(active.version_id)
    if found is None:
        return None
    model_id, n_dimensions = found
    query = active.model.query_vector(history)
    if len(query) != n_dimensions:
        return None
    statement = sql.SQL(NEAREST).format(
        model=sql.Literal(model_id),
        n_dimensions=sql.Literal(n_dimensions),
        limit=sql.Literal(N_CANDIDATES),
    )
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL hnsw.ef_search = {N_CANDIDATES}")
        # The planner thinks little of rows whose vectors lie elsewhere (TOAST): it would sort all.
        cursor.execute("SET LOCAL enable_sort = off")
        cursor.execute(statement, [Vector(query).to_text()])
        ids = np.fromiter((row[0] for row in cursor), np.int64)
    if len(ids) == 0:
        return None
    most_rated = active.model.most_rated_ids[:N_MOST_RATED]
    return np.unique(np.concatenate([ids, active.added_ids, most_rated]))


@lru_cache(maxsize=8)
def _item_model(version_id: int) -> tuple[int, int] | None:
    """Id and dimensions; None where the run's catalogue was small."""
    found = EmbeddingModel.objects.filter(
        kind=EmbeddingModel.Kind.ITEMS, name=item_model_name(version_id)
    )
    return found.values_list("pk", "n_dimensions").first()


def forget() -> None:
    """Start as a new process would (for tests)."""
    _item_model.cache_clear()
