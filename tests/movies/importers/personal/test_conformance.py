"""What every importer of a person's own ratings must do, held against one export of each form."""

import csv
import io
import json
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from movies.importers.errors import ImportFailed
from movies.importers.personal import IMPORTERS, importer_of
from movies.importers.personal.files import Upload
from movies.importers.personal.matching import IN_BRACKETS
from movies.importers.personal.protocol import LIKE, Kind, LeftOut, Refused
from movies.importers.personal.reading import FoundRow, Reading, read
from movies.importers.progress import silent
from movies.models import Confidence, Movie, PersonalImportRow
from tests.movies.importers.personal import exports
from tests.movies.importers.personal.exports import EXPORTS, Export

Outcome = PersonalImportRow.Outcome
pytestmark = pytest.mark.django_db
DOCUMENTS = {
    f"{name}: {file}": content
    for name, export in EXPORTS.items()
    for file, content in export.files.items()
    if file.endswith(".json")
}
TABLES = [name for name, export in EXPORTS.items() if export.is_text]


@pytest.fixture(autouse=True)
def films() -> dict[str, int]:
    return exports.catalogue()


def reading_of(path: Path) -> Reading:
    return read(path, path.name, {}, silent)


def found(reading: Reading, kind: Kind) -> dict[str, FoundRow]:
    films = {film.pk: str(film) for film in Movie.objects.all()}
    return {
        films[row.movie_id]: row
        for row in reading.rows
        if row.kind == kind and row.movie_id and row.outcome == Outcome.NONE
    }


def check(reading: Reading, export: Export) -> None:
    """Hold what was read against what the export says."""
    ratings = found(reading, Kind.RATING)
    assert {film: (row.half_stars or 0) / 2 for film, row in ratings.items()} == export.ratings
    assert set(found(reading, Kind.SEEN)) == export.seen
    assert set(found(reading, Kind.WATCH_LATER)) == export.watch_later
    open_rows = [row for row in reading.rows if row.outcome == Outcome.NONE]
    assert {row.title for row in open_rows if row.movie_id is None} == export.unmatched
    assert all(row.note for row in open_rows if row.movie_id is None), "with a reason"
    told = (row for row in reading.rows if row.outcome == Outcome.LEFT_OUT)
    left_out = {row.file: row.note for row in told if not row.note.startswith("read as ")}
    assert set(left_out) == set(export.left_out)
    for file, n_entries in export.left_out.items():
        assert f"with {n_entries} " in left_out[file]
    assert reading.counts["left_out"] == sum(export.left_out.values())
    refused = {row.title: row.note for row in reading.rows if row.outcome == Outcome.REFUSED}
    assert set(refused) == set(export.refused)
    for title, reason in export.refused.items():
        assert reason in refused[title]
    for film, day in export.dates.items():
        when = ratings[film].happened_at
        assert when is not None
        assert when.isoformat().startswith(day)


@pytest.mark.parametrize("name", EXPORTS)
def test_it_is_recognised_and_read(tmp_path: Path, name: str):
    export = EXPORTS[name]
    reading = reading_of(export.write(tmp_path))
    assert reading.source == export.source
    check(reading, export)


@pytest.mark.parametrize("name", EXPORTS)
def test_only_its_own_importer_recognises_it(tmp_path: Path, name: str):
    upload = Upload.open(EXPORTS[name].write(tmp_path))
    recognising = [one.name for one in IMPORTERS if one.recognise(upload)]
    assert recognising == [EXPORTS[name].source]


@pytest.mark.parametrize("name", EXPORTS)
def test_the_name_of_the_file_does_not_matter(tmp_path: Path, name: str):
    path = EXPORTS[name].write(tmp_path).rename(tmp_path / "film (3).txt")
    check(reading_of(path), EXPORTS[name])


@pytest.mark.parametrize("name", TABLES)
@pytest.mark.parametrize("encoding", ["utf-8-sig", "cp1252", "utf-16"])
def test_the_encoding_is_recognised(tmp_path: Path, name: str, encoding: str):
    path = EXPORTS[name].write(tmp_path, lambda text: text.encode(encoding))
    check(reading_of(path), EXPORTS[name])


@pytest.mark.parametrize("name", TABLES)
@pytest.mark.parametrize("delimiter", [";", "\t"])
def test_the_delimiter_and_the_line_ends_are_recognised(tmp_path: Path, name: str, delimiter: str):
    def resave(text: str) -> bytes:
        rows = csv.reader(io.StringIO(text))
        return exports.table(*rows, delimiter=delimiter).replace("\n", "\r\n").encode()

    check(reading_of(EXPORTS[name].write(tmp_path, resave)), EXPORTS[name])


@pytest.mark.parametrize("name", TABLES)
def test_columns_are_found_in_any_order_and_case(tmp_path: Path, name: str):
    def mirror(text: str) -> bytes:
        head, *rows = csv.reader(io.StringIO(text))
        padded = [row + [""] * (len(head) - len(row)) for row in rows]
        return exports.table([c.upper() for c in head][::-1], *[r[::-1] for r in padded]).encode()

    check(reading_of(EXPORTS[name].write(tmp_path, mirror)), EXPORTS[name])


