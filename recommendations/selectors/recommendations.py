"""Films for a person, by the active model from their ratings, with reasons that are true."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import numpy as np
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from numpy.typing import NDArray

from ml.serving import History, Recommendation
from movies.models import Movie
from movies.selectors.movies import movies_all, movies_by_id
from movies.visitors import Visitor
from recommendations.services.serving import ActiveModel, active_model

MAX_ROUNDS = 3
"""How often films that left the catalogue since the training are replaced by others."""


@dataclass(frozen=True)
class RecommendedMovie:
    """A film and why: the rated films that raised its score most, the strongest first."""

    movie: Movie
    score: float
    reasons: tuple[tuple[Movie, float], ...] = ()

    @property
    def reason_line(self) -> str:
        """Why, in one line; empty for films that are popular only."""
        titles = [movie.title for movie, _contribution in self.reasons]
        if not titles:
            return ""
        if len(titles) == 1:
            return _("Because of your rating of %(title)s") % {"title": titles[0]}
        return _("Because of your ratings of %(titles)s and %(last)s") % {
            "titles": ", ".join(titles[:-1]),
            "last": titles[-1],
        }


@dataclass(frozen=True)
class RecommendationList:
    """Films in order, and what made them."""

    model_version: int | None
    """The run whose model ranked them; None for popular films."""
    is_personal: bool
    """Whether they follow from the person's own ratings."""
    items: tuple[RecommendedMovie, ...]
    explanation: str
    """How they were chosen, in a sentence for the page."""


def for_visitor(
    visitor: Visitor,
    k: int = 10,
    *,
    genres: Collection[str] = (),
    exclude: Collection[int] = (),
    diversity: float = 0.0,
) -> RecommendationList:
    """``k`` films that the visitor has neither rated nor hidden.

    Queries: the visitor's ratings and lists (a member's: two), films and their genres (two), one
    more with ``genres``, and now and then one for the active model.
    """
    return for_ratings(
        visitor.ratings(),
        k,
        genres=genres,
        exclude=visitor.excluded() | set(exclude),
        diversity=diversity,
    )


def for_ratings(
    ratings: Mapping[int, int],
    k: int = 10,
    *,
    genres: Collection[str] = (),
    exclude: Collection[int] = (),
    diversity: float = 0.0,
) -> RecommendationList:
    """``k`` films for whoever gave these ratings (film id -> half stars); rated ones stay out.

    Personal as soon as the model knows one rated film. Before there is a model, popular films.

    Args:
        ratings: film id -> half stars, 1 to 10; ids that the model does not know are ignored.
        k: how many films; fewer come when the catalogue has no more.
        genres: names; a film has at least one of them. Empty: any film.
        exclude: ids that must not come.
        diversity: 0 the best films, 1 the most different ones among good films.

    """
    active = active_model()
    if active is None:
        return _popular(ratings, k, genres, exclude)
    history = _history(ratings)
    ranked, movies = _ranked(active, history, k, genres, set(exclude), diversity)
    is_personal = bool(np.isin(history.movie_ids, active.model.movie_ids).any())
    return RecommendationList(
        model_version=active.run_id,
        is_personal=is_personal,
        items=tuple(_with_movies(entry, movies) for entry in ranked),
        explanation=_explanation(len(ratings), is_personal=is_personal),
    )


def fit(visitor: Visitor, movie: Movie) -> float | None:
    """How well a film fits the visitor: the share of the catalogue it scores above, 0 to 1.

    None without a model, without ratings, or for a film the model does not know.
    """
    active = active_model()
    if active is None or not visitor.ratings():
        return None
    index = int(np.searchsorted(active.model.movie_ids, movie.pk))
    if index == len(active.model.movie_ids) or active.model.movie_ids[index] != movie.pk:
        return None
    scores = active.model.score(_history(visitor.ratings()))
    return float(np.mean(scores < scores[index]))


def _history(ratings: Mapping[int, int]) -> History:
    return History(
        movie_ids=np.fromiter(ratings.keys(), np.int64, len(ratings)),
        half_stars=np.fromiter(ratings.values(), np.int8, len(ratings)),
    )


def _ranked(
    active: ActiveModel,
    history: History,
    k: int,
    genres: Collection[str],
    exclude: set[int],
    diversity: float,
) -> tuple[list[Recommendation], dict[int, Movie]]:
    """The model's films that the catalogue still has, and those films with their reasons'."""
    allowed = _allowed(active, genres) if genres else None
    for _round in range(MAX_ROUNDS):
        ranked = active.model.recommend(
            history, k=k, exclude=exclude, allowed=allowed, diversity=diversity
        )
        wanted = {entry.movie_id for entry in ranked}
        wanted |= {reason.movie_id for entry in ranked for reason in entry.reasons}
        movies = movies_by_id(wanted)
        gone = {entry.movie_id for entry in ranked} - movies.keys()
        if not gone:
            break
        exclude |= gone
    return [entry for entry in ranked if entry.movie_id in movies], movies


def _allowed(active: ActiveModel, genres: Collection[str]) -> NDArray[np.bool_]:
    ids = Movie.objects.filter(genres__name__in=genres).values_list("id", flat=True)
    return np.isin(active.model.movie_ids, np.fromiter(ids, np.int64))


def _with_movies(entry: Recommendation, movies: Mapping[int, Movie]) -> RecommendedMovie:
    reasons = tuple(
        (movies[reason.movie_id], reason.contribution)
        for reason in entry.reasons
        if reason.movie_id in movies
    )
    return RecommendedMovie(movies[entry.movie_id], entry.score, reasons)


def _explanation(n_ratings: int, *, is_personal: bool) -> str:
    if is_personal:
        return ngettext(
            "Chosen for you from your %(n)s rating.",
            "Chosen for you from your %(n)s ratings.",
            n_ratings,
        ) % {"n": n_ratings}
    if n_ratings:
        return _("The model does not know the films you rated yet: these suit most people.")
    return _("These suit most people. Rate a few films, and the next list is yours.")


def _popular(
    ratings: Mapping[int, int], k: int, genres: Collection[str], exclude: Collection[int]
) -> RecommendationList:
    movies = movies_all().exclude(pk__in=[*ratings, *exclude])
    if genres:
        movies = movies.filter(genres__name__in=genres).distinct()
    items = tuple(
        RecommendedMovie(movie, float(movie.n_ratings))
        for movie in movies.order_by("-n_ratings", "id")[:k]
    )
    return RecommendationList(
        model_version=None,
        is_personal=False,
        items=items,
        explanation=_("No model has been trained yet: these are the most rated films."),
    )
