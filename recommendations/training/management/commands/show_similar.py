"""Print the films like well-known films, for a person to judge."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from movies.models import Movie
from recommendations.selectors.similar import similar_movies

EVERY = 5
"""Of the most rated films each fifth is shown: sixty of the first three hundred."""


class Command(BaseCommand):
    """Print twelve similar films of each of some well-known films."""

    help = "Print the films like well-known films, and how many are of the same year."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add the number of films."""
        parser.add_argument("--films", type=int, default=60)

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002 (Django passes them)
        """Print one film after another, then the share of the same year."""
        known = Movie.objects.order_by("-n_ratings", "pk")[: EVERY * options["films"] : EVERY]
        n_listed = n_same_year = 0
        for movie in known:
            listed = [entry.movie for entry in similar_movies(movie)]
            n_listed += len(listed)
            n_same_year += sum(other.year == movie.year for other in listed)
            self.stdout.write(f"{movie.title} ({movie.year})")
            self.stdout.write("    " + "; ".join(f"{m.title} ({m.year})" for m in listed))
        share = n_same_year / n_listed if n_listed else 0.0
        self.stdout.write(f"{share:.1%} of {n_listed} similar films are of the same year.")
