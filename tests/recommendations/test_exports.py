import json
from datetime import UTC, datetime

import pytest
from django.core.serializers.json import DjangoJSONEncoder

from accounts.exports import counts, export
from recommendations.experiments.models import ImpressionList
from recommendations.models import EmbeddingModel, GenreAffinity
from tests import cast
from tests.recommendations.toy import finished_version

pytestmark = pytest.mark.django_db


def test_an_export_holds_what_was_concluded_about_this_person_alone():
    ada, bob = cast.member("ada"), cast.member("bob")
    model = EmbeddingModel.objects.create(name="tiny", n_dimensions=2)
    for user, similarity in ((ada, 0.75), (bob, 0.25)):
        GenreAffinity.objects.create(
            embedding_model=model,
            user=user,
            genre=cast.genre("Crime"),
            similarity=similarity,
            median=0.5,
            label=1,
            interacted=True,
        )
    found = json.loads(json.dumps(export(ada), cls=DjangoJSONEncoder))
    assert found["genre_affinities"] == [
        {
            "genre": "Crime",
            "embedding_model": "tiny",
            "similarity": 0.75,
            "median": 0.5,
            "label": 1,
            "interacted": True,
        }
    ]
    assert ("Genre affinities", 1) in counts(ada)


def test_an_export_holds_what_this_person_was_shown_and_what_they_did_about_it():
    ada, bob = cast.member("ada"), cast.member("bob")
    version, when = finished_version(), datetime(2026, 5, 1, tzinfo=UTC)
    for user in (ada, bob):
        shown = ImpressionList.objects.create(
            user=user, version=version, surface="for-you", movie_ids=[7, 8], shown_at=when
        )
        shown.reactions.create(kind="rating", position=2, half_stars=9, reacted_at=when)
    found = json.loads(json.dumps(export(ada), cls=DjangoJSONEncoder))
    assert found["impressions"] == [
        {
            "shown_at": "2026-05-01T00:00:00Z",
            "surface": "for-you",
            "model_version": version.pk,
            "movie_ids": [7, 8],
            "reactions": [
                {
                    "movie_id": 8,
                    "reaction": "rating",
                    "stars": 4.5,
                    "reacted_at": "2026-05-01T00:00:00Z",
                }
            ],
        }
    ]
    assert ("Lists you were shown", 1) in counts(ada)
