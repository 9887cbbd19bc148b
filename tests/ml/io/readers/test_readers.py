import numpy as np
import pytest

from ml.data.dataset import DataError
from ml.io.readers import read_dataset

MOVIES_CSV = 'movieId,title,genres\n1,"Up, Up (2009)",Comedy|Drama\n2,Nameless,(no genres listed)\n'
RATINGS_CSV = "userId,movieId,rating,timestamp\n7,1,4.5,100\n7,2,0.5,101\n"


def csv(folder, movies=MOVIES_CSV, ratings=RATINGS_CSV):
    (folder / "movies.csv").write_bytes(movies if isinstance(movies, bytes) else movies.encode())
    (folder / "ratings.csv").write_bytes(
        ratings if isinstance(ratings, bytes) else ratings.encode()
    )
    return folder


def check(data, *, last_half_stars=1):
    assert data.catalogue.titles == ("Up, Up", "Nameless")
    assert data.catalogue.years[0] == 2009
    assert np.isnan(data.catalogue.years[1])
    assert data.catalogue.genre_names == ("Comedy", "Drama")
    assert data.catalogue.genres.tolist() == [[1, 1], [0, 0]]
    assert data.ratings.user_ids.tolist() == [7]
    assert data.ratings.half_stars.tolist()[1] == last_half_stars
    assert data.ratings.timestamps.tolist() == [100, 101]


def test_csv_editions_are_read(tmp_path):
    check(read_dataset(csv(tmp_path)))


def test_the_1m_edition_is_read_with_its_latin_1_titles(tmp_path):
    (tmp_path / "movies.dat").write_bytes("1::Amélie (2001)::Comedy\n".encode("latin-1"))
    (tmp_path / "ratings.dat").write_bytes(b"7::1::5::100\n")
    data = read_dataset(tmp_path)
    assert data.catalogue.titles == ("Amélie",)
    assert data.ratings.half_stars.tolist() == [10]


def test_the_100k_edition_is_read(tmp_path):
    (tmp_path / "u.genre").write_text("unknown|0\nComedy|1\nDrama|2\n\n")
    (tmp_path / "u.item").write_bytes(
        b"1|Up, Up (2009)|01-Jan-2009||http://x|0|1|1\n2|Nameless||||1|0|0\n"
    )
    (tmp_path / "u.data").write_text("7\t1\t4\t100\n7\t2\t1\t101\n")
    check(read_dataset(tmp_path), last_half_stars=2)


def test_recboles_atomic_files_are_read(tmp_path):
    (tmp_path / "x.inter").write_text(
        "user_id:token\titem_id:token\trating:float\ttimestamp:float\n7\t1\t4\t100\n7\t2\t.5\t101\n"
    )
    (tmp_path / "x.item").write_text(
        "item_id:token\tmovie_title:token_seq\trelease_year:token\tclass:token_seq\n"
        "1\tUp, Up\t2009\tComedy Drama\n2\tNameless\tunkonwn\t\n"
    )
    check(read_dataset(tmp_path))


def test_the_packaged_edition_has_every_rating_with_its_half_stars():
    data = read_dataset("builtin")
    assert len(data.ratings) == 100_004
    assert data.ratings.n_users == 671
    assert len(data.catalogue) == 9_066
    assert data.catalogue.titles[0] == "Toy Story"
    assert set(data.ratings.half_stars.tolist()) == set(range(1, 11))


