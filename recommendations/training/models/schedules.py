"""When the site trains by itself."""

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from recommendations.training.models.runs import ModelRun

THE_ONE = 1
MAX_HOURS = 24 * 365


class RetrainSchedule(models.Model):
    """The site's one schedule: after so many hours, or after so many new ratings, whichever first.

    A worker's clock looks once a minute whether a run is due (``services.schedules``).
    """

    is_enabled = models.BooleanField(
        _("retrain by itself"),
        default=False,
        help_text=_("Off: models are trained only when somebody starts a run."),
    )
    kind = models.CharField(
        _("kind of run"),
        max_length=10,
        choices=[
            (kind.value, kind.label) for kind in (ModelRun.Kind.TRAINING, ModelRun.Kind.UPDATE)
        ],
        default=ModelRun.Kind.TRAINING,
        help_text=_(
            "With the parameters of the active model. Fine-tuning is cheaper, training better."
        ),
    )
    every_hours = models.PositiveIntegerField(
        _("after hours"),
        null=True,
        blank=True,
        default=24,
        validators=[MinValueValidator(1), MaxValueValidator(MAX_HOURS)],
        help_text=_("Hours since the last run was started. Empty: time alone starts no run."),
    )
    after_n_ratings = models.PositiveIntegerField(
        _("after new ratings"),
        null=True,
        blank=True,
        default=1000,
        validators=[MinValueValidator(1)],
        help_text=_(
            "Ratings given or changed since the last run read them. Empty: they alone start no run."
        ),
    )
    updated_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    updated_at = models.DateTimeField(_("changed"), auto_now=True)
    looked_at = models.DateTimeField(_("last look"), null=True, blank=True)
    outcome = models.CharField(_("what the last look found"), max_length=300, blank=True)

    class Meta:
        db_table = "recommendations_retrainschedule"
        verbose_name = _("retraining schedule")
        verbose_name_plural = _("retraining schedule")
        constraints = [
            models.CheckConstraint(condition=Q(pk=THE_ONE), name="recommendations_one_schedule")
        ]

    def __str__(self) -> str:
        return str(_now("Retraining schedule"))

    def clean(self) -> None:
        """Refuse a schedule that is on but has no reason to start a run."""
        if self.is_enabled and self.every_hours is None and self.after_n_ratings is None:
            raise ValidationError(_("Say after how many hours, or after how many new ratings."))
