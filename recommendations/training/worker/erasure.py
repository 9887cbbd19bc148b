"""Remove people who deleted their account from the files of trainings.

A run's folder holds ratings, samples and per-user products by user id. They are written again
without the ids that no account has any more, file by file in bounded memory. Folders of runs that
are not over are left to a later call, because stages read several files that must agree.
"""

import logging
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from numpy.typing import NDArray
from safetensors.numpy import load, save

from accounts.models import User
from ml.evaluation.per_user import FILE as PER_USER_FILE
from ml.io.files import write_atomically
from recommendations.models import ModelVersion
from recommendations.training.models import ModelRun

logger = logging.getLogger(__name__)

USER_COLUMN: Final = "userid"
USERS_TENSOR: Final = "user_ids"
IDS_AT_ONCE: Final = 10_000


def departed_erase() -> int:
    """Remove the ids that no account has from all files of finished runs; gives how many files."""
    known = _Accounts()
    n_changed = 0
    root = Path(settings.WORKSPACE_DIR)
    for folder in sorted(root.iterdir()) if root.is_dir() else ():
        if folder.name.isdecimal() and _is_over(int(folder.name)):
            n_changed += sum(_erase_table(path, known) for path in folder.rglob("*.parquet"))
            n_changed += sum(_erase_tensors(path, known) for path in folder.rglob(PER_USER_FILE))
    for artifact in ModelVersion.objects.exclude(artifact="").values_list("artifact", flat=True):
        n_changed += _erase_stored(f"{artifact}/{PER_USER_FILE}", known)
    return n_changed


class _Accounts:
    """Which ids have an account; each is asked for once."""

    def __init__(self) -> None:
        self._known: set[int] = set()
        self._departed: set[int] = set()

    def departed(self, ids: NDArray[np.int64]) -> set[int]:
        """Return those of the ids that have no account."""
        wanted = set(np.unique(ids).tolist())
        new = sorted(wanted - self._known - self._departed)
        for start in range(0, len(new), IDS_AT_ONCE):
            part = new[start : start + IDS_AT_ONCE]
            there = set(User.objects.filter(pk__in=part).values_list("pk", flat=True))
            self._known |= there
            self._departed |= set(part) - there
        return wanted & self._departed


def _is_over(run_id: int) -> bool:
    """Whether no worker writes the folder: the run is over, or is gone."""
    run = ModelRun.objects.filter(pk=run_id).first()
    return run is None or run.is_over


def _erase_table(path: Path, known: _Accounts) -> bool:
    try:
        file = pq.ParquetFile(path)
        if USER_COLUMN not in file.schema_arrow.names:
            return False
        departed: set[int] = set()
        for batch in file.iter_batches(columns=[USER_COLUMN]):
            departed |= known.departed(batch.column(0).to_numpy())
    except (OSError, pa.ArrowInvalid):
        logger.warning("%s cannot be read.", path, exc_info=True)
        return False
    if not departed:
        return False
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    os.close(handle)
    try:
        with pq.ParquetWriter(temporary, file.schema_arrow) as writer:
            for table in _without(file, departed):
                writer.write_table(table)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    return True


def _without(file: pq.ParquetFile, departed: set[int]) -> Iterator[pa.Table]:
    ids = pa.array(sorted(departed), pa.int64())
    for batch in file.iter_batches():
        is_departed = pc.is_in(batch.column(USER_COLUMN), value_set=ids)
        yield pa.Table.from_batches([batch]).filter(pc.invert(is_departed))


def _erase_tensors(path: Path, known: _Accounts) -> bool:
    content = _tensors_without(path.read_bytes(), known)
    if content is not None:
        write_atomically(path, content)
    return content is not None


def _erase_stored(key: str, known: _Accounts) -> bool:
    if not default_storage.exists(key):
        return False
    with default_storage.open(key) as file:
        content = _tensors_without(file.read(), known)
    if content is not None:
        default_storage.delete(key)  # else saving would give the new file another name
        default_storage.save(key, ContentFile(content))
    return content is not None


def _tensors_without(content: bytes, known: _Accounts) -> bytes | None:
    """Return a file of per-user numbers without departed users; None if it has none."""
    tensors = load(content)
    ids = tensors.get(USERS_TENSOR)
    departed = known.departed(ids) if ids is not None else set()
    if ids is None or not departed:
        return None
    keep = ~np.isin(ids, np.array(sorted(departed), dtype=np.int64))
    return save({name: np.ascontiguousarray(values[keep]) for name, values in tensors.items()})
