"""The person at the other end of a request, with or without an account.

A member's ratings and lists are rows; a stranger's are kept in the session, in the same words, and
become rows when they sign up or log in (``movies.receivers``).
"""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from functools import cached_property
from typing import ClassVar, Final

from django.contrib.sessions.backends.base import SessionBase
from django.core.exceptions import ValidationError
from django.core.paginator import Page, Paginator
from django.db.models import QuerySet, prefetch_related_objects
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from typing_extensions import override

from accounts.models import User
from movies.models import ListEntry, ListKind, Movie, Rating
from movies.opinions import FilmState, are_picks
from movies.selectors.ratings import ratings_of
from movies.services.lists import list_add, list_remove, lists_adopt
from movies.services.ratings import rating_clear, rating_set, ratings_adopt
from movies.signals import film_marked, film_rated

RATINGS_PER_PAGE: Final = 50


class Visitor(ABC):
    """Who looks at the site: their ratings and their lists. Made for one request, not kept."""

    user: User | None

    @staticmethod
    def from_request(request: HttpRequest) -> "Visitor":
        """Return the member who is logged in, or the anonymous visitor with this session.

        One request gets one object, so that ratings and lists are read once.
        """
        user = request.user if isinstance(request.user, User) else None
        visitor: Visitor | None = getattr(request, "visitor", None)
        if visitor is None or visitor.user != user:
            visitor = Member(user) if user else Stranger(request.session)
            request.visitor = visitor  # type: ignore[attr-defined] # an attribute of our own
        return visitor

    @property
    @abstractmethod
    def key(self) -> str | None:
        """What tells this visitor from others, on every page; None before the site knows them."""

    @abstractmethod
    def ratings(self) -> dict[int, int]:
        """Film id -> half stars (1 to 10). At most one query per visitor."""

    @abstractmethod
    def rate(self, movie: Movie, half_stars: int) -> None:
        """Rate a film, instead of an earlier rating; ValidationError if it cannot be."""

    @abstractmethod
    def unrate(self, movie: Movie) -> None:
        """Take back a rating, if there is one."""

    @abstractmethod
    def marked(self, kind: ListKind) -> set[int]:
        """Ids of the films on a list. At most one query per visitor for all lists."""

    @abstractmethod
    def mark(self, movie: Movie, kind: ListKind) -> None:
        """Put a film on a list, and take it from every other list."""

    @abstractmethod
    def unmark(self, movie: Movie, kind: ListKind) -> None:
        """Take a film from a list, if it is there."""

    @abstractmethod
    def history(self) -> Sequence[Rating] | QuerySet[Rating]:
        """Their ratings with the films, the latest first. At most one query for any page of it."""

    @property
    def n_ratings(self) -> int:
        """How many films they rated."""
        return len(self.ratings())

    @property
    def has_only_picks(self) -> bool:
        """Whether they picked films by the heart and gave no stars."""
        return are_picks(self.ratings().values())

    def watch_later(self) -> set[int]:
        """Ids of the films they want to see."""
        return self.marked(ListKind.WATCH_LATER)

    def seen(self) -> set[int]:
        """Return the ids of the films they marked as seen, with or without a rating."""
        return self.marked(ListKind.SEEN)

    def not_interested(self) -> set[int]:
        """Return the ids of the films they do not want to see."""
        return self.marked(ListKind.NOT_INTERESTED)

    def excluded(self) -> set[int]:
        """Return the ids that must not be recommended: seen films and unwanted ones."""
        return self.seen() | self.not_interested()

    def state(self, movie_id: int) -> FilmState:
        """Return their rating of a film and the list it is on."""
        kinds = [kind for kind in ListKind if movie_id in self.marked(kind)]
        return FilmState(self.ratings().get(movie_id), kinds[0] if kinds else None)

    def set_state(self, movie: Movie, state: FilmState) -> None:
        """Give a film this rating and this list, and take away any other.

        Raises
        ------
        ValidationError
            The rating is out of range, or the session holds too many films.

        """
        before = self.state(movie.pk)
        if state.half_stars is not None and state.half_stars != before.half_stars:
            self.rate(movie, state.half_stars)
        elif state.half_stars is None and before.half_stars is not None:
            self.unrate(movie)
        kind = self.state(movie.pk).kind
        if state.kind is not None and state.kind != kind:
            self.mark(movie, state.kind)
        elif state.kind is None and kind is not None:
            self.unmark(movie, kind)


