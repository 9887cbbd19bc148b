"""The page "For you": the ten, and under them the best films of the visitor's genres."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ml.data.dataset import positions
from ml.data.labels import is_positive
from movies.models import Genre
from movies.selectors.movies import movies_by_id
from movies.selectors.people import directors_of
from movies.visitors import Visitor
from recommendations.selectors.film_facts import FilmFacts, film_facts
from recommendations.selectors.recommendations import (
    NO_REFINEMENT,
    RecommendationList,
    RecommendedMovie,
    Refinement,
    Scored,
    explanations_for,
    for_visitor,
    history_of,
    scored_for,
    with_movies,
)
from recommendations.serving.registry import ActiveModel

N_RAILS = 5
RAIL_LENGTH = 12
SHORTEST_RAIL = 4
"""A genre that a refinement leaves fewer films is no rail."""


@dataclass(frozen=True)
class Rail:
    """The best films of one genre that stand nowhere else on the page."""

    genre: Genre
    n_liked: int
    """Films of the genre that the visitor gave three stars or more."""
    items: tuple[RecommendedMovie, ...]


@dataclass(frozen=True)
class ForYou:
    """What the page shows; no film twice."""

    ten: RecommendationList
    rails: tuple[Rail, ...]


@dataclass(frozen=True)
class _Row:
    """A rail before its films are read."""

    genre: Genre
    n_liked: int
    scores: dict[int, float]
    """Film id -> score, the best first."""


def for_you(
    visitor: Visitor, genres: Sequence[Genre], refinement: Refinement = NO_REFINEMENT
) -> ForYou:
    """Return the ten and the rails; popular films and no rails before there is a model.

    The genres are the catalogue's. The ten and all rails come from one scoring of the catalogue.
    Queries: those of `for_visitor`, and two for all films of the rails and of their reasons.
    """
    scored, ratings = scored_for(visitor), visitor.ratings()
    ten = for_visitor(visitor, refinement=refinement, scored=scored)
    if scored is None:
        return ForYou(ten, ())
    shown = refinement.exclude | visitor.excluded() | {item.movie.pk for item in ten.items}
    rows = _rows(scored, ratings, genres, replace(refinement, exclude=shown))
    return ForYou(ten, _rails(scored.active, ratings, rows))


def best_genres(facts: FilmFacts, liked: NDArray[np.bool_]) -> dict[str, int]:
    """Return the genres of which the user likes more films than most people's ratings make likely.

    A genre's expected number of liked films is its share of everybody's ratings times the number
    of liked films. So Drama, which half of all films are, comes first only to those who like it
    more than others do. Genres without a liked film come last, the most rated first.

    Parameters
    ----------
    facts
        The facts of N films.
    liked
        [N] whether the visitor liked the film.

    Returns
    -------
    dict
        The number of liked films by name of genre, the best genre first.

    """
    n_liked, n_ratings = int(liked.sum()), max(1, int(facts.n_ratings.sum()))
    counts = {name: int((liked & has).sum()) for name, has in facts.genres.items()}
    shares = {name: facts.n_ratings[has].sum() / n_ratings for name, has in facts.genres.items()}

    def worth(name: str) -> tuple[bool, float, float]:
        excess = counts[name] - n_liked * shares[name] if counts[name] else 0.0
        return counts[name] > 0, excess, shares[name]

    return {name: counts[name] for name in sorted(counts, key=worth, reverse=True)}


def _rows(
    scored: Scored,
    ratings: Mapping[int, int],
    genres: Sequence[Genre],
    refinement: Refinement,
) -> list[_Row]:
    """Return the best genres' best films; a film of several genres goes to the first of them."""
    model, scores, facts = scored.active.model, scored.scores, film_facts(scored.active.model)
    history = history_of(ratings)
    rated = positions(model.movie_ids, history.movie_ids)
    shown = positions(model.movie_ids, np.fromiter(refinement.exclude, np.int64))
    is_open = refinement.allows(facts)
    is_open[rated[rated >= 0]] = is_open[shown[shown >= 0]] = False
    liked = np.zeros(len(is_open), dtype=np.bool_)
    liked[rated[(rated >= 0) & is_positive(history.half_stars)]] = True
    order = np.argsort(-scores, kind="stable")
    by_name = {genre.name: genre for genre in genres}
    rows: list[_Row] = []
    for name, n_liked in best_genres(facts, liked).items():
        best = order[(is_open & facts.genres[name])[order]][:RAIL_LENGTH]
        if len(rows) < N_RAILS and len(best) >= SHORTEST_RAIL and name in by_name:
            is_open[best] = False
            pairs = zip(model.movie_ids[best].tolist(), scores[best].tolist(), strict=True)
            rows.append(_Row(by_name[name], n_liked, dict(pairs)))
    return rows


def _rails(
    active: ActiveModel, ratings: Mapping[int, int], rows: Sequence[_Row]
) -> tuple[Rail, ...]:
    wanted = [movie_id for row in rows for movie_id in row.scores]
    found = explanations_for(active, history_of(ratings), wanted, max_reasons=1)
    why = dict(zip(wanted, found, strict=True))
    reasons = {reason.movie_id for each in found for reason in each.reasons}
    movies = movies_by_id({*wanted, *reasons})
    directors = directors_of(movies)

    def recommended(movie_id: int, score: float) -> RecommendedMovie:
        return RecommendedMovie(
            movies[movie_id],
            score,
            with_movies(movie_id, why[movie_id].reasons, movies, ratings, directors),
            why[movie_id].because,
        )

    return tuple(
        Rail(
            row.genre,
            row.n_liked,
            tuple(recommended(*entry) for entry in row.scores.items() if entry[0] in movies),
        )
        for row in rows
    )
