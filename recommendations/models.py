"""Model runs and their stages, embeddings of any size, and genre affinities."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from pgvector.django import VectorField


class EmbeddingModel(models.Model):
    """What made a set of vectors: a text model (MiniLM, LaMini) or a trained run's item vectors.

    Vectors of different lengths live in one table; each embedding model has its own partial HNSW
    expression index, made when the first vectors are stored, so a change of model needs no
    migration.
    """

    name = models.CharField(_("name"), max_length=200, unique=True)
    n_dimensions = models.PositiveIntegerField(_("number of dimensions"))
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"{self.name} ({self.n_dimensions})"


class Embedding(models.Model):
    """A vector made by an embedding model."""

    embedding_model = models.ForeignKey(EmbeddingModel, models.CASCADE, related_name="+")
    vector = VectorField()

    class Meta:
        abstract = True


class MovieEmbedding(Embedding):
    """A film's description as a vector."""

    movie = models.ForeignKey("movies.Movie", models.CASCADE, related_name="embeddings")
    content_hash = models.CharField(max_length=64, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["embedding_model", "movie"], name="recommendations_movieembedding_once"
            )
        ]


class UserEmbedding(Embedding):
    """The mean of the films a user interacted with positively."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="embeddings")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["embedding_model", "user"], name="recommendations_userembedding_once"
            )
        ]


class GenreEmbedding(Embedding):
    """The mean of a genre's films; a film counts in every genre it has."""

    genre = models.ForeignKey("movies.Genre", models.CASCADE, related_name="embeddings")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["embedding_model", "genre"], name="recommendations_genreembedding_once"
            )
        ]


class ModelRun(models.Model):
    """One run of the pipeline, and the version of the model that came of it."""

    class Status(models.TextChoices):
        """How far the run is."""

        QUEUED = "queued", _("Queued")
        RUNNING = "running", _("Running")
        SUCCEEDED = "succeeded", _("Succeeded")
        FAILED = "failed", _("Failed")
        CANCELLED = "cancelled", _("Cancelled")

    status = models.CharField(max_length=10, choices=Status, default=Status.QUEUED)
    parameters = models.JSONField(default=dict, help_text=_("The pipeline's configuration."))
    seed = models.PositiveIntegerField(default=0)
    data_hash = models.CharField(max_length=64, blank=True)
    code_version = models.CharField(max_length=64, blank=True)
    n_users = models.PositiveIntegerField(null=True, blank=True)
    n_movies = models.PositiveIntegerField(null=True, blank=True)
    n_ratings = models.PositiveBigIntegerField(null=True, blank=True)
    metrics = models.JSONField(default=dict)
    artifact = models.CharField(
        max_length=200, blank=True, help_text=_("The model's folder in the storage.")
    )
    error = models.TextField(blank=True)
    cancel_requested = models.BooleanField(default=False)
    lease_expires_at = models.DateTimeField(
        null=True,
        blank=True,
        help_text=_("A worker renews it while it works; past it, another may take over."),
    )
    started_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
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
    name = models.CharField(max_length=20)
    position = models.PositiveSmallIntegerField()
    status = models.CharField(max_length=10, choices=Status, default=Status.WAITING)
    n_done = models.PositiveBigIntegerField(default=0)
    n_total = models.PositiveBigIntegerField(default=0)
    unit = models.CharField(max_length=30, blank=True)
    message = models.CharField(max_length=200, blank=True)
    summary = models.JSONField(default=dict)
    log = models.TextField(blank=True)
    n_attempts = models.PositiveSmallIntegerField(default=0)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["run", "position"]
        constraints = [
            models.UniqueConstraint(fields=["run", "name"], name="recommendations_stagerun_once")
        ]

    def __str__(self) -> str:
        return f"{self.run_id} {self.name}: {self.status}"


class Activation(models.Model):
    """A run became the model the site serves. The latest row is the active model."""

    run = models.ForeignKey(ModelRun, models.PROTECT, related_name="activations")
    activated_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    reason = models.CharField(max_length=200, blank=True)
    activated_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"Run {self.run_id} since {self.activated_at:%Y-%m-%d %H:%M}"


class GenreSimilarity(models.Model):
    """Cosine similarity of two genre embeddings: one cell of the G x G matrix."""

    embedding_model = models.ForeignKey(EmbeddingModel, models.CASCADE, related_name="+")
    genre = models.ForeignKey("movies.Genre", models.CASCADE, related_name="+")
    other = models.ForeignKey("movies.Genre", models.CASCADE, related_name="+")
    similarity = models.FloatField()

    class Meta:
        verbose_name_plural = "genre similarities"
        constraints = [
            models.UniqueConstraint(
                fields=["embedding_model", "genre", "other"],
                name="recommendations_genresimilarity_once",
            )
        ]


class GenreAffinity(models.Model):
    """Cosine similarity of a user's and a genre's embedding, held against the user's median.

    ``label`` is 1 above the median, -1 below it, 0 on it; ``interacted`` says whether the user
    rated a film of the genre positively. Label 1 and interacted: an actual positive genre. Label
    -1 and not interacted: an actual negative genre.
    """

    embedding_model = models.ForeignKey(EmbeddingModel, models.CASCADE, related_name="+")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="genre_affinities"
    )
    genre = models.ForeignKey("movies.Genre", models.CASCADE, related_name="+")
    similarity = models.FloatField()
    median = models.FloatField()
    label = models.SmallIntegerField()
    interacted = models.BooleanField()

    class Meta:
        verbose_name_plural = "genre affinities"
        constraints = [
            models.UniqueConstraint(
                fields=["embedding_model", "user", "genre"],
                name="recommendations_genreaffinity_once",
            ),
            models.CheckConstraint(
                condition=Q(label__in=[-1, 0, 1]), name="recommendations_genreaffinity_label"
            ),
        ]
