from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from django.contrib.sessions.backends.db import SessionStore
from django.utils.html import strip_tags
from django.utils.translation import override

from ml.serving.model import History, Recommendation
from ml.serving.reasons import Because, ReasonKind
from movies.models import ListKind, Movie
from movies.opinions import LOVED_HALF_STARS
from movies.visitors import Member, Stranger, Visitor
from recommendations.selectors.recommendations import (
    Fit,
    Reason,
    RecommendationList,
    RecommendedMovie,
    Refinement,
    fit,
    for_ratings,
    for_visitor,
)
from recommendations.templatetags.recommendations import (
    because,
    why,
    why_short,
    with_short_reasons,
)
from recommendations.training.models import ModelRun
from recommendations.training.services.activation import run_activate
from tests import cast
from tests.recommendations.fakes import ToyModel
from tests.recommendations.toy import ToyWorld

pytestmark = pytest.mark.django_db


@pytest.fixture(params=["member", "stranger"])
def visitor(request: pytest.FixtureRequest) -> Callable[[], Visitor]:
    """Return the same person with and without an account, on each page they open."""
    if request.param == "member":
        user = cast.member()
        return lambda: Member(user)
    session = SessionStore()
    return lambda: Stranger(session)


def titles(found: RecommendationList) -> list[str]:
    return [item.movie.title for item in found.items]


def genres(found: RecommendationList) -> set[str]:
    return {genre.name for item in found.items for genre in item.movie.genres.all()}


def test_before_any_model_the_most_rated_films_come_and_that_is_said(world: ToyWorld, visitor):
    found = for_visitor(visitor())
    popular = list(Movie.objects.order_by("-n_ratings", "id")[:10])
    assert [item.movie for item in found.items] == popular
    assert (found.model_version, found.is_personal) == (None, False)
    assert "No model has been trained yet" in found.explanation


def test_before_any_model_rated_and_hidden_films_stay_out_too(world: ToyWorld, visitor):
    rated, hidden = Movie.objects.order_by("-n_ratings", "id")[:2]
    visitor().rate(rated, 9)
    visitor().mark(hidden, ListKind.NOT_INTERESTED)
    assert not {rated, hidden} & {item.movie for item in for_visitor(visitor()).items}


def test_one_rating_makes_the_very_next_list_personal(world: ToyWorld, active: ModelRun, visitor):
    before = for_visitor(visitor())
    assert not before.is_personal
    assert "Rate a few films" in before.explanation
    visitor().rate(world.films["Comedy"][3], 10)
    after = for_visitor(visitor())
    assert after.is_personal
    assert after.explanation == "Based on your 1 rating."
    assert after.model_version == active.pk
    assert len(after.items) == 10
    assert genres(after) <= {"Comedy", "Drama"}
    visitor().rate(world.films["Comedy"][3], 1)
    assert genres(for_visitor(visitor())) <= {"Horror", "Drama"}


def test_where_genres_decide_beside_the_scores_the_list_says_so(
    world: ToyWorld, active: ModelRun, visitor
):
    for film in world.films["Comedy"][:2]:
        visitor().rate(film, 10)
    assert for_visitor(visitor()).explanation == "Based on your 2 ratings."
    visitor().rate(world.films["Comedy"][2], 10)
    assert for_visitor(visitor()).explanation == (
        "Based on your 3 ratings, balanced across the genres you like."
    )


def test_picks_by_the_heart_are_not_called_ratings(world: ToyWorld, active: ModelRun, visitor):
    first, second, third = world.films["Comedy"][:3]
    visitor().rate(first, LOVED_HALF_STARS)
    assert for_visitor(visitor()).explanation == "Based on the film you picked."
    visitor().rate(second, LOVED_HALF_STARS)
    assert for_visitor(visitor()).explanation == "Based on your 2 picks."
    visitor().rate(third, LOVED_HALF_STARS)
    assert for_visitor(visitor()).explanation == (
        "Based on your 3 picks, balanced across the genres you like."
    )
    visitor().rate(third, 10)
    assert "your 3 ratings" in for_visitor(visitor()).explanation


def test_rated_and_hidden_films_never_come_back(world: ToyWorld, active: ModelRun, visitor):
    comedies = world.films["Comedy"]
    visitor().rate(comedies[-1], 10)
    visitor().mark(comedies[-2], ListKind.NOT_INTERESTED)
    found = for_visitor(visitor(), 100, Refinement(exclude=frozenset({comedies[-3].pk})))
    assert len(found.items) == 37
    assert not {item.movie for item in found.items} & set(comedies[-3:])


