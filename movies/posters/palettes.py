"""Palettes, by the mood of a film."""

from typing import NamedTuple


class Palette(NamedTuple):
    """Five colours: the paper, what is lettered on it, and three to draw with."""

    ground: str
    ink: str
    first: str
    second: str
    third: str


def _palettes(*rows: str) -> tuple[Palette, ...]:
    return tuple(Palette(*(f"#{colour}" for colour in row.split())) for row in rows)


PALETTES = {
    "noir": _palettes(
        "101014 f2e8d5 d9a441 3a3a44 8d1f1f",
        "1b1a17 f0e6d2 c4c0b5 4b4840 b8872e",
        "0d1b2a e8e3d3 e0b04b 1f3b57 56738f",
        "e9e1cf 17140f b3261e 3f3a33 a89b82",
    ),
    "western": _palettes(
        "f0d9a8 4a1d0f c8502a e39a3b 7b2d17",
        "e8b15a 3b140c b3391f f4d58d 7a2a14",
        "7b2416 f6dfb0 e2973c 4a130c d4572a",
        "2b3a4a f5e3c3 e07a3f 4d5f6e c9a66b",
    ),
    "horror": _palettes(
        "0b0b0d f3ede2 c1121f 3d0508 6b6b6b",
        "b30f1b fff3e6 14060a 6d0a11 f0a39b",
        "0f1a14 e5efd9 7fb069 1f3a2b d64933",
        "1a0f24 f0e6ff 8f4fd0 33184d e4572e",
        "efe6d5 17110d b01e1e 3a2b22 8a7f70",
        "16222a f1ead9 e36414 0b3c49 9a031e",
    ),
    "science": _palettes(
        "070b1a eaf2ff 4cc9f0 3a0ca3 f72585",
        "0c1f2c f5efe0 ff7b54 145369 ffd56b",
        "10002b f8eaff 9d4edd 3c096c ff9e00",
        "e9e4d8 14213d e4572e 2e86ab f3b61f",
        "021b1a d8fff4 2ec4a6 07504b f4f1bb",
        "f2542d 1c0a05 f5dfbb 0e3b43 562c2c",
    ),
    "romance": _palettes(
        "fbe4e0 5b0f2e e4576f f7a6a1 9c1c46",
        "7a1436 ffe9e2 f2668b b3264f ffb5a7",
        "fff1e0 3d1a3a ef767a 7d5ba6 f9c784",
        "23395b fdf0e6 f08a7b 406e8e fbc9b8",
        "f6efe4 2e3d34 c96f5b 8fa68e e9b9a0",
    ),
    "comedy": _palettes(
        "ffd23f 26120b ee4266 3bceac 1f5673",
        "f7f3e8 1d2d50 ff6b35 1fa6a2 ffc43d",
        "ff6f59 2b0b12 ffe8d1 254441 43aa8b",
        "2ab7ca 0b1f33 fed766 fe4a49 f4f4f8",
        "f9c9d4 3c1642 ff5d73 ffd400 2d7dd2",
        "fff4d6 1b3a4b d7263d f46036 2e9c8f",
        "1f4e5f fff3d9 f9a03f ee6055 7fd1ae",
    ),
    "action": _palettes(
        "111111 fff8ea ff4d00 ffb400 8c1c00",
        "c42412 fff4e4 1a0f0f ffb627 7d0f08",
        "0d1321 f0ebd8 f26419 3e5c76 f6ae2d",
        "f2b705 1a1205 d92b04 5c1a01 fff2c4",
        "e6e1d6 15181c d7263d 2b3a42 f49d37",
    ),
    "adventure": _palettes(
        "f4e3c1 1f2f2c d1603d 2d6a6a e9a23b",
        "14363b f8ecd0 e8a33d 2f6f6b c8553d",
        "f6c667 3a1f16 d1512d 411530 f5e6ca",
        "cfe5e0 123047 e76f51 2a7f86 f4a261",
        "233d2c f3ecd2 e3a857 47734f bf5a36",
    ),
    "fantasy": _palettes(
        "1b1642 f5ecff f7c948 4b3b9b b07cf0",
        "0e2a38 f1f7e7 8fd3b6 1d5563 f5d76e",
        "3a1145 fdeff0 f29ca3 6e2a7c ffd37a",
        "e8e1f5 2b1a4a 8e6bd1 c9b3f0 e59a3c",
    ),
    "children": _palettes(
        "7fd1e8 0c2a4a ffcf3f ff6f61 ffffff",
        "ffe08a 3b1f5b ff7f6b 57c4ad 8a5fd0",
        "b7e4a8 173b2c ff9f4a f25f72 fff7d6",
        "f7b7c8 3a1646 7b5fd9 ffd75e ffffff",
        "264a7a fff6e0 ffb84d ff7a70 79d3c3",
    ),
    "crime": _palettes(
        "e8551f 190a05 fff0dc 1a1a1a f6a821",
        "12181b ece5d8 e63946 2f3e46 f1a208",
        "e7dfcf 15120f c92a2a 3c3a36 e0a526",
        "0f2e3d f2ead7 e09f3e 540b0e 335c67",
        "1d1d1f e9f0c9 c6d834 4a4f2a 7b8a1e",
        "3b1c32 f6e8df d4526e 6a1e55 f3b562",
    ),
    "war": _palettes(
        "3b3f2b efe6c8 b5a642 23261a c0392b",
        "c9bd9a 22231a 7c2d1f 5a5a3c 8d8560",
        "1c1f24 eceae2 b23a2b 434a54 d8c99b",
        "8a2b1f f7ead0 1f1b18 c9a25b 5b1a12",
    ),
    "musical": _palettes(
        "6a0f2b fff0d9 f2b134 a31a45 ff6f91",
        "1b1036 fff2fb ff4f9a 5b2a9d ffd447",
        "f6d9b8 4a1135 d1345b f2a541 2d5d7b",
        "0f3d3e fdf1dc f28f3b 1f6f6b f4d35e",
    ),
    "documentary": _palettes(
        "f1efe9 161616 e4002b 8b8b86 cfcac0",
        "173f5f f7f4ea f6d55c 20639b 3caea3",
        "d9d4c7 20252b 1b6e5a 7c8a86 e07a1f",
        "202020 f4f1ea f2c230 555555 a8a8a8",
    ),
    "drama": _palettes(
        "e9e2d4 232323 b5523b 7c8b8a d7a86e",
        "26323b f1e9dc d98f5c 4d6470 a7b8b5",
        "f3ead9 27364b 4f7ca3 d9b08c b44d3e",
        "4a2c2a f6e7d2 d4784f 7d4a40 e8b87d",
        "dfe6e1 1d3634 5b8e7d f4a259 bc4b51",
        "101820 f2efe6 f2aa4c 39505f 8a9aa3",
        "d8c3bd 22223b 4a4e69 9a8c98 f2e9e4",
        "2f4858 f6f0e0 f6ae2d 55828b c46a4f",
        "efe0c9 3a2618 a64b2a 6b8f71 d9a05b",
    ),
}
"""Every ink reads on its ground with a contrast of at least 4.5."""