@pytest.mark.parametrize(
    ("ratings", "message"),
    [
        ("", "ratings.csv: "),
        ("userId,movieId,rating,timestamp\n", "ratings.csv: there are no ratings"),
        ("userId,movieId,rating\n7,1,4\n", "ratings.csv: .*timestamp"),
        (RATINGS_CSV + "7,1,7,5\n", "ratings.csv, line 4: the rating is 7, not 0.5 to 5"),
        (RATINGS_CSV + "7,1,4.2,5\n", "ratings.csv, line 4: the rating is 4.2, not a half star"),
        (RATINGS_CSV + "7,1,nan,5\n", "ratings.csv, line 4: "),
        (RATINGS_CSV + "7,1,,5\n", "ratings.csv, line 4: no rating"),
        (RATINGS_CSV + "\n\n7,1,,5\n", "ratings.csv, line 6: no rating"),
        (RATINGS_CSV + "7,1\n", "ratings.csv, line 4: .*Expected 4 columns, got 2"),
        (RATINGS_CSV + "\n7,1\n", "ratings.csv, line 5: .*Expected 4 columns, got 2"),
        (RATINGS_CSV + "7,1,four,5\n", "ratings.csv, line 4: .*four"),
        (RATINGS_CSV + "-7,1,4,5\n", "line 4: the rating is of user -7, a negative id"),
        (RATINGS_CSV + "7,1,4,1600000000000\n", "line 4: .*1600000000000, which is no time"),
        (b"\x00\x01\xff\xfe" * 50, "ratings.csv: "),
    ],
)
def test_a_ratings_file_that_cannot_be_used_is_refused_in_one_line(tmp_path, ratings, message):
    with pytest.raises(DataError, match=message) as refused:
        read_dataset(csv(tmp_path, ratings=ratings))
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("movies", "message"),
    [
        ("movieId,title\n1,A\n", "movies.csv: .*genres"),
        (MOVIES_CSV + "1,Again,Drama\n", "film id 1 occurs twice"),
        (
            b"movieId,title,genres\n1,\xff\xfe,Drama\n2,\xc3\xa9,Drama\n",
            "movies.csv, line 2: .*UTF8",
        ),
    ],
)
def test_a_films_file_that_cannot_be_used_is_refused(tmp_path, movies, message):
    with pytest.raises(DataError, match=message):
        read_dataset(csv(tmp_path, movies=movies))


def test_a_film_file_that_is_not_there_is_named(tmp_path):
    csv(tmp_path)
    (tmp_path / "movies.csv").unlink()
    with pytest.raises(DataError, match=r"movies\.csv"):
        read_dataset(tmp_path)


def test_a_directory_of_nothing_known_is_refused_with_what_was_looked_for(tmp_path):
    with pytest.raises(DataError, match=r"no ratings\.csv"):
        read_dataset(tmp_path)
    with pytest.raises(DataError, match="is not a directory"):
        read_dataset(tmp_path / "nowhere")


def test_a_film_line_of_the_100k_edition_with_too_few_flags_is_named(tmp_path):
    (tmp_path / "u.genre").write_text("Comedy|0\n")
    (tmp_path / "u.item").write_text("1|A (2000)||||1\n2|B (2000)|||\n")
    (tmp_path / "u.data").write_text("7\t1\t4\t100\n")
    with pytest.raises(DataError, match=r"u\.item: line 2"):
        read_dataset(tmp_path)


def test_a_rating_given_twice_counts_once_with_its_latest_value(tmp_path):
    data = read_dataset(csv(tmp_path, ratings=RATINGS_CSV + "7,1,2.0,99\n"))
    assert data.ratings.half_stars.tolist() == [9, 1]


FILMS = {1: ("Up, Up (2009)", "Drama"), 2: ("Nameless", "")}
"""Two films, the second without year and genre."""


def write_csv(folder, rows):
    listed = [f'{film},"{title}",{genres}' for film, (title, genres) in FILMS.items()]
    (folder / "movies.csv").write_text("\n".join(["movieId,title,genres", *listed]) + "\n")
    (folder / "ratings.csv").write_text(
        "\n".join(["userId,movieId,rating,timestamp", *map(",".join, rows)]) + "\n"
    )


def write_dat(folder, rows):
    listed = [f"{film}::{title}::{genres}" for film, (title, genres) in FILMS.items()]
    (folder / "movies.dat").write_text("\n".join(listed) + "\n")
    (folder / "ratings.dat").write_text("\n".join(map("::".join, rows)) + "\n")


def write_100k(folder, rows):
    (folder / "u.genre").write_text("Drama|0\n")
    listed = [f"{film}|{title}||||{int(bool(genres))}" for film, (title, genres) in FILMS.items()]
    (folder / "u.item").write_text("\n".join(listed) + "\n")
    (folder / "u.data").write_text("\n".join(map("\t".join, rows)) + "\n")


