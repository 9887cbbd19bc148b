import json
import math
import re
from collections import Counter
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.template import Context, Template
from django.test import RequestFactory
from hypothesis import given
from hypothesis import strategies as st

from movies.templatetags.wall3d import CHOICE_COOKIE
from movies.wall3d.assets import RUNTIME, SCENE, wall_assets
from movies.wall3d.scene import SCHEMA, Wall, wall_scene
from movies.wall3d.splinecode import IdMap, Items, SplinecodeError, Tree, dumps, loads
from recommendations.selectors.wall import N_POSTERS

ROOT = Path(__file__).resolve().parents[2]

leaves = (
    st.none()
    | st.booleans()
    | st.integers(-(2**31), 2**31 - 1)
    | st.floats(allow_nan=False)
    | st.text()
    | st.binary()
)
values = st.recursive(
    leaves,
    lambda inner: (
        st.lists(inner)
        | st.dictionaries(st.text(), inner)
        | st.lists(inner).map(Items)
        | st.lists(inner).map(Tree)
        | st.dictionaries(st.text(), inner).map(IdMap)
    ),
)


@given(values)
def test_what_is_written_is_read_back_with_its_kinds(value: Any) -> None:
    read = loads(dumps(value))
    assert read == value
    assert dumps(read) == dumps(value)


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ({"a": 1}, "d47240 91 a161 01"),
        (IdMap(x=True), "d40100 d47240 91 a178 c3"),
        (Items([None]), "d40200 91 c0"),
        (Tree([-1]), "d40300 91 ff"),
        (1.5, "cb3ff8000000000000"),
        (1000, "d2000003e8"),
        (2.0, "02"),
        (b"\0" * 300, "c5012c" + "00" * 300),
        ("é" * 40, "d950" + "c3a9" * 40),
        (list(range(16)), "dc0010" + "".join(f"{n:02x}" for n in range(16))),
    ],
)
def test_every_kind_has_its_mark(value: Any, written: str) -> None:
    assert dumps(value) == bytes.fromhex(written.replace(" ", ""))


def test_whole_numbers_beyond_32_bits_are_written_as_floats() -> None:
    assert dumps(2**31) == bytes.fromhex("cb41e0000000000000")
    assert math.isinf(loads(dumps(math.inf)))  # type: ignore[arg-type]


@given(values, st.data())
def test_a_file_that_is_cut_off_is_refused(value: Any, data: st.DataObject) -> None:
    written = dumps(value)
    length = data.draw(st.integers(0, len(written) - 1))
    with pytest.raises(SplinecodeError):
        loads(written[:length])


@pytest.mark.parametrize("written", ["81a16101", "c0c0", "d40400c0", "d40100c0", "d4724091c0c0"])
def test_what_is_never_written_is_refused(written: str) -> None:
    with pytest.raises(SplinecodeError):
        loads(bytes.fromhex(written))


def test_what_a_document_cannot_hold_is_refused() -> None:
    with pytest.raises(TypeError, match="set"):
        dumps({"a": {1, 2}})  # type: ignore[dict-item]


@pytest.fixture(scope="module")
def scene() -> Any:
    """Return the scene as it is read back from its file."""
    return loads(dumps(wall_scene(Wall())))


def nodes(tree: Any) -> Iterator[Any]:
    for node in tree:
        yield node
        yield from nodes(node["children"])


def named(scene: Any, kind: str) -> list[Any]:
    found = [
        node
        for node in nodes(scene["scene"]["objects"])
        if node["data"]["name"].startswith(f"{kind}-")
    ]
    return sorted(found, key=lambda node: node["data"]["name"])


def picture(poster: Any) -> Any:
    (texture,) = (
        layer["data"]["texture"]
        for layer in poster["data"]["material"]["layers"]
        if layer["data"]["type"] == "texture"
    )
    return texture["image"]


def ids(value: Any) -> Iterator[str]:
    """Of everything in lists and trees, wherever it stands."""
    children: list[Any] = []
    if isinstance(value, dict | list):
        children = list(value.values() if isinstance(value, dict) else value)
    if isinstance(value, Items | Tree):
        yield from (entry["id"] for entry in children)
    for child in children:
        yield from ids(child)


def test_the_scene_is_of_the_schema_of_the_pinned_runtime(scene: Any) -> None:
    package = json.loads((ROOT / "package.json").read_text())
    assert package["dependencies"] == {"@splinetool/runtime": "2.0.58"}
    assert scene["schema"] == SCHEMA == 131


def test_there_is_a_slot_for_every_poster_of_the_home_page(scene: Any) -> None:
    assert [node["data"]["name"] for node in named(scene, "slot")] == [
        f"slot-{index:02d}" for index in range(N_POSTERS)
    ]
    assert len(named(scene, "poster")) == len(named(scene, "shadow")) == N_POSTERS


def test_every_slot_has_a_picture_of_its_own(scene: Any) -> None:
    pictures = [picture(poster) for poster in named(scene, "poster")]
    assert len(set(pictures)) == N_POSTERS
    assert [picture(mirror) for mirror in named(scene, "mirror")] == pictures
    images = scene["shared"]["images"]
    assert set(images) == {*pictures, "shadow"}
    assert all(image["data"].startswith(b"\x89PNG\r\n\x1a\n") for image in images.values())


def test_ids_are_unique_within_objects_states_and_events(scene: Any) -> None:
    # Layers are told apart within their material only.
    counts = Counter(found for found in ids(scene) if found not in {"light", "picture"})
    assert len(counts) > 5 * N_POSTERS
    assert set(counts.values()) == {1}


