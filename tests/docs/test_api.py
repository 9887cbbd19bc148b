"""The examples of docs/api.md, and the client of clients/python, against a real server."""

import ast
import filecmp
import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from types import ModuleType
from typing import Any

import httpx
import pytest
from django.core.cache import cache
from marquee_client import Client
from marquee_client.api.films import genres_list
from marquee_client.errors import UnexpectedStatus
from pytest_django.live_server_helper import LiveServer

from accounts.models import User
from accounts.services import token_create
from ml.serving.taste import DEFAULT_NOVELTY
from movies.services.personal_imports import import_do
from tests import cast
from tests.api.conftest import document
from tests.movies.importers.personal import exports

ROOT = Path(__file__).resolve().parents[2]
CLIENT = ROOT / "clients" / "python"


@pytest.fixture
def ada(transactional_db: None, servers: None) -> User:
    cache.clear()
    for number in range(12):
        cast.movie(f"Toy Story {number}", 1995 + number, "Comedy")
    cast.movie("Alien", 1979, "Horror")
    return cast.member(is_staff=True)


def secret_of(user: User, *scopes: str) -> str:
    return token_create(user=user, name="docs", scopes=scopes)[1]


@pytest.mark.skipif(shutil.which("curl") is None, reason="no curl here")
def test_the_examples_of_the_documentation_work(ada: User, live_server: LiveServer, tmp_path: Path):
    blocks = re.findall(
        r"^```bash\n(.*?)^```", (ROOT / "docs/api.md").read_text(), re.DOTALL | re.MULTILINE
    )
    environment = {
        "MARQUEE": live_server.url,
        "TOKEN": secret_of(ada, "read", "rate"),
        "ADMIN_TOKEN": secret_of(ada, "admin"),
    }
    done = _run(
        ["bash", "-euxo", "pipefail", "-c", "\n".join(blocks)],
        cwd=tmp_path,
        env=os.environ | environment,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert '"title":"Toy Story 0"' in done.stdout
    assert '"ratings":[{"movie_id":' in (tmp_path / "export.json").read_text()
    assert not ada.ratings.exists()  # the last example takes the rating back


@pytest.mark.skipif(shutil.which("curl") is None, reason="no curl here")
def test_the_examples_of_a_members_import_work(
    ada: User, live_server: LiveServer, tmp_path: Path, settings: Any
):
    settings.MEDIA_ROOT = tmp_path / "media"
    rows = (
        "2021-03-04,Alien,1979,https://boxd.it/a,4.5\n2021-03-05,Unknown,1950,https://boxd.it/b,2\n"
    )
    exports.write_zip(tmp_path / "letterboxd.zip", {"ratings.csv": exports.RATINGS + rows})
    text = (ROOT / "docs/import.md").read_text().partition("## For programs")[2]
    block = text.partition("```sh\n")[2].partition("```")[0]
    commands = block.replace("\\\n", " ").splitlines()
    environment = os.environ | {
        "MARQUEE": live_server.url,
        "AUTHORIZATION": f"Authorization: Bearer {secret_of(ada, 'read', 'rate')}",
    }
    answers = []
    for command in commands:
        done = _run(["bash", "-euc", command], cwd=tmp_path, env=environment)
        assert done.returncode == 0, done.stderr
        answers.append(json.loads(done.stdout or "null"))  # nothing after DELETE
        environment["IMPORT"] = str(answers[0]["id"])
        if "/accept/" in command:
            import_do(answers[0]["id"])
            assert ada.ratings.get().rated_at.date().isoformat() == "2021-03-04"
    sent, listed, accepted, undone, _deleted = answers
    assert not ada.personal_imports.exists()
    assert [one["status"] for one in (sent, accepted, undone)] == ["ready", "queued", "undone"]
    assert [row["line_number"] for row in listed["results"]] == [2, 3]
    assert listed["results"][1]["note"] == "not in the catalogue"
    assert not ada.ratings.exists()


def test_the_client_rates_and_asks(ada: User, live_server: LiveServer):
    done = _run(
        [sys.executable, "example.py", "alien", "nothing like it"],
        cwd=CLIENT,
        env=os.environ
        | {"MARQUEE_URL": live_server.url, "MARQUEE_TOKEN": secret_of(ada, "read", "rate")},
    )
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines[0] == "Alien: 4.5 stars"
    assert [line.split(".")[0] for line in lines[1:]] == [str(place) for place in range(1, 11)]
    assert ada.ratings.get().movie.title == "Alien"


def test_the_pages_of_the_client_are_read_as_its_readme_says(ada: User, live_server: LiveServer):
    readme = (CLIENT / "README.md").read_text()
    [program] = re.findall(r"```python\n(.*?)```", readme, re.DOTALL)
    assert "page_size=500" in program
    program = program.replace("page_size=500", "page_size=2")
    program += f"print(*[film.id for film in every_film(Client('{live_server.url}'))])"
    films = [cast.movie(title).pk for title in ("Heat", "Alien", "Ran", "Jaws", "Brazil")]
    done = _run([sys.executable, "-c", program], cwd=CLIENT)
    assert done.returncode == 0, done.stderr
    found = [int(movie_id) for movie_id in done.stdout.split()]
    assert found == sorted(found)
    assert set(films) <= set(found)


def test_the_client_tells_what_is_wrong(ada: User, live_server: LiveServer):
    done = _run(
        [sys.executable, "example.py", "alien"],
        cwd=CLIENT,
        env=os.environ | {"MARQUEE_URL": live_server.url, "MARQUEE_TOKEN": "mq_wrong"},
    )
    assert done.returncode == 1
    assert "There is no such token" in done.stderr


def test_the_client_keeps_what_a_later_version_of_the_api_may_add():
    program = """
from marquee_client.models import Because
sent = {"kind": "friends", "genre": None, "country": None, "share": 0.5, "friend": "Ada"}
assert Because.from_dict(sent).to_dict() == sent
"""
    done = _run([sys.executable, "-c", program], cwd=CLIENT)
    assert done.returncode == 0, done.stderr


@pytest.fixture
def gateway() -> Iterator[HTTPServer]:
    """Return a server that answers with the status, the type and the body in its ``answer``."""

    class Gateway(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, kind, body = self.server.answer  # type: ignore[attr-defined]
            self.send_response(status)
            if kind:
                self.send_header("Content-Type", kind)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Keep requests out of the output of the tests."""

    server = HTTPServer(("127.0.0.1", 0), Gateway)
    thread = Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.parametrize(
    "answer",
    [
        (304, "", b""),
        (302, "text/html", b""),
        (502, "text/html", b"<h1>Bad Gateway</h1>"),
        (502, "", b""),
        (503, "application/json", b'{"message": "no upstream"}'),
        (200, "text/html; charset=utf-8", b"<h1>Log in to this network</h1>"),
    ],
)
@pytest.mark.parametrize("is_strict", [False, True])
def test_what_the_api_has_not_written_is_no_answer_and_no_decoding_error(
    gateway: HTTPServer, answer: tuple[int, str, bytes], is_strict: bool
):
    gateway.answer = answer  # type: ignore[attr-defined]
    url = f"http://127.0.0.1:{gateway.server_port}"
    with Client(url, raise_on_unexpected_status=is_strict) as client:
        if is_strict and answer[0] != 304:
            with pytest.raises(UnexpectedStatus):
                genres_list.sync(client=client)
            return
        response = genres_list.sync_detailed(client=client, if_none_match='"0a"')
    assert (response.status_code, response.parsed) == (answer[0], None)
    assert response.content == answer[2]


def test_an_unchanged_list_is_304_for_the_client(ada: User, live_server: LiveServer):
    with Client(live_server.url) as client:
        first = genres_list.sync_detailed(client=client)
        assert first.parsed
        again = genres_list.sync_detailed(client=client, if_none_match=first.headers["ETag"])
    assert (again.status_code, again.parsed) == (304, None)


def test_the_client_does_not_wait_without_end():
    assert Client("http://127.0.0.1").get_httpx_client().timeout == httpx.Timeout(30)
    assert Client("http://127.0.0.1").get_async_httpx_client().timeout == httpx.Timeout(30)


def test_the_built_client_tells_type_checkers_that_it_is_typed(tmp_path: Path):
    source = tmp_path / "source"
    shutil.copytree(CLIENT, source, ignore=shutil.ignore_patterns("build", "*.egg-info"))
    build = (
        "from setuptools import build_meta as backend; "
        f"backend.build_wheel({str(tmp_path)!r}); backend.build_sdist({str(tmp_path)!r})"
    )
    done = _run([sys.executable, "-c", build], cwd=source)
    assert done.returncode == 0, done.stderr
    [wheel], [sdist] = tmp_path.glob("*.whl"), tmp_path.glob("*.tar.gz")
    assert "marquee_client/py.typed" in zipfile.ZipFile(wheel).namelist()
    with tarfile.open(sdist) as archive:
        assert any(name.endswith("/marquee_client/py.typed") for name in archive.getnames())


def test_no_operation_of_the_client_leaves_out_fields_that_its_types_need():
    modules = (CLIENT / "marquee_client").rglob("*.py")
    assert [path.name for path in modules if "    fields: " in path.read_text()] == []


def test_what_needs_no_account_takes_a_client_without_a_token():
    paths = document()["paths"]
    public = {
        operation["operationId"]
        for methods in paths.values()
        for operation in methods.values()
        if {} in operation.get("security", [{}])
    }
    assert {"movies_list", "movies_similar", "recommendations_for_ratings"} <= public
    modules = {path.stem: path for path in (CLIENT / "marquee_client" / "api").rglob("*.py")}
    for name in public:
        assert "client: AuthenticatedClient | Client," in modules[name].read_text(), name
    assert "client: AuthenticatedClient," in modules["ratings_list"].read_text()


def test_the_documentation_names_the_default_of_novelty():
    assert f"(hidden gems) is {DEFAULT_NOVELTY:g} unless" in (ROOT / "docs/api.md").read_text()


def test_the_client_requires_the_packages_that_it_imports_and_no_others():
    found = {
        name.partition(".")[0]
        for path in (CLIENT / "marquee_client").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        for name in (
            [alias.name for alias in node.names]
            if isinstance(node, ast.Import)
            else [node.module or ""]
            if isinstance(node, ast.ImportFrom) and not node.level
            else []
        )
    }
    project = tomllib.loads((CLIENT / "pyproject.toml").read_text())["project"]
    required = {re.split(r"[<>=]", name)[0] for name in project["dependencies"]}
    assert found - sys.stdlib_module_names == required


def test_the_client_is_what_the_schema_makes_of_it(tmp_path: Path):
    _generator().generate(tmp_path / "marquee_client")
    assert _differences(tmp_path / "marquee_client", CLIENT / "marquee_client") == []


def _run(command: list[str], **options: Any) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command, check=False, capture_output=True, text=True, timeout=120, **options
    )


def _generator() -> ModuleType:
    spec = importlib.util.spec_from_file_location("generate", CLIENT / "generate.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _differences(left: Path, right: Path) -> list[str]:
    """Files that are not the same; `make client` makes them so."""
    files = {
        path.relative_to(root)
        for root in (left, right)
        for path in root.rglob("*.py*")
        if path.suffix != ".pyc"
    }
    _same, different, missing = filecmp.cmpfiles(
        left, right, [str(file) for file in files], shallow=False
    )
    return sorted(different + missing)
