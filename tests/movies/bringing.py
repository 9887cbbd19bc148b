"""Bring a file for a member and import it, without a worker."""

from typing import Any

from django.core.files.base import ContentFile

from accounts.models import User
from movies.models import ListEntry, PersonalImport, Rating
from movies.services.personal_imports import import_accept, import_bring, import_do
from tests.movies.importers.personal import exports


def bring(user: User, content: str | bytes, name: str = "ratings.csv") -> PersonalImport:
    """Let a member bring a file, and return its import, checked."""
    raw = content.encode() if isinstance(content, str) else content
    return import_bring(user=user, file=ContentFile(raw), name=name)


def done(job: PersonalImport, **options: Any) -> PersonalImport:
    """Accept a checked import and do it, as a worker would."""
    import_accept(job=job, **options)
    import_do(job.pk)
    job.refresh_from_db()
    assert job.status == PersonalImport.Status.DONE, job.error
    return job


def ratings(*rows: str) -> str:
    """Return a table of ratings as Letterboxd exports it."""
    return exports.RATINGS + "".join(f"{row}\n" for row in rows)


def plain(*rows: str) -> str:
    """Return a table of films without ratings as Letterboxd exports it."""
    return exports.PLAIN + "".join(f"{row}\n" for row in rows)


def state_of(user: User) -> tuple[list[Any], list[Any]]:
    """Return all ratings and list entries of a member, with their dates."""
    entries = ListEntry.objects.filter(user=user).order_by("movie_id", "kind")
    return (
        list(
            Rating.objects.filter(user=user)
            .order_by("movie_id")
            .values_list("movie__title", "half_stars", "rated_at")
        ),
        list(entries.values_list("movie__title", "kind", "added_at")),
    )
