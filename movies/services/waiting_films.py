"""Rows of finished imports whose films the catalogue lacked: they join when it gets them.

With a key of TMDB the films are added from there, so that nobody has to wait for an import.
"""

import logging
from collections import Counter
from typing import Any, Final

from django.conf import settings
from django.core.cache import cache
from django.db import transaction
from django.utils.text import slugify

from accounts.models import User
from common.enqueue import send, send_on_commit
from movies.importers.errors import ImportFailed
from movies.importers.personal.matching import Matcher
from movies.importers.personal.namesakes import NAMESAKE
from movies.importers.personal.protocol import Kind, Row
from movies.importers.progress import silent
from movies.importers.tmdb import PAGE_URL, PICTURE_URL, Tmdb
from movies.models import Confidence, Genre, ImportReport, Movie, PersonalImport, PersonalImportRow
from movies.services.personal_ratings import rows_apply
from movies.titles import match_keys

logger = logging.getLogger(__name__)

JOIN_TASK: Final = "movies.join_waiting"
ADD_TASK: Final = "movies.add_missing"
WOKEN_SECONDS: Final = 60
"""Many films may come one by one: they are looked for once a minute at most."""
ROWS_AT_ONCE: Final = 10_000
FILMS_AT_ONCE: Final = 100
ASKED_SECONDS: Final = 7 * 24 * 3600
Outcome = PersonalImportRow.Outcome


def films_may_have_come(instance: Movie | ImportReport, created: bool, **_kwargs: Any) -> None:
    """Wake a worker when a film is added or an import of films is done."""
    is_film = isinstance(instance, Movie) and created
    is_done = isinstance(instance, ImportReport) and instance.status == ImportReport.Status.DONE
    if is_film or is_done:
        transaction.on_commit(_wake)


def waiting_join() -> int:
    """Import the waiting rows whose films are in the catalogue now; gives their number.

    Of several films of one title and year, only the one of the row's id joins.
    """
    waiting = PersonalImportRow.objects.filter(
        outcome=Outcome.WAITING, owner__status=PersonalImport.Status.DONE
    ).order_by("pk")
    last, n_joined = 0, 0
    while rows := list(waiting.filter(pk__gt=last)[:ROWS_AT_ONCE]):
        last = rows[-1].pk
        statements = [_statement(row) for row in rows]
        matcher = Matcher(statements)
        found: dict[int, list[PersonalImportRow]] = {}
        for row, statement in zip(rows, statements, strict=True):
            match = matcher.match(statement)
            is_film = match.is_by_id or NAMESAKE not in row.note
            if match.confidence == Confidence.EXACT and is_film:
                row.movie_id, row.confidence, row.note = match.movie_id, match.confidence, ""
                found.setdefault(row.owner_id, []).append(row)
        for owner_id, joining in found.items():
            n_joined += rows_join(owner_id, joining)
    return n_joined


def missing_add() -> int:
    """Add films that rows wait for from TMDB, at most 100 at once; gives their number.

    A film that TMDB does not know is asked for again after a week.
    """
    if not settings.TMDB_API_KEY:
        return 0
    tmdb, n_added, asked = Tmdb(settings.TMDB_API_KEY), 0, 0
    waiting = PersonalImportRow.objects.filter(outcome=Outcome.WAITING).order_by("pk")
    for row in waiting.iterator(chunk_size=1_000):
        key = f"missing-film:{row.imdb_id or row.tmdb_id or slugify(f'{row.title}-{row.year}')}"
        if asked == FILMS_AT_ONCE:
            break
        if not cache.add(key, 1, ASKED_SECONDS):
            continue
        asked += 1
        try:
            n_added += _add(tmdb, row)
        except ImportFailed:
            logger.warning("Films that are missing could not be asked for at TMDB.", exc_info=True)
            cache.delete(key)
            break
    return n_added


