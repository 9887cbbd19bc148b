"""Films for a person, by the active model from their ratings, with reasons that are true."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from numpy.typing import NDArray

from common.metrics import SCORING_SECONDS, timed
from ml.data.dataset import positions
from ml.serving.model import Explanation, History, Recommendation
from ml.serving.model import Reason as RankedReason
from ml.serving.reasons import POPULAR, Because
from ml.serving.taste import DEFAULT_NOVELTY
from movies.models import Movie
from movies.opinions import are_picks
from movies.selectors.briefs import MovieBrief, brief_of, movies_brief
from movies.selectors.movies import movies_all, movies_by_id
from movies.selectors.people import directors_of
from movies.visitors import Visitor
from recommendations.selectors.film_facts import FilmFacts, film_facts
from recommendations.serving.assignment import model_for
from recommendations.serving.candidates import candidates
from recommendations.serving.registry import ActiveModel, active_model

MAX_ROUNDS = 3
"""How often films that left the catalogue since the training are replaced by others."""


@dataclass(frozen=True)
class Refinement:
    """What the person asks of their films beyond that they fit.

    Raises
    ------
    ValueError
        Diversity or novelty outside 0 to 1, or years that end before they begin.

    """

    genres: tuple[str, ...] = ()
    """Names; a film has at least one of them. Empty: any film."""
    years: tuple[int | None, int | None] = (None, None)
    """First and last year, both included; None is no bound. With a bound, a film has a year."""
    exclude: frozenset[int] = frozenset()
    """Ids of films that must not come, such as those shown elsewhere on the page. Nor do sequels of
    a first film among them, unless the person knows the series."""
    seen: frozenset[int] = frozenset()
    """Ids of films that must not come because the person has seen them."""
    diversity: float = 0.0
    """0 the best films, 1 the most different ones among good films."""
    exclude_genres: tuple[str, ...] = ()
    """Names; a film has none of them."""
    novelty: float = DEFAULT_NOVELTY
    """0 well-known films, 1 little-known films that fit."""

    def __post_init__(self) -> None:
        if not 0 <= self.diversity <= 1:
            raise ValueError("diversity must be between 0 and 1")
        if not 0 <= self.novelty <= 1:
            raise ValueError("novelty must be between 0 and 1")
        first, last = self.years
        if first is not None and last is not None and first > last:
            raise ValueError("the last year must not be before the first")

    @property
    def narrows(self) -> bool:
        """Whether it keeps films out by what they are, not by their ids."""
        return bool(self.genres or self.exclude_genres or self.years != (None, None))

    def allows(self, facts: FilmFacts) -> NDArray[np.bool_]:
        """[N] the films that are as asked; `exclude` and `seen` are left to the ranking."""
        allowed = facts.is_there.copy()
        if self.genres:
            allowed &= facts.of_genres(self.genres)
        if self.exclude_genres:
            allowed &= ~facts.of_genres(self.exclude_genres)
        if self.years != (None, None):
            allowed &= facts.between(*self.years)
        return allowed


NO_REFINEMENT = Refinement()


@dataclass(frozen=True)
class Reason:
    """A rated film that raised a recommendation's score."""

    movie: Movie
    half_stars: int
    """What the person gave it, 1 to 10."""
    contribution: float
    """The score minus what it were without this rating."""
    also_by: str = ""
    """A director of this film who directed the recommended one, too."""


@dataclass(frozen=True)
class RecommendedMovie:
    """A film and why: the rated films that raised its score most, the strongest first."""

    movie: Movie
    score: float
    reasons: tuple[Reason, ...] = ()
    because: Because = POPULAR
    """What mostly explains it: rated films, a genre, the ratings as a whole, or popularity."""


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


@dataclass(frozen=True)
class BriefRecommendation:
    """A recommended film as other programs get it: of the reasons the ids alone."""

    movie: MovieBrief
    score: float
    reasons: tuple[RankedReason, ...] = ()
    because: Because = POPULAR


