"""Imports and own changes of a member: undo leaves what there were without the undone imports.

A second member does the same without the undone imports, and must have the same in the end.
"""

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import User
from movies.models import ListEntry, ListKind, Movie, PersonalImport, Rating
from movies.services.lists import list_add, list_remove
from movies.services.personal_imports import import_undo
from movies.services.ratings import rating_clear, rating_set
from movies.services.waiting_films import waiting_join
from tests import cast
from tests.movies.bringing import bring, done, plain, ratings

pytestmark = pytest.mark.django_db
TITLES = ("Alien", "Paprika", "Late")
N_STEPS = 9
EARLY = 0.2
"""How often an import is undone before the last step."""
REPEATED = 0.5
"""How often the member says what an import wrote already."""


@dataclass
class Member:
    """A member with films of their own, so that two members do not share the catalogue."""

    user: User
    films: dict[str, Movie] = field(default_factory=dict)
    repeated: set[str] = field(default_factory=set)
    """Films that were put on the list on which they were: the date stays that of the import."""
    jobs: dict[int, PersonalImport] = field(default_factory=dict)
    times: list[tuple[int, datetime, datetime]] = field(default_factory=list)

    @classmethod
    def create(cls, name: str) -> "Member":
        member = cls(cast.member(name))
        for title in TITLES[:2]:
            member.add_film(title)
        return member

    def add_film(self, title: str) -> None:
        self.films[title] = cast.movie(f"{title} of {self.user.username}", 1979)

    def do(self, step: int, action: Callable[["Member", int], None]) -> None:
        start = timezone.now()
        action(self, step)
        self.times.append((step, start, timezone.now()))

    def state(self) -> list[Any]:
        """Return the ratings and list entries, dated by the step that wrote the time of day."""
        found: list[Any] = []
        for title, film in self.films.items():
            rows = Rating.objects.filter(user=self.user, movie=film)
            found += [(title, one.half_stars, self._date(one.rated_at)) for one in rows]
            entries = ListEntry.objects.filter(user=self.user, movie=film)
            dates = [
                self._date(one.added_at) if title not in self.repeated else "" for one in entries
            ]
            found += [(title, one.kind, date) for one, date in zip(entries, dates, strict=True)]
        return found

    def _date(self, when: datetime) -> object:
        steps = (step for step, start, end in self.times if start <= when <= end)
        return next(steps, when)


def bring_films(
    member: Member, step: int, *, titles: list[str], what: str, half_stars: int, day: str
) -> None:
    """Bring a list of films: what was seen, what to watch later, or ratings and how they count."""
    rows = [f"{day},{title} of {member.user.username},1979,u" for title in titles]
    if what in {"watched", "watchlist"}:
        job = bring(member.user, plain(*rows), f"{what}.csv")
        member.jobs[step] = done(job)
        return
    job = bring(member.user, ratings(*(f"{row},{half_stars / 2}" for row in rows)))
    member.jobs[step] = done(job, conflicts=what)


def rate(
    member: Member, _step: int, *, title: str, half_stars: int, rated_at: datetime | None = None
) -> None:
    rating_set(
        user=member.user,
        movie=member.films[title],
        half_stars=half_stars,
        rated_at=rated_at or timezone.now(),
    )


def clear(member: Member, _step: int, *, title: str) -> None:
    rating_clear(user=member.user, movie=member.films[title])
    unlist(member, _step, title=title)


def unlist(member: Member, _step: int, *, title: str) -> None:
    for kind in ListKind:
        list_remove(user=member.user, movie=member.films[title], kind=kind)


def enlist(member: Member, _step: int, *, title: str, kind: ListKind) -> None:
    unlist(member, _step, title=title)
    list_add(user=member.user, movie=member.films[title], kind=kind)


def call_seen_again(member: Member, _step: int, *, title: str) -> None:
    member.repeated.add(title)
    list_add(user=member.user, movie=member.films[title], kind=ListKind.SEEN)


def film_comes(member: Member, _step: int) -> None:
    member.add_film("Late")
    waiting_join()


def own_change(rng: random.Random, member: Member) -> Callable[[Member, int], None]:
    """Return something that the member can do to one of the films, or say about it again."""
    title = rng.choice(list(member.films))
    film = member.films[title]
    rating = Rating.objects.filter(user=member.user, movie=film).first()
    entry = ListEntry.objects.filter(user=member.user, movie=film).first()
    present = rating.half_stars if rating else None
    half_stars = rng.choice([n for n in (2, 4, 8) if n != present])
    choices: list[Callable[[Member, int], None]] = [
        partial(rate, title=title, half_stars=half_stars)
    ]
    kinds = [kind for kind in ListKind if entry is None or kind != entry.kind]
    choices += [partial(enlist, title=title, kind=kind) for kind in kinds]
    if rating and entry is None and rng.random() < REPEATED:
        half_stars, rated_at = rating.half_stars, rating.rated_at
        return partial(rate, title=title, half_stars=half_stars, rated_at=rated_at)
    if entry and entry.kind == ListKind.SEEN and rating is None and rng.random() < REPEATED:
        return partial(call_seen_again, title=title)
    if entry:
        choices.append(partial(unlist, title=title))
    elif rating:
        choices.append(partial(clear, title=title))
    return rng.choice(choices)


def an_import(rng: random.Random) -> Callable[[Member, int], None]:
    """Return an import of some of the films."""
    return partial(
        bring_films,
        titles=rng.sample(TITLES, rng.randint(1, len(TITLES))),
        what=rng.choice([*PersonalImport.Conflicts.values, "watched", "watchlist"]),
        half_stars=rng.choice([2, 4, 8]),
        day=rng.choice(["2019-01-01", "2020-01-01", ""]),
    )


class Plan:
    """What a member does, and which of their imports are undone."""

    def __init__(self, seed: int) -> None:
        self.rng = random.Random(seed)
        self.member = Member.create("ada")
        self.steps: dict[int, Callable[[Member, int], None]] = {}
        self.undone: set[int] = set()

    def take(self, action: Callable[[Member, int], None]) -> None:
        step = len(self.steps)
        self.steps[step] = action
        self.member.do(step, action)

    @property
    def remaining(self) -> list[int]:
        return sorted(set(self.member.jobs) - self.undone)

    def undo_one(self) -> None:
        step = self.rng.choice(self.remaining)
        import_undo(job=self.member.jobs[step])
        self.undone.add(step)

    def without_the_undone(self) -> list[Any]:
        other = Member.create(f"other{len(self.undone)}")
        other.times = list(self.member.times)  # a rating repeated with its date has a date of these
        for step, action in self.steps.items():
            if step not in self.undone:
                other.do(step, action)
        return other.state()


@pytest.mark.parametrize("seed", range(10))
def test_undo_leaves_what_there_were_without_the_undone_imports(seed: int):
    """A film changes once at most between two imports: only what is left of it can be seen."""
    plan = Plan(seed)
    comes = plan.rng.randrange(2, N_STEPS, 2)
    for step in range(N_STEPS):
        own = own_change(plan.rng, plan.member) if step % 2 else an_import(plan.rng)
        plan.take(film_comes if step == comes else own)
        if plan.remaining and plan.rng.random() < EARLY:
            plan.undo_one()
            assert plan.member.state() == plan.without_the_undone()
    while plan.remaining:
        plan.undo_one()
        assert plan.member.state() == plan.without_the_undone()
