"""Lists that visitors were shown, and their reactions, kept singly and as daily totals."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from recommendations.models import ModelVersion, TrafficSplit
from recommendations.signals import Surface


class ImpressionList(models.Model):
    """A list of films that somebody was shown: one impression for each film, in order.

    A row a list, not a row a film (docs/adr/0013). Either a member or a session saw it; the
    session is known by a keyed hash alone.
    """

    version = models.ForeignKey(
        ModelVersion, models.CASCADE, null=True, blank=True, related_name="+", db_index=False
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
        db_table = "recommendations_impressionlist"
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
        db_table = "recommendations_reaction"
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
    version = models.ForeignKey(
        ModelVersion, models.CASCADE, null=True, blank=True, related_name="+", db_index=False
    )
    surface = models.CharField(max_length=10, choices=Surface)

    class Meta:
        abstract = True


class DailyListTotal(DailyTotal):
    """Lists shown on a day, and how many of them had a hit."""

    n_lists = models.PositiveBigIntegerField()
    n_hits = models.PositiveBigIntegerField(help_text=_("Lists with a click or a positive rating."))

    class Meta:
        db_table = "recommendations_dailylisttotal"
        constraints = [
            models.UniqueConstraint(
                fields=["day", "version", "surface"],
                nulls_distinct=False,
                name="recommendations_dailylisttotal_once",
            )
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.version_id} {self.surface}: {self.n_hits} of {self.n_lists}"


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
        db_table = "recommendations_dailypositiontotal"
        constraints = [
            models.UniqueConstraint(
                fields=["day", "version", "surface", "position"],
                nulls_distinct=False,
                name="recommendations_dailypositiontotal_once",
            )
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.version_id} {self.surface} {self.position}: {self.n_shown}"