def test_films_that_the_visitor_saw_are_told_apart_from_those_they_do_not_want(
    world: ToyWorld, active: ModelRun, visitor, monkeypatch: pytest.MonkeyPatch
):
    """A sequel may follow a film that was seen, but not one that hangs on the wall."""
    seen, unwanted, on_wall = world.films["Comedy"][:3]
    visitor().mark(seen, ListKind.SEEN)
    visitor().mark(unwanted, ListKind.NOT_INTERESTED)
    asked: list[dict[str, Any]] = []
    recommend = ToyModel.recommend

    def noting(self: ToyModel, history: History, **options: Any) -> list[Recommendation]:
        asked.append(options)
        return recommend(self, history, **options)

    monkeypatch.setattr(ToyModel, "recommend", noting)
    found = for_visitor(visitor(), 100, Refinement(exclude=frozenset({on_wall.pk})))
    assert asked[-1]["exclude"] == {unwanted.pk, on_wall.pk}
    assert asked[-1]["seen"] == {seen.pk}
    assert not {item.movie for item in found.items} & {seen, unwanted, on_wall}


def test_a_film_says_which_rated_films_raised_it(world: ToyWorld, active: ModelRun):
    funny, scary = world.films["Comedy"][0], world.films["Horror"][0]
    found = for_ratings({funny.pk: 10, scary.pk: 1})
    assert found.items[0].reasons == (Reason(funny, 10, 4.5),)


def test_a_reason_names_its_films_with_the_stars_they_got_and_says_them_in_words():
    films = [Movie(title=title) for title in ("Heat", "<Alien>", "Jaws")]
    reasons = [
        Reason(film, half_stars, 1.0) for film, half_stars in zip(films, (7, 10, 1), strict=True)
    ]
    one, two, three = (strip_tags(because(reasons[:n])) for n in (1, 2, 3))
    assert one == "Because you rated Heat ★3½3.5 stars"
    assert two == "Because you rated Heat ★3½3.5 stars and &lt;Alien&gt; ★55 stars"
    assert three.endswith("★55 stars and Jaws ★½0.5 stars")
    assert '<span aria-hidden="true">★3½</span>' in because(reasons[:1])
    assert because([]) == ""


def test_a_film_that_was_only_picked_is_loved_and_has_no_stars_that_nobody_gave():
    heat, alien = (Reason(Movie(title=title), LOVED_HALF_STARS, 1.0) for title in ("Heat", "Alien"))
    rated = Reason(Movie(title="Jaws"), 8, 1.0)
    assert because([heat]) == "Because you love <bdi>Heat</bdi>"
    assert strip_tags(because([heat, alien])) == "Because you love Heat and Alien"
    assert strip_tags(because([heat, rated])) == "Because you rated Heat ♥ and Jaws ★44 stars"


def test_a_reason_is_in_the_language_of_the_page_and_short_under_a_poster():
    film = Movie(title="Star Wars: Episode V - The Empire Strikes Back")
    liked = Because(ReasonKind.GENRE, "Sci-Fi")
    with override("de"):
        assert why(RecommendedMovie(film, 1.0, (), liked)) == "Weil Sie Science-Fiction mögen"
        assert why_short(RecommendedMovie(film, 1.0, (), liked)) == "Sie mögen Science-Fiction"
    french, british = (
        RecommendedMovie(film, 1.0, (), Because(ReasonKind.COUNTRY, country=name))
        for name in ("France", "United Kingdom")
    )
    assert (why(french), why_short(french)) == ("Because you like films from France", "From France")
    assert why_short(british) == "From the United Kingdom"
    with override("de"):
        assert why(french) == "Weil Sie Filme aus Frankreich mögen"
        assert why_short(british) == "Aus dem Vereinigten Königreich"
    by_film = RecommendedMovie(film, 1.0, (Reason(film, 9, 1.0),), Because(ReasonKind.MOVIES))
    assert why_short(by_film) == "Like <bdi>The Empire Strikes Back</bdi>"
    for title in ("Kill Bill: Vol. 1", "The Godfather: Part II"):
        reason = Reason(Movie(title=title), 9, 1.0)
        assert why_short(replace(by_film, reasons=(reason,))) == f"Like <bdi>{title}</bdi>"


@pytest.mark.parametrize("has_model", [True, False])
def test_a_refinement_keeps_out_all_that_is_not_as_asked(world: ToyWorld, trained, has_model: bool):
    if has_model:
        run_activate(run=trained(), activated_by=None)
    undated = cast.movie("Undated", None, "Horror")
    asked = Refinement(
        genres=("Horror", "Comedy"),
        years=(1955, 1962),
        exclude=frozenset({world.films["Horror"][10].pk}),
        exclude_genres=("Drama",),
    )
    found = for_ratings({world.films["Comedy"][6].pk: 10}, 40, asked)
    # 1955 to 1962 without every fourth, a drama, from either taste: six and six.
    expected = {
        film
        for films in world.films.values()
        for number, film in enumerate(films)
        if 5 <= number <= 12 and number % 4
    } - {world.films["Horror"][10], world.films["Comedy"][6]}
    assert {item.movie for item in found.items} == expected
    assert undated not in expected


def test_an_open_range_of_years_has_one_end(world: ToyWorld, active: ModelRun):
    late = for_ratings({}, 40, Refinement(years=(1968, None)))
    early = for_ratings({}, 40, Refinement(years=(None, 1951)))
    assert {item.movie.year for item in late.items} == {1968, 1969}
    assert {item.movie.year for item in early.items} == {1950, 1951}


