"""The folders of runs: where a worker keeps what the stages leave, and what a later run may reuse.

Web processes look too, when staff start a run from a stage of an earlier one, so nothing here
loads pyarrow. Workers that may take over each other's runs must share ``WORKSPACE_DIR``.
"""

import shutil
from collections.abc import Iterable
from pathlib import Path

from django.conf import settings

from ml.training.stages import BY_NAME
from recommendations.training.models import ModelRun

INPUTS = ("ratings.parquet", "movies.parquet")


def workspace_of(run: ModelRun) -> Path:
    """Return the run's folder, which need not exist."""
    return Path(settings.WORKSPACE_DIR) / str(run.pk)


def missing_products(run: ModelRun, stages: tuple[str, ...]) -> list[str]:
    """Names of what these stages of the run should have left and this machine does not have."""
    folder = workspace_of(run)
    return [name for name in _products(stages) if not (folder / name).exists()]


def adopt(run: ModelRun, stages: tuple[str, ...]) -> None:
    """Give ``run`` what these stages of its base run left, by hard links where the disk has them.

    Every product is written anew and renamed into its place, so that neither run can change what
    the other reads. The inputs come last: by them a folder is known as whole.

    Raises
    ------
    OSError
        Something is gone, or the disk is full.

    """
    if run.base_run is None:
        raise ValueError(f"Run {run.pk} is based on no other.")
    source, target = workspace_of(run.base_run), workspace_of(run)
    target.mkdir(parents=True, exist_ok=True)
    names = _products(stages)
    for name in sorted(names, key=INPUTS.__contains__):
        if (source / name).is_dir():
            shutil.copytree(source / name, target / name, copy_function=_link, dirs_exist_ok=True)
        else:
            _link(source / name, target / name)


def clear_old(n_kept: int, keep: set[int]) -> None:
    """Remove the folders of runs that are neither among the latest nor in ``keep``."""
    recent = set(ModelRun.objects.values_list("pk", flat=True)[:n_kept])
    for folder in Path(settings.WORKSPACE_DIR).iterdir():
        if folder.name.isdecimal() and int(folder.name) not in recent | keep:
            shutil.rmtree(folder, ignore_errors=True)


def _products(stages: Iterable[str]) -> list[str]:
    return [name for stage in stages if stage in BY_NAME for name in BY_NAME[stage].products]


def _link(source: str | Path, target: str | Path) -> str | Path:
    Path(target).unlink(missing_ok=True)
    try:
        Path(target).hardlink_to(source)
    except OSError:  # another disk, or one without hard links
        shutil.copy2(source, target)
    return target
