"""Celery tasks of recommendations."""

from celery import shared_task

from recommendations.services import new_films


@shared_task(name="recommendations.look_for_new_films", time_limit=60, expires=60)  # type: ignore[untyped-decorator]
def look_for_new_films() -> None:
    """Find films that were changed behind Django's back."""
    new_films.look()
