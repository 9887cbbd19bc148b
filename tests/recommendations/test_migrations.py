"""A database of an earlier version migrates, and serves the same model."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth.models import Permission
from django.contrib.contenttypes.models import ContentType
from django.core.management import call_command
from django.db import DEFAULT_DB_ALIAS, connection, connections
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone

from accounts.models import User
from ml.serving.artifact import save_artifact
from movies.models import ListEntry, Rating
from movies.visitors import Member
from recommendations.experiments.models import ImpressionList, Reaction
from recommendations.models import Activation, ModelVersion, TrafficSplit
from recommendations.selectors.recommendations import for_visitor
from recommendations.selectors.versions import active_activation
from recommendations.training.models import ModelRun, RunEvent, StageRun
from recommendations.webhooks.models import Webhook, WebhookDelivery
from tests.recommendations.services.test_new_films import FIRST_ID, N_EACH, trained_model

BEFORE_THE_SPLIT = [
    ("accounts", "0003_idempotent_answer_as_text"),
    ("movies", "0005_import_requests"),
    ("recommendations", "0005_online"),
    ("contenttypes", "0002_remove_content_type_name"),
]


@pytest.fixture
def empty_database(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """Another database on the same server, in the place of the tests' own."""
    with django_db_blocker.unblock():
        own = connections[DEFAULT_DB_ALIAS]
        name = f"{own.settings_dict['NAME']}_earlier"
        with own._nodb_cursor() as cursor:
            cursor.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
            cursor.execute(f'CREATE DATABASE "{name}"')
        other = connections.create_connection(DEFAULT_DB_ALIAS)
        other.settings_dict = own.settings_dict | {"NAME": name}
        connections[DEFAULT_DB_ALIAS] = other
        try:
            yield
        finally:
            other.close()
            connections[DEFAULT_DB_ALIAS] = own
            with own._nodb_cursor() as cursor:
                cursor.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def fill(apps: Any) -> None:
    """Insert what a site has before the split: people, films, two runs, webhooks, impressions."""
    model = trained_model()
    tensors = {"movie_ids": model.movie_ids, **model.ensemble.to_tensors()}
    folder = Path(settings.MEDIA_ROOT) / "models" / "7"
    manifest = save_artifact(folder, tensors, model.manifest)
    user = apps.get_model("accounts", "User").objects.create(username="ada", is_staff=True)
    movies = [
        apps.get_model("movies", "Movie").objects.create(
            pk=FIRST_ID + number, title=f"Film {number}", year=2000
        )
        for number in range(2 * N_EACH)
    ]
    for movie in movies[:3]:
        apps.get_model("movies", "Rating").objects.create(
            user=user, movie=movie, half_stars=9, rated_at=timezone.now()
        )
    apps.get_model("movies", "ListEntry").objects.create(
        user=user, movie=movies[-1], kind="watch_later"
    )
    fill_recommendations(lambda name: apps.get_model("recommendations", name), manifest, user)
    content_type = apps.get_model("contenttypes", "ContentType").objects.create(
        app_label="recommendations", model="modelrun"
    )
    may_view = apps.get_model("auth", "Permission").objects.create(
        content_type_id=content_type.pk, codename="view_modelrun", name="Can view model run"
    )
    user.user_permissions.add(may_view)


def fill_recommendations(of: Any, manifest: Any, user: Any) -> None:
    values = {"ndcg@10": 0.3}
    text = of("EmbeddingModel").objects.create(name="minilm", n_dimensions=3)
    good, failed = (
        of("ModelRun").objects.create(pk=pk, status=status, started_by=user, **fields)
        for pk, status, fields in (
            (
                7,
                "succeeded",
                {
                    "artifact": "models/7",
                    "artifact_hash": manifest.tensors_hash,
                    "metrics": {"served": values, "popularity": {"ndcg@10": 0.1}},
                    "embedding_model": text,
                },
            ),
            (8, "failed", {}),
        )
    )
    of("StageRun").objects.create(run=good, name="train", position=2, status="succeeded")
    of("RunEvent").objects.create(run=good, kind="started", actor=user)
    of("Activation").objects.create(run=good, activated_by=user, reason="By hand.")
    of("TrafficSplit").objects.create(
        version_a=good, version_b=failed, ended_at=timezone.now(), winner=good
    )
    shown = of("ImpressionList").objects.create(
        run=good, surface="home", user=user, movie_ids=[FIRST_ID], shown_at=timezone.now()
    )
    of("Reaction").objects.create(shown=shown, position=1, kind="click", reacted_at=timezone.now())
    hook = of("Webhook").objects.create(url="https://hooks.example/", events=["run.finished"])
    of("WebhookDelivery").objects.create(webhook=hook, event="run.finished", body="{}")


@pytest.mark.usefixtures("empty_database")
def test_an_earlier_database_keeps_everything_and_still_recommends():
    executor = MigrationExecutor(connection)
    executor.migrate(BEFORE_THE_SPLIT)
    fill(executor.loader.project_state(BEFORE_THE_SPLIT).apps)

    call_command("migrate", verbosity=0)

    ada = User.objects.get()
    assert (Rating.objects.count(), ListEntry.objects.count()) == (3, 1)
    good, failed = ModelRun.objects.order_by("pk")
    assert (good.artifact, good.status, good.started_by) == ("models/7", "succeeded", ada)
    assert (failed.version, failed.artifact) == (None, "")
    assert good.version.metrics == {"ndcg@10": 0.3}
    assert good.version.trained_by == good
    assert (StageRun.objects.get().run, RunEvent.objects.get().run) == (good, good)
    assert active_activation() == Activation.objects.get()
    assert Activation.objects.get().version == good.version
    split = TrafficSplit.objects.get()
    assert (split.version_a, split.winner) == (good.version, good.version)
    assert split.version_b == ModelVersion.objects.get(pk=failed.pk)
    assert ImpressionList.objects.get().version == good.version
    assert Reaction.objects.get().shown.user == ada
    assert WebhookDelivery.objects.get().webhook == Webhook.objects.get()

    assert ada.has_perm("training.view_modelrun")
    assert Permission.objects.filter(codename="view_modelrun").count() == 1
    assert not ContentType.objects.filter(app_label="recommendations", model="modelrun").exists()

    ten = for_visitor(Member(ada))
    assert (ten.model_version, ten.is_personal, len(ten.items)) == (7, True, 10)
