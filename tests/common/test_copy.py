import pytest
from django.db import connection

from common.copy import Block, BlockReader, copy_in, copy_out

pytestmark = pytest.mark.django_db

CREATE = "CREATE TEMP TABLE numbers (number bigint, name text) ON COMMIT DROP"


def test_rows_go_in_and_come_out():
    with connection.cursor() as cursor:
        cursor.execute(CREATE)
        blocks: list[Block] = ["1,Amélie\n2,", b"Alien\n", memoryview(b"3,Ran\n")]
        copy_in(cursor, "COPY numbers FROM STDIN WITH (FORMAT csv)", blocks)
        cursor.execute("SELECT sum(number) FROM numbers")
        assert cursor.fetchone() == (6,)
        out = copy_out(
            cursor, "COPY (SELECT * FROM numbers ORDER BY 1) TO STDOUT WITH (FORMAT csv)"
        )
        assert b"".join(out).decode() == "1,Amélie\n2,Alien\n3,Ran\n"


def test_an_error_of_the_source_stores_nothing():
    def broken():
        yield "1,Alien\n"
        raise ValueError("the file ends here")

    with connection.cursor() as cursor:
        cursor.execute(CREATE)
        cursor.execute("SAVEPOINT before")
        with pytest.raises(Exception, match="the file ends here"):
            copy_in(cursor, "COPY numbers FROM STDIN WITH (FORMAT csv)", broken())
        cursor.execute("ROLLBACK TO SAVEPOINT before")
        cursor.execute("SELECT count(*) FROM numbers")
        assert cursor.fetchone() == (0,)


@pytest.mark.parametrize("size", [1, 3, 100])
def test_blocks_are_read_in_any_size(size: int):
    reader = BlockReader([b"ab", b"", "cde"])
    parts = iter(lambda: reader.read(size), b"")
    assert b"".join(parts) == b"abcde"