class Member(Visitor):
    """A visitor with an account."""

    user: User

    def __init__(self, user: User) -> None:
        self.user = user

    @cached_property
    def _half_stars_of(self) -> dict[int, int]:
        return dict(Rating.objects.filter(user=self.user).values_list("movie_id", "half_stars"))

    @cached_property
    def _lists(self) -> dict[str, set[int]]:
        lists: dict[str, set[int]] = {kind: set() for kind in ListKind}
        entries = ListEntry.objects.filter(user=self.user).values_list("kind", "movie_id")
        for kind, movie_id in entries:
            lists[kind].add(movie_id)
        return lists

    @property
    @override
    def key(self) -> str:
        return f"user:{self.user.pk}"

    @override
    def ratings(self) -> dict[int, int]:
        return self._half_stars_of

    @override
    def rate(self, movie: Movie, half_stars: int) -> None:
        rating_set(user=self.user, movie=movie, half_stars=half_stars)
        self.__dict__.pop("_half_stars_of", None)
        self.__dict__.pop("_lists", None)

    @override
    def unrate(self, movie: Movie) -> None:
        rating_clear(user=self.user, movie=movie)
        self.__dict__.pop("_half_stars_of", None)

    @override
    def marked(self, kind: ListKind) -> set[int]:
        return self._lists[kind]

    @override
    def mark(self, movie: Movie, kind: ListKind) -> None:
        list_add(user=self.user, movie=movie, kind=kind)
        self.__dict__.pop("_half_stars_of", None)
        self.__dict__.pop("_lists", None)

    @override
    def unmark(self, movie: Movie, kind: ListKind) -> None:
        list_remove(user=self.user, movie=movie, kind=kind)
        self.__dict__.pop("_lists", None)

    @override
    def history(self) -> QuerySet[Rating]:
        return ratings_of(self.user)


