"""Rows of bulk requests: each is checked and answered by itself."""

from collections.abc import Iterable, Sequence
from typing import Any

from rest_framework import serializers, status
from rest_framework.exceptions import ErrorDetail

from movies.api.serializers import MovieIdSerializer


class BulkRow:
    """One entry of a bulk request.

    Attributes
    ----------
    movie_id
        The film's id, also of a row that is refused for another reason; None without a valid id.
    values
        What the serializer has read; empty if the row is refused.

    """

    def __init__(
        self, index: int, data: Any, serializer: type[serializers.Serializer[Any]]
    ) -> None:
        checked = serializer(data=data)
        self.index = index
        self.is_valid = checked.is_valid()
        self.detail = "" if self.is_valid else _first_message(checked.errors)
        self.values: dict[str, Any] = checked.validated_data if self.is_valid else {}
        self.movie_id = _movie_id(data)

    def refuse(self, detail: str) -> None:
        """Keep the row out, and say why."""
        self.is_valid, self.detail = False, detail

    def result(self, code: int, detail: str = "") -> dict[str, Any]:
        """Return the answer to this row: 400 if it is refused, else the given status."""
        return {
            "index": self.index,
            "movie_id": self.movie_id,
            "status": code if self.is_valid else status.HTTP_400_BAD_REQUEST,
            "detail": detail if self.is_valid else self.detail,
        }


def bulk_rows(
    entries: Iterable[Any], serializer: type[serializers.Serializer[Any]], twice: str
) -> list[BulkRow]:
    """Check each entry; refuse all rows that name the same film, with the message ``twice``."""
    rows = [BulkRow(index, data, serializer) for index, data in enumerate(entries)]
    by_movie: dict[int | None, list[BulkRow]] = {}
    for row in rows:
        if row.is_valid:
            by_movie.setdefault(row.movie_id, []).append(row)
    for same in by_movie.values():
        for row in same if len(same) > 1 else ():
            row.refuse(twice)
    return rows


def bulk_ids(ids: Iterable[Any], twice: str) -> list[BulkRow]:
    """Check the ids of films as :func:`bulk_rows` does."""
    return bulk_rows(({"movie_id": one} for one in ids), MovieIdSerializer, twice)


def valid_ids(rows: Sequence[BulkRow]) -> set[int]:
    """Return the films of the rows that are not refused."""
    return {row.movie_id for row in rows if row.is_valid and row.movie_id is not None}


def _movie_id(data: Any) -> int | None:
    sent = data.get("movie_id") if isinstance(data, dict) else None
    checked = MovieIdSerializer(data={"movie_id": sent})
    return int(checked.validated_data["movie_id"]) if checked.is_valid() else None


def _first_message(errors: Any) -> str:
    """Return the first of DRF's nested messages, with its field."""
    if isinstance(errors, ErrorDetail):
        return str(errors)
    if isinstance(errors, dict):
        name, value = next(iter(errors.items()))
        return (
            _first_message(value)
            if name == "non_field_errors"
            else f"{name}: {_first_message(value)}"
        )
    return _first_message(errors[0])
