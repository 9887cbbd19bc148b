"""The scene of the wall: a row of posters inside a cylinder, over a floor that mirrors them.

::

        wall                an empty at the cylinder's axis; turning it turns every poster
        └─ slot-00 ...      an empty on the cylinder that faces the axis; "Picked" brings it nearer
           ├─ shadow-00     stays where it is while the poster lifts
           ├─ mirror-00     the same picture upside down in the floor
           └─ poster-00     the picture

The page's script decides which poster is under the pointer, lifts it and turns it. A state of the
scene has fixed angles, and the runtime's own test lags behind the picture while the wall turns.

Slots are filled column by column from the left, so that neighbours in the page's order are
neighbours on the wall. The page gives every slot its poster; the file holds none.
"""

import struct
import uuid
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from math import atan2, cos, degrees, exp, hypot, pi, sin

from movies.wall3d import defaults
from movies.wall3d.defaults import entity, entry, mesh, node
from movies.wall3d.splinecode import IdMap, Tree, Value

SCHEMA = 131
"""What @splinetool/runtime 2.0.58 expects; it would migrate a lower number."""

_IDS = uuid.UUID("0b4c1a52-61e7-4f0c-9a5e-9d1c8f2f7c33")


@dataclass(frozen=True)
class Wall:
    """How many posters hang where. Lengths are in the scene's unit; a poster is 200 wide."""

    n_columns: int = 48
    """Posters side by side; with the rows, as many as the home page offers."""
    n_rows: int = 1
    """Posters above one another."""
    poster: tuple[float, float] = (200, 300)
    """Width and height of a poster."""
    gap: float = 26
    """Between posters, both ways."""
    radius: float = 2600
    """Of the cylinder: the smaller, the more curved."""
    distance: float = 1800
    """From the camera to the middle of the wall."""
    margin: float = 52
    """Above and below the rows: posters at the sides are nearer and look 15% larger."""
    rise: float = 24
    """How far the wall is moved up, so that the floor below it is seen."""
    picked_lift: float = 70
    """How far a picked poster stands out."""

    def __post_init__(self) -> None:
        """Refuse a wall that cannot be built."""
        if self.n_columns < 1 or self.n_rows < 1:
            raise ValueError("A wall has at least one column and one row.")
        if self.n_columns * (self.poster[0] + self.gap) > 2 * pi * self.radius:
            raise ValueError("The columns do not fit on the cylinder.")

    @property
    def n_slots(self) -> int:
        """How many posters hang."""
        return self.n_columns * self.n_rows

    def place(self, index: int) -> tuple[float, float]:
        """Return a slot's angle around the axis (radians, positive to the right) and height.

        >>> Wall(n_columns=3, n_rows=1).place(1)
        (0.0, 0.0)
        """
        column, row = divmod(index, self.n_rows)
        angle = (column - (self.n_columns - 1) / 2) * (self.poster[0] + self.gap) / self.radius
        return angle, ((self.n_rows - 1) / 2 - row) * (self.poster[1] + self.gap)

    @property
    def field_of_view(self) -> float:
        """Of the camera, vertical, in degrees: all rows and the margins."""
        height = self.n_rows * (self.poster[1] + self.gap)
        return 2 * degrees(atan2(height / 2 + self.margin, self.distance))


def wall_scene(wall: Wall) -> dict[str, Value]:
    """Return the whole document, to be written with :func:`movies.wall3d.splinecode.dumps`."""
    page_id = _id("page")
    images = IdMap({"shadow": _image("shadow", _shadow_png())})
    for index in range(wall.n_slots):
        # One picture shared by two slots would change in both.
        images[_name("picture", index)] = _image(_name("picture", index), _blank_png())
    camera = defaults.camera(distance=wall.distance, field_of_view=wall.field_of_view)
    page = node(1, page_id, defaults.page("Wall", camera=camera), [_posters(wall)])
    return {
        "schema": SCHEMA,
        "scene": {
            "objects": Tree([page]),
            "publish": defaults.publication(page_id),
            "styles": defaults.drawing_styles(),
        },
        "frames": IdMap({_id("frame"): _frame()}),
        "shared": defaults.shared(images),
    }