class Stranger(Visitor):
    """A visitor without an account, known by the session."""

    MAX_FILMS: ClassVar[int] = 500
    """How many films a session holds: every request reads all of it."""

    RATINGS_KEY: ClassVar[str] = "ratings"
    LISTS_KEY: ClassVar[str] = "lists"
    KEEP_KEY: ClassVar[str] = "keep_picks"

    user: None = None

    def __init__(self, session: SessionBase) -> None:
        self._session = session

    @property
    @override
    def key(self) -> str | None:
        session_key = self._session.session_key
        return f"session:{session_key}" if session_key else None

    @override
    def ratings(self) -> dict[int, int]:
        # JSON, in which sessions are kept, has no numbers as keys.
        return {int(key): value for key, value in self._session.get(self.RATINGS_KEY, {}).items()}

    @override
    def rate(self, movie: Movie, half_stars: int) -> None:
        Rating(movie=movie, half_stars=half_stars).clean_fields(
            exclude={"user", "movie", "rated_at"}
        )
        ratings = self.ratings()
        ratings.pop(movie.pk, None)  # the latest stands last
        self._save_ratings(ratings | {movie.pk: half_stars})
        lists = self._lists()
        if any(movie.pk in ids for ids in lists.values()):
            self._save_lists({kind: ids - {movie.pk} for kind, ids in lists.items()})
        self._tell_rated(movie, half_stars)

    @override
    def unrate(self, movie: Movie) -> None:
        ratings = self.ratings()
        if ratings.pop(movie.pk, None) is not None:
            self._save_ratings(ratings)
            self._tell_rated(movie, None)

    @override
    def marked(self, kind: ListKind) -> set[int]:
        return set(self._lists()[kind])

    @override
    def mark(self, movie: Movie, kind: ListKind) -> None:
        lists = {name: ids - {movie.pk} for name, ids in self._lists().items()}
        lists[kind].add(movie.pk)
        self._save_lists(lists)
        if kind.excludes_rating:
            self.unrate(movie)
        self._tell_marked(movie, kind, is_on=True)

    @override
    def unmark(self, movie: Movie, kind: ListKind) -> None:
        lists = self._lists()
        if movie.pk in lists[kind]:
            lists[kind].remove(movie.pk)
            self._save_lists(lists)
            self._tell_marked(movie, kind, is_on=False)

    @override
    def history(self) -> list[Rating]:
        ratings = self.ratings()
        movies = Movie.objects.defer("search", "search_text", "trigrams").in_bulk(ratings)
        return [
            Rating(movie=movies[movie_id], half_stars=ratings[movie_id])
            for movie_id in reversed(ratings)
            if movie_id in movies
        ]

    @property
    def has_anything(self) -> bool:
        """Whether the session holds a rating or a film on a list."""
        return bool(self.ratings()) or any(self._lists().values())

    @property
    def is_kept(self) -> bool:
        """Whether an account is to get it: so it is unless ``leave_to_account`` was told no."""
        return bool(self._session.get(self.KEEP_KEY, True))

    def leave_to_account(self, *, keep: bool) -> None:
        """Say whether whoever this stranger turns out to be keeps the ratings and lists.

        The session remembers it: an e-mail address may have to be confirmed before the log-in.
        """
        self._session[self.KEEP_KEY] = keep

    def become(self, user: User) -> int:
        """Give all that the session holds to ``user``; says how many new ratings came of it.

        What ``user`` rated or listed before stays as it was. Who does not want it gets nothing; in
        either case the session forgets it.
        """
        n_new = 0
        if self.is_kept:
            n_new = ratings_adopt(user=user, half_stars_of=self.ratings())
            for kind, movie_ids in self._lists().items():
                lists_adopt(user=user, movie_ids=movie_ids, kind=ListKind(kind))
        for key in (self.RATINGS_KEY, self.LISTS_KEY, self.KEEP_KEY):
            self._session.pop(key, None)
        return n_new

    def clear_ratings(self) -> dict[str, int]:
        """Forget every rating of the session and return them, so that they can be put back."""
        ratings = {str(key): value for key, value in self.ratings().items()}
        self._save_ratings({})
        return ratings

    def put_ratings(self, ratings: dict[str, int]) -> None:
        """Put back what `clear_ratings` has returned; ratings given since then stay."""
        self._save_ratings({int(key): value for key, value in ratings.items()} | self.ratings())

    def _lists(self) -> dict[str, set[int]]:
        kept = self._session.get(self.LISTS_KEY, {})
        return {kind: set(kept.get(kind, ())) for kind in ListKind.values}

    def _save_ratings(self, ratings: dict[int, int]) -> None:
        self._require_room(len(ratings))
        self._session[self.RATINGS_KEY] = {str(key): value for key, value in ratings.items()}

    def _save_lists(self, lists: dict[str, set[int]]) -> None:
        self._require_room(sum(map(len, lists.values())))
        self._session[self.LISTS_KEY] = {kind: sorted(ids) for kind, ids in lists.items()}

    def _tell_rated(self, movie: Movie, half_stars: int | None) -> None:
        film_rated.send_robust(
            sender=Stranger, visitor_key=self.key, movie_id=movie.pk, half_stars=half_stars
        )

    def _tell_marked(self, movie: Movie, kind: ListKind, *, is_on: bool) -> None:
        film_marked.send_robust(
            sender=Stranger, visitor_key=self.key, movie_id=movie.pk, kind=kind, is_on=is_on
        )

    def _require_room(self, n_films: int) -> None:
        if n_films > self.MAX_FILMS:
            raise ValidationError(
                _("Without an account the site remembers %(n)s films. Sign up to go on."),
                params={"n": self.MAX_FILMS},
            )


def history_page(visitor: Visitor, number: str | None) -> Page[Rating]:
    """Return a page of a visitor's ratings with all that their posters need, in three queries."""
    page = Paginator(visitor.history(), RATINGS_PER_PAGE).get_page(number)
    page.object_list = list(page.object_list)
    prefetch_related_objects([rating.movie for rating in page.object_list], "genres")
    return page
