import numpy as np
import pytest
from django.db import connection

from recommendations.vectors import to_array, to_copy_rows

pytestmark = pytest.mark.django_db


def copied(ids: list[int], vectors: np.ndarray) -> list[tuple[int, bytes, bytes]]:
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMP TABLE probe (id bigint, vector vector, content_hash bytea)")
        with cursor.copy("COPY probe FROM STDIN WITH (FORMAT binary)") as copy:
            for rows in to_copy_rows([(np.array(ids, np.int64), vectors)]):
                copy.write(rows)
        cursor.execute("SELECT id, vector_send(vector), content_hash FROM probe ORDER BY id")
        found: list[tuple[int, bytes, bytes]] = cursor.fetchall()
        return found


def test_vectors_come_back_from_the_database_bit_by_bit():
    vectors = np.random.default_rng(0).normal(size=(5, 7)).astype(np.float32)
    rows = copied([5, 4, 3, 2, 1], vectors)
    assert [row[0] for row in rows] == [1, 2, 3, 4, 5]
    np.testing.assert_array_equal(to_array(row[1] for row in rows), vectors[::-1])


def test_an_unknown_vector_is_left_out():
    vectors = np.array([[1, 2], [np.nan, 1]], np.float32)
    assert [row[0] for row in copied([1, 2], vectors)] == [1]


def test_the_content_hash_follows_the_vector_alone():
    vectors = np.array([[1, 2], [1, 2], [1, 3]], np.float32)
    hashes = [bytes(row[2]) for row in copied([1, 2, 3], vectors)]
    assert hashes[0] == hashes[1] != hashes[2]


def test_no_vectors_make_an_empty_array():
    assert to_array([]).shape == (0, 0)


def test_vectors_of_different_lengths_are_refused():
    one, two = np.zeros(1, ">f4").tobytes(), np.zeros(2, ">f4").tobytes()
    with pytest.raises(ValueError, match="same shape"):
        to_array([bytes(4) + one, bytes(4) + two])
