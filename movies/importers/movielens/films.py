"""The films and genres of an edition, joined with those the catalogue has."""

from collections.abc import Iterable
from typing import Final

from django.utils.text import slugify

from common.formats.keys import twins_of
from movies.importers.errors import ImportFailed, Problems
from movies.importers.movielens.editions import Edition, FilmRow, LinkRow
from movies.importers.progress import Progress
from movies.models import Genre, Movie
from movies.titles import Title, match_key, match_keys

MAX_FILMS: Final = 1_000_000
"""Films are held in memory, some hundred bytes each; no edition has 100,000."""
MAX_OTHER_TITLES_CHARACTERS: Final = 500
BATCH_ROWS: Final = 5_000
_IDENTIFIERS: Final = ("movielens_id", "imdb_id", "tmdb_id", "year")


def import_films(
    edition: Edition, problems: Problems, progress: Progress
) -> tuple[dict[int, int], dict[str, int]]:
    """Add the films that the catalogue lacks; fill in what it does not know of the others.

    Nothing that is known already is changed, so what an administrator corrected stays so. Gives
    the catalogue's id for each of the edition's numbers, and what was done.

    Raises
    ------
    ImportFailed
        There is no film in the file, or there are too many.

    """
    rows = _film_rows(edition, problems, progress)
    links = {link.number: link for _line, link in edition.links(problems)}
    catalogue = _Catalogue()
    movies: dict[int, Movie] = {}
    for row in rows.values():
        link = links.get(row.number)
        is_shared = edition.NUMBERS_ARE_SHARED and catalogue.is_same_numbering(row)
        movie = catalogue.find(row, link, by_number=is_shared) or catalogue.add(row)
        if is_shared and movie.movielens_id is None:
            movie.movielens_id = row.number
        _fill_in(movie, row, link)
        catalogue.note_ids(movie)
        movies[row.number] = movie
    counts = catalogue.save()
    movie_ids = {number: movie.pk for number, movie in movies.items()}
    counts["genres_added"] = _import_genres(
        (movie_ids[row.number], row.genres) for row in rows.values()
    )
    return movie_ids, counts


def _film_rows(edition: Edition, problems: Problems, progress: Progress) -> dict[int, FilmRow]:
    file = edition.movies_file
    rows: dict[int, FilmRow] = {}
    for line, row in edition.films(problems):
        if row.number in rows:
            reason = f"film {row.number} stands on an earlier line already"
            problems.add(file.name, line.number, reason, line.content)
        elif len(rows) == MAX_FILMS:
            raise ImportFailed(f"{file.name} has more than {MAX_FILMS:,} films.")
        else:
            rows[row.number] = row
        if len(rows) % BATCH_ROWS == 0:
            progress(file.name, line.end, file.n_bytes)
    if not rows:
        first = problems.first_in(file.name)
        raise ImportFailed(f"{file.name} has no row that can be imported.{first}")
    progress(file.name, file.n_bytes, file.n_bytes)
    return rows


