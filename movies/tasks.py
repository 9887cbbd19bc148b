"""Celery's tasks: a name, an id, one call."""

from celery import shared_task

from movies.models import Movie
from movies.services.pictures import FETCH_TASK, picture_fetch

FETCH_SECONDS = 60


@shared_task(name=FETCH_TASK, time_limit=FETCH_SECONDS, expires=3600)  # type: ignore[untyped-decorator]
def fetch_picture(movie_id: int) -> None:
    """Fetch a film's picture; of a film that is gone, nothing."""
    movie = Movie.objects.filter(pk=movie_id).exclude(picture_url="").first()
    if movie is not None:
        picture_fetch(movie=movie)
