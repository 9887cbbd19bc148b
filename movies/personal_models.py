"""Personal imports and their rows, kept until the person undoes or deletes them."""

from typing import Any, Final

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _


class Confidence(models.TextChoices):
    """How sure it is which film a row is about."""

    EXACT = "exact", _("Found")
    LIKELY = "likely", _("Probably found")
    UNMATCHED = "unmatched", _("Not found")
    CHOSEN = "chosen", _("Chosen by you")


class PersonalImport(models.Model):
    """One file that a member brought: checked, imported when they agree, undone as a whole."""

    class Status(models.TextChoices):
        """How far it is."""

        ASKING = "asking", _("Needs an answer")
        CHECKING = "checking", _("Is being read")
        READY = "ready", _("Ready to import")
        QUEUED = "queued", _("Waits to be imported")
        RUNNING = "running", _("Is being imported")
        DONE = "done", _("Imported")
        UNDONE = "undone", _("Undone")
        FAILED = "failed", _("Failed")
        CANCELLED = "cancelled", _("Cancelled")

    class Conflicts(models.TextChoices):
        """Which rating is kept where the person has rated the film on this site already."""

        MINE = "mine", _("Keep the rating I have here")
        THEIRS = "theirs", _("Take the rating from the file")
        NEWER = "newer", _("Take the newer one")

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="personal_imports"
    )
    source = models.CharField(max_length=20, blank=True)
    file_name = models.CharField(max_length=200)
    digest = models.CharField(max_length=64, help_text="SHA-256 of the file.")
    upload = models.FileField(upload_to="personal/", max_length=200, blank=True)
    questions = models.JSONField(default=dict, blank=True)
    answers = models.JSONField(default=dict, blank=True)
    conflicts = models.CharField(max_length=10, choices=Conflicts, default=Conflicts.MINE)
    status = models.CharField(max_length=10, choices=Status, default=Status.CHECKING)
    counts = models.JSONField(default=dict)
    error = models.TextField(blank=True)
    step = models.CharField(max_length=100, blank=True)
    n_done = models.PositiveBigIntegerField(default=0)
    n_total = models.PositiveBigIntegerField(default=0)
    n_attempts = models.PositiveSmallIntegerField(default=0)
    cancel_requested = models.BooleanField(default=False)
    by_operator = models.BooleanField(
        default=False, db_default=False, help_text="Whether an operator imports it in the terminal."
    )
    created_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-pk"]
        indexes = [models.Index(fields=["user", "-id"], name="movies_personalimport_of_user")]

    def __str__(self) -> str:
        return f"{self.file_name}: {self.status}"

    @property
    def percent(self) -> int:
        """How far the present step is, 0 to 100; once it is done 100, else 0 without a step."""
        if not self.is_working:
            return 100 if self.status == self.Status.DONE else 0
        return min(100, 100 * self.n_done // self.n_total) if self.n_total else 0

    @property
    def current_step(self) -> str:
        """What a worker does now; empty while nothing is in work."""
        return self.step if self.is_working else ""

    @property
    def is_working(self) -> bool:
        """Whether a worker has something to do."""
        return self.status in {self.Status.CHECKING, self.Status.QUEUED, self.Status.RUNNING}


OPERATORS_TRIAL: Final = models.Q(
    by_operator=True,
    status__in=[
        PersonalImport.Status.CHECKING,
        PersonalImport.Status.ASKING,
        PersonalImport.Status.READY,
    ],
)
"""A file that an operator only checks so far, which is nothing to its member."""


class PersonalImportRow(models.Model):
    """One row of a person's file, the film it is about, and what the import changed."""

    class Outcome(models.TextChoices):
        """What became of the row."""

        NONE = "", _("Nothing yet")
        ADDED = "added", _("Added")
        CHANGED = "changed", _("Changed")
        SAME = "same", _("The same already")
        KEPT = "kept", _("Your own was kept")
        DECLINED = "declined", _("Not taken")
        REPEATED = "repeated", _("Repeats another row")
        WAITING = "waiting", _("Waits for the film")
        REFUSED = "refused", _("Cannot be read")
        LEFT_OUT = "left_out", _("Not imported")
        UNDONE = "undone", _("Undone")

    owner = models.ForeignKey(PersonalImport, models.CASCADE, related_name="rows")
    file = models.CharField(max_length=200)
    line_number = models.PositiveIntegerField()
    kind = models.CharField(max_length=20, blank=True)
    title = models.CharField(max_length=300, blank=True)
    original_title = models.CharField(max_length=300, blank=True)
    year = models.PositiveSmallIntegerField(null=True)
    imdb_id = models.CharField(max_length=12, blank=True)
    tmdb_id = models.PositiveIntegerField(null=True)
    half_stars = models.PositiveSmallIntegerField(null=True)
    happened_at = models.DateTimeField(null=True)
    note = models.CharField(max_length=300, blank=True)
    confidence = models.CharField(max_length=10, choices=Confidence, blank=True)
    movie: Any = models.ForeignKey("movies.Movie", models.SET_NULL, null=True, related_name="+")
    outcome = models.CharField(max_length=10, choices=Outcome, default=Outcome.NONE, blank=True)
    candidates = ArrayField(
        models.BigIntegerField(),
        default=list,
        db_default=[],
        help_text="Ids of the films that could be meant, where the person must choose.",
    )
    # What the row found when it was applied, so that the import can be undone: a rating, and the
    # list that the film was on.
    previous_half_stars = models.PositiveSmallIntegerField(null=True)
    previous_rated_at = models.DateTimeField(null=True)
    previous_kind = models.CharField(max_length=20, blank=True, default="", db_default="")
    previous_added_at = models.DateTimeField(null=True)
    applied_at = models.DateTimeField(
        null=True,
        help_text="When the row was applied: at the import, or later if it waited for its film.",
    )
    # When the member first said something about the film themselves after the row was applied.
    own_rating_at = models.DateTimeField(null=True)
    own_list_at = models.DateTimeField(null=True)

    films: list[Any]
    """The candidates, where a selector has read them."""

    class Meta:
        ordering = ["pk"]
        indexes = [
            models.Index(
                fields=["owner"],
                name="movies_importrow_waiting",
                condition=models.Q(outcome="waiting"),
            )
        ]

    def __str__(self) -> str:
        return f"{self.file}:{self.line_number}: {self.title}"

    @property
    def name(self) -> str:
        """The title as the file has it, with the year once."""
        is_named = not self.year or self.title.endswith(f"({self.year})")
        return self.title if is_named else f"{self.title} ({self.year})"

    @property
    def stars(self) -> float | None:
        """The rating in stars; None for a row without one."""
        return self.half_stars / 2 if self.half_stars else None
