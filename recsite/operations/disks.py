"""What fills the disks: of this host by a look, of the hosts that train by their own report.

Workers for trainings may run on other hosts, whose disks no web process sees. Each reports its own
to Redis.
"""

import json
import socket
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from shutil import disk_usage
from typing import Any

import redis
from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from recsite.operations.queues import broker_client
from recsite.storages import FOLDER

KEY = "marquee:disks"
KEEP_SECONDS = 3600
"""A host that has reported nothing for so long is no longer shown."""

LABELS: dict[str, str | Promise] = {
    "media": _("Models, pictures and uploads"),
    "runs": _("Folders of runs"),
    "cache": _("Caches"),
}


@dataclass(frozen=True)
class Folder:
    """A folder of the site on one host."""

    kind: str
    """What is measured, by its name in ``LABELS``."""
    n_files: int
    n_bytes: int

    @property
    def label(self) -> str | Promise:
        """What the folder holds, in the reader's language."""
        return LABELS[self.kind]


@dataclass(frozen=True)
class Disk:
    """The folders of one host, and the bytes that are free where runs keep theirs."""

    host: str
    free_bytes: int
    folders: list[Folder]


def is_media_measured() -> bool:
    """Return whether models and pictures are in a folder, not in an object storage."""
    return bool(settings.STORAGES["default"]["BACKEND"] == FOLDER)


def disks() -> list[Disk]:
    """Return this host's disk, then those that other hosts have reported, by name."""
    kinds = {"media": settings.MEDIA_ROOT} if is_media_measured() else {}
    own = _read(kinds | {"runs": settings.WORKSPACE_DIR, "cache": settings.CACHE_DIR})
    return [own, *(disk for disk in _reported() if disk.host != own.host)]


def disk_report() -> None:
    """Report this host's runs and caches. Called in a worker every few minutes."""
    disk = _read({"runs": settings.WORKSPACE_DIR, "cache": settings.CACHE_DIR})
    try:
        with broker_client() as client:
            report = json.dumps(asdict(disk) | {"at": time.time()})
            client.hset(KEY, disk.host, report)
            for host, told in _reports(client).items():
                if _is_old(told):
                    client.hdel(KEY, host)
    except redis.RedisError:  # the next report is soon
        return


def _reported() -> list[Disk]:
    try:
        with broker_client() as client:
            reports = _reports(client)
    except redis.RedisError:
        return []
    return [
        Disk(host, report["free_bytes"], [Folder(**folder) for folder in report["folders"]])
        for host, report in sorted(reports.items())
        if not _is_old(report)
    ]


def _reports(client: redis.Redis) -> dict[str, dict[str, Any]]:
    found: Any = client.hgetall(KEY)
    return {host.decode(): json.loads(report) for host, report in found.items()}


def _is_old(report: dict[str, Any]) -> bool:
    return bool(time.time() - report["at"] > KEEP_SECONDS)


def _read(places: dict[str, Any]) -> Disk:
    """Read the size of every file of some folders."""
    folders = [_folder(kind, Path(path)) for kind, path in places.items()]
    path = Path(settings.WORKSPACE_DIR)
    while not path.exists() and path != path.parent:
        path = path.parent
    return Disk(socket.gethostname(), disk_usage(path).free, folders)


def _folder(kind: str, path: Path) -> Folder:
    sizes: list[int] = []
    for file in path.rglob("*") if path.is_dir() else ():
        try:
            if file.is_file() and not file.is_symlink():
                sizes.append(file.stat().st_size)
        except OSError:  # deleted while we look
            continue
    return Folder(kind, len(sizes), sum(sizes))
