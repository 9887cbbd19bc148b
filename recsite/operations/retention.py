"""What is kept for how long: one rule for each kind of row, file or folder.

A rule counts what is due and deletes it. The nightly task applies all of them; the staff page shows
what each would delete now.
"""

import logging
import shutil
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from allauth.idp.oidc.models import Token as OAuthToken
from django.conf import settings
from django.contrib.sessions.models import Session
from django.core.files.storage import default_storage
from django.db import connection, transaction
from django.db.backends.postgresql.psycopg_any import sql
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from accounts.models import IdempotentAnswer
from common.locks import try_transaction_lock
from common.redaction import redact
from recommendations.models import Activation, EmbeddingModel, ModelVersion
from recommendations.training.models import ModelRun, StageRun
from recommendations.webhooks.models import WebhookDelivery
from recsite.operations.models import AuditEntry, RetentionRun

logger = logging.getLogger(__name__)

STORAGE_LOCK = "storage"
"""A backup holds it while it copies files; nothing is deleted from the storage meanwhile."""
N_RUNS_LISTED = 60
"""Nights of which the record is kept."""
UNUSED_EMBEDDINGS_DAYS = 7


@dataclass(frozen=True)
class Rule:
    """How one kind of thing is thinned out."""

    name: str
    label: str | Promise
    explanation: str | Promise
    count: Callable[[], int]
    """How many are due now; nothing is deleted."""
    prune: Callable[[], int]
    """Delete what is due, and return how many."""


def retention_apply() -> RetentionRun:
    """Apply every rule and record what was deleted. A rule that fails does not stop the others."""
    run = RetentionRun.objects.create()
    errors = []
    for rule in RULES:
        try:
            run.removed[rule.name] = rule.prune()
        except Exception as error:
            logger.exception("Retention: the rule %s failed.", rule.name)
            errors.append(f"{rule.name}: {type(error).__name__}: {error}")
            logger.debug("%s", traceback.format_exc())
    run.error = redact("\n".join(errors))
    run.finished_at = timezone.now()
    run.save()
    kept = RetentionRun.objects.values_list("pk", flat=True)[:N_RUNS_LISTED]
    RetentionRun.objects.exclude(pk__in=list(kept)).delete()
    return run


def models_kept() -> set[int]:
    """Return the ids of the versions whose models stay; a version has the id of its run.

    These are the active one and those that a roll-back leads to, the last ``KEEP_MODELS``, those
    that unfinished runs go on from, and the models that any of these were updated from.
    """
    stack = Activation.objects.filter(withdrawn_at=None).values_list("version", flat=True)
    recent = ModelVersion.objects.exclude(artifact="").values_list("pk", flat=True)
    unfinished = Q(status__in=[ModelRun.Status.QUEUED, ModelRun.Status.RUNNING])
    open_runs = ModelRun.objects.filter(unfinished).values_list("pk", flat=True)
    kept = {*stack, *recent[: settings.KEEP_MODELS], *open_runs}
    base_of = dict(ModelRun.objects.exclude(base_run=None).values_list("pk", "base_run"))
    todo = list(kept)
    while todo:
        base = base_of.get(todo.pop())
        if base is not None and base not in kept:
            kept.add(base)
            todo.append(base)
    return kept


def _old_models() -> QuerySet[ModelVersion]:
    return ModelVersion.objects.exclude(artifact="").exclude(pk__in=models_kept())


@transaction.atomic
def _prune_models() -> int:
    """Delete them, unless a backup is reading the storage."""
    if not try_transaction_lock(STORAGE_LOCK):
        return 0
    n_deleted = 0
    for version in _old_models():
        storage_delete(version.artifact)
        ModelVersion.objects.filter(pk=version.pk).update(artifact="", artifact_hash="")
        ModelRun.objects.filter(version=version).update(version=None)  # it cannot be activated
        n_deleted += 1
    return n_deleted


def storage_delete(folder: str) -> None:
    """Delete every file of a folder of the storage, whatever kind of storage it is."""
    try:
        folders, files = default_storage.listdir(folder)
    except FileNotFoundError:
        return
    for name in files:
        default_storage.delete(f"{folder}/{name}")
    for name in folders:
        storage_delete(f"{folder}/{name}")
    default_storage.delete(folder)  # an empty folder of a disk; object stores have none


def _old_workspaces() -> list[Path]:
    root = Path(settings.WORKSPACE_DIR)
    if not root.is_dir():
        return []
    recent = set(ModelRun.objects.values_list("pk", flat=True)[: settings.KEEP_WORKSPACES])
    unfinished = ModelRun.objects.exclude(status=ModelRun.Status.SUCCEEDED)
    unfinished = unfinished.exclude(status=ModelRun.Status.CANCELLED)
    bases = set(unfinished.values_list("base_run", flat=True))
    open_runs = ModelRun.objects.filter(
        status__in=[ModelRun.Status.QUEUED, ModelRun.Status.RUNNING]
    )
    active = Activation.objects.filter(withdrawn_at=None).values_list("version", flat=True)[:1]
    kept = recent | bases | {*active, *open_runs.values_list("pk", flat=True)}
    folders = (path for path in root.iterdir() if path.name.isdecimal() and path.is_dir())
    return [path for path in folders if int(path.name) not in kept]


