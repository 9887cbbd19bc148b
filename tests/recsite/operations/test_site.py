"""The duties of a public site: its pages, files for browsers and robots, name and colours."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders
from django.core.exceptions import ImproperlyConfigured
from django.db import connection
from django.test.utils import CaptureQueriesContext

from recsite import checks
from recsite import settings as site_settings
from recsite.operations.colours import contrast, ink_on
from recsite.operations.models import SitePage
from recsite.operations.site import FilmSitemap
from tests import cast

PAGES = ["privacy", "terms", "imprint", "contact"]
pytestmark = pytest.mark.django_db


def german():
    """Headers of a browser that prefers German."""
    return {"Accept-Language": "de"}


class TestPages:
    @pytest.mark.parametrize("slug", PAGES)
    def test_each_has_a_default_text_and_is_linked_from_every_page(self, client, slug):
        assert f'href="/{slug}/"' in client.get("/movies/").content.decode()
        page = client.get(f"/{slug}/")
        assert page.status_code == 200
        assert "<p>" in page.content.decode().partition("<h1>")[2].partition("</article>")[0]

    @pytest.mark.parametrize("slug", PAGES)
    def test_the_default_text_is_german_for_germans(self, client, slug):
        english = client.get(f"/{slug}/").content.decode().partition("<article")[2]
        other = client.get(f"/{slug}/", headers=german()).content.decode().partition("<article")[2]
        in_english = set(re.findall(r"<p>\s*([^<]+?)\s*<", english.partition("</article>")[0]))
        assert in_english
        assert not any(text in other.partition("</article>")[0] for text in in_english)

    def test_privacy_says_how_long_impressions_are_kept(self, client, settings):
        settings.IMPRESSION_RETENTION_DAYS = 17
        assert "at most 17 days" in client.get("/privacy/").content.decode()

    def test_contact_names_the_address(self, client, settings):
        settings.CONTACT_EMAIL = "box@films.example"
        assert 'href="mailto:box@films.example"' in client.get("/contact/").content.decode()

    def test_the_operators_text_replaces_the_default(self, client):
        text = "## Who we are\n\nAda <b>Lovelace</b>\nLondon\n\n- https://ada.example\n- two"
        SitePage.objects.create(slug="imprint", language="en", text=text)
        page = client.get("/imprint/").content.decode()
        assert "<h2>Who we are</h2>" in page
        assert "Ada &lt;b&gt;Lovelace&lt;/b&gt;" in page
        assert '<a href="https://ada.example"' in page
        assert page.count("<li>") >= 2

    def test_each_language_has_its_text_and_falls_back_to_the_sites(self, client):
        SitePage.objects.create(slug="terms", language="en", text="Be kind.")
        assert "Be kind." in client.get("/terms/", headers=german()).content.decode()
        SitePage.objects.create(slug="terms", language="de", text="Seien Sie nett.")
        assert "Seien Sie nett." in client.get("/terms/", headers=german()).content.decode()

    def test_only_staff_with_the_right_are_led_to_the_admin(self, client):
        link = "/admin/operations/sitepage/"
        assert link not in client.get("/terms/").content.decode()
        client.force_login(cast.member("root", is_staff=True))
        assert link in client.get("/terms/").content.decode()
        assert client.get(link).status_code == 200


class TestFiles:
    def test_robots_are_told_of_the_sitemap_and_of_what_is_private(self, client):
        text = client.get("/robots.txt").content.decode()
        assert "Sitemap: http://testserver/sitemap.xml" in text
        assert {"Disallow: /accounts/", "Disallow: /admin/"} <= set(text.splitlines())
        assert "Disallow: /movies/\n" not in text

    def test_the_sitemap_leads_to_every_film_in_pages(self, client, monkeypatch):
        films = [cast.movie(f"Film {number}") for number in range(3)]
        monkeypatch.setattr(FilmSitemap, "limit", 2)
        index = client.get("/sitemap.xml").content.decode()
        found = ""
        for address in re.findall(r"<loc>http://testserver(.+?)</loc>", index):
            found += client.get(address.replace("&amp;", "&")).content.decode()
        assert "/sitemap-films.xml?p=2" in index
        for film in films:
            assert f"<loc>http://testserver{film.get_absolute_url()}</loc>" in found
        assert "<loc>http://testserver/privacy/</loc>" in found

    def test_the_sitemaps_index_reads_no_films(self, client):
        cast.movie()
        with CaptureQueriesContext(
            connection,
        ) as queries:
            client.get("/sitemap.xml")
        assert all(
            "COUNT(" in q["sql"] or "MAX(" in q["sql"] for q in queries if "movie" in q["sql"]
        )

    def test_security_txt_names_who_is_told_of_a_hole(self, client, settings):
        assert client.get("/.well-known/security.txt").status_code == 404
        settings.CONTACT_EMAIL = "box@films.example"
        text = client.get("/.well-known/security.txt").content.decode()
        assert "Contact: mailto:box@films.example\n" in text
        assert re.search(r"^Expires: \d{4}-\d\d-\d\dT00:00:00Z$", text, re.MULTILINE)
        settings.SECURITY_CONTACT = "https://films.example/report"
        text = client.get("/.well-known/security.txt").content.decode()
        assert "Contact: https://films.example/report\n" in text

    def test_the_manifest_has_the_sites_name_and_icons_that_exist(self, client, settings):
        settings.SITE_NAME = "Kino"
        document = client.get("/site.webmanifest")
        assert document["Content-Type"] == "application/manifest+json"
        assert document.json()["name"] == "Kino"
        for icon in document.json()["icons"]:
            assert finders.find(icon["src"].removeprefix("/static/"))
        assert 'rel="manifest" href="/site.webmanifest"' in client.get("/movies/").content.decode()

    def test_the_favicon_is_an_icon(self, client):
        location = client.get("/favicon.ico")["Location"]
        file = finders.find(location.removeprefix("/static/"))
        assert file
        assert Path(file).read_bytes()[:4] == b"\x00\x00\x01\x00"


class TestLanguage:
    def test_the_footer_switches_it_and_comes_back(self, client):
        page = client.get("/movies/?q=heat").content.decode()
        form = page.partition('action="/language/"')[2].partition("</form>")[0]
        assert 'value="/movies/?q=heat"' in form
        assert 'value="de"' in form
        answer = client.post("/language/", {"language": "de", "next": "/movies/?q=heat"})
        assert answer["Location"] == "/movies/?q=heat"
        assert '<html lang="de">' in client.get("/movies/").content.decode()

    def test_it_needs_no_token_and_leads_to_no_other_site(self, client):
        client.handler.enforce_csrf_checks = True
        form = {"language": "de", "next": "https://evil.example/"}
        answer = client.post("/language/", form)
        assert answer.status_code == 302
        assert answer["Location"] == "/"


class TestFace:
    def test_the_name_is_in_masthead_and_title(self, client, settings):
        settings.SITE_NAME = "Kino & Co"
        page = client.get("/movies/").content.decode()
        assert "Kino &amp; Co</title>" in page
        assert "Kino &amp; Co</a>" in page
        assert "Marquee" not in page

    def test_a_colour_is_a_style_sheet_with_an_ink_that_can_be_read(self, client, settings):
        assert "theme.css" not in client.get("/movies/").content.decode()
        settings.SITE_COLOUR, settings.SITE_COLOUR_DARK = "#0b5d4e", "#7fe0c8"
        assert 'href="/theme.css"' in client.get("/movies/").content.decode()
        sheet = client.get("/theme.css").content.decode()
        assert "--accent: #0b5d4e; --accent-ink: #ffffff" in sheet
        assert "--accent: #7fe0c8; --accent-ink: #1e1713" in sheet

    @pytest.mark.parametrize("colour", ["#ff0000", "#777777", "#ffb938", "#000000"])
    def test_ink_has_enough_contrast(self, colour):
        assert contrast(ink_on(colour), colour) >= 3.9

    def test_a_colour_that_is_none_is_refused(self):
        with pytest.raises(ImproperlyConfigured):
            site_settings._colour("red; } body { display: none")

    def test_a_colour_that_cannot_be_read_is_warned_of(self, settings):
        settings.SITE_COLOUR, settings.SITE_COLOUR_DARK = "#ffffaa", "#ffffaa"
        [warning] = checks.check_colours()
        assert warning.msg.startswith("SITE_COLOUR ")

    def test_the_papers_of_the_check_are_those_of_the_style_sheet(self):
        sheet = (Path(site_settings.BASE_DIR) / "static" / "css" / "tokens.css").read_text()
        assert re.findall(r"--paper: (#\w+);", sheet) == [checks.LIGHT_PAPER, checks.DARK_PAPER]

    def test_an_unknown_time_zone_is_refused(self):
        result = subprocess.run(
            [sys.executable, "-c", "import recsite.settings"],
            cwd=site_settings.BASE_DIR,
            env=os.environ | {"TIME_ZONE": "Mars/Olympus"},
            capture_output=True,
            text=True,
            check=False,
        )
        assert result.returncode != 0
        assert "TIME_ZONE" in result.stderr
