"""Descriptions and pictures from The Movie Database, by its API (https://developer.themoviedb.org).

A film is asked for by its TMDB id, else by its IMDb id, else by its title and year, where a title
must be the same but for case, accents, punctuation and the article, and the years differ by one at
most. Films that have a description and a picture are not asked for again, so a large catalogue can
be done in portions; when TMDB falls silent, what was found until then is kept.
"""

from collections.abc import Iterator
from typing import Any, Final

import httpx
from django.db.models import Q, QuerySet
from tenacity import Retrying, retry_if_exception_type, stop_after_attempt, wait_exponential_jitter

from common.redaction import redact
from movies.importers.errors import ImportFailed, Problems
from movies.importers.progress import Progress, silent
from movies.importers.runs import import_run
from movies.models import ImportReport, Movie
from movies.titles import match_key

API_URL: Final = "https://api.themoviedb.org/3/"
PICTURE_URL: Final = "https://image.tmdb.org/t/p/w780"
PAGE_URL: Final = "https://www.themoviedb.org/movie/"
TIMEOUT: Final = httpx.Timeout(10.0)
N_ATTEMPTS: Final = 5
MAX_WAIT_SECONDS: Final = 30
MAX_YEARS_APART: Final = 1


class _Busy(Exception):  # noqa: N818 # TMDB's state, not an error of ours
    """TMDB asks for patience, or is not itself."""


class Tmdb:
    """TMDB's API, asked politely: what fails for the moment is tried again, later and later."""

    def __init__(self, api_key: str, transport: httpx.BaseTransport | None = None) -> None:
        """Take a key of either kind: version 3's, or a version 4 read access token."""
        is_token = api_key.startswith("eyJ")
        self._client = httpx.Client(
            base_url=API_URL,
            headers={"Authorization": f"Bearer {api_key}"} if is_token else {},
            params={} if is_token else {"api_key": api_key},
            timeout=TIMEOUT,
            transport=transport,
        )
        self._retrying = Retrying(
            retry=retry_if_exception_type((_Busy, httpx.TransportError)),
            stop=stop_after_attempt(N_ATTEMPTS),
            wait=wait_exponential_jitter(initial=1, max=MAX_WAIT_SECONDS),
            reraise=True,
        )

    def film(self, movie: Movie) -> dict[str, Any] | None:
        """Return what TMDB says of the film; None if it does not know it.

        Raises
        ------
        ImportFailed
            The key is refused, or TMDB does not answer.

        """
        if movie.tmdb_id:
            return self._get(f"movie/{movie.tmdb_id}")
        if movie.imdb_id:
            answer = self._get(f"find/{movie.imdb_id}", external_source="imdb_id")
            return next(iter((answer or {}).get("movie_results", [])), None)
        answer = self._get("search/movie", query=movie.title, primary_release_year=movie.year or "")
        titles = {match_key(title) for title in (movie.title, *movie.other_titles.split("; "))}
        found = (answer or {}).get("results", [])
        return next((one for one in found if _is_same(one, titles, movie.year)), None)

    def _get(self, path: str, **params: Any) -> dict[str, Any] | None:
        try:
            return self._retrying(self._ask, path, params)
        except (_Busy, httpx.HTTPError) as error:
            # An HTTP error's own text holds the address, and the address holds the key.
            raise ImportFailed(f"TMDB does not answer: {_cause(error)}") from None

    def _ask(self, path: str, params: dict[str, Any]) -> dict[str, Any] | None:
        response = self._client.get(path, params=params)
        if response.status_code == httpx.codes.UNAUTHORIZED:
            raise ImportFailed("TMDB refuses the key: TMDB_API_KEY.")
        if response.status_code == httpx.codes.NOT_FOUND:
            return None
        if response.status_code == httpx.codes.TOO_MANY_REQUESTS or response.is_server_error:
            raise _Busy(f"its answer is {response.status_code}")
        response.raise_for_status()
        answer: dict[str, Any] = response.json()
        return answer


def import_tmdb(
    *,
    tmdb: Tmdb,
    limit: int | None = None,
    overwrite: bool = False,
    progress: Progress = silent,
) -> ImportReport:
    """Describe the films that lack a description or a picture, the popular ones first.

    A film that has either keeps it, unless ``overwrite``. At most ``limit`` films are asked for.

    Raises
    ------
    ImportFailed
        TMDB refuses the key or does not answer; what was found until then is kept.

    """
    problems = Problems()
    with import_run("tmdb", API_URL, problems) as report:
        counts = {"films_asked": 0, "films_found": 0, "descriptions_set": 0, "pictures_set": 0}
        movies = _wanting(overwrite=overwrite)[:limit]
        n_movies = len(movies)
        try:
            for movie, found in _found(tmdb, movies):
                counts["films_asked"] += 1
                progress("TMDB", counts["films_asked"], n_movies)
                if found is None:
                    problems.add("tmdb", movie.pk, "TMDB does not know this film", str(movie))
                    continue
                counts["films_found"] += 1
                _describe(movie, found, counts, overwrite=overwrite)
        except ImportFailed as error:
            if not counts["films_found"]:
                raise
            problems.add("tmdb", counts["films_asked"] + 1, str(error))
        report.counts = counts
    return report


def _wanting(*, overwrite: bool) -> QuerySet[Movie]:
    movies = Movie.objects.defer("search").order_by("-n_ratings", "id")
    return movies if overwrite else movies.filter(Q(description="") | Q(picture_url=""))


def _found(tmdb: Tmdb, movies: QuerySet[Movie]) -> Iterator[tuple[Movie, dict[str, Any] | None]]:
    for movie in movies:
        yield movie, tmdb.film(movie)


def _describe(
    movie: Movie, found: dict[str, Any], counts: dict[str, int], *, overwrite: bool
) -> None:
    tmdb_id = int(found["id"])
    overview, poster = (found.get("overview") or "").strip(), found.get("poster_path") or ""
    if overview and (overwrite or not movie.description):
        movie.description, movie.description_url = overview, f"{PAGE_URL}{tmdb_id}"
        counts["descriptions_set"] += 1
    if poster and (overwrite or not movie.picture_url):
        movie.picture_url = f"{PICTURE_URL}{poster}"
        counts["pictures_set"] += 1
    movie.tmdb_id = tmdb_id
    fields = ["description", "description_url", "picture_url", "tmdb_id", "updated_at"]
    movie.save(update_fields=fields)


def _cause(error: Exception) -> str:
    if isinstance(error, httpx.HTTPStatusError):
        return f"its answer is {error.response.status_code}"
    return redact(str(error) or type(error).__name__)


def _is_same(found: dict[str, Any], titles: set[str], year: int | None) -> bool:
    names = {match_key(found.get(name) or "") for name in ("title", "original_title")}
    released = (found.get("release_date") or "")[:4]
    if not names & titles:
        return False
    return not year or (released.isdigit() and abs(int(released) - year) <= MAX_YEARS_APART)
