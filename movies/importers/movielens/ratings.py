"""The ratings of an edition: streamed by COPY into a temporary table, merged from there."""

from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Final

import numpy as np
from django.contrib.auth.hashers import make_password
from django.db.backends.utils import CursorWrapper

from common.copy import copy_in
from movies.importers.errors import Problems
from movies.importers.files import Line
from movies.importers.movielens.editions import Edition, RatingRow
from movies.importers.progress import Progress

COPY_ROWS: Final = 20_000
_MASK: Final = 2**64 - 1
_SEEDS: Final = (0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F)
DIGEST_START: Final = "rows:"
"""How a digest of ratings begins. Older versions stored that of the bytes of their file."""
MERGE_LINES: Final = 1_000_000
"""PostgreSQL remembers each row of a statement to check its foreign keys: some MB per million."""

# Dropped before, too: two imports may share a transaction, as in tests.
_CREATE = """
DROP TABLE IF EXISTS pg_temp.staged_ratings;
CREATE TEMPORARY TABLE staged_ratings (
    line_number bigint, user_number bigint, movie_id bigint, half_stars smallint, timestamp bigint
) ON COMMIT DROP
"""

_COPY = "COPY staged_ratings (line_number, user_number, movie_id, half_stars, timestamp) FROM STDIN"

_DROP_DUPLICATES = """
WITH numbered AS (
    SELECT line_number, first_value(line_number) OVER same AS kept_line
    FROM staged_ratings
    WINDOW same AS (
        PARTITION BY user_number, movie_id ORDER BY timestamp DESC, line_number DESC
    )
), dropped AS (
    DELETE FROM staged_ratings USING numbered
    WHERE staged_ratings.line_number = numbered.line_number
      AND numbered.line_number <> numbered.kept_line
    RETURNING staged_ratings.*, kept_line
)
SELECT line_number, kept_line, user_number, title, half_stars
FROM dropped JOIN movies_movie ON movies_movie.id = movie_id
ORDER BY line_number
"""

_ADD_RATERS = """
INSERT INTO accounts_user (
    username, password, email, first_name, last_name,
    is_active, is_staff, is_superuser, date_joined, source, source_id
)
SELECT %(source)s || ':' || user_number, %(password)s, '', '', '',
       false, false, false, to_timestamp(min(timestamp)), %(source)s, user_number
FROM staged_ratings GROUP BY user_number
ON CONFLICT DO NOTHING
"""

_MERGE = """
WITH merged AS (
    INSERT INTO movies_rating (user_id, movie_id, half_stars, rated_at)
    SELECT rater.id, movie_id, half_stars, to_timestamp(timestamp)
    FROM staged_ratings
    JOIN accounts_user AS rater ON rater.source = %(source)s AND rater.source_id = user_number
    WHERE line_number > %(after)s AND line_number <= %(after)s + %(n_lines)s
    ON CONFLICT (user_id, movie_id) DO UPDATE
        SET half_stars = EXCLUDED.half_stars, rated_at = EXCLUDED.rated_at
        WHERE (movies_rating.half_stars, movies_rating.rated_at)
            <> (EXCLUDED.half_stars, EXCLUDED.rated_at)
    RETURNING xmax = 0 AS is_new
)
SELECT count(*) FILTER (WHERE is_new), count(*) FILTER (WHERE NOT is_new) FROM merged
"""


_LOCK_FILMS = """
SELECT FROM movies_movie WHERE id IN (SELECT movie_id FROM staged_ratings)
ORDER BY id FOR NO KEY UPDATE
"""

_COUNT = """
UPDATE movies_movie AS movie SET n_ratings = total.n, half_stars_sum = total.half_stars
FROM (SELECT movie_id, count(*) AS n, sum(half_stars) AS half_stars
      FROM movies_rating WHERE movie_id IN (SELECT movie_id FROM staged_ratings)
      GROUP BY movie_id) AS total
WHERE movie.id = total.movie_id
  AND (movie.n_ratings, movie.half_stars_sum) <> (total.n, total.half_stars)
"""


def stage_ratings(
    cursor: CursorWrapper,
    edition: Edition,
    movie_ids: Mapping[int, int],
    problems: Problems,
    max_users: int | None,
    progress: Progress,
) -> tuple[int, str]:
    """Stream the ratings into the temporary table; gives their number and the digest of all.

    The digest covers the ratings of all users, also of those that ``max_users`` leaves out.
    """
    cursor.execute("SET LOCAL work_mem = '128MB'")
    cursor.execute(_CREATE)
    file = edition.ratings_file
    digest = RatingsDigest(movie_ids, has_own_numbers=not edition.NUMBERS_ARE_SHARED)
    rows = digest.counted(edition.ratings(movie_ids, problems))
    if max_users is not None:
        rows = _of_first_users(rows, max_users)
    n_staged = 0

    def blocks() -> Iterator[str]:
        nonlocal n_staged
        remaining = iter(rows)
        while lines := list(islice(remaining, COPY_ROWS)):
            yield "".join(
                f"{line.number}\t{row[0]}\t{row[1]}\t{row[2]}\t{row[3]}\n" for line, row in lines
            )
            n_staged += len(lines)
            progress(file.name, lines[-1][0].end, file.n_bytes)

    copy_in(cursor, _COPY, blocks())
    progress(file.name, file.n_bytes, file.n_bytes)
    cursor.execute("CREATE INDEX ON staged_ratings USING brin (line_number)")
    cursor.execute("ANALYZE staged_ratings")
    return n_staged, digest.text


