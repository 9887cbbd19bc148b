"""The reverse proxy of the compose file, while the site behind it is down.

It is skipped where Caddy is not installed (Debian: caddy).
"""

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from recsite.local.processes import free_port
from tests.waiting import wait_until

CADDY = shutil.which("caddy")
DEPLOY = Path(__file__).resolve().parents[2] / "deploy"

pytestmark = pytest.mark.skipif(CADDY is None, reason="Caddy is not installed")


@pytest.fixture(scope="module")
def proxy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    """Run Caddy with the committed file, before a port where nobody listens."""
    port, nobody = free_port("127.0.0.1", 8795), free_port("127.0.0.1", 8895)
    folder = tmp_path_factory.mktemp("caddy")
    environment = os.environ | {
        "SITE_ADDRESS": f"http://127.0.0.1:{port}",
        "WEB_ADDRESS": f"127.0.0.1:{nobody}",
        "MAINTENANCE_ROOT": str(DEPLOY),
        "HOME": str(folder),
        "XDG_DATA_HOME": str(folder),
        "XDG_CONFIG_HOME": str(folder),
    }
    command = [str(CADDY), "run", "--config", str(DEPLOY / "Caddyfile"), "--adapter", "caddyfile"]
    with (
        (folder / "log").open("w") as log,
        subprocess.Popen(command, env=environment, stdout=log, stderr=log) as process,
        httpx.Client(base_url=f"http://127.0.0.1:{port}") as client,
    ):

        def answers() -> bool:
            assert process.poll() is None, (folder / "log").read_text()
            try:
                return bool(client.get("/").status_code)
            except httpx.HTTPError:
                return False

        wait_until(answers)
        try:
            yield client
        finally:
            process.terminate()


@pytest.mark.parametrize("path", ["/", "/movies/1/", "/static/css/none.css"])
def test_people_get_a_page_that_looks_again_by_itself(proxy: httpx.Client, path: str):
    answer = proxy.get(path)
    assert answer.status_code == 503
    assert answer.headers["Retry-After"] == "30"
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.text == (DEPLOY / "maintenance.html").read_text()
    assert '<meta http-equiv="refresh" content="30">' in answer.text


@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
def test_programs_get_a_problem_document(proxy: httpx.Client, method: str):
    answer = proxy.request(method, "/api/v1/me/ratings/")
    assert answer.status_code == 503
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.headers["Retry-After"] == "30"
    assert answer.json()["status"] == 503
