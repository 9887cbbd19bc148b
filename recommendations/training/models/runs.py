"""Model runs, their stages, shards and trials, and what happened to them."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from recommendations.models import EmbeddingModel, ModelVersion


class ModelRun(models.Model):
    """One run of the pipeline."""

    class Status(models.TextChoices):
        """How far the run is."""

        QUEUED = "queued", _("Queued")
        RUNNING = "running", _("Running")
        SUCCEEDED = "succeeded", _("Succeeded")
        FAILED = "failed", _("Failed")
        CANCELLED = "cancelled", _("Cancelled")

    class Kind(models.TextChoices):
        """What a run is for; its stages follow from it (``recommendations.training.jobs``)."""

        TRAINING = "training", _("Training")
        UPDATE = "update", _("Incremental fine-tuning")
        SEARCH = "search", _("Hyper-parameter search")

    kind = models.CharField(_("kind"), max_length=10, choices=Kind, default=Kind.TRAINING)
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.QUEUED)
    parameters = models.JSONField(
        _("parameters"), default=dict, help_text=_("The pipeline's configuration, seed included.")
    )
    budget = models.JSONField(
        _("budget"),
        default=dict,
        blank=True,
        help_text=_("What a search may spend: trials and minutes."),
    )
    base_run = models.ForeignKey(
        "self",
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="derived_runs",
        verbose_name=_("based on"),
        help_text=_("Whose stages are reused, whose model is tuned, or whose search was followed."),
    )
    ratings_read_at = models.DateTimeField(
        _("ratings read"), null=True, blank=True, help_text=_("The run knows no later rating.")
    )
    data_hash = models.CharField(_("data hash"), max_length=64, blank=True)
    code_version = models.CharField(_("code version"), max_length=64, blank=True)
    n_users = models.PositiveIntegerField(_("number of users"), null=True, blank=True)
    n_movies = models.PositiveIntegerField(_("number of films"), null=True, blank=True)
    n_ratings = models.PositiveBigIntegerField(_("number of ratings"), null=True, blank=True)
    metrics = models.JSONField(
        _("metrics"),
        default=dict,
        blank=True,
        help_text=_("Of the served model and the baselines, over the whole unseen catalogue."),
    )
    metrics_by_protocol = models.JSONField(
        _("metrics by protocol"),
        default=dict,
        blank=True,
        help_text=_("The same under other protocols: sampled candidates, newcomers."),
    )
    embedding_model = models.ForeignKey(
        EmbeddingModel, models.SET_NULL, null=True, blank=True, related_name="runs"
    )
    version = models.OneToOneField(
        ModelVersion,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="trained_by",
        verbose_name=_("model version"),
        help_text=_("The model that the run made; none before it is stored."),
    )
    note = models.TextField(
        _("note"), blank=True, help_text=_("Why the run waits, or why it was not activated.")
    )
    error = models.TextField(_("error"), blank=True)
    cancel_requested = models.BooleanField(default=False)
    lease_holder = models.CharField(
        max_length=100, blank=True, help_text=_("The worker that holds the run.")
    )
    lease_expires_at = models.DateTimeField(
        null=True,
        blank=True,
        help_text=_("A worker renews it while it works; past it, another may take over."),
    )
    started_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    started_at = models.DateTimeField(_("started"), null=True, blank=True)
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)

    class Meta:
        db_table = "recommendations_modelrun"
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["status"],
                condition=Q(status="running"),
                name="recommendations_modelrun_one_at_a_time",
            )
        ]

    def __str__(self) -> str:
        return f"Run {self.pk}"

    def get_absolute_url(self) -> str:
        """Return the address of the run's page, which is for staff."""
        return reverse("recommendations:run", args=[self.pk])

    @property
    def seed(self) -> int:
        """The seed of every random choice."""
        return int(self.parameters.get("seed", 0))

    @property
    def ndcg(self) -> float | None:
        """NDCG@10 of its model; None before it is measured."""
        value = self.metrics.get("served", {}).get("ndcg@10")
        return float(value) if isinstance(value, int | float) else None

    @property
    def is_over(self) -> bool:
        """Whether nothing more happens to the run by itself."""
        return self.status in {self.Status.SUCCEEDED, self.Status.FAILED, self.Status.CANCELLED}

    @property
    def can_retry(self) -> bool:
        """Whether the run can go on from the stage at which it stopped."""
        return self.status in {self.Status.FAILED, self.Status.CANCELLED}

    @property
    def can_activate(self) -> bool:
        """Whether there is a finished model to serve."""
        return self.status == self.Status.SUCCEEDED and self.version_id is not None

    @property
    def artifact(self) -> str:
        """The folder of the run's model in the storage; empty before it is stored."""
        return self.version.artifact if self.version else ""

    @property
    def artifact_hash(self) -> str:
        """SHA-256 of the model's tensors; empty before the model is stored."""
        return self.version.artifact_hash if self.version else ""