def test_the_floor_mirrors_every_poster_dimly_and_below_it(scene: Any) -> None:
    height = Wall().poster[1]
    for mirror in named(scene, "mirror"):
        assert mirror["data"]["scale"] == [1, -1, 1]
        assert mirror["data"]["position"][1] < -height
        assert mirror["data"]["raycastLock"]
        layers = [layer["data"] for layer in mirror["data"]["material"]["layers"]]
        assert [one["alpha"] < 0.5 for one in layers if one["type"] == "texture"] == [True]


def test_the_runtime_neither_tests_nor_moves_what_is_under_the_pointer(scene: Any) -> None:
    for node in nodes(scene["scene"]["objects"]):
        assert not node["data"]["events"]
    for poster in named(scene, "poster"):
        assert poster["data"]["raycastLock"]
        assert not poster["data"]["states"]


def test_slots_stand_on_a_cylinder_and_face_its_axis_and_picked_ones_are_nearer(scene: Any) -> None:
    wall = Wall()
    for slot in named(scene, "slot"):
        x, _, z = slot["data"]["position"]
        assert math.hypot(x, z) == pytest.approx(wall.radius)
        assert slot["data"]["rotation"][1] == pytest.approx(-math.degrees(math.atan2(x, -z)))
        (picked,) = slot["data"]["states"]
        nearer_x, _, nearer_z = picked["data"]["position"]
        assert picked["data"]["name"] == "Picked"
        assert math.hypot(nearer_x, nearer_z) == pytest.approx(wall.radius - wall.picked_lift)


def test_slots_are_filled_column_by_column_from_the_left_downwards() -> None:
    wall = Wall(n_columns=3, n_rows=2)
    places = [wall.place(index) for index in range(6)]
    assert [round(height) for _, height in places] == [163, -163] * 3
    angles = [angle for angle, _ in places[::2]]
    assert angles == sorted(angles) == [-angles[2], 0, angles[2]]
    assert [angle for angle, _ in places[1::2]] == angles


def test_shadows_let_the_pointer_by_and_the_page_shines_through(scene: Any) -> None:
    assert all(shadow["data"]["raycastLock"] for shadow in named(scene, "shadow"))
    (page,) = scene["scene"]["objects"]
    assert page["data"]["backgroundColor"]["a"] == 0
    assert scene["scene"]["publish"]["playPage"] == page["id"]
    assert scene["scene"]["publish"]["settings"]["web"]["logo"] is False


def test_the_same_wall_is_the_same_file() -> None:
    assert dumps(wall_scene(Wall())) == dumps(wall_scene(Wall()))


@pytest.mark.parametrize(
    "sizes", [{"n_columns": 0}, {"n_rows": 0}, {"n_columns": 100, "radius": 1000}]
)
def test_a_wall_that_cannot_be_built_is_refused(sizes: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="column"):
        Wall(**sizes)  # type: ignore[arg-type]


def test_the_command_writes_a_scene_that_can_be_read(tmp_path: Path) -> None:
    out = tmp_path / "deep" / "wall.splinecode"
    call_command("build_wall_scene", out=out, stdout=StringIO())
    assert loads(out.read_bytes()) == wall_scene(Wall())
    assert [path.name for path in out.parent.iterdir()] == ["wall.splinecode"]


def test_the_lock_file_pins_by_checksum_and_names_no_registry() -> None:
    lock = json.loads((ROOT / "package-lock.json").read_text())
    packages = {name: package for name, package in lock["packages"].items() if name}
    assert packages["node_modules/@splinetool/runtime"]["version"] == "2.0.58"
    assert all(package["integrity"].startswith("sha512-") for package in packages.values())
    assert not re.search(r'"resolved"|registry', json.dumps(lock))


@pytest.fixture
def static_files(settings: Any, tmp_path: Path) -> Path:
    """Use an empty folder of static files in place of the site's."""
    settings.STATICFILES_DIRS = [tmp_path]
    settings.STATIC_ROOT = tmp_path / "collected"
    return tmp_path


def put(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(b"")


def attributes(**cookies: str) -> str:
    request = RequestFactory().get("/")
    request.COOKIES |= cookies
    template = Template("{% load wall3d %}{% wall3d_attributes %}")
    return template.render(Context({"request": request}))


def test_the_page_names_the_files_of_the_wall(static_files: Path) -> None:
    put(static_files, RUNTIME, SCENE)
    assert attributes() == (
        f'data-wall3d data-wall3d-runtime="/static/{RUNTIME}" data-wall3d-scene="/static/{SCENE}"'
    )


def test_the_page_reserves_the_height_of_the_wall_for_visitors_who_chose_it(
    static_files: Path,
) -> None:
    put(static_files, RUNTIME, SCENE)
    assert "data-wall3d-chosen" not in attributes()
    assert attributes(**{CHOICE_COOKIE: "1"}).endswith(" data-wall3d-chosen")


@pytest.mark.parametrize("present", [(), (RUNTIME,), (SCENE,)])
def test_without_runtime_or_scene_the_page_names_neither(
    static_files: Path, present: tuple[str, ...]
) -> None:
    put(static_files, *present)
    assert wall_assets() is None
    assert attributes() == ""


def test_a_setting_turns_the_wall_off(static_files: Path, settings: Any) -> None:
    put(static_files, RUNTIME, SCENE)
    settings.WALL_3D = False
    assert attributes() == ""


def test_files_that_were_not_collected_are_not_named(static_files: Path, settings: Any) -> None:
    put(static_files, RUNTIME, SCENE)
    settings.STORAGES = settings.STORAGES | {
        "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"}
    }
    assert wall_assets() is None