@transaction.atomic
def rows_join(owner_id: int, rows: list[PersonalImportRow]) -> int:
    """Import waiting rows, which have their films now, into a finished import; gives their number.

    Nothing happens if the import was undone meanwhile.
    """
    job = PersonalImport.objects.get(pk=owner_id)
    User.objects.select_for_update(no_key=True).get(pk=job.user_id)
    job.refresh_from_db()
    if job.status != PersonalImport.Status.DONE:  # undone meanwhile
        return 0
    for row in rows:
        row.outcome = Outcome.NONE
    PersonalImportRow.objects.bulk_update(rows, ["outcome", "movie", "confidence", "note"])
    counts = rows_apply(job, silent)
    for name, n_rows in counts.items():
        job.counts[name] = job.counts.get(name, 0) + n_rows
    for (kind, confidence), n_rows in Counter((row.kind, row.confidence) for row in rows).items():
        for left in (f"{kind}_waiting", f"{kind}_unmatched"):
            job.counts[left] = max(0, job.counts.get(left, 0) - n_rows)
        found = f"{kind}_{confidence}"
        job.counts[found] = job.counts.get(found, 0) + n_rows
    job.save(update_fields=["counts"])
    return len(rows)


def _statement(row: PersonalImportRow) -> Row:
    return Row(
        row.file,
        row.line_number,
        Kind(row.kind),
        title=row.title,
        original_title=row.original_title,
        year=row.year,
        imdb_id=row.imdb_id,
        tmdb_id=row.tmdb_id,
    )


def _add(tmdb: Tmdb, row: PersonalImportRow) -> int:
    """Add one film as TMDB describes it; 0 if TMDB does not know it or the catalogue has it."""
    wanted = Movie(title=row.title, year=row.year, imdb_id=row.imdb_id, tmdb_id=row.tmdb_id)
    found = tmdb.film(wanted)
    if found is None or Movie.objects.filter(tmdb_id=found["id"]).exists():
        return 0
    if row.tmdb_id and not row.imdb_id and not _is_meant(row, found):
        return 0
    details = found if "genres" in found else tmdb.film(Movie(tmdb_id=found["id"])) or found
    released = str(details.get("release_date") or "")[:4]
    poster = details.get("poster_path") or ""
    original = str(details.get("original_title") or "")
    title = str(details.get("title") or original or row.title)[:300]
    if details.get("adult"):
        return 0
    film = Movie.objects.create(
        title=title,
        other_titles=original[:500] if original != title else "",
        year=int(released) if released.isdigit() else row.year,
        imdb_id=row.imdb_id or str(details.get("imdb_id") or "")[:12],
        tmdb_id=int(details["id"]),
        description=str(details.get("overview") or "").strip(),
        description_url=f"{PAGE_URL}{details['id']}",
        picture_url=f"{PICTURE_URL}{poster}" if poster else "",
    )
    names = [str(genre.get("name") or "")[:50] for genre in details.get("genres", [])]
    film.genres.set(
        Genre.objects.get_or_create(slug=slugify(name), defaults={"name": name})[0]
        for name in names
        if slugify(name)
    )
    return 1


def _is_meant(row: PersonalImportRow, found: dict[str, Any]) -> bool:
    """Return whether a film of TMDB has the title or the year of the row with its number.

    TMDB numbers films and series apart, so that the number may be that of a series.
    """
    titles = (str(found.get(name) or "") for name in ("title", "original_title"))
    own = match_keys(row.title, row.original_title)
    if not own or not set(own).isdisjoint(match_keys("", *titles)):
        return True
    released = str(found.get("release_date") or "")[:4]
    return bool(row.year and released.isdigit() and abs(int(released) - row.year) <= 1)


def _wake() -> None:
    waiting = PersonalImportRow.objects.filter(outcome=Outcome.WAITING)
    if cache.add("waiting-films", 1, WOKEN_SECONDS) and waiting.exists():
        send(JOIN_TASK, countdown=WOKEN_SECONDS)


def missing_wanted() -> None:
    """Wake a worker to add missing films from TMDB, if there is a key."""
    if settings.TMDB_API_KEY:
        send_on_commit(ADD_TASK)
