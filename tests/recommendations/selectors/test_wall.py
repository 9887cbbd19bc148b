from collections import Counter

import pytest
from django.test import Client
from django.urls import reverse

from movies.models import ListKind, Movie
from movies.posters import motifs_for
from movies.visitors import Member, Visitor
from recommendations.selectors.wall import (
    WallKind,
    WallPoster,
    _Candidate,
    choose_varied,
    spread_motifs,
    wall_for,
    wall_fresh,
    wall_ids,
    wall_refreshed,
)
from recommendations.training.models import ModelRun
from tests import cast
from tests.recommendations.toy import ToyWorld

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("servers")]


def candidate(movie_id: int, n_ratings: int, *kinds: str) -> _Candidate:
    return _Candidate(movie_id, n_ratings, kinds)


def test_the_best_known_film_hangs_first():
    rows = [candidate(1, 5, "a"), candidate(2, 9, "a"), candidate(3, 7, "a")]
    assert choose_varied(rows, 2) == [2, 3]


def test_a_less_known_film_of_another_kind_hangs_before_more_of_the_same():
    rows = [candidate(1, 100, "a"), candidate(2, 90, "a"), candidate(3, 70, "b")]
    assert choose_varied(rows, 3) == [1, 3, 2]


def test_equal_films_hang_in_the_order_of_their_ids():
    rows = [candidate(3, 5), candidate(1, 5), candidate(2, 5)]
    assert choose_varied(rows, 3) == [1, 2, 3]


def wall_of(visitor: Visitor) -> list[WallPoster]:
    return wall_for(visitor, wall_ids(visitor))


def test_picking_marks_the_poster_and_moves_nothing(world: ToyWorld):
    ada = cast.member()
    before = wall_of(Member(ada))
    picked = [before[position].movie for position in (5, 20, 39)]
    cast.rated(ada, *((movie, 4.5) for movie in picked))
    after = wall_of(Member(ada))
    assert [poster.movie for poster in after] == [poster.movie for poster in before]
    assert [poster.movie for poster in after if poster.is_picked] == picked
    assert after[5].state.half_stars == 9


def test_no_genre_fills_the_wall(world: ToyWorld):
    wall = wall_of(Member(cast.member()))[:20]
    kinds = Counter(poster.movie.title.split()[0] for poster in wall)
    assert kinds["Comedy"] >= 8
    assert kinds["Horror"] >= 8


def test_the_wall_costs_six_queries_and_an_empty_catalogue_has_an_empty_wall(
    world: ToyWorld, django_assert_num_queries
):
    ada = Member(cast.member())
    with django_assert_num_queries(6):  # candidates, their genres, films, genres, ratings, lists
        assert len(wall_of(ada)) == 40
    Movie.objects.all().delete()
    assert wall_of(ada) == []


@pytest.fixture
def on_wall(world: ToyWorld) -> list[int]:
    return [film.pk for films in world.films.values() for film in films[:4]]


def test_fresh_films_follow_the_picks_and_are_not_on_the_wall(
    world: ToyWorld, active: ModelRun, on_wall: list[int]
):
    ada = cast.member()
    assert wall_fresh(Member(ada), on_wall, 3) == []
    cast.rated(ada, (world.films["Comedy"][0], 4.5))
    fresh = wall_fresh(Member(ada), on_wall, 3)
    assert len(set(fresh)) == 3
    assert not set(on_wall) & set(fresh)


def test_films_that_were_seen_or_are_unwanted_are_not_hung(
    world: ToyWorld, active: ModelRun, on_wall: list[int]
):
    ada = cast.member()
    cast.rated(ada, (world.films["Comedy"][0], 4.5))
    first, second, *_rest = wall_fresh(Member(ada), on_wall, 3)
    Member(ada).mark(Movie.objects.get(pk=first), ListKind.NOT_INTERESTED)
    Member(ada).mark(Movie.objects.get(pk=second), ListKind.SEEN)
    assert not {first, second} & set(wall_fresh(Member(ada), on_wall, 10))


def test_the_wall_changes_with_the_picks_and_keeps_them(
    world: ToyWorld, active: ModelRun, on_wall: list[int]
):
    ada = cast.member()
    assert wall_refreshed(Member(ada), on_wall) == on_wall
    picked = on_wall[4]
    cast.rated(ada, (Movie.objects.get(pk=picked), 4.5))
    refreshed = wall_refreshed(Member(ada), on_wall)
    assert refreshed != on_wall
    assert refreshed[4] == picked
    assert len(set(refreshed)) == len(on_wall)


def test_before_any_model_nothing_fresh_is_hung(world: ToyWorld, on_wall: list[int]):
    ada = cast.member()
    cast.rated(ada, (world.films["Comedy"][0], 4.5))
    assert wall_fresh(Member(ada), on_wall, 3) == []


