"""``manage.py build_wall_scene``: write the scene of the 3D wall."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser

from movies.wall3d.assets import SCENE
from movies.wall3d.scene import Wall, wall_scene
from movies.wall3d.splinecode import dumps


class Command(BaseCommand):
    """Write the scene that the home page's script loads."""

    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        """Define the options of the command."""
        parser.add_argument(
            "--out",
            type=Path,
            default=Path(settings.STATICFILES_DIRS[0]) / SCENE,
            help="Where to write it (default: %(default)s).",
        )

    def handle(self, *_args: Any, out: Path, **_options: Any) -> None:
        """Write it whole or not at all."""
        wall = Wall()
        data = dumps(wall_scene(wall))
        out.parent.mkdir(parents=True, exist_ok=True)
        scratch = out.with_suffix(".tmp")
        scratch.write_bytes(data)
        scratch.replace(out)
        self.stdout.write(f"{out}: {wall.n_slots} posters, {len(data):,} bytes")
