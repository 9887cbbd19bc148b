"""The site below a path of its host, which the proxy before it takes off."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests import cast

ROOT = Path(__file__).resolve().parents[2]
CRAWL = r"""
import json, re, sys
import django
from django.conf import settings
settings.STORAGES["staticfiles"]["BACKEND"] = (
    "django.contrib.staticfiles.storage.StaticFilesStorage")
settings.WHITENOISE_AUTOREFRESH = settings.WHITENOISE_USE_FINDERS = True
settings.PAGE_RATE = None
django.setup()
from django.test import Client
from accounts.models import User

ATTRIBUTES = r'(?:href|src|action|formaction|hx-get|hx-post|hx-put|hx-delete|data-url)="(/[^"#]*)'
START = ["/", "/movies/", "/for-you/", "/accounts/login/", "/accounts/signup/", "/api/docs/",
    "/movies/999999/", "/robots.txt", "/site.webmanifest", "/privacy/"]
MEMBERS = ["/taste/", "/lists/", "/import/", "/accounts/profile/", "/accounts/tokens/", "/runs/",
    "/operations/", "/admin/", "/runs/start/"]
astray, broken, seen = set(), set(), set()
for user, start in ((None, START), (User.objects.get(username="grace"), START + MEMBERS)):
    client = Client(raise_request_exception=False)
    if user:
        client.force_login(user)
    waiting = list(start)
    while waiting and len(seen) < 160:
        path = waiting.pop(0)
        if (user, path) in seen or re.search("logout|export|delete|language", path):
            continue
        seen.add((user, path))
        answer = client.get(path)
        content = b"".join(answer) if answer.streaming else answer.content
        location = answer.headers.get("Location", "/films/")
        if answer.status_code >= 400 and answer.status_code != 405 and "999999" not in path:
            broken.add((path, answer.status_code))
        if location.startswith("/") and not location.startswith("/films/"):
            astray.add((path, location))
        if "text/html" not in answer.headers.get("Content-Type", ""):
            continue
        for link in re.findall(ATTRIBUTES, content.decode()):
            link = link.replace("&amp;", "&")
            if link.startswith("/films/"):
                waiting.append(link.removeprefix("/films"))
            elif link != "/films":  # of the admin, which the proxy completes
                astray.add((path, link))
client = Client(raise_request_exception=False)
refused = ("/api/v1/none/", "/api/v1/runs/")
kinds = {path: client.get(path).headers["Content-Type"] for path in refused}
manifest = client.get("/site.webmanifest").json()
probe = client.get("/livez").status_code
robots = client.get("/robots.txt").content.decode()
print(json.dumps({"astray": sorted(astray), "broken": sorted(broken), "n": len(seen),
    "kinds": kinds, "start": manifest["start_url"], "probe": probe, "robots": robots}))
"""


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.django_db(transaction=True)
def test_every_link_leads_below_the_path(site_environment: dict[str, str]):
    cast.member("grace", is_staff=True)
    for number in range(3):
        cast.movie(f"Film {number}", 1990, "Drama")
    done = subprocess.run(
        [sys.executable, "-c", CRAWL],
        cwd=ROOT, env=site_environment | {"SITE_PATH": "/films/", "STAFF_MFA": "false"},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    found = json.loads(done.stdout.splitlines()[-1])
    assert found["astray"] == [], found["astray"]
    assert found["broken"] == []
    assert found["n"] > 60
    assert set(found["kinds"].values()) == {"application/problem+json"}
    assert found["start"] == "/films/"
    assert found["probe"] == 200
    assert "Disallow: /films/accounts/\n" in found["robots"]
