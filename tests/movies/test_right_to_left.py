"""Titles in Arabic or Hebrew stand within the text of a page without changing its order."""

from html.parser import HTMLParser

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from accounts.models import User
from movies.models import Movie
from movies.opinions import LOVED_HALF_STARS
from movies.templatetags.marquee import isolated
from recommendations.selectors.recommendations import Reason
from recommendations.templatetags.recommendations import because
from tests import cast
from tests.movies.importers.personal import exports

TITLE = "שלום"
OTHER = "להתראות"

pytestmark = pytest.mark.django_db


class _Loose(HTMLParser):
    """Collects right-to-left text that stands in an element together with other text."""

    VOID = frozenset({"img", "input", "br", "meta", "link", "source", "hr"})
    PLAIN = frozenset({"title", "option", "textarea", "script"})
    """Elements that hold no others."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[tuple[str, bool]] = []
        self.loose: list[str] = []
        self.n_isolated = 0
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in self.VOID:
            self.open.append((tag, tag == "bdi" or ("dir", "auto") in attrs))

    def handle_endtag(self, tag: str) -> None:
        while self.open and self.open.pop()[0] != tag:
            pass

    def handle_data(self, data: str) -> None:
        if TITLE not in data and OTHER not in data:
            return
        if any(is_isolated for _tag, is_isolated in self.open):
            self.n_isolated += 1
        elif not self.open or self.open[-1][0] not in self.PLAIN:
            self.loose.append(f"{self.open[-1:]} {data.strip()}")


@pytest.fixture
def ada(client: Client) -> User:
    ada = cast.member("ada")
    client.force_login(ada)
    return ada


@pytest.fixture
def film() -> Movie:
    return cast.movie(TITLE, 2001, "Drama", n_ratings=9)


def bring(client: Client, ada: User, *rows: str) -> str:
    text = exports.RATINGS + "\n".join(rows)
    client.post("/import/", {"file": SimpleUploadedFile(f"{OTHER}.csv", text.encode())})
    return f"/import/{ada.personal_imports.latest('pk').pk}/"


@pytest.mark.parametrize(
    "address",
    [
        *("/lists/", "/taste/", f"/movies/?q={TITLE}", f"/movies/?q={TITLE}&decade=2000", "/"),
        f"/for-you/?exclude_title={OTHER}",
    ],
)
def test_a_title_is_isolated_on_pages_about_films(
    client: Client, ada: User, film: Movie, address: str
):
    cast.rated(ada, (film, 4.5))
    page = _Loose(client.get(address).content.decode())
    assert (page.loose, page.n_isolated > 0) == ([], True)


def test_a_title_is_isolated_on_the_page_of_its_film(client: Client, ada: User, film: Movie):
    cast.rated(ada, (film, 4.5))
    page = _Loose(client.get(film.get_absolute_url()).content.decode())
    assert (page.loose, page.n_isolated > 1) == ([], True)


def test_titles_are_isolated_in_every_part_of_an_import(client: Client, ada: User, film: Movie):
    cast.rated(ada, (film, 4.5))
    twins = [cast.movie(OTHER, year, "Drama") for year in (1971, 1972)]
    cast.rated(ada, (twins[0], 1.0))
    page = bring(
        client,
        ada,
        f"2020-05-01,{TITLE},2001,u,2",  # rated otherwise here
        f"2020-05-01,{TITLE},2002,u,2",  # probably found
        f"2020-05-01,{OTHER},,u,2",  # one of two
        f"2020-05-01,{TITLE} {OTHER},1999,u,3.5",  # not found
        f"2020-05-01,{OTHER} {TITLE},1999,u,77",  # refused
    )
    job = ada.personal_imports.get()
    for address in (page, f"{page}rows/{job.rows.get(year=1999, confidence='unmatched').pk}/"):
        shown = _Loose(client.get(address).content.decode())
        assert (shown.loose, shown.n_isolated > 2) == ([], True)
    assert _Loose(client.get("/import/").content.decode()).loose == []


def test_the_films_of_a_reason_are_isolated():
    film = Movie(title=TITLE)
    for half_stars in (LOVED_HALF_STARS, 7):
        reasons = [Reason(film, half_stars, 1.0), Reason(film, half_stars, 1.0)]
        page = _Loose(because(reasons))
        assert (page.loose, page.n_isolated) == ([], 2)
    assert isolated("<Alien>") == "<bdi>&lt;Alien&gt;</bdi>"
