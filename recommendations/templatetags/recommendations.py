"""What a page may ask about a film: its like, and how well it fits the visitor."""

from django import template

from movies.models import Movie
from movies.visitors import Visitor
from recommendations.selectors import similar
from recommendations.selectors.recommendations import fit

register = template.Library()


@register.simple_tag
def similar_movies(movie: Movie, limit: int = 12) -> list[Movie]:
    """Films whose descriptions are nearest: ``{% similar_movies movie as films %}``."""
    return [entry.movie for entry in similar.similar_movies(movie, limit)]


@register.simple_tag
def fit_for(visitor: Visitor, movie: Movie) -> int | None:
    """The percentage of films that fit the visitor less well; None where that is unknown."""
    share = fit(visitor, movie)
    return None if share is None else int(100 * share)
