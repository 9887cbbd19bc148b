import json

import pytest
from django.core.serializers.json import DjangoJSONEncoder

from accounts.exports import counts, export
from recommendations.models import EmbeddingModel, GenreAffinity
from tests import cast

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