def write_atomic(folder, rows):
    (folder / "x.item").write_text(
        "item_id:token\tmovie_title:token_seq\trelease_year:token\tclass:token_seq\n"
        + "".join(f"{film}\t{title}\t\t{genres}\n" for film, (title, genres) in FILMS.items())
    )
    header = "user_id:token\titem_id:token\trating:float\ttimestamp:float"
    (folder / "x.inter").write_text("\n".join([header, *map("\t".join, rows)]) + "\n")


EDITIONS = [write_csv, write_dat, write_100k, write_atomic]
GOOD = ("7", "1", "4", "100")


@pytest.mark.parametrize("write", EDITIONS)
@pytest.mark.parametrize(
    ("bad", "message"),
    [
        (("7", "2", "nan", "5"), "rating|nan"),
        (("7", "2", "inf", "5"), "rating|inf"),
        (("7", "2", "", "5"), "rating"),
        (("7", "2", "0", "5"), "the rating is 0, not 0.5 to 5"),
        (("7", "2", "-1", "5"), "the rating is -1, not 0.5 to 5"),
        (("7", "2", "5.5", "5"), "the rating is 5.5, not 0.5 to 5"),
        (("7", "2", "3.3", "5"), "the rating is 3.3, not a half star"),
        (("-7", "2", "4", "5"), "the rating is of user -7, a negative id"),
        (("somebody", "2", "4", "5"), "somebody"),
        (("7", "2", "4", "nan"), "timestamp|nan"),
        (("7", "2", "4", "-5"), "the rating is of -5, which is no time in seconds since 1970"),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, tuple) else "",
)
def test_every_edition_refuses_a_bad_rating_in_one_line(tmp_path, write, bad, message):
    write(tmp_path, [GOOD, bad])
    with pytest.raises(DataError, match=message) as refused:
        read_dataset(tmp_path)
    assert "\n" not in str(refused.value)
    second = 3 if write in (write_csv, write_atomic) else 2
    assert f", line {second}: " in str(refused.value), "behind a line of names, if there is one"


@pytest.mark.parametrize("write", EDITIONS)
def test_every_edition_refuses_to_be_empty(tmp_path, write):
    write(tmp_path, [])
    with pytest.raises(DataError) as refused:
        read_dataset(tmp_path)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("write", EDITIONS)
def test_every_edition_reads_one_rating_and_a_film_without_genre_or_rating(tmp_path, write):
    write(tmp_path, [GOOD])
    data = read_dataset(tmp_path)
    assert data.ratings.half_stars.tolist() == [8]
    assert data.catalogue.genres.sum(axis=1).tolist() == [1, 0]


@pytest.mark.parametrize("write", EDITIONS)
def test_of_a_pair_rated_twice_every_edition_keeps_the_latest(tmp_path, write):
    write(tmp_path, [("7", "1", "2", "300"), GOOD, ("7", "1", "3", "200")])
    assert read_dataset(tmp_path).ratings.half_stars.tolist() == [4]


@pytest.mark.parametrize("write", EDITIONS)
def test_ratings_of_films_that_are_not_listed_are_left_out(tmp_path, write, caplog):
    write(tmp_path, [("7", "99", "4", "5"), GOOD, ("7", "-2", "4", "5")])
    assert len(read_dataset(tmp_path).ratings) == 1
    assert "2 ratings of films that are not listed are left out" in caplog.text
    write(tmp_path, [("7", "99", "4", "5"), GOOD, ("7", "2", "0", "5")])
    with pytest.raises(DataError, match="the rating is 0") as refused:
        read_dataset(tmp_path)
    bad_line = 4 if write in (write_csv, write_atomic) else 3
    assert f", line {bad_line}: " in str(refused.value)


@pytest.mark.parametrize("write", EDITIONS)
def test_ratings_of_unknown_films_alone_are_no_data_set(tmp_path, write):
    write(tmp_path, [("7", "99", "4", "5")])
    with pytest.raises(DataError, match="there are no ratings"):
        read_dataset(tmp_path)
