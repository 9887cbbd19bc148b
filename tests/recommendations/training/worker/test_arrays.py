from datetime import UTC, datetime
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from ml.progress import Progress, ignore_progress
from movies.models import Rating
from recommendations.training.worker import arrays
from tests import cast

pytestmark = pytest.mark.django_db


def test_films_are_written_with_their_genres_by_name_and_unknown_years_as_nan(tmp_path: Path):
    heat = cast.movie("Heat", 1995, "Thriller", "Crime", description="A heist.")
    tape = cast.movie("Tape", None)
    cast.rated(cast.member(), (heat, 4))
    arrays.write_inputs(tmp_path, ignore_progress)
    rows = pq.read_table(tmp_path / "movies.parquet").to_pylist()
    assert len(rows[0].pop("source_hash")) == 32
    assert rows[0] == {
        "movieid": heat.pk,
        "title": "Heat",
        "year": 1995.0,
        "genres": ["Crime", "Thriller"],
        "description": "A heist.",
    }
    assert rows[1]["movieid"] == tape.pk
    assert rows[1]["genres"] == []
    assert rows[1]["year"] != rows[1]["year"]


def test_ratings_are_written_in_order_in_half_stars_and_whole_seconds(tmp_path: Path):
    heat, alien = cast.movie("Heat"), cast.movie("Alien")
    bob, ada = cast.member("bob"), cast.member("ada")
    for user, movie, half_stars in ((ada, heat, 1), (bob, alien, 10), (bob, heat, 7)):
        Rating.objects.create(
            user=user,
            movie=movie,
            half_stars=half_stars,
            rated_at=datetime(2020, 1, 1, 0, 0, 0, 999_999, UTC),
        )
    arrays.write_inputs(tmp_path, ignore_progress)
    table = pq.read_table(tmp_path / "ratings.parquet")
    assert table.schema.equals(arrays.RATINGS_SCHEMA)
    assert table.to_pydict() == {
        "userid": [bob.pk, bob.pk, ada.pk],
        "movieid": [heat.pk, alien.pk, heat.pk],
        "half_stars": [7, 10, 1],
        "timestamp": [1577836800] * 3,
    }


def test_nothing_to_learn_from_is_said_in_words(tmp_path: Path):
    cast.movie()
    with pytest.raises(arrays.NoRatingsError, match="import some first"):
        arrays.write_inputs(tmp_path, ignore_progress)
    assert not arrays.has_inputs(tmp_path)


def test_an_interrupted_writing_leaves_no_file_that_passes_for_whole(tmp_path: Path):
    cast.rated(cast.member(), (cast.movie(), 4))

    def interrupt(_: Progress) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        arrays.write_inputs(tmp_path, interrupt)
    assert not arrays.has_inputs(tmp_path)


@pytest.mark.django_db(transaction=True)
def test_the_files_come_from_one_snapshot_in_small_blocks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(arrays, "MOVIES_PER_BLOCK", 2)
    monkeypatch.setattr(arrays, "CSV_BLOCK_BYTES", 64)
    films = [cast.movie(f"Film {number}") for number in range(5)]
    for name in ("ada", "bob"):
        cast.rated(cast.member(name), *((film, 3.5) for film in films))
    seen: list[Progress] = []
    arrays.write_inputs(tmp_path, seen.append)
    assert pq.read_table(tmp_path / "movies.parquet").num_rows == 5
    assert pq.read_table(tmp_path / "ratings.parquet").num_rows == 10
    assert len(seen) > 1
    assert seen[-1] == Progress(10, 10, "ratings", "reading ratings")