def test_a_longer_wall_begins_with_the_shorter_one():
    for number in range(100):
        cast.movie(f"Film {number}", 1950 + number % 60, "Drama")
    ada = Member(cast.member())
    assert wall_ids(ada, n_posters=72)[:48] == wall_ids(ada)


def test_no_motif_comes_twice_in_a_row_of_six_posters():
    for number in range(60):
        genre = ("Horror", "Comedy", "Sci-Fi", "Western", "Romance", "Crime")[number % 6]
        cast.movie(f"Picture {number}", 1950 + number, genre)
    wall = wall_of(Member(cast.member()))
    motifs = [
        motifs_for(
            one.movie.title, one.movie.year, tuple(genre.name for genre in one.movie.genres.all())
        )[0]
        for one in wall
    ]
    assert len(wall) == 48
    assert all(len(set(motifs[at : at + 6])) == 6 for at in range(len(motifs) - 5))


def test_where_a_motif_must_repeat_it_is_the_one_longest_ago():
    motifs = {1: "sea", 2: "sea", 3: "hat", 4: "sea", 5: "hat"}
    assert spread_motifs([1, 2, 3, 4, 5], motifs) == [1, 3, 2, 5, 4]
    assert spread_motifs([2, 3], motifs, before=[1]) == [3, 2]


def test_the_wall_reaches_from_old_films_to_recent_ones():
    for number in range(100):
        cast.movie(f"Popular {number}", 1994, "Drama")
    for year in (*range(1930, 1970), *range(2004, 2017)):
        cast.movie(f"Film {year}", year, "Drama")
    years = Counter(
        (year or 0) // 10 * 10
        for year in Movie.objects.filter(pk__in=wall_ids(Member(cast.member()))).values_list(
            "year", flat=True
        )
    )
    assert sum(n for decade, n in years.items() if decade < 1970) >= 7
    assert years[2000] + years[2010] >= 10


@pytest.mark.parametrize(
    ("kind", "title"),
    [
        (WallKind.OLDER, "Vertigo"),
        (WallKind.WORLD, "Amelie"),
        (WallKind.FAMILY, "Toy Story"),
        (WallKind.ALL, None),
    ],
)
def test_a_chip_narrows_the_wall(kind: WallKind, title: str | None):
    films = [
        cast.movie("Vertigo", 1958, "Drama"),
        cast.movie("Amelie", 2001, "Comedy"),
        cast.movie("Toy Story", 1995, "Animation", "Children"),
        cast.movie("Seven", 1995, "Crime"),
    ]
    Movie.objects.filter(title="Amelie").update(other_titles="Le fabuleux destin")
    Movie.objects.filter(title="Seven").update(other_titles="Se7en")
    found = wall_ids(Member(cast.member()), kind)
    assert found == [film.pk for film in films if title in {None, film.title}] or title is None
    assert len(found) == (1 if title else 4)


def test_the_chip_world_leaves_out_films_of_english_speaking_countries_only():
    made_in = {"Best Shot": ["United States"], "La Haine": ["France", "United States"], "Kagi": []}
    films = [
        cast.movie("Film", 1990 + n, other_titles=other, countries=countries)
        for n, (other, countries) in enumerate(made_in.items())
    ]
    found = wall_ids(Member(cast.member()), WallKind.WORLD)
    assert set(found) == {film.pk for film in films[1:]}


def test_hidden_gems_are_not_among_the_thousand_most_rated_films():
    films = Movie.objects.bulk_create(
        Movie(title=f"Film {n}", year=1990, n_ratings=1_100 - n) for n in range(1_060)
    )
    found = wall_ids(Member(cast.member()), WallKind.HIDDEN)
    assert found
    assert not {film.pk for film in films[:1_000]} & set(found)


def test_the_answer_after_a_pick_is_the_ten_the_picks_and_new_posters_in_the_place_of_others(
    client: Client, world: ToyWorld, active: ModelRun
):
    shown = [film.pk for films in world.films.values() for film in films[:10]]
    pick = shown[0]
    client.post(reverse("movies:opinion", args=[pick]), {"opinion": "loved"})
    answer = client.get(
        "/",
        {"shown": ",".join(map(str, shown)), "passed": f"{shown[2]},x"},
        headers={"HX-Request": "true", "HX-Target": "your-ten"},
    )
    html = answer.content.decode()
    assert 'id="wall-posters"' not in html
    for part in ('id="your-ten"', 'id="picks"', f'id="place-{shown[2]}"'):
        assert part in html
    fresh = answer.context["replaced"][0][1].movie.pk
    ten = {item.movie.pk for item in answer.context["ten"].items}
    assert len(ten) == 10
    assert not ten & {*shown, fresh}
