"""Where the wall's files are, if they are: the runtime is fetched at installation or never."""

from dataclasses import dataclass

from django.conf import settings
from django.contrib.staticfiles import finders
from django.contrib.staticfiles.storage import staticfiles_storage

RUNTIME = "vendor/spline/runtime.standalone.webgl.js"
SCENE = "wall/wall.splinecode"


@dataclass(frozen=True)
class WallAssets:
    """URLs of what the page loads for the wall."""

    runtime: str
    scene: str


def wall_assets() -> WallAssets | None:
    """None where the wall is turned off, or a file of it is missing."""
    if not settings.WALL_3D:
        return None
    runtime, scene = _url(RUNTIME), _url(SCENE)
    return WallAssets(runtime, scene) if runtime and scene else None


def _url(path: str) -> str | None:
    """Return a static file's URL.

    A storage with a manifest raises for a missing file, others do not.
    """
    if not (staticfiles_storage.exists(path) or finders.find(path)):
        return None
    try:
        return staticfiles_storage.url(path)
    except ValueError:  # there, but not collected
        return None