class RatingsDigest:
    """What identifies a data set: its ratings, in any order and in any form of the file.

    Equal numbers of films that an edition has for itself are those of other films.
    """

    def __init__(self, movie_ids: Mapping[int, int], *, has_own_numbers: bool = False) -> None:
        self._seeds = [seed ^ has_own_numbers for seed in _SEEDS]
        self._numbers: dict[int, int] = {}
        for number, movie_id in movie_ids.items():
            self._numbers[movie_id] = min(number, self._numbers.get(movie_id, number))
        self._n_rows = 0
        self._sums = [0, 0]

    @property
    def text(self) -> str:
        """The number of ratings and two sums of their hashes."""
        return f"{DIGEST_START}{self._n_rows}:{self._sums[0]:016x}{self._sums[1]:016x}"

    def counted(self, rows: Iterator[tuple[Line, RatingRow]]) -> Iterator[tuple[Line, RatingRow]]:
        """Yield the rows, and add them to the digest block by block."""
        while block := list(islice(rows, COPY_ROWS)):
            numbers = self._numbers
            values = [(r[0], numbers[r[1]], r[2], r[3]) for _line, r in block]
            columns = np.array(values, dtype=np.uint64).T
            self._n_rows += len(block)
            for position, seed in enumerate(self._seeds):
                hashes = np.full(len(block), seed, dtype=np.uint64)
                for column in columns:
                    hashes = _mixed(hashes ^ column)
                self._sums[position] = (self._sums[position] + int(hashes.sum())) & _MASK
            yield from block


def _mixed(values: np.ndarray) -> np.ndarray:
    """Return 64-bit hashes of numbers: the finalizer of SplitMix64."""
    values = values + np.uint64(_SEEDS[0])
    values = (values ^ (values >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    values = (values ^ (values >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    mixed: np.ndarray = values ^ (values >> np.uint64(31))
    return mixed


def drop_duplicates(cursor: CursorWrapper, file_name: str, problems: Problems) -> int:
    """Keep the latest of several ratings of one film by one user; return how many are dropped."""
    cursor.execute(_DROP_DUPLICATES)
    n_dropped = 0
    while rows := cursor.fetchmany(COPY_ROWS):
        for line_number, kept_line, user_number, title, half_stars in rows:
            reason = f"user {user_number} rates this film again on line {kept_line}"
            problems.add(file_name, line_number, reason, f"{title}: {half_stars / 2} stars")
        n_dropped += len(rows)
    return n_dropped


def add_raters(cursor: CursorWrapper, source: str) -> int:
    """Add the users who rate as people who cannot log in; gives how many are new."""
    unusable = make_password(None)
    cursor.execute(_ADD_RATERS, {"source": source, "password": unusable})
    n_added = int(cursor.rowcount)
    # Or the planner takes the new raters for none, and the merge reads all ratings for each.
    cursor.execute("ANALYZE accounts_user")
    return n_added


def merge_ratings(cursor: CursorWrapper, source: str, progress: Progress) -> tuple[int, int]:
    """Add the new ratings and change those that differ; gives how many of each.

    Members can rate meanwhile, even the same films: only the count at the end makes them wait.
    """
    # Checked after each statement, not all of them at the very end.
    cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    cursor.execute("SET LOCAL movies.rating_totals = 'later'")
    cursor.execute("SELECT max(line_number) FROM staged_ratings")
    last_line = cursor.fetchone()[0]
    n_added = n_changed = 0
    for after in range(0, last_line, MERGE_LINES):
        cursor.execute(_MERGE, {"source": source, "after": after, "n_lines": MERGE_LINES})
        added, changed = cursor.fetchone()
        n_added, n_changed = n_added + added, n_changed + changed
        progress("merging", min(after + MERGE_LINES, last_line), last_line)
    cursor.execute("SET LOCAL movies.rating_totals = 'now'")
    # Locked by a statement of its own: the next one sees what was committed until then.
    cursor.execute(_LOCK_FILMS)
    cursor.execute(_COUNT)
    return n_added, n_changed


def _of_first_users(
    rows: Iterator[tuple[Line, RatingRow]], max_users: int
) -> Iterator[tuple[Line, RatingRow]]:
    users: set[int] = set()
    for line, row in rows:
        if row.user_number not in users:
            if len(users) == max_users:
                continue
            users.add(row.user_number)
        yield line, row
