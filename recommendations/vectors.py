"""Where pgvector's vectors become float32 arrays, and arrays become rows for COPY. NumPy only.

Both ways use PostgreSQL's binary form (``vector_send``: dimension and reserve as int16, then
float32, all big-endian), which costs a byte swap where the text form would print and parse every
number.
"""

import hashlib
from collections.abc import Iterable, Iterator

import numpy as np
from django.db.models import BinaryField, F, Func
from numpy.typing import NDArray

HEADER_BYTES = 4
HASH_BYTES = 16
COPY_HEADER = b"PGCOPY\n\xff\r\n\x00" + bytes(8)
COPY_TRAILER = b"\xff\xff"


class VectorBytes(Func):
    """A vector column in binary form, for :func:`to_array`."""

    function = "vector_send"
    output_field = BinaryField()

    def __init__(self, column: str = "vector") -> None:
        super().__init__(F(column))


def to_array(rows: Iterable[bytes | memoryview]) -> NDArray[np.float32]:
    """Vectors in binary form as [N, D] float32; [0, 0] when there are none.

    Raises
    ------
    ValueError
        The vectors differ in length.

    """
    vectors = [np.frombuffer(row, dtype=">f4", offset=HEADER_BYTES) for row in rows]
    if not vectors:
        return np.empty((0, 0), dtype=np.float32)
    return np.stack(vectors).astype(np.float32)


def content_hash(vector: NDArray[np.float32]) -> bytes:
    """Of one vector [D]: equal for equal vectors, whoever stores them."""
    content = np.ascontiguousarray(vector, dtype=">f4").tobytes()
    return hashlib.blake2b(content, digest_size=HASH_BYTES).digest()


def to_copy_rows(
    blocks: Iterable[tuple[NDArray[np.int64], NDArray[np.float32]]],
) -> Iterator[bytes]:
    """COPY BINARY rows ``(id bigint, vector vector, content_hash bytea)`` of blocks of vectors.

    Vectors with a NaN are unknown (a user who liked nothing) and left out.
    """
    yield COPY_HEADER
    for ids, vectors in blocks:
        known = ~np.isnan(vectors).any(axis=1)
        yield _block(ids[known], vectors[known])
    yield COPY_TRAILER


def _block(ids: NDArray[np.int64], vectors: NDArray[np.float32]) -> bytes:
    n_rows, n_dimensions = vectors.shape
    rows = np.zeros(
        n_rows,
        dtype=[
            ("n_fields", ">i2"),
            ("id_bytes", ">i4"),
            ("id", ">i8"),
            ("vector_bytes", ">i4"),
            ("n_dimensions", ">i2"),
            ("reserve", ">i2"),
            ("vector", ">f4", (n_dimensions,)),
            ("hash_bytes", ">i4"),
            ("hash", f"V{HASH_BYTES}"),
        ],
    )
    rows["n_fields"] = 3
    rows["id_bytes"], rows["id"] = 8, ids
    rows["vector_bytes"] = HEADER_BYTES + 4 * n_dimensions
    rows["n_dimensions"], rows["vector"] = n_dimensions, vectors
    rows["hash_bytes"] = HASH_BYTES
    rows["hash"] = [np.void(content_hash(vector)) for vector in rows["vector"]]
    return rows.tobytes()
