"""Films' pictures: which are wanted, and what became of fetching one."""

import hashlib
import logging
from datetime import timedelta
from functools import partial
from typing import Final

from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.db.models.functions import Now
from django.utils import timezone

from common.enqueue import send
from common.leases import claim_due
from movies.models import Movie, PictureFetch
from movies.pictures.download import PictureRefused, PictureUnreachable, download

logger = logging.getLogger(__name__)

FETCH_TASK: Final = "movies.fetch_picture"
FIRST_RETRY: Final = timedelta(minutes=15)
MAX_RETRY: Final = timedelta(days=7)
LEASE: Final = timedelta(minutes=5)
"""How long a fetch may take before another worker may take it over."""


def pictures_wanted() -> QuerySet[Movie]:
    """Films whose picture is to be fetched now, popular films first. One query."""
    is_known = Q(picture_fetch__url=F("picture_url"))
    is_due = Q(picture_fetch__next_try_at__lte=timezone.now())
    return Movie.objects.exclude(picture_url="").exclude(is_known & ~is_due)


def picture_file(key: str, width: int) -> str:
    """Return the name in the storage of one width of a picture."""
    return f"pictures/{key[:2]}/{key}-{width}.webp"


def picture_request(movie: Movie) -> None:
    """Have a worker fetch the film's picture, unless one is at it or it is not yet time again.

    Cheap enough for every poster that is drawn where there might be a picture: one query.
    """
    if not settings.PICTURES or not movie.picture_url or not _claim(movie):
        return
    transaction.on_commit(partial(_enqueue, movie.pk))


def picture_fetch(*, movie: Movie) -> PictureFetch:
    """Fetch the film's picture, keep its widths and give the film its key; says how it went.

    A file is named by its content, so that an address never changes what it shows. Pictures that
    are refused are never asked for again, unreachable ones later and later.
    """
    from movies.pictures.rendering import posters  # Pillow is a worker's

    fetch, _is_new = PictureFetch.objects.get_or_create(movie=movie)
    if fetch.url != movie.picture_url:
        fetch.url, fetch.n_tries = movie.picture_url, 0
    fetch.n_tries += 1
    try:
        content = download(movie.picture_url)
        key = _keep(content, posters(content))
    except PictureRefused as reason:
        fetch.status, fetch.reason, fetch.next_try_at = "refused", str(reason)[:200], None
    except PictureUnreachable as reason:
        wait = min(FIRST_RETRY * 2 ** (fetch.n_tries - 1), MAX_RETRY)
        fetch.status, fetch.reason = "failed", str(reason)[:200]
        fetch.next_try_at = timezone.now() + wait
    else:
        fetch.status, fetch.reason, fetch.next_try_at = "kept", "", None
        Movie.objects.filter(pk=movie.pk).update(picture_key=key)
    fetch.save()
    if fetch.reason:
        logger.info("The picture of film %s is %s: %s.", movie.pk, fetch.status, fetch.reason)
    return fetch


def picture_forget(*, key: str) -> list[int]:
    """Do without a picture whose files are gone from the storage; gives the films that had it."""
    movie_ids = list(Movie.objects.filter(picture_key=key).values_list("pk", flat=True))
    Movie.objects.filter(pk__in=movie_ids).update(picture_key="")
    PictureFetch.objects.filter(movie__in=movie_ids).update(next_try_at=timezone.now())
    return movie_ids


def _claim(movie: Movie) -> bool:
    """Return whether this request is the one that starts the fetch."""
    if not pictures_wanted().filter(pk=movie.pk).exists():
        return False
    url = movie.picture_url
    fetch, is_new = PictureFetch.objects.get_or_create(
        movie=movie, defaults={"url": url, "next_try_at": timezone.now() + LEASE}
    )
    if is_new:
        return True
    rows = PictureFetch.objects.filter(pk=fetch.pk)
    rows.exclude(url=url).update(url=url, next_try_at=Now())  # another picture is due at once
    return claim_due(rows, "next_try_at", LEASE, status="pending")


def _enqueue(movie_id: int) -> None:
    send(FETCH_TASK, movie_id)  # if it is not sent, the claim runs out and a visitor asks again


def _keep(content: bytes, files: dict[int, bytes]) -> str:
    key = f"{hashlib.blake2b(content, digest_size=16).hexdigest()}-{max(files)}"
    for width, file in files.items():
        name = picture_file(key, width)
        if not default_storage.exists(name):
            default_storage.save(name, ContentFile(file))
    return key