@pytest.mark.parametrize("name", EXPORTS)
def test_every_row_says_where_it_is_and_stays_on_the_scale(tmp_path: Path, name: str):
    upload = Upload.open(EXPORTS[name].write(tmp_path))
    importer = importer_of(upload)
    assert importer is not None
    paths = {member.path for member in upload.members}
    for row in importer.rows(upload):
        assert row.file in paths
        if isinstance(row, LeftOut):
            continue
        assert row.line >= 1
        if isinstance(row, Refused):
            assert row.reason
        elif row.kind == Kind.RATING:
            assert row.half_stars in range(1, 11)
        else:
            assert row.half_stars is None


@pytest.mark.parametrize("name", EXPORTS)
def test_a_file_that_breaks_off_fails_in_words_or_is_read_up_to_there(tmp_path: Path, name: str):
    path = EXPORTS[name].write(tmp_path)
    whole = path.read_bytes()
    for n_bytes in range(1, len(whole), max(1, len(whole) // 40)):
        path.write_bytes(whole[:n_bytes])
        try:
            reading_of(path)
        except ImportFailed as error:
            assert str(error)  # noqa: PT017 # either outcome is right, a crash is not


@pytest.mark.parametrize("name", EXPORTS)
def test_bytes_that_were_changed_never_crash_it(tmp_path: Path, name: str):
    path = EXPORTS[name].write(tmp_path)
    whole = path.read_bytes()
    for position in range(0, len(whole), max(1, len(whole) // 40)):
        for byte in (b"\x00", b"\xff", b'"'):
            path.write_bytes(whole[:position] + byte + whole[position + 1 :])
            try:
                reading = reading_of(path)
            except ImportFailed as error:
                assert str(error)  # noqa: PT017 # either outcome is right, a crash is not
            else:
                assert "\0" not in "".join(row.title + row.note for row in reading.rows)


def test_a_film_that_was_never_played_has_an_impossible_date(tmp_path: Path):
    """Jellyfin writes the year 1 in the zone of the server, which in UTC is the year before."""
    document = json.loads(exports.JELLYFIN)
    document["Items"][0]["UserData"]["LastPlayedDate"] = "0001-01-01T00:00:00+02:00"
    path = tmp_path / "library.json"
    path.write_text(json.dumps(document))
    row = reading_of(path).rows[0]
    assert row.happened_at is None
    assert "'0001-01-01T00:00:00+02:00' is impossible" in row.note


def places_of(value: Any, place: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield the place of every value in a document, and first its own."""
    yield place
    parts = enumerate(value) if isinstance(value, list) else ()
    for key, part in value.items() if isinstance(value, dict) else parts:
        yield from places_of(part, (*place, key))


def replaced(document: Any, place: tuple[Any, ...], value: Any) -> Any:
    """Return a copy of a document with another value at one place."""
    if not place:
        return value
    copy = document.copy()
    copy[place[0]] = replaced(copy[place[0]], place[1:], value)
    return copy


@pytest.mark.parametrize("name", DOCUMENTS)
def test_values_of_a_wrong_shape_are_refused_in_words_or_reported(tmp_path: Path, name: str):
    document = json.loads(DOCUMENTS[name])
    path = tmp_path / "export.json"
    for place in places_of(document):
        for value in (5, "x", True, None, [], {}, [5], {"x": [5]}, 1e300):
            path.write_text(json.dumps(replaced(document, place, value)))
            try:
                reading_of(path)
            except ImportFailed as error:
                assert "known" in str(error) or "no film" in str(error)  # noqa: PT017 # either is right


@pytest.mark.parametrize(
    "document",
    [
        {"movies": [{"movie": {"ids": 5}}]},
        {"exported_at": 1, "profile": {}, "ratings": 5, "lists": 3, "import_rows": 5},
    ],
)
def test_what_only_resembles_an_export_is_not_recognised(tmp_path: Path, document: Any):
    path = tmp_path / "export.json"
    path.write_text(json.dumps(document))
    with pytest.raises(ImportFailed, match="none of the exports that are known"):
        reading_of(path)


def test_an_entry_of_trakt_without_a_film_is_not_called_a_show(tmp_path: Path):
    entries: list[dict[str, Any]] = [
        {"rated_at": "2020-01-01", "movie": {"title": "Alien", "ids": {"trakt": 1}}, "rating": 8},
        {"rated_at": "2020-01-01", "movie": None, "rating": None},
        {"rated_at": "2020-01-01", "type": "movie", "rating": 8},
        {"rated_at": "2020-01-01", "season": {"number": 1}, "rating": 8},
    ]
    path = tmp_path / "ratings-movies.json"
    path.write_text(json.dumps(entries))
    refused = [row.note for row in reading_of(path).rows if row.outcome == Outcome.REFUSED]
    assert refused == ["neither title nor id", "neither title nor id", "season is not a film"]


def test_a_number_in_place_of_a_list_is_reported(tmp_path: Path):
    document = json.loads(exports.MARQUEE) | {"lists": 3, "import_rows": "none"}
    path = tmp_path / "export.json"
    path.write_text(json.dumps(document))
    rows = reading_of(path).rows
    assert [row.note for row in rows].count("this is no entry") == 2


def test_xml_in_an_unknown_encoding_is_called_damaged(tmp_path: Path):
    path = tmp_path / "library.xml"
    path.write_text('<?xml version="1.0" encoding="klingon"?><MediaContainer/>')
    with pytest.raises(ImportFailed, match="is damaged: it is not complete XML"):
        reading_of(path)


MOVIELENS_COLUMNS = ["movie_id", "imdb_id", "tmdb_id", "rating", "average_rating", "title"]


@pytest.mark.parametrize(
    "columns", [["movie_id", "rating", "title", "imdb_id"], [*MOVIELENS_COLUMNS, "comment"]]
)
def test_a_private_table_with_numbers_of_films_is_not_taken_for_movielens(
    tmp_path: Path, columns: list[str]
):
    path = tmp_path / "films.csv"
    path.write_text(exports.table(columns, ["1214", *["4"] * (len(columns) - 1)]))
    reading = reading_of(path)
    assert reading.source == "table"
    assert reading.questions["columns"]["title"] == "title"


@pytest.mark.parametrize(
    ("title", "confidence"),
    [
        ("Alien (1979)", Confidence.EXACT),
        ("Alien", Confidence.EXACT),
        ("Das unheimliche Wesen (1979)", Confidence.EXACT),
        ("Das unheimliche Wesen (1980)", Confidence.EXACT),
        ("Alien (2001)", Confidence.EXACT),
        ("", Confidence.EXACT),
        ("Our Holidays (2001)", Confidence.LIKELY),
        ("Our Holidays", Confidence.LIKELY),
    ],
)
def test_a_film_of_an_id_is_only_probable_if_title_and_year_are_others(
    tmp_path: Path, title: str, confidence: Confidence
):
    path = tmp_path / "films.csv"
    path.write_text(exports.table(MOVIELENS_COLUMNS, [1214, "", "", 4.5, 4.0, title]))
    (row,) = reading_of(path).rows
    film = Movie.objects.get(movielens_id=1214)
    assert (row.movie_id, row.confidence) == (film.pk, confidence)
    is_other = confidence == Confidence.LIKELY
    assert row.note == ("the id belongs to a film with another title" if is_other else "")


def test_a_title_in_another_language_without_a_year_does_not_contradict_an_imdb_id(tmp_path: Path):
    path = tmp_path / "films.csv"
    title = "Das unheimliche Wesen"
    path.write_text(exports.table(MOVIELENS_COLUMNS, ["", "0078748", "", 4.5, 4.0, title]))
    assert [row.confidence for row in reading_of(path).rows] == [Confidence.EXACT]


def test_every_importer_has_an_export_here_and_names_itself():
    assert {export.source for export in EXPORTS.values()} == {one.name for one in IMPORTERS}
    assert len({one.name for one in IMPORTERS}) == len(IMPORTERS)
    for importer in IMPORTERS:
        assert importer.label
        assert re.search(r"\w{4}", str(importer.help))


def test_an_xml_file_with_entities_of_its_own_is_refused(tmp_path: Path):
    path = tmp_path / "library.xml"
    bomb = '<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]><MediaContainer>&b;'
    path.write_text(bomb)
    with pytest.raises(ImportFailed, match="declares a document type"):
        reading_of(path)


def test_rounding_is_told(tmp_path: Path):
    rows = found(reading_of(EXPORTS["tmdb"].write(tmp_path)), Kind.RATING)
    assert rows["Paprika (2006)"].note == "7.5 was rounded to 4 stars"


def test_an_impossible_date_is_told_and_the_rating_kept(tmp_path: Path):
    row = found(reading_of(EXPORTS["trakt-json"].write(tmp_path)), Kind.RATING)["Paprika (2006)"]
    assert row.happened_at is None
    assert "2019-02-30" in row.note


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("likes/films.csv", exports.PLAIN + "2020-01-03,Alien,1979,https://b\n"),
        (
            "lists/favorites.json",
            json.dumps([{"rank": 1, "listed_at": "2020-01-01T00:00:00Z", "movie": exports.ALIEN}]),
        ),
        (
            "favorites.csv",
            exports.table(
                ["TMDb ID", "IMDb ID", "Type", "Name", "Release Date", "Date Added"],
                [348, "tt0078748", "movie", "Alien", "1979-05-25", "2020-01-01"],
            ),
        ),
        (
            "items.json",
            json.dumps(
                {
                    "Items": [
                        {
                            "Name": "Alien",
                            "ProductionYear": 1979,
                            "Type": "Movie",
                            "UserData": {"Played": False, "IsFavorite": True},
                        }
                    ]
                }
            ),
        ),
    ],
    ids=["letterboxd", "trakt", "tmdb", "jellyfin"],
)
def test_likes_and_favourites_count_as_seen(tmp_path: Path, name: str, content: str):
    path = exports.write_zip(tmp_path / "export.zip", {name: content})
    seen = found(reading_of(path), Kind.SEEN)
    assert set(seen) == {"Alien (1979)"}
    assert all(LIKE in row.note for row in seen.values())


def test_a_film_that_was_played_is_no_like_although_it_is_a_favourite(tmp_path: Path):
    seen = found(reading_of(EXPORTS["jellyfin"].write(tmp_path)), Kind.SEEN)
    assert seen["Alien (1979)"].note == ""


@pytest.mark.parametrize("name", TABLES)
def test_a_nul_byte_spoils_its_own_row_only(tmp_path: Path, name: str):
    path = EXPORTS[name].write(tmp_path)
    lines = path.read_bytes().splitlines(keepends=True)
    position = len(lines[1]) // 2
    lines[1] = lines[1][:position] + b"\0" + lines[1][position:]
    before = reading_of(path)
    path.write_bytes(b"".join(lines))
    reading = reading_of(path)
    assert len(reading.rows) == len(before.rows)
    (damaged,) = (row for row in reading.rows if "NUL" in row.note)
    assert (damaged.line_number, damaged.outcome) == (2, Outcome.REFUSED)


@pytest.mark.parametrize(
    ("other", "day"), [("25/12/2020", "04-03"), ("12/25/2020", "03-04"), ("", "")]
)
def test_a_known_table_that_was_saved_again_shows_the_order_of_its_dates(
    tmp_path: Path, other: str, day: str
):
    path = tmp_path / "ratings.csv"
    path.write_text(f"{exports.RATINGS}03/04/2020,Alien,1979,u,4\n{other},Paprika,2006,u,3\n")
    row = found(reading_of(path), Kind.RATING)["Alien (1979)"]
    assert (f"{row.happened_at:%m-%d}" if row.happened_at else "") == day
    assert row.note == ("" if day else "the date '03/04/2020' could mean several days")


def test_a_list_of_letterboxd_by_itself_is_named(tmp_path: Path):
    path = tmp_path / "best.csv"
    path.write_text(
        "Letterboxd list export v7\nDate,Name,Tags,URL,Description\n2020-01-01,Best,,u,\n\n"
        "Position,Name,Year,URL,Description\n1,Paprika,2006,u,\n2,Heat,1995,u,\n"
    )
    reading = reading_of(path)
    assert reading.source == "letterboxd"
    assert [row.note for row in reading.rows] == [
        "a list of your own with 2 films that is not imported"
    ]


def test_messages_count_in_the_singular_and_say_nothing_of_python(tmp_path: Path):
    text = "Letterboxd list export v7\n\nPosition,Name\n1,Paprika\n"
    files = {"ratings.csv": exports.LETTERBOXD["ratings.csv"], "lists/best.csv": text}
    path = exports.write_zip(tmp_path / "a.zip", files | {"profile.csv": "a,b\n1,2\n"})
    notes = {row.file: row.note for row in reading_of(path).rows if row.outcome == "left_out"}
    assert notes == {
        "lists/best.csv": "a list of your own with 1 film that is not imported",
        "profile.csv": "a file with 1 entry that is not imported",
    }
    for name, content in (
        ("deep.json", "[" * 100_000),
        ("cut.json", '[{"a": '),
        ("x.xml", "<MediaContainer><Video"),
    ):
        path = tmp_path / name
        path.write_text(content)
        with pytest.raises(ImportFailed) as raised:
            reading_of(path)
        assert re.fullmatch(
            rf"{name} is damaged: it is not complete (JSON|XML)\.", str(raised.value)
        )


def test_rows_of_a_list_at_imdb_are_told(tmp_path: Path):
    path = tmp_path / "my favourites.csv"
    path.write_text(
        exports.table(
            ["Position", "Const", "Created", "Title", "URL", "Title Type", "Your Rating"],
            [1, "tt0078748", "2020-01-01", "Alien", "", "Movie", ""],
            [2, "tt0851578", "2020-01-01", "Paprika", "", "Movie", 8],
        )
    )
    reading = reading_of(path)
    assert set(found(reading, Kind.RATING)) == {"Paprika (2006)"}
    assert [row.note for row in reading.rows if row.outcome == Outcome.REFUSED] == [
        "a list of your own is not imported"
    ]


def trakt_list(*movies: dict[str, Any]) -> str:
    entries = [
        {"rank": n, "listed_at": "2020-01-01T00:00:00Z", "type": "movie", "movie": movie}
        for n, movie in enumerate(movies, start=1)
    ]
    return json.dumps(entries)


class TestOwnLists:
    @pytest.mark.parametrize(
        "name",
        [
            *("lists-list-12-watchlist", "lists-list-12-favorites", "lists-list-3-my-favourites"),
            *("list-watchlist for ada", "watchlist-of-horror", "my favorites", "films"),
        ],
    )
    def test_a_list_of_trakt_is_not_taken_for_another_by_part_of_its_name(
        self, tmp_path: Path, name: str
    ):
        files = {f"{name}.json": trakt_list(exports.ALIEN), **exports.TRAKT}
        reading = reading_of(exports.write_zip(tmp_path / "trakt.zip", files))
        check_files = [row for row in reading.rows if row.file == f"{name}.json"]
        assert [(row.outcome, row.kind) for row in check_files] == [(Outcome.LEFT_OUT, "")]
        assert check_files[0].note.startswith("a list of your own with 1 film")

    @pytest.mark.parametrize(
        ("name", "kind"),
        [
            *(("lists-watchlist", Kind.WATCH_LATER), ("watchlist (1)", Kind.WATCH_LATER)),
            *(("WATCHLIST", Kind.WATCH_LATER), ("lists-favorites", Kind.SEEN)),
            *(("trakt-watchlist-2024-05-06", Kind.WATCH_LATER), ("favourites", Kind.SEEN)),
        ],
    )
    def test_lists_of_trakt_itself_are_known_by_their_names(
        self, tmp_path: Path, name: str, kind: Kind
    ):
        path = tmp_path / f"{name}.json"
        path.write_text(trakt_list(exports.ALIEN))
        assert set(found(reading_of(path), kind)) == {"Alien (1979)"}

    IMDB = exports.table(
        ["Position", "Const", "Created", "Title", "URL", "Title Type", "Year"],
        [1, "tt0078748", "2020-01-01", "Alien", "", "Movie", 1979],
        [2, "tt1", "2020-01-01", "Paprika", "", "TV Series", 2006],
    )
    TMDB = exports.table(
        ["TMDb ID", "IMDb ID", "Type", "Name", "Release Date", "Date Added"],
        [348, "tt0078748", "movie", "Alien", "1979-05-25", "2020-01-01"],
        [1, "", "tv", "Paprika", "2006-01-01", "2020-01-01"],
    )
    LETTERBOXD = exports.PLAIN + "2020-01-01,Alien,1979,https://boxd.it/a1\n"
    TABLES = pytest.mark.parametrize(
        "content", [IMDB, TMDB, LETTERBOXD], ids=["imdb", "tmdb", "letterboxd"]
    )

    @TABLES
    @pytest.mark.parametrize("name", ["9d2a-1f1c", "my films", "watchlist of horror"])
    def test_the_person_says_what_a_list_of_another_name_is(
        self, tmp_path: Path, content: str, name: str
    ):
        path = tmp_path / f"{name}.csv"
        path.write_text(content)
        reading = reading_of(path)
        assert reading.source == "table"
        answers = {"columns": reading.questions["columns"], "kind": "watch_later"}
        reading = read(path, path.name, answers, silent)
        assert set(found(reading, Kind.WATCH_LATER)) == {"Alien (1979)"}

    @TABLES
    @pytest.mark.parametrize(
        "name", ["watchlist", "WATCHLIST (2)", "watchlist-ada-2024-05-06-10-22-utc"]
    )
    def test_a_watchlist_is_known_by_its_name(self, tmp_path: Path, content: str, name: str):
        path = tmp_path / f"{name}.csv"
        path.write_text(content)
        assert set(found(reading_of(path), Kind.WATCH_LATER)) == {"Alien (1979)"}


@pytest.mark.parametrize("ids", [{}, None])
def test_trakts_ratings_are_known_although_the_first_has_no_ids(tmp_path: Path, ids: Any):
    entries = json.loads(exports.TRAKT_RATINGS)
    for entry in entries[:3]:
        entry["movie"]["ids"] = ids
    for n_entries in (1, len(entries)):
        path = tmp_path / "ratings-movies.json"
        path.write_text(json.dumps(entries[:n_entries]))
        reading = reading_of(path)
        assert reading.source == "trakt"
        assert found(reading, Kind.RATING)["Alien (1979)"].half_stars == 7


class TestNoRating:
    """Programs write 0 for none: the film stays seen, or the row is refused in words."""

    @pytest.mark.parametrize("nothing", ["0", "0.0", ""])
    @pytest.mark.parametrize(
        ("name", "old"),
        [("plex", 'userRating="9.0"'), ("simkl-csv", "10:00:00,8,"), ("jellyfin", "")],
    )
    def test_a_film_stays_seen(self, tmp_path: Path, name: str, old: str, nothing: str):
        export = EXPORTS[name]
        (content,) = export.files.values()
        rating = old.replace("9.0", nothing).replace(",8,", f",{nothing},")
        if name == "jellyfin":
            document = json.loads(content)
            document["Items"][0]["UserData"]["Rating"] = float(nothing or 0)
            content = json.dumps(document)
        assert old in content
        path = export.write(tmp_path)
        path.write_text(content.replace(old, rating) if old else content)
        assert "Alien (1979)" in found(reading_of(path), Kind.SEEN)

    @pytest.mark.parametrize("nothing", [0, 0.0, None])
    def test_simkls_backup_keeps_it_seen(self, tmp_path: Path, nothing: Any):
        document = json.loads(exports.SIMKL_JSON)
        document["movies"][0]["user_rating"] = nothing
        path = tmp_path / "backup.json"
        path.write_text(json.dumps(document))
        assert "Alien (1979)" in found(reading_of(path), Kind.SEEN)

    def test_an_entry_of_the_diary_with_0_is_seen(self, tmp_path: Path):
        path = tmp_path / "diary.csv"
        path.write_text(f"{exports.DIARY}2020-01-02,Alien,1979,https://b/1,0,,,2020-01-01\n")
        assert "Alien (1979)" in found(reading_of(path), Kind.SEEN)

    @pytest.mark.parametrize("name", ["letterboxd-csv", "imdb-new", "tmdb", "movielens-org"])
    def test_a_table_of_ratings_says_that_there_is_none(self, tmp_path: Path, name: str):
        export = EXPORTS[name]
        rows = list(csv.DictReader(io.StringIO(next(iter(export.files.values())))))
        column = next(one for one in ("Your Rating", "Rating", "rating") if one in rows[0])
        rows[0][column] = "0"
        path = export.write(tmp_path)
        path.write_text(exports.table(list(rows[0]), *(list(row.values()) for row in rows)))
        first = next(row for row in reading_of(path).rows if row.line_number == 2)
        assert first.outcome == Outcome.REFUSED
        assert first.note.endswith("no rating")


@pytest.mark.parametrize("name", ["letterboxd-csv", "imdb-new", "simkl-csv", "tmdb"])
def test_of_two_columns_of_ratings_the_person_says_which_one_it_is(tmp_path: Path, name: str):
    export = EXPORTS[name]
    head, *rows = csv.reader(io.StringIO(next(iter(export.files.values()))))
    column = "Your Rating" if "Your Rating" in head else "Rating"
    path = export.write(tmp_path)
    path.write_text(exports.table([*head, column], *([*row, "1"] for row in rows)))
    reading = reading_of(path)
    assert reading.source == ("imdb" if name == "imdb-new" else "table")
    labels = [label for label in reading.questions["available"] if label.startswith(column)]
    assert labels == [f"{column} (column {n})" for n in (head.index(column) + 1, len(head) + 1)]


def test_a_damaged_byte_of_a_backup_spoils_its_own_entry_only(tmp_path: Path):
    document = json.loads(exports.SIMKL_JSON)
    del document["anime"]
    document["movies"][0]["movie"]["title"] = "Amélie"
    document["movies"][1]["movie"]["title"] = "Léon"
    content = json.dumps(document, ensure_ascii=False).encode()
    path = tmp_path / "backup.json"
    path.write_bytes(content.replace("Léon".encode(), b"L\xe9on"))
    rows = reading_of(path).rows
    assert [row.title for row in rows if row.outcome == Outcome.NONE] == ["Amélie", "WALL·E"]
    assert "no character" in next(row.note for row in rows if row.line_number == 2)


def test_a_bundle_finds_films_by_their_numbers_in_movielens(tmp_path: Path):
    document = json.loads(exports.MARQUEE)
    film = {"title": "Das unheimliche Wesen", "year": 1979, "imdb_id": "", "movielens_id": 1214}
    document["ratings"] = [document["ratings"][0] | film]
    path = tmp_path / "export.json"
    path.write_text(json.dumps(document))
    assert "Alien (1979)" in found(reading_of(path), Kind.RATING)


class TestZips:
    def test_a_zip_is_opened_once_however_many_files_are_in_it(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ):
        files = {f"lists/{n}.csv": "Position,Name\n1,Paprika\n" for n in range(50)}
        path = exports.write_zip(tmp_path / "export.zip", exports.LETTERBOXD | files)
        opened: list[Any] = []

        class Counted(zipfile.ZipFile):
            def __init__(self, *arguments: Any) -> None:
                opened.append(arguments)
                super().__init__(*arguments)

        monkeypatch.setattr(zipfile, "ZipFile", Counted)
        assert reading_of(path).source == "letterboxd"
        assert len(opened) == 1

    def test_a_zip_of_more_files_than_an_export_has_is_refused(self, tmp_path: Path):
        files = {"ratings.csv": exports.RATINGS + "2021-03-04,Alien,1979,https://boxd.it/a1,4.5\n"}
        files |= {f"lists/{n}.csv": "Position,Name\n1,Paprika\n" for n in range(2_000)}
        path = exports.write_zip(tmp_path / "export.zip", files)
        with pytest.raises(ImportFailed, match=r"export\.zip has more than 2,000 files\."):
            reading_of(path)


class TestDamage:
    @pytest.mark.parametrize("n_bytes", [30, 100, 400])
    def test_a_zip_that_breaks_off_is_called_damaged(self, tmp_path: Path, n_bytes: int):
        path = exports.write_zip(tmp_path / "letterboxd.zip", exports.LETTERBOXD)
        path.write_bytes(path.read_bytes()[:n_bytes])
        with pytest.raises(ImportFailed, match=r"letterboxd.zip is damaged: .* not complete"):
            reading_of(path)

    @pytest.mark.parametrize(
        ("files", "broken"),
        [
            ({"watched.csv": exports.PLAIN + "2020-01-03,Alien,1979,https://b\n"}, "ratings.csv"),
            (exports.TRAKT, "ratings/ratings-movies.json"),
        ],
        ids=["csv", "json"],
    )
    def test_a_broken_file_of_a_zip_is_named_and_the_others_are_read(
        self, tmp_path: Path, files: dict[str, str], broken: str
    ):
        content = '[{"rated_at": ' if broken.endswith("json") else 'Date,Name\n"' + "x" * 200_000
        path = exports.write_zip(tmp_path / "export.zip", files | {broken: content})
        reading = reading_of(path)
        assert found(reading, Kind.SEEN)
        assert not found(reading, Kind.RATING)
        (note,) = (row.note for row in reading.rows if row.file == broken)
        assert broken in note

    def test_a_file_of_another_site_is_named_with_its_site(self, tmp_path: Path):
        files = {
            "letterboxd/ratings.csv": (
                "Date,Name,Year,Letterboxd URI,Rating\n2020-01-01,Alien,1979,https://boxd.it/a,4\n"
            ),
            "imdb/ratings.csv": (EXPORTS["imdb-new"].write(tmp_path)).read_text(),
        }
        reading = reading_of(exports.write_zip(tmp_path / "both.zip", files))
        assert reading.source == "letterboxd"
        (left_out,) = (row for row in reading.rows if row.outcome == Outcome.LEFT_OUT)
        assert left_out.file == "imdb/ratings.csv"
        assert left_out.note.endswith("; a file of IMDb, which can be brought by itself")

    def test_an_empty_table_says_so(self, tmp_path: Path):
        for columns in (exports.RATINGS, "Titel;Jahr;Note\n"):
            path = tmp_path / "ratings.csv"
            path.write_text(columns)
            with pytest.raises(ImportFailed, match=r"ratings.csv has column names but no rows\."):
                reading_of(path)


LETTERBOXD_ROW = "2020-05-02,Heat,1995,https://boxd.it/2aaa,{}\n"
IMDB_ROW = "tt0113277,{},2024-01-01,Heat,https://www.imdb.com/title/tt0113277/,Movie,1995\n"
IMDB_HEADER = "Const,Your Rating,Date Rated,Title,URL,Title Type,Year\n"
SHIFTED = {
    "letterboxd": (exports.RATINGS, LETTERBOXD_ROW),
    "imdb": (IMDB_HEADER, IMDB_ROW),
    "tmdb": (
        "TMDb ID,IMDb ID,Type,Name,Release Date,Season Number,Rating,Your Rating,Date Rated\n",
        "949,tt0113277,movie,Heat,1995-12-15,,8.0,{},2023-01-01\n",
    ),
    "movielens": (
        "movie_id,imdb_id,tmdb_id,rating,average_rating,title\n",
        "6,0113277,949,{},3.8,Heat (1995)\n",
    ),
}


@pytest.mark.parametrize("source", SHIFTED)
def test_a_decimal_comma_that_is_not_quoted_refuses_its_row(tmp_path: Path, source: str):
    header, row = SHIFTED[source]
    path = tmp_path / "ratings.csv"
    path.write_text(f"{header}{row.format(4)}{row.format('4,5')}")
    reading = reading_of(path)
    assert reading.source == source
    whole, refused = reading.rows
    assert whole.half_stars
    assert (refused.outcome, refused.line_number, refused.half_stars) == (Outcome.REFUSED, 3, None)
    assert refused.note == "the line has more values than there are columns"


def test_a_last_line_that_breaks_off_in_the_rating_is_refused(tmp_path: Path):
    path = tmp_path / "ratings.csv"
    path.write_text(f"{IMDB_HEADER}{IMDB_ROW.format(9)}tt0078748,1")
    whole, refused = reading_of(path).rows
    assert whole.half_stars == 9
    assert (refused.outcome, refused.line_number) == (Outcome.REFUSED, 3)
    assert refused.note == "the file breaks off in this line"


MARKED = [
    *("TV Series", "Serie de TV", "Miniserie de TV", "TV Mini-Series", "TV series 2015-2017"),
    *(
        "Season 1",
        "Staffel 2",
        "Video Game",
        "VG",
        "TV Episode",
        "Miniserie",
        "mini",
        "1978 series",
    ),
]


@pytest.mark.parametrize("mark", MARKED)
@pytest.mark.parametrize("year", ["", " (1979)"])
def test_a_title_that_is_marked_as_a_series_is_not_a_film(tmp_path: Path, mark: str, year: str):
    path = tmp_path / "films.csv"
    path.write_text(f"title,year,rating\nAlien ({mark}){year},1979,3\nAlien,1979,4.5\n")
    columns = {name: name for name in ("title", "year", "rating")}
    film, refused = read(path, path.name, {"columns": columns, "scale": "5"}, silent).rows
    assert (film.half_stars, film.confidence, film.outcome) == (9, Confidence.EXACT, "")
    assert (refused.outcome, refused.note) == (Outcome.REFUSED, f"{mark} is not a film")


@pytest.mark.parametrize("mark", ["TV", "C", "TV Movie", "Kurzfilm"])
def test_a_title_that_is_marked_as_a_tv_film_or_a_short_is_confirmed(tmp_path: Path, mark: str):
    path = tmp_path / "ratings.csv"
    path.write_text(f"{exports.RATINGS}2020-01-01,Alien ({mark}),1979,,4.5\n")
    (row,) = reading_of(path).rows
    assert row.movie_id is not None
    assert (row.confidence, row.note) == (
        Confidence.LIKELY,
        "the title is marked as a TV film or a short film",
    )


@pytest.mark.parametrize("other", ["A Song Is Born", "Open Season", "The Book of Life"])
def test_another_title_in_parentheses_is_no_mark_of_a_series(tmp_path: Path, other: str):
    path = tmp_path / "ratings.csv"
    path.write_text(f"{exports.RATINGS}2020-01-01,Alien ({other}),1979,,4.5\n")
    (row,) = reading_of(path).rows
    assert (row.confidence, row.half_stars, row.outcome) == (Confidence.LIKELY, 9, "")


def test_seasons_without_brackets_are_refused_like_those_in_brackets(tmp_path: Path):
    path = tmp_path / "history.csv"
    path.write_text('Title,Date\n"Alien: Season 1: Pilot","1/20/20"\nAlien,"1/20/20"\n')
    columns = {"title": "Title", "date": "Date"}
    film, refused = read(path, path.name, {"columns": columns, "kind": "seen"}, silent).rows
    assert film.movie_id is not None
    assert (refused.outcome, refused.line_number) == (Outcome.REFUSED, 2)
    assert (refused.title, refused.note) == (
        "Alien: Season 1: Pilot",
        "Season 1 is not a film",
    )


@pytest.mark.parametrize("title", ["Making Of (Alien)", "Amelia (Alien)", "Tribute (to) (Alien)"])
def test_a_title_in_brackets_is_asked_and_gives_way_to_a_main_title(tmp_path: Path, title: str):
    head = ["Date", "Name", "Year", "Letterboxd URI", "Rating"]
    cut = ["2020-01-01", "Alien (Director's Cut)", 1979, "https://a", 4]
    other = ["2021-01-01", title, 1979, "https://b", 1.5]
    path = tmp_path / "ratings.csv"
    path.write_text(exports.table(head, other))
    (row,) = reading_of(path).rows
    assert (row.confidence, row.note) == ("likely", IN_BRACKETS)
    assert row.movie_id is not None
    path.write_text(exports.table(head, cut, other))
    rows = {row.title: row for row in reading_of(path).rows}
    assert rows["Alien (Director's Cut)"].confidence == "exact"
    assert rows["Alien (Director's Cut)"].outcome == ""
    assert rows[title].confidence == "likely" or rows[title].outcome == "repeated"


@pytest.mark.parametrize("separator", ["/", "\\"])
def test_deleted_entries_are_not_read_and_likes_are(tmp_path: Path, separator: str):
    like = f"{exports.PLAIN}2021-01-01,Alien,1979,https://boxd.it/a1\n"
    diary = f"{exports.DIARY}2021-01-01,Paprika,2006,https://boxd.it/b1,4,,,2021-01-01\n"
    files = {f"likes{separator}films.csv": like, f"deleted{separator}diary.csv": diary}
    reading = reading_of(_named_by_hand(tmp_path / "both.zip", files))
    assert [(row.title, row.kind) for row in reading.rows if row.kind] == [("Alien", Kind.SEEN)]
    del files[f"likes{separator}films.csv"]
    reading = reading_of(_named_by_hand(tmp_path / "deleted.zip", files))
    assert not reading.questions
    (row,) = reading.rows
    assert (row.file, row.outcome) == ("deleted/diary.csv", Outcome.LEFT_OUT)


GOOD = "The Good, the Bad and the Ugly"
EXCEL = {
    "only lines with quotes": (
        exports.RATINGS + "2020-05-01,Alien,1979,https://boxd.it/a1,4.5\n"
        f'"2020-05-02,""{GOOD}"",1966,https://boxd.it/2aab,5"\n'
    ),
    "all lines": (
        f'"{exports.RATINGS.strip()}"\n"2020-05-01,Alien,1979,https://boxd.it/a1,4.5"\n'
        f'"2020-05-02,""{GOOD}"",1966,https://boxd.it/2aab,5"\n'
    ),
    "all lines but the header": (
        f'{exports.RATINGS}"2020-05-01,Alien,1979,https://boxd.it/a1,4.5"\n'
        f'"2020-05-02,""{GOOD}"",1966,https://boxd.it/2aab,5"\n'
    ),
}


@pytest.mark.parametrize("form", EXCEL)
def test_lines_that_excel_quoted_as_one_value_are_read(tmp_path: Path, form: str):
    path = tmp_path / "ratings.csv"
    for line_end in ("\n", "\r\n"):
        path.write_bytes(EXCEL[form].replace("\n", line_end).encode())
        reading = reading_of(path)
        assert reading.source == "letterboxd"
        stars = [(row.title, row.year, row.half_stars) for row in reading.rows]
        assert stars == [("Alien", 1979, 9), (GOOD, 1966, 10)]


def test_quoted_titles_with_commas_are_no_lines_of_a_table(tmp_path: Path):
    path = tmp_path / "films.csv"
    path.write_text(f'"{GOOD} (1966)"\n"Alien (1979)"\n"Heat (1995)"\n')
    assert reading_of(path).questions["samples"][0] == [f"{GOOD} (1966)"]
    path.write_text(f'Title,Year\n"{GOOD}",1966\n"Heat"\n')
    assert reading_of(path).questions["samples"] == [[GOOD, "1966"], ["Heat", ""]]


def _named_by_hand(path: Path, files: dict[str, str]) -> Path:
    """Write a zip whose names keep their backslashes, as some programs of Windows do."""
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in files.items():
            info = zipfile.ZipInfo("x")
            info.filename = name
            archive.writestr(info, content)
    return path
