"""An operation that is to go says so in its answers and in the schema."""

from datetime import UTC, datetime
from typing import Any

import pytest
from django.test import Client
from drf_spectacular.generators import SchemaGenerator

from common.api.deprecation import Deprecation
from movies.api.views import GenreListApi, MovieListApi
from tests import cast

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("full_allowance")]
OLD = Deprecation(
    datetime(2027, 1, 1, tzinfo=UTC), datetime(2027, 7, 1, tzinfo=UTC), "/api/v2/movies/"
)


def schema() -> dict[str, Any]:
    document: dict[str, Any] = SchemaGenerator().get_schema(request=None, public=True)
    return document


def test_every_answer_names_both_dates_and_what_replaces_it(client: Client, monkeypatch):
    monkeypatch.setattr(MovieListApi, "deprecation", OLD, raising=False)
    cast.movie("Heat")
    cast.movie("Alien")
    found = client.get("/api/v1/movies/?page_size=1")
    refused = client.get("/api/v1/movies/?surprise=1")
    unchanged = client.get("/api/v1/movies/", headers={"If-None-Match": "*"})
    assert (found.status_code, refused.status_code, unchanged.status_code) == (200, 400, 304)
    for response in (found, refused, unchanged):
        assert response["Deprecation"] == "@1798761600"
        assert response["Sunset"] == "Thu, 01 Jul 2027 00:00:00 GMT"
        assert '</api/v2/movies/>; rel="successor-version"' in response["Link"]
    assert 'rel="next"' in found["Link"], "the link to the next page stays"
    assert "Deprecation" not in client.get("/api/v1/genres/")


def test_the_schema_marks_it(monkeypatch):
    assert not any(
        "deprecated" in one for path in schema()["paths"].values() for one in path.values()
    )
    monkeypatch.setattr(GenreListApi, "deprecation", OLD, raising=False)
    operation = schema()["paths"]["/api/v1/genres/"]["get"]
    assert operation["deprecated"] is True
    assert {"Deprecation", "Sunset"} <= set(operation["responses"]["200"]["headers"])
