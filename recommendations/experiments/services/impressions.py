"""What was shown to whom, and what they did about it, written behind the page's back.

A view only puts a note into this process's memory. A thread writes the notes every second, so that
no page waits for it; what a process that is killed had not written yet is lost, and nothing else
is (docs/adr/0013).

Counted are people whom the site can tell apart: members, and strangers from their first pick on.
Robots keep no session; those that name themselves are left out all the same, and so is what a
browser fetches ahead of a click that may never come.
"""

from __future__ import annotations

import atexit
import logging
import re
import threading
import time
import uuid
from collections import deque
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import DatabaseError, connection, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.crypto import salted_hmac

from movies.visitors import Visitor
from recommendations.experiments.models import ImpressionList, Reaction
from recommendations.serving.assignment import split_of
from recommendations.signals import Surface

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from django.http import HttpRequest
    from rest_framework.request import Request

logger = logging.getLogger(__name__)

MAX_NOTES = 20_000
"""What a process keeps in memory while the database cannot be written; older notes are lost."""
MAX_BATCH = 1_000
SAME_LIST = timedelta(minutes=30)
"""The same list again within this time is a page loaded anew, not another impression."""
SURFACE_PARAMETER = "from"
"""The query parameter of a link from a recommended poster; its value is the surface."""

_ROBOT = re.compile(r"bot\b|crawl|spider|slurp|preview|headlesschrome|lighthouse", re.IGNORECASE)


@dataclass(frozen=True)
class ReactionNote:
    """What somebody did about a film, until it is known in which list they had seen it."""

    visitor: dict[str, Any]
    movie_id: int
    kind: Reaction.Kind
    at: datetime
    half_stars: int | None = None
    is_taken_back: bool = False
    surface: str | None = None
    """Of a click: where the link stood."""


_lists: deque[ImpressionList] = deque(maxlen=MAX_NOTES)
_reactions: deque[ReactionNote] = deque(maxlen=MAX_NOTES)
_writing = threading.Lock()
_starting = threading.Lock()
_writer: threading.Thread | None = None


def films_shown(
    request: HttpRequest | Request,
    movie_ids: Sequence[int],
    model_version: int | None,
    surface: str,
) -> None:
    """Note that a list was shown, in this order, by this version. No query, no failure."""
    if not movie_ids or is_machine(request, surface):
        return
    visitor = Visitor.from_request(request)
    key = visitor.key
    if key is None:
        return
    split = split_of(visitor, model_version)
    shown = ImpressionList(
        version_id=model_version,
        split_id=split.split_id if split else None,
        surface=surface,
        movie_ids=list(movie_ids),
        shown_at=timezone.now(),
        **visitor_fields(key),
    )
    _lists.append(shown)
    _see_to_writer()


def reaction_record(
    visitor_key: str | None,
    movie_id: int,
    kind: Reaction.Kind,
    *,
    half_stars: int | None = None,
    is_taken_back: bool = False,
    surface: str | None = None,
) -> None:
    """Note what a visitor did about a film, whether it was shown to them or not. No query."""
    if visitor_key is None:
        return
    note = ReactionNote(
        visitor=visitor_fields(visitor_key),
        movie_id=movie_id,
        kind=kind,
        at=timezone.now(),
        half_stars=half_stars,
        is_taken_back=is_taken_back,
        surface=surface,
    )
    _reactions.append(note)
    _see_to_writer()


def is_machine(request: HttpRequest | Request, surface: str) -> bool:
    """Whether nobody looks: HEAD, a fetch ahead of time or, but for the API, a robot."""
    if request.method == "HEAD":
        return True
    headers = request.headers
    purposes = (headers.get(name, "") for name in ("Sec-Purpose", "Purpose", "X-Moz"))
    if any("prefetch" in purpose for purpose in purposes) or "HX-Preloaded" in headers:
        return True
    return surface != Surface.API and bool(_ROBOT.search(headers.get("User-Agent", "")))


def visitor_fields(visitor_key: str) -> dict[str, Any]:
    """Return a visitor as a list's columns: a user's id, or a one-way hash of a session."""
    kind, _colon, name = visitor_key.partition(":")
    if kind == "user":
        return {"user_id": int(name), "session": None}
    digest = salted_hmac("recommendations.impressions", name, algorithm="sha256").digest()
    return {"user_id": None, "session": uuid.UUID(bytes=digest[:16])}