@dataclass(frozen=True)
class BriefList:
    """Films in order, and what made them."""

    model_version: int | None
    """The run whose model ranked them; None for popular films."""
    is_personal: bool
    """Whether they follow from the person's own ratings."""
    items: tuple[BriefRecommendation, ...]


@dataclass(frozen=True)
class Scored:
    """The catalogue by a visitor's model and ratings."""

    active: ActiveModel
    scores: NDArray[np.float32]
    """[N] of the model's films."""


@dataclass(frozen=True)
class Fit:
    """How well one film fits a person, and why."""

    share: float
    """The share of the catalogue that the film scores above, 0 to 1."""
    reasons: tuple[Reason, ...] = ()
    because: Because = POPULAR

    @property
    def percent(self) -> int:
        """The share in whole percent, never rounded up."""
        return int(100 * self.share)


def for_visitor(
    visitor: Visitor,
    k: int = 10,
    refinement: Refinement = NO_REFINEMENT,
    scored: Scored | None = None,
) -> RecommendationList:
    """``k`` films that the visitor has neither rated nor hidden.

    ``scored`` is the catalogue as ``scored_for`` left it, where a page needs it for more than this.

    Queries: the visitor's ratings and lists (a member's: two), films and their genres (two), two
    more a minute for a refinement, and now and then one for the active model.
    """
    hidden = _without_listed(refinement, visitor)
    active = scored.active if scored else model_for(visitor)
    return _recommended(active, visitor.ratings(), k, hidden, scored.scores if scored else None)


def scored_for(visitor: Visitor) -> Scored | None:
    """Every film's score for the visitor; None without a model. A member's ratings: one query."""
    active = model_for(visitor)
    if active is None:
        return None
    return Scored(active, active.model.score(history_of(visitor.ratings())))


def briefs_for_visitor(
    visitor: Visitor, k: int, refinement: Refinement, catalogue_state: str | None = None
) -> BriefList:
    """Return what :func:`for_visitor` returns, in the form for other programs.

    Queries: as for ``for_visitor``, but those for films only where this process does not know them
    (`movies.selectors.briefs`).
    """
    hidden = _without_listed(refinement, visitor)
    return _briefs(model_for(visitor), visitor.ratings(), k, hidden, catalogue_state)


def for_ratings(
    ratings: Mapping[int, int], k: int = 10, refinement: Refinement = NO_REFINEMENT
) -> RecommendationList:
    """``k`` films for whoever gave these ratings (film id -> half stars); rated ones stay out.

    Personal as soon as the model knows one rated film. Before there is a model, popular films.

    Parameters
    ----------
    ratings
        Film id -> half stars, 1 to 10; ids that the model does not know are ignored.
    k
        How many films; fewer come when the catalogue has no more.
    refinement
        What they must be, and must not be.

    """
    return _recommended(active_model(), ratings, k, refinement)


def briefs_for_ratings(
    ratings: Mapping[int, int], k: int, refinement: Refinement, catalogue_state: str | None = None
) -> BriefList:
    """Return what :func:`for_ratings` returns, in the form for other programs."""
    return _briefs(active_model(), ratings, k, refinement, catalogue_state)


def fit(visitor: Visitor, movie: Movie) -> Fit | None:
    """How well a film fits the visitor, and the ratings that speak for it.

    A rating of the film itself is left out: it would be its own reason. None without a model,
    without other ratings, or for a film the model does not know. Three queries for the films of
    the reasons and their directors, and the visitor's ratings (a member's: one).
    """
    active = model_for(visitor)
    ratings = {key: half for key, half in visitor.ratings().items() if key != movie.pk}
    if active is None or not ratings:
        return None
    index = int(positions(active.model.movie_ids, np.array([movie.pk]))[0])
    if index < 0:
        return None
    history = history_of(ratings)
    scores = active.model.score(history)
    why = explanations_for(active, history, [movie.pk])[0]
    movies = movies_by_id([reason.movie_id for reason in why.reasons])
    directors = directors_of([movie.pk, *movies])
    return Fit(
        share=float(np.mean(scores < scores[index])),
        reasons=with_movies(movie.pk, why.reasons, movies, ratings, directors),
        because=why.because,
    )