class _Catalogue:
    """The films there are, found by MovieLens number, or else by title and year."""

    def __init__(self) -> None:
        self._by_number: dict[int, Movie] = {}
        self._by_elsewhere: dict[str | int, Movie] = {}
        self._by_title: dict[tuple[str, int | None], Movie] = {}
        self._by_other_title: dict[tuple[str, int], Movie | None] = {}
        """None where several films of a year have the title beside their own."""
        self._added: list[Movie] = []
        self._known: list[tuple[Movie, tuple[object, ...]]] = []
        # The oldest last: of several films of one title and year it is the one that is found.
        for movie in (
            Movie.objects.only("title", "other_titles", *_IDENTIFIERS).order_by("-pk").iterator()
        ):
            self._known.append((movie, _identifiers(movie)))
            self._by_title[match_key(movie.title), movie.year] = movie
            self._note_other_titles(movie)
            if movie.movielens_id is not None:
                self._by_number[movie.movielens_id] = movie
            self.note_ids(movie)

    def note_ids(self, movie: Movie) -> None:
        """Remember a film by its numbers at IMDb and TMDB."""
        for number in (movie.imdb_id, movie.tmdb_id):
            if number:
                self._by_elsewhere[number] = movie

    def _note_other_titles(self, movie: Movie) -> None:
        if movie.other_titles and movie.year is not None:
            for key in match_keys(*movie.other_titles.split("; ")):
                is_new = (key, movie.year) not in self._by_other_title
                self._by_other_title[key, movie.year] = movie if is_new else None

    def _namesake(self, title: Title) -> Movie | None:
        """Return the film of a title and year; by another of its titles if none has this one."""
        key = match_key(title.text)
        found = self._by_title.get((key, title.year))
        if found is None and title.year is not None:
            found = self._by_other_title.get((key, title.year))
        return found

    def is_same_numbering(self, row: FilmRow) -> bool:
        """Return whether the row's number means the film that the catalogue has under it.

        A film whose title and year both differ has its number from another catalogue.
        """
        movie = self._by_number.get(row.number)
        if movie is None:
            return True
        keys = set(match_keys(movie.title, *movie.other_titles.split("; ")))
        is_titled = bool(keys & set(match_keys(row.title.text, *row.title.others)))
        return is_titled or _is_near(movie.year, row.title.year)

    def find(self, row: FilmRow, link: LinkRow | None, *, by_number: bool) -> Movie | None:
        """Return the film of ``row``; by its title only if no other number says it is another.

        Two numbers of one title and year with one number at IMDb or TMDB are one film.
        """
        namesake = self._namesake(row.title)
        linked = self._linked(link)
        if not by_number:
            same = next((movie for movie in linked if _is_near(movie.year, row.title.year)), None)
            is_other = same is None and link is not None and _has_other_id(namesake, link)
            return same or (None if is_other else namesake)
        if namesake is not None and namesake.movielens_id is not None and namesake not in linked:
            namesake = None
        return self._by_number.get(row.number) or namesake

    def _linked(self, link: LinkRow | None) -> list[Movie]:
        """Return the films that have a number of the link at IMDb or TMDB."""
        numbers: tuple[str | int | None, ...] = (link.imdb_id, link.tmdb_id) if link else ()
        found = (self._by_elsewhere.get(number) for number in numbers if number)
        return [movie for movie in found if movie is not None]

    def add(self, row: FilmRow) -> Movie:
        """Add a new film, so that later rows find it."""
        others = list(row.title.others)
        while len("; ".join(others)) > MAX_OTHER_TITLES_CHARACTERS:
            others.pop()
        movie = Movie(title=row.title.text, year=row.title.year, other_titles="; ".join(others))
        self._added.append(movie)
        self._by_title[match_key(movie.title), movie.year] = movie
        return movie

    def save(self) -> dict[str, int]:
        """Write what was added and filled in; gives the numbers of films."""
        changed = [movie for movie, before in self._known if _identifiers(movie) != before]
        Movie.objects.bulk_update(changed, _IDENTIFIERS, batch_size=BATCH_ROWS)
        Movie.objects.bulk_create(self._added, batch_size=BATCH_ROWS)
        counts = {"films_added": len(self._added), "films_changed": len(changed)}
        if n_twice := self._n_twice():
            counts["films_there_twice"] = n_twice
        return counts

    def _n_twice(self) -> int:
        """Return how many films are there under an earlier id, too, as links have shown."""
        movies = [*(movie for movie, _before in self._known), *self._added]
        movies.sort(key=lambda movie: movie.pk)
        links = {movie.pk: (movie.imdb_id, movie.tmdb_id) for movie in movies}
        return len(twins_of(((movie.pk, movie.title, movie.year) for movie in movies), links))


def _identifiers(movie: Movie) -> tuple[object, ...]:
    return tuple(getattr(movie, name) for name in _IDENTIFIERS)


def _is_near(year: int | None, other: int | None) -> bool:
    """Return whether two years may be of one film: at most one apart, or one is unknown."""
    return year is None or other is None or abs(year - other) <= 1


def _has_other_id(movie: Movie | None, link: LinkRow) -> bool:
    """Return whether the film has another number at IMDb than the link."""
    return bool(movie and movie.imdb_id and link.imdb_id and movie.imdb_id != link.imdb_id)


def _fill_in(movie: Movie, row: FilmRow, link: LinkRow | None) -> None:
    movie.year = movie.year or row.title.year
    if link is not None:
        movie.imdb_id = movie.imdb_id or link.imdb_id
        movie.tmdb_id = movie.tmdb_id or link.tmdb_id


def _import_genres(listed: Iterable[tuple[int, tuple[str, ...]]]) -> int:
    """Give films that have no genres those of the edition; the number of genres that are new."""
    genres = {genre.slug: genre for genre in Genre.objects.all()}
    n_before = len(genres)
    link = Movie.genres.through
    have_genres = set(link.objects.values_list("movie_id", flat=True).distinct())
    links = []
    for movie_id, names in listed:
        if movie_id in have_genres:
            continue
        have_genres.add(movie_id)
        for name in names:
            slug = slugify(name, allow_unicode=True)
            if slug not in genres:
                genres[slug] = Genre.objects.create(name=name, slug=slug)
            links.append(link(movie_id=movie_id, genre_id=genres[slug].pk))
    link.objects.bulk_create(links, batch_size=BATCH_ROWS, ignore_conflicts=True)
    return len(genres) - n_before
