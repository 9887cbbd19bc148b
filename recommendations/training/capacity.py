"""What the machine of the ``ml`` queue's worker has to spare, told by the worker's heartbeat."""

from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from django.conf import settings
from django.core.cache import cache

KEY = "worker:ml:capacity"
CGROUP = Path("/sys/fs/cgroup")


@dataclass(frozen=True)
class Capacity:
    """Megabytes that a run may take."""

    free_memory_mb: int
    """Available, and what the worker's own processes hold, since a run takes their place."""
    free_disk_mb: int
    """On the disk of the runs' folders."""


def capacity() -> Capacity | None:
    """Return what the worker reported last; None without a worker or without the cache."""
    told = cache.get(KEY)
    return Capacity(**told) if told else None


def capacity_tell(ttl_seconds: int) -> None:
    """Measure this machine and leave the numbers for web processes. Called in a worker."""
    cache.set(KEY, asdict(_measured()), ttl_seconds)


def _measured() -> Capacity:
    import psutil  # in a worker only: the web image does without

    free = psutil.virtual_memory().available
    with suppress(OSError, ValueError):  # no cgroup, or one without a limit
        limit = int((CGROUP / "memory.max").read_text())
        free = min(free, limit - int((CGROUP / "memory.current").read_text()))
    for child in psutil.Process().children(recursive=True):
        with suppress(psutil.Error):
            free += child.memory_info().rss
    folder = Path(settings.WORKSPACE_DIR)
    folder.mkdir(parents=True, exist_ok=True)
    return Capacity(free >> 20, psutil.disk_usage(str(folder)).free >> 20)
