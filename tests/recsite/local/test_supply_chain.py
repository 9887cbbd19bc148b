"""Licences and known vulnerabilities of what the project installs."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from recsite.local import supply_chain


class Osv(HTTPServer):
    """Knows one vulnerability, of Django."""

    asked: list[dict[str, object]]


class _Handler(BaseHTTPRequestHandler):
    server: Osv

    def do_POST(self) -> None:
        sent = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.asked = sent["queries"]
        results = [
            {"vulns": [{"id": "PYSEC-2026-1"}]} if query["package"]["name"] == "Django" else {}
            for query in sent["queries"]
        ]
        body = json.dumps({"results": results}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def osv() -> Iterator[Osv]:
    server = Osv(("127.0.0.1", 0), _Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


def test_every_installed_package_has_a_licence_that_is_accepted(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert supply_chain.main(["licences"]) == 0
    listed = capsys.readouterr().out
    for name in ("Django", "torch", "celery", "kombu", "sentry-sdk"):
        assert f"\n{name} " in f"\n{listed}"


@pytest.mark.parametrize(
    ("licence", "is_accepted"),
    [
        *(("MIT", True), ("Apache Software License", True), ("BSD-3-Clause", True)),
        *(("LGPL-3.0-only", True), ("GPL-2.0-only OR MIT", True)),
        ("GNU Lesser General Public License v3 or later (LGPLv3+)", True),
        *(("GPL-3.0-only", False), ("AGPL-3.0-or-later", False), ("unknown", False)),
        ("GNU General Public License v3 (GPLv3)", False),
        ("Other/Proprietary License", False),
    ],
)
def test_strong_copyleft_and_unknown_licences_are_refused(licence: str, is_accepted: bool) -> None:
    assert supply_chain.is_accepted(licence) is is_accepted


def test_a_known_vulnerability_fails(osv: Osv, capsys: pytest.CaptureFixture[str]) -> None:
    url = f"http://127.0.0.1:{osv.server_port}/"
    assert supply_chain.main(["audit", "--url", url]) == 1
    version = supply_chain.pinned()["Django"]
    assert f"Django {version}: PYSEC-2026-1" in capsys.readouterr().err
    assert {"package": {"name": "Django", "ecosystem": "PyPI"}, "version": version} in osv.asked


def test_without_the_service_it_says_so_and_does_not_fail(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert supply_chain.main(["audit", "--url", "http://127.0.0.1:1/"]) == 0
    assert "Not audited" in capsys.readouterr().out