def test_a_refinement_that_cannot_be_is_refused():
    with pytest.raises(ValueError, match="diversity"):
        Refinement(diversity=1.5)
    with pytest.raises(ValueError, match="last year"):
        Refinement(years=(2000, 1990))


def test_a_refinement_costs_no_query_while_the_films_facts_are_fresh(
    world: ToyWorld, active: ModelRun, django_assert_num_queries
):
    asked = Refinement(genres=("Horror",), years=(1955, None))
    for_ratings({}, 10, asked)
    with django_assert_num_queries(2):  # films, genres
        assert for_ratings({}, 10, asked).items


def test_only_films_of_the_asked_genres_come(world: ToyWorld, active: ModelRun):
    found = for_ratings({world.films["Comedy"][0].pk: 10}, 10, Refinement(genres=("Horror",)))
    assert all(title.startswith("Horror") for title in titles(found))
    assert len(found.items) == 10


def test_a_film_that_left_the_catalogue_is_replaced_by_another(world: ToyWorld, active: ModelRun):
    ratings = {world.films["Comedy"][0].pk: 10}
    first = for_ratings(ratings).items[0].movie
    first.delete()
    found = for_ratings(ratings)
    assert len(found.items) == 10
    assert first.title not in titles(found)


def test_ratings_of_films_that_the_model_does_not_know_do_not_make_a_list_personal(
    world: ToyWorld, active: ModelRun
):
    found = for_ratings({cast.movie("New").pk: 10})
    assert not found.is_personal
    assert "does not know" in found.explanation


def test_a_fit_is_the_share_of_films_that_fit_less_well_and_says_why(
    world: ToyWorld, active: ModelRun
):
    ada = cast.member()
    first, *_others, last = world.films["Comedy"]
    assert fit(Member(ada), last) is None
    cast.rated(ada, (first, 5))
    because = Because(ReasonKind.MOVIES, None, 1.0)
    assert fit(Member(ada), last) == Fit(39 / 40, (Reason(first, 10, 4.5),), because)
    assert fit(Member(ada), world.films["Horror"][0]) == Fit(0)
    assert fit(Member(ada), cast.movie("New")) is None


def test_a_rated_film_is_no_reason_for_itself(world: ToyWorld, active: ModelRun):
    ada = cast.member()
    first, *_others, last = world.films["Comedy"]
    cast.rated(ada, (last, 5))
    assert fit(Member(ada), last) is None
    cast.rated(ada, (first, 4))
    assert [reason.movie for reason in fit(Member(ada), last).reasons] == [first]


def test_the_ten_of_a_member_cost_five_queries(
    world: ToyWorld, active: ModelRun, django_assert_num_queries
):
    ada = cast.member()
    cast.rated(ada, (world.films["Comedy"][0], 5), (world.films["Horror"][0], 2))
    for_visitor(Member(ada))
    with django_assert_num_queries(5):  # ratings, lists, films, genres, directors
        found = for_visitor(Member(ada))
        assert titles(found)
        assert genres(found)
        assert found.items[0].reasons


def test_reasons_of_a_list_differ_as_long_as_another_one_is_true():
    western = Because(ReasonKind.GENRE, "Western", 0.6)
    films = [Movie(title=title) for title in ("Hud", "Shane", "Rio Bravo", "The Searchers")]
    heat, jaws = (Reason(Movie(title=title), LOVED_HALF_STARS, 1.0) for title in ("Heat", "Jaws"))
    entries = [
        RecommendedMovie(films[0], 4.0, (heat,), western),
        RecommendedMovie(films[1], 3.0, (heat, jaws), western),
        RecommendedMovie(films[2], 2.0, (heat, jaws), western),
        RecommendedMovie(films[3], 1.0, (), western),
    ]
    assert [text for _entry, text in with_short_reasons(entries)] == [
        "You like Western",
        "Like <bdi>Heat</bdi>",
        "Like <bdi>Jaws</bdi>",
        "You like Western",
    ]


def test_a_director_of_a_rated_film_is_a_reason(world: ToyWorld, active: ModelRun):
    ada, comedies = cast.member(), world.films["Comedy"]
    for film in (comedies[0], comedies[-1]):
        cast.credit(film, "Agnès Varda")
    cast.rated(ada, (comedies[0], 5))
    items = {item.movie: item for item in for_visitor(Member(ada), 30).items}
    assert items[comedies[-1]].reasons[0].also_by == "Agnès Varda"
    assert items[comedies[1]].reasons[0].also_by == ""
    title = comedies[0].title
    assert (
        strip_tags(why(items[comedies[-1]]))
        == f"Because you rated {title} ★55 stars; also by Agnès Varda"
    )
    told = [strip_tags(text) for _entry, text in with_short_reasons([items[comedies[-1]]] * 2)]
    assert told == ["Also by Agnès Varda", f"Like {title}"]
    assert fit(Member(ada), comedies[-1]).reasons[0].also_by == "Agnès Varda"
