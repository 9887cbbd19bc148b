"""Model versions, their activations, and the traffic split between two of them."""

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from recommendations.models.embeddings import EmbeddingModel


class ModelVersion(models.Model):
    """A trained model that the site can serve.

    Its id is the id of the run that trained it (``trained_by``), which is also the
    ``model_version`` of the API.
    """

    id = models.BigIntegerField(primary_key=True)
    artifact = models.CharField(
        _("artifact"),
        max_length=200,
        blank=True,
        help_text=_("The model's folder in the storage."),
    )
    artifact_hash = models.CharField(
        max_length=64, blank=True, help_text=_("SHA-256 of the model's tensors.")
    )
    metrics = models.JSONField(
        _("metrics"), default=dict, blank=True, help_text=_("Of the model, by the full ranking.")
    )
    embedding_model = models.ForeignKey(
        EmbeddingModel, models.SET_NULL, null=True, blank=True, related_name="versions"
    )
    ratings_read_at = models.DateTimeField(
        _("ratings read"), null=True, blank=True, help_text=_("The model knows no later rating.")
    )
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"Run {self.pk}"

    def get_absolute_url(self) -> str:
        """Return the page of the run that trained the model, for staff."""
        return reverse("recommendations:run", args=[self.pk])


class Activation(models.Model):
    """A model version became the one that the site serves.

    Activations are a stack: the latest one not withdrawn is active, and rolling back withdraws it,
    so that rolling back twice reaches the model before the previous one.
    """

    version = models.ForeignKey(ModelVersion, models.PROTECT, related_name="activations")
    activated_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    reason = models.CharField(_("reason"), max_length=300, blank=True)
    activated_at = models.DateTimeField(_("activated"), auto_now_add=True)
    withdrawn_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    withdrawn_at = models.DateTimeField(_("withdrawn"), null=True, blank=True)

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(
                fields=["-id"],
                condition=Q(withdrawn_at=None),
                name="recommendations_active",
            )
        ]

    def __str__(self) -> str:
        return f"Run {self.version_id} since {self.activated_at:%Y-%m-%d %H:%M}"


class TrafficSplit(models.Model):
    """Two versions serve side by side, each to a share of the visitors.

    Who gets which follows from a hash of the visitor and the split: it stays the same as long as
    the split lasts, and the next split assigns visitors again.
    """

    version_a = models.ForeignKey(
        ModelVersion, models.PROTECT, related_name="+", verbose_name=_("version A")
    )
    version_b = models.ForeignKey(
        ModelVersion, models.PROTECT, related_name="+", verbose_name=_("version B")
    )
    percent_b = models.PositiveSmallIntegerField(
        _("share of B"),
        default=50,
        validators=[MinValueValidator(1), MaxValueValidator(99)],
        help_text=_("Of a hundred visitors, how many get version B."),
    )
    started_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    started_at = models.DateTimeField(_("started"), auto_now_add=True)
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)
    winner = models.ForeignKey(
        ModelVersion, models.PROTECT, null=True, blank=True, related_name="+"
    )
    reason = models.CharField(_("reason"), max_length=300, blank=True)
    result = models.JSONField(
        _("result"),
        default=dict,
        blank=True,
        help_text=_("The comparison at its end; the impressions behind it are deleted in time."),
    )

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["ended_at"],
                condition=Q(ended_at=None),
                nulls_distinct=False,
                name="recommendations_trafficsplit_one_at_a_time",
                violation_error_message=_("A traffic split is running already."),
            ),
            models.CheckConstraint(
                condition=~Q(version_a=F("version_b")),
                name="recommendations_trafficsplit_two_versions",
                violation_error_message=_("Choose two different versions."),
            ),
            models.CheckConstraint(
                condition=Q(percent_b__range=(1, 99)), name="recommendations_trafficsplit_percent"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.version_a_id} : {self.version_b_id} ({self.percent_b} %)"

    def get_absolute_url(self) -> str:
        """Where it is compared and ended, for staff."""
        return reverse("recommendations:online")
