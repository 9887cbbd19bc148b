"""What the site records about its own running."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class RetentionRun(models.Model):
    """One night's deletion of what is no longer kept."""

    started_at = models.DateTimeField(_("started"), auto_now_add=True)
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)
    removed = models.JSONField(
        _("removed"), default=dict, help_text=_("Number of rows, files or folders by kind.")
    )
    error = models.TextField(_("error"), blank=True)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.started_at:%Y-%m-%d %H:%M}"


class AuditEntry(models.Model):
    """A change that a member of staff made, or tried to make."""

    at = models.DateTimeField(_("when"), auto_now_add=True, db_index=True)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        related_name="+",
        verbose_name=_("who"),
    )
    actor_name = models.CharField(
        _("name at that time"), max_length=150, help_text=_("Kept when the account is deleted.")
    )
    method = models.CharField(_("method"), max_length=10)
    path = models.CharField(_("address"), max_length=300)
    status = models.PositiveSmallIntegerField(_("answer"))
    action = models.CharField(_("action"), max_length=100, blank=True)
    details = models.TextField(
        _("details"),
        blank=True,
        default="",
        db_default="",
        help_text=_("For an action on a list: its name, and the kind and numbers of the objects."),
    )
    address = models.CharField(_("network address"), max_length=50)

    class Meta:
        ordering = ["-id"]
        verbose_name_plural = _("audit log")

    def __str__(self) -> str:
        return f"{self.actor_name}: {self.method} {self.path}: {self.status}"


class SitePage(models.Model):
    """A text that the operator writes, such as the privacy policy, in one language."""

    class Slug(models.TextChoices):
        """Which texts there are."""

        PRIVACY = "privacy", _("Privacy")
        TERMS = "terms", _("Terms of use")
        IMPRINT = "imprint", _("Imprint")
        CONTACT = "contact", _("Contact")

    slug = models.CharField(_("page"), max_length=20, choices=Slug)
    language = models.CharField(_("language"), max_length=10, choices=settings.LANGUAGES)
    text = models.TextField(
        _("text"),
        help_text=_(
            "Plain text. An empty line starts a paragraph, a line that starts with ## is a heading,"
            " lines that start with - are a list, and addresses become links."
        ),
    )
    updated_at = models.DateTimeField(_("last changed"), auto_now=True)

    class Meta:
        ordering = ["slug", "language"]
        constraints = [
            models.UniqueConstraint(fields=["slug", "language"], name="operations_sitepage_once")
        ]

    def __str__(self) -> str:
        return f"{self.get_slug_display()} ({self.language})"