def _prune_workspaces() -> int:
    folders = _old_workspaces()
    for folder in folders:
        shutil.rmtree(folder, ignore_errors=True)
    return len(folders)


def _old_sessions() -> QuerySet[Any]:
    return Session.objects.filter(expire_date__lt=timezone.now())


def _old_deliveries() -> QuerySet[WebhookDelivery]:
    limit = timezone.now() - timedelta(days=settings.KEEP_DELIVERIES_DAYS)
    is_over = Q(finished_at__lt=limit)
    is_stuck = Q(finished_at=None, created_at__lt=limit, webhook__is_active=False)
    return WebhookDelivery.objects.filter(is_over | is_stuck)


def _old_answers() -> QuerySet[IdempotentAnswer]:
    limit = timezone.now() - timedelta(hours=24)
    return IdempotentAnswer.objects.filter(created_at__lt=limit)


def _old_logs() -> QuerySet[StageRun]:
    limit = timezone.now() - timedelta(days=settings.KEEP_LOGS_DAYS)
    return StageRun.objects.filter(finished_at__lt=limit).exclude(log="")


def _old_audit() -> QuerySet[AuditEntry]:
    limit = timezone.now() - timedelta(days=settings.KEEP_AUDIT_DAYS)
    return AuditEntry.objects.filter(at__lt=limit)


def _old_text_models() -> QuerySet[EmbeddingModel]:
    """Return text models that no kept run uses, some days after the last one that did."""
    limit = timezone.now() - timedelta(days=UNUSED_EMBEDDINGS_DAYS)
    in_use = ModelVersion.objects.filter(
        Q(pk__in=models_kept()) | Q(created_at__gte=limit), embedding_model__isnull=False
    ).values("embedding_model")
    return EmbeddingModel.objects.filter(
        kind=EmbeddingModel.Kind.TEXT, created_at__lt=limit
    ).exclude(pk__in=in_use)


def _prune_text_models() -> int:
    """Delete them with their vectors and the indexes that were made for them alone."""
    models = list(_old_text_models())
    for model in models:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT indexname FROM pg_indexes WHERE schemaname = current_schema()"
                " AND indexdef LIKE %s",
                [f"%WHERE (embedding_model_id = {model.pk})%"],
            )
            for (name,) in cursor.fetchall():
                cursor.execute(sql.SQL("DROP INDEX {}").format(sql.Identifier(name)))
        model.delete()
    return len(models)


def _delete(rows: Callable[[], QuerySet[Any]]) -> Callable[[], int]:
    def delete() -> int:
        n_rows = rows().count()
        rows().delete()
        return n_rows

    return delete


RULES: tuple[Rule, ...] = (
    Rule(
        "models",
        _("Models of earlier runs"),
        _("Kept: the active one, those before it, the latest, and what they were made from."),
        lambda: _old_models().count(),
        _prune_models,
    ),
    Rule(
        "workspaces",
        _("Folders of earlier runs"),
        _("Kept: the latest and those that an unfinished run reads."),
        lambda: len(_old_workspaces()),
        _prune_workspaces,
    ),
    Rule(
        "text models",
        _("Embeddings of earlier text models"),
        _("Deleted a week after the last run that used them."),
        lambda: _old_text_models().count(),
        _prune_text_models,
    ),
    Rule(
        "sessions",
        _("Sessions that have expired"),
        _("Deleted at once."),
        lambda: _old_sessions().count(),
        _delete(_old_sessions),
    ),
    Rule(
        "access tokens",
        _("Access tokens of OAuth that have expired"),
        _("Deleted at once."),
        lambda: OAuthToken.objects.expired().count(),
        _delete(OAuthToken.objects.expired),
    ),
    Rule(
        "deliveries",
        _("Webhook deliveries"),
        format_lazy(_("Kept for {n} days."), n=settings.KEEP_DELIVERIES_DAYS),
        lambda: _old_deliveries().count(),
        _delete(_old_deliveries),
    ),
    Rule(
        "idempotency",
        _("Answers kept for repeated requests"),
        _("Kept for 24 hours."),
        lambda: _old_answers().count(),
        _delete(_old_answers),
    ),
    Rule(
        "logs",
        _("Logs of stages"),
        format_lazy(_("Emptied after {n} days; the numbers stay."), n=settings.KEEP_LOGS_DAYS),
        lambda: _old_logs().count(),
        lambda: _old_logs().update(log=""),
    ),
    Rule(
        "audit",
        _("Audit log"),
        format_lazy(_("Kept for {n} days."), n=settings.KEEP_AUDIT_DAYS),
        lambda: _old_audit().count(),
        _delete(_old_audit),
    ),
)