def flush(*, is_last: bool = False) -> None:
    """Write what is noted. Reactions wait until every process has written the lists before them.

    Parameters
    ----------
    is_last
        Write the reactions as well, however new.

    """
    with _writing:
        while lists := _taken(_lists):
            _write_lists(lists)
        ripe_before = timezone.now() - timedelta(seconds=2 * settings.IMPRESSION_WRITE_SECONDS)
        while _reactions and (is_last or _reactions[0].at <= ripe_before):
            _write_reaction(_reactions.popleft())


def write_safely(*, is_last: bool) -> None:
    """Whatever goes wrong here, it is the numbers' loss and nobody else's."""
    if not (_lists or _reactions):
        return
    try:
        flush(is_last=is_last)
    except Exception:
        logger.exception("Impressions were lost.")
    finally:
        connection.close()


def _taken(notes: deque[ImpressionList]) -> list[ImpressionList]:
    return [notes.popleft() for _ in range(min(len(notes), MAX_BATCH))]


def _write_lists(lists: Sequence[ImpressionList]) -> None:
    known = set(_recent(lists))
    fresh = []
    for shown in lists:
        if _identity(shown) not in known:
            known.add(_identity(shown))
            fresh.append(shown)
    try:
        with transaction.atomic():
            ImpressionList.objects.bulk_create(fresh)
    except DatabaseError:  # such as of a member who is gone: the others' lists still count
        for shown in fresh:
            _write_alone(shown)


def _write_alone(shown: ImpressionList) -> None:
    try:
        shown.save(force_insert=True)
    except DatabaseError:
        logger.warning("A list of impressions is lost: %s", shown, exc_info=True)


def _recent(lists: Sequence[ImpressionList]) -> Iterable[tuple[object, ...]]:
    """Identities of what the same visitors were shown a moment ago. One query."""
    users = {shown.user_id for shown in lists if shown.user_id}
    sessions = {shown.session for shown in lists if shown.session}
    since = min(shown.shown_at for shown in lists) - SAME_LIST
    visitors = Q(user__in=users) | Q(session__in=sessions)
    rows = ImpressionList.objects.filter(visitors, shown_at__gte=since).values_list(
        "user_id", "session", "surface", "version_id", "split_id", "movie_ids"
    )
    return ((*row[:-1], *row[-1]) for row in rows)


def _identity(shown: ImpressionList) -> tuple[object, ...]:
    return (
        shown.user_id,
        shown.session,
        shown.surface,
        shown.version_id,
        shown.split_id,
        *shown.movie_ids,
    )


def _write_reaction(note: ReactionNote) -> None:
    """Attribute a reaction to the latest list that showed the visitor the film, if there is one."""
    lists = ImpressionList.objects.filter(
        shown_at__range=(note.at - timedelta(days=settings.ATTRIBUTION_DAYS), note.at),
        movie_ids__contains=[note.movie_id],
        **note.visitor,
    )
    if note.surface:
        lists = lists.filter(surface=note.surface)
    shown = lists.order_by("-shown_at").first()
    if shown is None:
        return
    place: dict[str, Any] = {
        "position": shown.movie_ids.index(note.movie_id) + 1,
        "kind": note.kind,
    }
    if note.is_taken_back:
        shown.reactions.filter(**place).delete()
    else:
        what = {"half_stars": note.half_stars, "reacted_at": note.at}
        shown.reactions.update_or_create(**place, defaults=what)


def forget_notes() -> None:
    """Start as a new process would (for tests)."""
    _lists.clear()
    _reactions.clear()


def _see_to_writer() -> None:
    """Start this process's writer with its first note; a fork starts its own."""
    global _writer  # noqa: PLW0603 (one per process is the point)
    if not settings.IMPRESSION_WRITE_SECONDS or (_writer is not None and _writer.is_alive()):
        return
    with _starting:
        if _writer is None or not _writer.is_alive():
            _writer = threading.Thread(target=_write_on, name="impressions", daemon=True)
            _writer.start()
            atexit.register(_write_rest)


def _write_on() -> None:
    while seconds := settings.IMPRESSION_WRITE_SECONDS:
        time.sleep(seconds)
        write_safely(is_last=False)


def _write_rest() -> None:
    write_safely(is_last=True)