def history_of(ratings: Mapping[int, int]) -> History:
    """Ratings as the model reads them."""
    return History(
        movie_ids=np.fromiter(ratings.keys(), np.int64, len(ratings)),
        half_stars=np.fromiter(ratings.values(), np.int8, len(ratings)),
    )


def knows_one(active: ActiveModel, ratings: Mapping[int, int]) -> bool:
    """Whether the model knows one of the rated films: what makes its list personal."""
    rated = np.fromiter(ratings.keys(), np.int64, len(ratings))
    return bool((positions(active.model.movie_ids, rated) >= 0).any())


def explanations_for(
    active: ActiveModel, history: History, movie_ids: Sequence[int], max_reasons: int = 3
) -> list[Explanation]:
    """Return why each film is recommended: the rated films that carry it, or what does instead."""
    if not movie_ids or not (positions(active.model.movie_ids, history.movie_ids) >= 0).any():
        return [Explanation() for _movie in movie_ids]
    return active.model.explain(history, np.array(movie_ids, dtype=np.int64), max_reasons)


def with_movies(
    movie_id: int,
    reasons: Sequence[RankedReason],
    movies: Mapping[int, Movie],
    ratings: Mapping[int, int],
    directors: Mapping[int, Mapping[int, str]],
) -> tuple[Reason, ...]:
    """Return why a film is recommended: the films that the catalogue still has, and the ratings.

    Parameters
    ----------
    movie_id
        The recommended film.
    reasons
        Its reasons, of which those that have no film are left out.
    movies, ratings, directors
        Films, half stars, and names of directors by their id, each by the film's id.

    """
    own = directors.get(movie_id, {})
    return tuple(
        Reason(
            movies[reason.movie_id],
            ratings[reason.movie_id],
            reason.contribution,
            next((own[one] for one in directors.get(reason.movie_id, ()) if one in own), ""),
        )
        for reason in reasons
        if reason.movie_id in movies
    )


def _without_listed(refinement: Refinement, visitor: Visitor) -> Refinement:
    """Return the refinement without the films that the visitor saw or does not want to see."""
    return replace(
        refinement,
        exclude=refinement.exclude | visitor.not_interested(),
        seen=refinement.seen | visitor.seen(),
    )


def _recommended(
    active: ActiveModel | None,
    ratings: Mapping[int, int],
    k: int,
    refinement: Refinement,
    scores: NDArray[np.float32] | None = None,
) -> RecommendationList:
    if active is None:
        return _popular(ratings, k, refinement)

    def with_reasons(ranked: Sequence[Recommendation]) -> dict[int, Movie]:
        reasons = {reason.movie_id for entry in ranked for reason in entry.reasons}
        return movies_by_id({entry.movie_id for entry in ranked} | reasons)

    history = history_of(ratings)
    ranked, movies = _ranked(active, history, k, refinement, with_reasons, scores)
    is_personal = knows_one(active, ratings)
    directors = directors_of(movies) if any(entry.reasons for entry in ranked) else {}

    def with_why(entry: Recommendation) -> RecommendedMovie:
        reasons = with_movies(entry.movie_id, entry.reasons, movies, ratings, directors)
        return RecommendedMovie(movies[entry.movie_id], entry.score, reasons, entry.because)

    return RecommendationList(
        model_version=active.version_id,
        is_personal=is_personal,
        items=tuple(with_why(entry) for entry in ranked),
        explanation=_explanation(active, history, is_personal=is_personal),
    )


