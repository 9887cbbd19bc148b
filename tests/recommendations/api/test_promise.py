"""The promise, through HTTP: a reason's contribution is the score minus that without the rating."""

import json
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from recommendations.training.models import ModelRun
from tests.recommendations.toy import ToyWorld

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("servers")]

HALVES = st.integers(1, 10).map(lambda half_stars: half_stars / 2)


def scores(client: Client, ratings: dict[int, float]) -> dict[int, dict[str, Any]]:
    rows = [{"movie_id": movie_id, "stars": stars} for movie_id, stars in ratings.items()]
    body = json.dumps({"ratings": rows, "k": 100, "novelty": 0})
    answer = client.post("/api/v1/recommendations/", body, content_type="application/json")
    assert answer.status_code == 200
    return {row["movie"]["id"]: row for row in answer.json()["results"]}


def test_contributions_are_differences(client: Client, world: ToyWorld, active: ModelRun):
    films = [film.pk for films in world.films.values() for film in films][:12]

    @given(st.dictionaries(st.sampled_from(films), HALVES, min_size=1, max_size=6))
    @settings(
        max_examples=15,
        deadline=None,
        database=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )
    def holds(ratings: dict[int, float]) -> None:
        cache.clear()
        for movie_id, row in list(scores(client, ratings).items())[:5]:
            for reason in row["reasons"]:
                rest = {key: stars for key, stars in ratings.items() if key != reason["movie_id"]}
                without = scores(client, rest).get(movie_id)
                if without is not None:
                    difference = row["score"] - without["score"]
                    assert reason["contribution"] == pytest.approx(difference, abs=1e-5)

    holds()
