"""What is no longer kept is deleted at night, and nothing else is."""

from datetime import timedelta
from pathlib import Path

import pytest
from allauth.idp.oidc.models import Token as OAuthToken
from django.contrib.sessions.models import Session
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.management import call_command
from django.utils import timezone

from accounts.models import IdempotentAnswer
from recommendations.models import Activation, EmbeddingModel, ModelVersion, MovieEmbedding
from recommendations.training.models import ModelRun, StageRun
from recommendations.webhooks.models import Webhook, WebhookDelivery
from recsite.operations.models import RetentionRun
from recsite.operations.retention import RULES, models_kept, retention_apply
from tests import cast

pytestmark = pytest.mark.django_db

LONG_AGO = timezone.now() - timedelta(days=400)


def run_with_model(**fields):
    run = ModelRun.objects.create(status=ModelRun.Status.SUCCEEDED)
    artifact = f"models/{run.pk}"
    run.version = ModelVersion.objects.create(pk=run.pk, artifact=artifact, **fields)
    run.save()
    default_storage.save(f"{artifact}/model.safetensors", ContentFile(b"tensors"))
    return run


def due():
    return {rule.name: rule.count() for rule in RULES}


def test_models_stay_that_serve_or_could_again_and_others_go(settings):
    settings.KEEP_MODELS = 1
    base, active, forgotten, newest = (run_with_model() for _ in range(4))
    ModelRun.objects.filter(pk=active.pk).update(base_run=base)
    Activation.objects.create(version=active.version)
    assert models_kept() == {base.pk, active.pk, newest.pk}
    assert due()["models"] == 1
    assert retention_apply().removed["models"] == 1
    assert not default_storage.exists(f"models/{forgotten.pk}/model.safetensors")
    assert default_storage.exists(f"models/{base.pk}/model.safetensors")
    forgotten.refresh_from_db()
    assert not forgotten.can_activate
    assert due()["models"] == 0


def test_folders_of_earlier_runs_go(settings):
    settings.KEEP_WORKSPACES = 1
    old, new = run_with_model(), run_with_model()
    for run in (old, new):
        folder = Path(settings.WORKSPACE_DIR) / str(run.pk)
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "ratings.parquet").write_bytes(b"ratings")
    retention_apply()
    assert not (Path(settings.WORKSPACE_DIR) / str(old.pk)).exists()
    assert (Path(settings.WORKSPACE_DIR) / str(new.pk)).exists()


def test_vectors_of_a_text_model_that_no_kept_run_uses_go():
    old, current = (
        EmbeddingModel.objects.create(name=name, n_dimensions=2) for name in ("old", "current")
    )
    EmbeddingModel.objects.update(created_at=LONG_AGO)
    movie = cast.movie()
    for model in (old, current):
        MovieEmbedding.objects.create(embedding_model=model, movie=movie, vector=[1, 0])
    run_with_model(embedding_model=current)
    retention_apply()
    assert [model.name for model in EmbeddingModel.objects.all()] == ["current"]
    assert MovieEmbedding.objects.get().embedding_model == current


def test_rows_go_when_their_time_is_over():
    now = timezone.now()
    for key, expires in (("old", LONG_AGO), ("new", now + timedelta(days=1))):
        Session.objects.create(session_key=key, session_data="", expire_date=expires)
    ada = cast.member()
    for key in ("old", "new"):
        IdempotentAnswer.objects.create(user=ada, key=key, request_digest="x")
    IdempotentAnswer.objects.filter(key="old").update(created_at=LONG_AGO)
    for name, ends in (("old", LONG_AGO), ("new", now + timedelta(hours=1)), ("refresh", None)):
        OAuthToken.objects.create(type="at", hash=name, user=ada, expires_at=ends)
    webhook = Webhook.objects.create(url="https://example.org/", events=[])
    for finished_at in (LONG_AGO, now, None):
        WebhookDelivery.objects.create(
            webhook=webhook, event="run.finished", body="{}", finished_at=finished_at
        )
    stage = StageRun.objects.create(
        run=ModelRun.objects.create(), name="train", position=1, log="long", finished_at=LONG_AGO
    )
    removed = retention_apply().removed
    names = ("sessions", "access tokens", "idempotency", "deliveries", "logs")
    assert {name: removed[name] for name in names} == {
        "sessions": 1,
        "access tokens": 1,
        "idempotency": 1,
        "deliveries": 1,
        "logs": 1,
    }
    assert Session.objects.get().session_key == "new"
    assert {token.hash for token in OAuthToken.objects.all()} == {"new", "refresh"}
    assert IdempotentAnswer.objects.get().key == "new"
    assert WebhookDelivery.objects.count() == 2
    stage.refresh_from_db()
    assert stage.log == ""


def test_a_rule_that_fails_is_told_and_stops_no_other(monkeypatch):
    def fail():
        raise OSError("no such disk: password=hunter2")

    monkeypatch.setattr("recsite.operations.retention.shutil.rmtree", lambda *_a, **_k: fail())
    monkeypatch.setattr("recsite.operations.retention._old_workspaces", lambda: [Path("x")])
    Session.objects.create(session_key="old", session_data="", expire_date=LONG_AGO)
    run = retention_apply()
    assert "workspaces: OSError" in run.error
    assert "hunter2" not in run.error
    assert run.removed["sessions"] == 1


def test_the_command_counts_before_it_deletes(capsys):
    Session.objects.create(session_key="old", session_data="", expire_date=LONG_AGO)
    call_command("prune", "--dry-run")
    assert "sessions: 1" in capsys.readouterr().out
    call_command("prune")
    assert not Session.objects.exists()
    assert RetentionRun.objects.count() == 1
