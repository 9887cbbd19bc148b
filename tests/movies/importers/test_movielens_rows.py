"""Rows of any content, without a database."""

import io
from functools import partial

from hypothesis import given
from hypothesis import strategies as st

from movies.importers.errors import Problems
from movies.importers.files import Source, SourceFile
from movies.importers.movielens.editions import CsvEdition, DatEdition, HundredKEdition

FIELD = st.one_of(
    st.integers(-10, 10**20).map(str),
    st.floats().map(str),
    st.sampled_from(["", "1", "3.5", "NaN", '"', '""', "Heat (1995)", "Drama|War", "\0"]),
    st.text(max_size=20),
)
SEPARATORS = st.sampled_from([",", "::", "\t", "|"])
ROW = st.one_of(
    st.binary(max_size=60),
    st.tuples(SEPARATORS, st.lists(FIELD, max_size=7)).map(
        lambda row: row[0].join(row[1]).encode(errors="surrogatepass")
    ),
)
CONTENT = st.lists(ROW, min_size=1).map(b"\n".join).filter(bool)


def source(**contents: bytes) -> Source:
    files = {
        name.replace("_", "."): SourceFile(
            name.replace("_", "."), len(content), partial(io.BytesIO, content)
        )
        for name, content in contents.items()
    }
    return Source("made", "memory", files)


def read_all(edition) -> None:
    problems = Problems()
    numbers = [film.number for _line, film in edition.films(problems)]
    movie_ids = {1: 7} | dict.fromkeys(numbers, 8)
    for _line, rating in edition.ratings(movie_ids, problems):
        assert rating.movie_id in {7, 8}
        assert 1 <= rating.half_stars <= 10
        assert rating.timestamp >= 0
        assert 0 <= rating.user_number < 2**63
    for _line, link in edition.links(problems):
        assert len(link.imdb_id) <= 12
    for problem in problems.kept:
        assert problem.reason
        assert problem.excerpt.isprintable()


@given(CONTENT)
def test_no_csv_breaks_the_reader(content):
    read_all(
        CsvEdition(
            source(
                ratings_csv=b"userId,movieId,rating,timestamp\n" + content,
                movies_csv=b"movieId,title,genres\n" + content,
                links_csv=b"movieId,imdbId,tmdbId\n" + content,
            )
        )
    )


@given(CONTENT)
def test_no_dat_breaks_the_reader(content):
    read_all(DatEdition(source(ratings_dat=content, movies_dat=content)))


@given(CONTENT)
def test_no_100k_breaks_the_reader(content):
    read_all(HundredKEdition(source(u_data=content, u_item=content, u_genre=b"War|0")))
