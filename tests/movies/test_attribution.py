import pytest

from movies.attribution import TMDB_NOTICE, attributions
from tests import cast

pytestmark = pytest.mark.django_db

KEPT = f"{'0' * 32}-780"


def test_wikipedias_text_is_named_with_its_article_and_licence(client):
    article = "https://en.wikipedia.org/wiki/Heat_(1995_film)"
    heat = cast.movie(description="A thief.", description_url=article)
    (text,) = attributions(heat)
    assert (text.source, text.url, text.licence) == ("Wikipedia", article, "CC BY-SA 4.0")
    page = client.get(heat.get_absolute_url()).content.decode()
    assert article in page
    assert str(TMDB_NOTICE) not in page


@pytest.mark.parametrize(
    ("path", "page"),
    [
        ("wikipedia/en/6/6c/Heat.jpg", "https://en.wikipedia.org/wiki/File:Heat.jpg"),
        (
            "wikipedia/commons/thumb/f/fc/Boer_War.webm/320px--Boer_War.webm.jpg",
            "https://commons.wikimedia.org/wiki/File:Boer_War.webm",
        ),
        ("elsewhere.jpg", "https://upload.wikimedia.org/elsewhere.jpg"),
    ],
)
def test_wikimedias_picture_leads_to_the_page_that_names_its_authors(path: str, page: str):
    heat = cast.movie(picture_url=f"https://upload.wikimedia.org/{path}", picture_key=KEPT)
    assert [one.url for one in attributions(heat)] == [page]


def test_tmdb_is_named_with_its_notice(client):
    heat = cast.movie(
        description="A thief.",
        description_url="https://www.themoviedb.org/movie/949",
        picture_url="https://image.tmdb.org/t/p/w780/heat.jpg",
        tmdb_id=949,
        picture_key=KEPT,
    )
    assert {one.url for one in attributions(heat)} == {"https://www.themoviedb.org/movie/949"}
    assert client.get(heat.get_absolute_url()).content.decode().count(str(TMDB_NOTICE)) == 1


def test_what_is_not_shown_is_not_named(client, settings):
    heat = cast.movie(picture_url="https://image.tmdb.org/t/p/w780/heat.jpg")
    assert attributions(heat) == []
    heat.picture_key = KEPT
    settings.PICTURES = False
    assert attributions(heat) == []
