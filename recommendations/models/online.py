"""What people were shown, what they did about it, and which of two versions does better."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import BrinIndex
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from recommendations.models.runs import ModelRun


class Surface(models.TextChoices):
    """Where on the site a list is shown."""

    HOME = "home", _("Home")
    FOR_YOU = "for-you", _("For you")
    RAIL = "rail", _("Rail")
    API = "api", _("API")


class TrafficSplit(models.Model):
    """Two versions serve side by side, each to a share of the visitors.

    Who gets which follows from a hash of the visitor and the split: it stays the same as long as
    the split lasts, and the next split deals the cards anew.
    """

    version_a = models.ForeignKey(
        ModelRun, models.PROTECT, related_name="+", verbose_name=_("version A")
    )
    version_b = models.ForeignKey(
        ModelRun, models.PROTECT, related_name="+", verbose_name=_("version B")
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
    winner = models.ForeignKey(ModelRun, models.PROTECT, null=True, blank=True, related_name="+")
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


class ImpressionList(models.Model):
    """A list of films that somebody was shown: one impression for each film, in order.

    A row a list, not a row a film (docs/adr/0013). Either a member or a session saw it; the
    session is known by a keyed hash alone.
    """

    run = models.ForeignKey(
        ModelRun, models.CASCADE, null=True, blank=True, related_name="+", db_index=False
    )
    split = models.ForeignKey(
        TrafficSplit, models.SET_NULL, null=True, blank=True, related_name="+", db_index=False
    )
    surface = models.CharField(_("surface"), max_length=10, choices=Surface)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
    )
    session = models.UUIDField(null=True, blank=True)
    movie_ids = ArrayField(models.BigIntegerField())
    shown_at = models.DateTimeField(_("shown"))

    class Meta:
        indexes = [
            models.Index(
                fields=["user", "-shown_at"],
                condition=Q(user__isnull=False),
                name="recommendations_shown_user",
            ),
            models.Index(
                fields=["session", "-shown_at"],
                condition=Q(session__isnull=False),
                name="recommendations_shown_session",
            ),
            models.Index(
                fields=["split"],
                condition=Q(split__isnull=False),
                name="recommendations_shown_split",
            ),
            # Rows arrive in the order of time, so that a page range says which days it holds.
            BrinIndex(fields=["shown_at"], name="recommendations_shown_time"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(user=None, session__isnull=False) | Q(user__isnull=False, session=None),
                name="recommendations_impressionlist_one_visitor",
            )
        ]

    def __str__(self) -> str:
        return f"{len(self.movie_ids)} films on {self.surface}, {self.shown_at:%Y-%m-%d %H:%M}"


class Reaction(models.Model):
    """What somebody did about a film that they were shown."""

    class Kind(models.TextChoices):
        """What can be done about a film."""

        CLICK = "click", _("Click")
        RATING = "rating", _("Rating")
        HIDE = "hide", _("Not interested")

    shown = models.ForeignKey(
        ImpressionList, models.CASCADE, related_name="reactions", db_index=False
    )
    position = models.PositiveSmallIntegerField(_("position"), help_text=_("From 1."))
    kind = models.CharField(_("kind"), max_length=6, choices=Kind)
    half_stars = models.PositiveSmallIntegerField(null=True, blank=True)
    reacted_at = models.DateTimeField(_("when"))

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["shown", "position", "kind"], name="recommendations_reaction_once"
            ),
            models.CheckConstraint(
                condition=Q(kind="rating", half_stars__range=(1, 10))
                | (~Q(kind="rating") & Q(half_stars=None)),
                name="recommendations_reaction_stars_of_ratings",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} at {self.position} of {self.shown_id}"


class DailyTotal(models.Model):
    """What is summed up for good when the lists themselves are deleted."""

    day = models.DateField()
    run = models.ForeignKey(
        ModelRun, models.CASCADE, null=True, blank=True, related_name="+", db_index=False
    )
    surface = models.CharField(max_length=10, choices=Surface)

    class Meta:
        abstract = True


class DailyListTotal(DailyTotal):
    """Lists shown on a day, and how many of them had a hit."""

    n_lists = models.PositiveBigIntegerField()
    n_hits = models.PositiveBigIntegerField(help_text=_("Lists with a click or a positive rating."))

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["day", "run", "surface"],
                nulls_distinct=False,
                name="recommendations_dailylisttotal_once",
            )
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.run_id} {self.surface}: {self.n_hits} of {self.n_lists}"


class DailyPositionTotal(DailyTotal):
    """Impressions at one position on a day, and what came of them."""

    position = models.PositiveSmallIntegerField()
    n_shown = models.PositiveBigIntegerField()
    n_clicks = models.PositiveBigIntegerField()
    n_hides = models.PositiveBigIntegerField()
    ratings = ArrayField(
        models.PositiveBigIntegerField(),
        size=10,
        help_text=_("How many ratings there were of half a star, of one star, and so on."),
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["day", "run", "surface", "position"],
                nulls_distinct=False,
                name="recommendations_dailypositiontotal_once",
            )
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.run_id} {self.surface} {self.position}: {self.n_shown}"
