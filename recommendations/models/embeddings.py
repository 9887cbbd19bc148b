"""Embeddings of any size, and what follows from them: genre similarities and affinities."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from pgvector.django import VectorField


class EmbeddingModel(models.Model):
    """What made a set of vectors: a text model (MiniLM, LaMini, or any other), or a model run.

    Vectors of different lengths live in one table; each embedding model has its own partial HNSW
    expression index, made when its first vectors are stored, so a change of model needs no
    migration.
    """

    class Kind(models.TextChoices):
        """What the vectors say of a film."""

        TEXT = "text", _("Text")
        ITEMS = "items", _("Item vectors of a run")

    name = models.CharField(_("name"), max_length=300)
    kind = models.CharField(_("kind"), max_length=5, choices=Kind, default=Kind.TEXT)
    n_dimensions = models.PositiveIntegerField(_("number of dimensions"))
    revision = models.PositiveBigIntegerField(
        default=0,
        help_text=_("Raised when films are embedded between two runs: web processes look here."),
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["name", "n_dimensions"], name="recommendations_embeddingmodel_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.n_dimensions})"


class Embedding(models.Model):
    """A vector made by an embedding model."""

    embedding_model = models.ForeignKey(EmbeddingModel, models.CASCADE, related_name="+")
    vector = VectorField()
    content_hash = models.BinaryField(
        max_length=16, help_text=_("Of the vector: an unchanged one is not written again.")
    )

    class Meta:
        abstract = True


class MovieEmbedding(Embedding):
    """A film's description as a vector, or what a run learnt of the film."""

    movie = models.ForeignKey("movies.Movie", models.CASCADE, related_name="embeddings")
    source_hash = models.CharField(
        max_length=32,
        blank=True,
        db_default="",
        help_text=_("Of the title, year, genres and description that the vector was made from."),
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["embedding_model", "movie"], name="recommendations_movieembedding_once"
            )
        ]

    def __str__(self) -> str:
        return f"Film {self.movie_id} by {self.embedding_model_id}"


class UserEmbedding(Embedding):
    """The mean of the films a user interacted with positively."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="embeddings")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["embedding_model", "user"], name="recommendations_userembedding_once"
            )
        ]

    def __str__(self) -> str:
        return f"User {self.user_id} by {self.embedding_model_id}"


class GenreEmbedding(Embedding):
    """The mean of a genre's films; a film counts in every genre it has."""

    genre = models.ForeignKey("movies.Genre", models.CASCADE, related_name="embeddings")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["embedding_model", "genre"], name="recommendations_genreembedding_once"
            )
        ]

    def __str__(self) -> str:
        return f"Genre {self.genre_id} by {self.embedding_model_id}"


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

    def __str__(self) -> str:
        return f"{self.genre_id} ~ {self.other_id}: {self.similarity:.3f}"


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

    def __str__(self) -> str:
        return f"User {self.user_id} and genre {self.genre_id}: {self.similarity:.3f}"