def _posters(wall: Wall) -> Value:
    axis = entity(position=(0, wall.rise, wall.radius)) | {"type": "Empty", "name": "wall"}
    return node(0, _id("wall"), axis, (_slot(wall, index) for index in range(wall.n_slots)))


def _slot(wall: Wall, index: int) -> Value:
    name = _name("slot", index)
    angle, height = wall.place(index)

    def at(radius: float) -> list[Value]:
        return [radius * sin(angle), height, -radius * cos(angle)]

    picked = _state(f"{name} picked", "Picked", position=at(wall.radius - wall.picked_lift))
    data = entity(
        position=(wall.radius * sin(angle), height, -wall.radius * cos(angle)),
        rotation=(0, -degrees(angle), 0),
        states=[picked],
    ) | {"type": "Empty", "name": name}
    return node(
        index, _id(name), data, [_shadow(wall, index), _mirror(wall, index), _poster(wall, index)]
    )


def _poster(wall: Wall, index: int) -> Value:
    name = _name("poster", index)
    width, height = wall.poster
    picture = mesh(name, width=width, height=height, corner=8, image_id=_name("picture", index))
    return node(2, _id(name), entity(is_hit=False) | picture)


def _mirror(wall: Wall, index: int) -> Value:
    """Use the image of the poster, so that both change together."""
    name = _name("mirror", index)
    width, height = wall.poster
    data = entity(position=(0, -height - 14, 0), scale=(1, -1, 1), is_hit=False)
    image_id = _name("picture", index)
    picture = mesh(name, width=width, height=height, corner=8, image_id=image_id, alpha=0.22)
    return node(1, _id(name), data | picture)


def _shadow(wall: Wall, index: int) -> Value:
    """Larger than the poster, a little lower and behind: light falls from above."""
    name = _name("shadow", index)
    width, height = wall.poster
    data = entity(position=(0, -12, -10), is_hit=False)
    picture = mesh(name, width=width * 1.3, height=height * 1.2, corner=0, image_id="shadow")
    return node(0, _id(name), data | picture)


def _state(name: str, label: str, **fields: list[Value]) -> Value:
    return entry(0, _id(name), {"name": label, **fields})


def _frame() -> Value:
    return {
        "preset": "fullscreen",
        "allowResponsive": False,
        "size": [512, 512],
        "coords": [0, 0],
        "sceneScale": 1,
        "color": {"r": 0, "g": 0, "b": 0, "a": 0.5},
    }


def _id(name: str) -> str:
    return str(uuid.uuid5(_IDS, name))


def _name(kind: str, index: int) -> str:
    return f"{kind}-{index:02d}"


def _image(name: str, data: bytes) -> Value:
    return {"name": name, "data": data}


def _blank_png() -> bytes:
    """Return the picture of an empty slot: the grey of an empty frame, half transparent."""
    return _png(2, 3, lambda _x, _y: (70, 66, 78, 110))


def _shadow_png(width: int = 52, height: int = 72) -> bytes:
    """Return a soft black rectangle, opaque behind the poster and transparent at the edge."""
    margin_x, margin_y = width * 0.3 / 1.3, height * 0.2 / 1.2

    def pixel(x: int, y: int) -> tuple[int, int, int, int]:
        outside_x = max(0.0, margin_x - x - 0.5, x + 0.5 - (width - margin_x)) / margin_x
        outside_y = max(0.0, margin_y - y - 0.5, y + 0.5 - (height - margin_y)) / margin_y
        falloff = max(0.0, exp(-4 * hypot(outside_x, outside_y) ** 2) - exp(-4))
        return 0, 0, 0, round(150 * falloff)

    return _png(width, height, pixel)


def _png(width: int, height: int, pixel: Callable[[int, int], tuple[int, int, int, int]]) -> bytes:
    """Return a PNG of eight bits per channel, with transparency."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    rows = (b"\0" + b"".join(bytes(pixel(x, y)) for x in range(width)) for y in range(height))
    header = struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(b"".join(rows), 9))
        + chunk(b"IEND", b"")
    )
