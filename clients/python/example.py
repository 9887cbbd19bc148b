"""Rate two films and ask for ten more: `MARQUEE_TOKEN=mq_... python example.py Alien Brazil`.

MARQUEE_URL says where the site is, unless it is the demo on this machine. The token needs the
scopes read and rate.
"""

import os
import sys

from marquee_client import AuthenticatedClient
from marquee_client.api.films import movies_list
from marquee_client.api.recommendations import recommendations_retrieve
from marquee_client.api.you import ratings_put
from marquee_client.models import Movie, Problem, StarsRequest

STARS = 4.5


def find(client: AuthenticatedClient, title: str) -> Movie | None:
    """Return the film whose title fits best."""
    page = movies_list.sync(client=client, search=title, page_size=1)
    if page is None or isinstance(page, Problem):
        raise SystemExit(page)
    return page.results[0] if page.results else None


def main(titles: list[str]) -> None:
    """Rate the films of these titles, then print what is recommended."""
    client = AuthenticatedClient(
        os.environ.get("MARQUEE_URL", "http://127.0.0.1:8000"), token=os.environ["MARQUEE_TOKEN"]
    )
    for title in titles:
        if (movie := find(client, title)) is not None:
            ratings_put.sync(movie.id, client=client, body=StarsRequest(stars=STARS))
            print(f"{movie.title}: {STARS} stars")
    answer = recommendations_retrieve.sync(client=client, k=10)
    if answer is None or isinstance(answer, Problem):
        raise SystemExit(answer)
    for place, item in enumerate(answer.results, start=1):
        print(f"{place}. {item.movie.title} ({item.movie.year})")


if __name__ == "__main__":
    main(sys.argv[1:])