def _briefs(
    active: ActiveModel | None,
    ratings: Mapping[int, int],
    k: int,
    refinement: Refinement,
    catalogue_state: str | None,
) -> BriefList:
    if active is None:
        popular = _popular(ratings, k, refinement)
        films = (BriefRecommendation(brief_of(item.movie), item.score) for item in popular.items)
        return BriefList(None, popular.is_personal, tuple(films))

    def brief(ranked: Sequence[Recommendation]) -> dict[int, MovieBrief]:
        return movies_brief([entry.movie_id for entry in ranked], catalogue_state)

    ranked, movies = _ranked(active, history_of(ratings), k, refinement, brief)
    items = (
        BriefRecommendation(movies[entry.movie_id], entry.score, entry.reasons, entry.because)
        for entry in ranked
    )
    return BriefList(active.version_id, knows_one(active, ratings), tuple(items))


Film = TypeVar("Film")


def _ranked(
    active: ActiveModel,
    history: History,
    k: int,
    refinement: Refinement,
    read: Callable[[Sequence[Recommendation]], dict[int, Film]],
    scores: NDArray[np.float32] | None = None,
) -> tuple[list[Recommendation], dict[int, Film]]:
    """Return the model's films that the catalogue still has, with what ``read`` returns."""
    allowed = refinement.allows(film_facts(active.model)) if refinement.narrows else None
    # A narrow refinement may leave none of the candidates: then the whole catalogue is scored.
    among = candidates(active, history) if allowed is None and scores is None else None
    left = set(refinement.seen)
    for _round in range(MAX_ROUNDS):
        with timed(SCORING_SECONDS):
            ranked = active.model.recommend(
                history,
                k=k,
                exclude=refinement.exclude,
                seen=left,
                allowed=allowed,
                among=among,
                diversity=refinement.diversity,
                novelty=refinement.novelty,
                scores=scores,
            )
        movies = read(ranked)
        gone = {entry.movie_id for entry in ranked} - movies.keys()
        if not gone:
            break
        left |= gone  # and not `exclude`: without the first film of a series its sequels may come
    return [entry for entry in ranked if entry.movie_id in movies], movies


def _explanation(active: ActiveModel, history: History, *, is_personal: bool) -> str:
    n_ratings = len(history.movie_ids)
    is_picked = are_picks(history.half_stars.tolist())
    if is_personal and is_picked and active.model.keeps_to_genres(history):
        return ngettext(
            "Based on your %(n)s pick, balanced across the genres you like.",
            "Based on your %(n)s picks, balanced across the genres you like.",
            n_ratings,
        ) % {"n": n_ratings}
    if is_personal and active.model.keeps_to_genres(history):
        return ngettext(
            "Based on your %(n)s rating, balanced across the genres you like.",
            "Based on your %(n)s ratings, balanced across the genres you like.",
            n_ratings,
        ) % {"n": n_ratings}
    if is_personal and is_picked:
        return ngettext(
            "Based on the film you picked.",
            "Based on your %(n)s picks.",
            n_ratings,
        ) % {"n": n_ratings}
    if is_personal:
        return ngettext(
            "Based on your %(n)s rating.",
            "Based on your %(n)s ratings.",
            n_ratings,
        ) % {"n": n_ratings}
    if n_ratings:
        return _("The model does not know the films you rated yet. These are popular picks.")
    return _("These are popular picks. Rate a few films and we'll make this list yours.")


def _popular(ratings: Mapping[int, int], k: int, refinement: Refinement) -> RecommendationList:
    movies = movies_all().exclude(pk__in=[*ratings, *refinement.exclude, *refinement.seen])
    first, last = refinement.years
    if refinement.genres:
        movies = movies.filter(genres__name__in=refinement.genres).distinct()
    if refinement.exclude_genres:
        movies = movies.exclude(genres__name__in=refinement.exclude_genres)
    if first is not None:
        movies = movies.filter(year__gte=first)
    if last is not None:
        movies = movies.filter(year__lte=last)
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
