import pytest
from django.http import QueryDict
from django.test import Client
from django.utils.html import strip_tags

from movies.models import Genre
from recommendations.pages.refining import Refining
from recommendations.selectors.recommendations import Refinement
from recommendations.training.models import ModelRun
from tests.recommendations.toy import ToyWorld

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("servers")]


def read(query: str) -> Refining:
    return Refining.from_query(QueryDict(query), list(Genre.objects.all()))


def test_an_address_says_all_that_is_asked(world: ToyWorld):
    film = world.films["Comedy"][3]
    query = (
        f"genre=horror&without=drama&exclude={film.pk}&from=1950&to=1959&diversity=0.3&novelty=0.8"
    )
    asked = read(query)
    assert asked.refinement == Refinement(
        genres=("Horror",),
        years=(1950, 1959),
        exclude=frozenset({film.pk}),
        diversity=0.3,
        novelty=0.8,
        exclude_genres=("Drama",),
    )
    assert asked.query == query
    assert [part.label for part in asked.filters] == [
        "Only Horror",
        "No Drama",
        "1950 to 1959",
        "Not Comedy 3",
        "Diversity 30%",
        "Hidden gems",
    ]
    assert [part.refinement_without == Refinement() for part in read("genre=horror").filters] == [
        True
    ]


@pytest.mark.parametrize(
    "query",
    [
        "",
        "genre=nope&without=",
        "from=abc&to=99999&exclude=x&exclude=-1&exclude=99999999999999999999",
        "diversity=nan",
        "diversity=-3",
        "novelty=0.1",
        "novelty=much",
        "from=%00&exclude_title=%00",
    ],
)
def test_what_makes_no_sense_in_an_address_is_left_out(world: ToyWorld, query: str):
    asked = read(query)
    assert asked.refinement == Refinement()
    assert asked.query == ""
    assert asked.filters == []


def test_years_the_wrong_way_round_are_turned(db: None):
    assert read("from=1990&to=1980").refinement.years == (1980, 1990)


def test_a_genre_both_wanted_and_unwanted_is_unwanted(world: ToyWorld):
    assert read("genre=horror&without=horror").query == "without=horror"


def test_a_film_to_leave_out_is_found_by_its_title(world: ToyWorld):
    film = world.films["Comedy"][3]
    assert read("exclude_title=comedy+3").query == f"exclude={film.pk}"
    asked = read("exclude_title=no+such+film")
    assert (asked.query, asked.unknown_title) == ("", "no such film")


def test_a_year_of_the_address_that_ends_no_decade_can_be_kept(db: None):
    asked = read("from=1987")
    assert (1987, "1987") in asked.first_years
    assert (1980, "1980s") in asked.first_years
    assert (1989, "1980s") in asked.last_years


def test_the_page_shows_films_as_asked_and_each_filter_to_be_taken_off(
    client: Client, world: ToyWorld, active: ModelRun
):
    answer = client.get("/for-you/?genre=horror&from=1960&to=1969")
    ten = answer.context["ten"].items
    assert len(ten) == 10
    assert all(item.movie.title.startswith("Horror") for item in ten)
    assert all(1960 <= item.movie.year <= 1969 for item in ten)
    page = answer.content.decode()
    assert 'href="/for-you/?from=1960&amp;to=1969"' in page
    assert 'href="/for-you/?genre=horror"' in page


def test_an_empty_page_names_the_filter_that_empties_it(
    client: Client, world: ToyWorld, active: ModelRun
):
    answer = client.get("/for-you/?genre=horror&from=1890&to=1899")
    assert [part.label for part in answer.context["culprits"]] == ["1890 to 1899"]
    assert "Without “1890 to 1899”" in strip_tags(answer.content.decode())
    answer = client.get("/for-you/?genre=horror&without=comedy&without=horror&from=1890&to=1899")
    assert answer.context["culprits"] == []
    assert "These filters together leave no films" in answer.content.decode()


def test_the_panel_leaves_an_address_without_its_empty_fields(
    client: Client, world: ToyWorld, active: ModelRun
):
    headers = {"HX-Request": "true", "HX-Trigger": "refine"}
    answer = client.get("/for-you/?diversity=0&from=&to=&exclude_title=comedy+3", headers=headers)
    film = world.films["Comedy"][3]
    assert answer["HX-Push-Url"] == f"/for-you/?exclude={film.pk}"
    assert "HX-Push-Url" not in client.get("/for-you/", headers={"HX-Request": "true"})
