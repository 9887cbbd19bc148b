"""Film titles: as data sets write them, as people read them, as a search compares them."""

from common.formats.keys import fold, match_key, match_keys
from common.formats.titles import Title, article_first, parse_title, without_year

__all__ = [
    "Title",
    "article_first",
    "fold",
    "match_key",
    "match_keys",
    "parse_title",
    "without_year",
]