class StageRun(models.Model):
    """One stage of a run: its progress, its log, its result."""

    class Status(models.TextChoices):
        """How far the stage is."""

        WAITING = "waiting", _("Waiting")
        RUNNING = "running", _("Running")
        SUCCEEDED = "succeeded", _("Succeeded")
        FAILED = "failed", _("Failed")
        CANCELLED = "cancelled", _("Cancelled")

    run = models.ForeignKey(ModelRun, models.CASCADE, related_name="stages")
    name = models.CharField(_("stage"), max_length=20)
    position = models.PositiveSmallIntegerField()
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.WAITING)
    n_done = models.PositiveBigIntegerField(default=0)
    n_total = models.PositiveBigIntegerField(default=0)
    unit = models.CharField(max_length=30, blank=True)
    counting_since = models.DateTimeField(
        null=True, blank=True, help_text=_("A stage may count several things, one after another.")
    )
    n_counted_before = models.PositiveBigIntegerField(
        default=0, help_text=_("What was done already when the count began, as by a cache.")
    )
    message = models.CharField(_("message"), max_length=200, blank=True)
    curve = models.JSONField(
        default=list,
        blank=True,
        help_text=_("Values over time, such as the loss: [[done, {name: value}]]."),
    )
    summary = models.JSONField(_("summary"), default=dict, blank=True)
    log = models.TextField(_("log"), blank=True)
    n_attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    peak_memory_mb = models.PositiveIntegerField(
        _("peak memory, MB"), null=True, blank=True, help_text=_("Of the worker in this stage.")
    )
    started_at = models.DateTimeField(_("started"), null=True, blank=True)
    updated_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)

    class Meta:
        db_table = "recommendations_stagerun"
        ordering = ["run", "position"]
        constraints = [
            models.UniqueConstraint(fields=["run", "name"], name="recommendations_stagerun_once")
        ]

    def __str__(self) -> str:
        return f"{self.run_id} {self.name}: {self.status}"

    @property
    def is_reused(self) -> bool:
        """Whether its products are those of an earlier run."""
        return self.status == self.Status.SUCCEEDED and self.n_attempts == 0

    @property
    def percent(self) -> int:
        """Progress, 0 to 100; a finished stage is at 100 whatever it counted."""
        if self.status == self.Status.SUCCEEDED:
            return 100
        return min(100, 100 * self.n_done // self.n_total) if self.n_total else 0

    @property
    def seconds(self) -> float | None:
        """How long the stage has run, up to its last report; None before it starts."""
        end = self.finished_at or self.updated_at
        if self.started_at is None or end is None:
            return None
        return max(0.0, (end - self.started_at).total_seconds())

    @property
    def rate(self) -> float | None:
        """Units per second since this count began; None while unknown."""
        if self.counting_since is None or self.updated_at is None:
            return None
        seconds = (self.updated_at - self.counting_since).total_seconds()
        n_counted = self.n_done - self.n_counted_before
        return n_counted / seconds if n_counted > 0 and seconds > 0 else None

    @property
    def eta_seconds(self) -> float | None:
        """Seconds to go at the rate so far; None while unknown or when not running."""
        if self.status != self.Status.RUNNING or not self.rate:
            return None
        return max(0.0, (self.n_total - self.n_done) / self.rate)


class StageShard(models.Model):
    """A range of users in a stage's per-user part; whoever is free claims it, by a lease."""

    class Status(models.TextChoices):
        """How far the shard is."""

        WAITING = "waiting", _("Waiting")
        RUNNING = "running", _("Running")
        SUCCEEDED = "succeeded", _("Succeeded")
        FAILED = "failed", _("Failed")

    stage = models.ForeignKey(StageRun, models.CASCADE, related_name="shards")
    number = models.PositiveIntegerField()
    first_user_id = models.BigIntegerField(help_text=_("The first id of the range."))
    end_user_id = models.BigIntegerField(help_text=_("The id after the last one."))
    n_users = models.PositiveIntegerField(help_text=_("Users with ratings in the range."))
    status = models.CharField(max_length=10, choices=Status, default=Status.WAITING)
    n_attempts = models.PositiveSmallIntegerField(default=0)
    lease_holder = models.CharField(max_length=100, blank=True)
    lease_expires_at = models.DateTimeField(null=True, blank=True)
    error = models.TextField(blank=True)

    class Meta:
        db_table = "recommendations_stageshard"
        ordering = ["stage", "number"]
        constraints = [
            models.UniqueConstraint(
                fields=["stage", "number"], name="recommendations_stageshard_once"
            )
        ]

    def __str__(self) -> str:
        return f"Shard {self.number} of stage {self.stage_id}: {self.status}"


class RunTrial(models.Model):
    """One set of parameters that a search has tried, and what it reached."""

    class Status(models.TextChoices):
        """How far the trial is."""

        RUNNING = "running", _("Running")
        SUCCEEDED = "succeeded", _("Succeeded")
        FAILED = "failed", _("Failed")

    run = models.ForeignKey(ModelRun, models.CASCADE, related_name="trials")
    number = models.PositiveIntegerField(_("trial"))
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.RUNNING)
    parameters = models.JSONField(_("parameters"), default=dict)
    value = models.FloatField(_("NDCG@10"), null=True, blank=True)
    error = models.TextField(_("error"), blank=True)
    started_at = models.DateTimeField(_("started"), auto_now_add=True)
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)

    class Meta:
        db_table = "recommendations_runtrial"
        ordering = ["run", "number"]
        constraints = [
            models.UniqueConstraint(fields=["run", "number"], name="recommendations_runtrial_once")
        ]

    def __str__(self) -> str:
        return f"{self.run_id} trial {self.number}: {self.status}"

    @property
    def seconds(self) -> float | None:
        """How long it took; None while it runs."""
        if self.finished_at is None:
            return None
        return (self.finished_at - self.started_at).total_seconds()


class RunEvent(models.Model):
    """What happened to a run, when, and by whose hand (None: by itself)."""

    class Kind(models.TextChoices):
        """What can happen to a run."""

        STARTED = "started", _("Started")
        CANCELLED = "cancelled", _("Cancelled")
        RETRIED = "retried", _("Retried")
        RESUMED = "resumed", _("Taken over from a worker that died")
        ACTIVATED = "activated", _("Activated")
        ROLLED_BACK = "rolled_back", _("Rolled back")

    run = models.ForeignKey(ModelRun, models.CASCADE, related_name="events")
    kind = models.CharField(_("event"), max_length=15, choices=Kind)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    message = models.CharField(_("message"), max_length=300, blank=True)
    created_at = models.DateTimeField(_("when"), auto_now_add=True)

    class Meta:
        db_table = "recommendations_runevent"
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"Run {self.run_id} {self.get_kind_display().lower()}"
