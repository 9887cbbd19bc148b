"""The user model, ours from the first migration on; tokens for the programs people run."""

from collections.abc import Iterable
from datetime import datetime

from django.contrib.auth.models import AbstractUser
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class User(AbstractUser):
    """A member of the site, or a rater imported from a data set.

    A rater has a ``source`` (the data set) and a ``source_id`` (its number there), is inactive and
    has no usable password: ratings can be learnt from, nobody can log in.
    """

    source = models.CharField(
        _("data set"),
        max_length=50,
        blank=True,
        help_text=_("Where an imported rater comes from; empty for members."),
    )
    source_id = models.BigIntegerField(_("number in the data set"), null=True, blank=True)

    class Meta(AbstractUser.Meta):
        constraints = [
            models.UniqueConstraint(
                Lower("username"),
                condition=Q(source=""),
                name="accounts_user_name_any_case_unique",
                violation_error_message=_("Somebody goes by this name already. Choose another."),
            ),
            models.UniqueConstraint(
                fields=["source", "source_id"],
                condition=~Q(source=""),
                name="accounts_user_source_unique",
            ),
            models.CheckConstraint(
                condition=Q(source="", source_id__isnull=True)
                | (~Q(source="") & Q(source_id__isnull=False, is_active=False)),
                name="accounts_user_rater_cannot_log_in",
            ),
        ]

    @property
    def is_rater(self) -> bool:
        """Whether this is a rater imported from a data set."""
        return bool(self.source)


class Invitation(models.Model):
    """The right of one person to sign up on a site that is not open to everybody.

    Its link holds a code of 192 random bits, of which only the SHA-256 is stored.
    """

    OTHER_ADDRESS = _("This invitation is for another e-mail address.")

    digest = models.CharField(max_length=64, unique=True, editable=False)
    email = models.EmailField(
        _("e-mail address"),
        blank=True,
        help_text=_("Only this address can sign up with it; any address if empty."),
    )
    created_by = models.ForeignKey(
        User,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        editable=False,
        verbose_name=_("invited by"),
    )
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    expires_at = models.DateTimeField(_("expires"), editable=False)
    used_at = models.DateTimeField(_("used"), null=True, blank=True, editable=False)
    used_by = models.ForeignKey(
        User,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        editable=False,
        verbose_name=_("used by"),
    )

    class Meta:
        verbose_name = _("invitation")
        verbose_name_plural = _("invitations")
        ordering = ["-id"]

    def __str__(self) -> str:
        return self.email or f"#{self.pk}"

    def is_for(self, email: str) -> bool:
        """Return whether a person with this address may use it."""
        return not self.email or self.email.casefold() == email.strip().casefold()


class ApiToken(models.Model):
    """What a program shows instead of a password: named, limited in scope and time, revocable.

    The token itself is shown once. Here stands its SHA-256: it has 256 random bits, so that there
    is nothing to guess and a slow hash would only slow every request down.
    """

    class Scope(models.TextChoices):
        """What a token may do."""

        READ = "read", _("Read: films, your ratings, lists, taste and recommendations")
        RATE = "rate", _("Rate: change your ratings and lists")
        ADMIN = "admin", _("Admin: run models, see members; for staff only")

    user = models.ForeignKey(User, models.CASCADE, related_name="api_tokens")
    name = models.CharField(
        _("name"), max_length=100, help_text=_("Which program uses it, so that you know it again.")
    )
    scopes = ArrayField(models.CharField(max_length=10, choices=Scope), verbose_name=_("scopes"))
    digest = models.CharField(max_length=64, unique=True, editable=False)
    hint = models.CharField(
        max_length=12, editable=False, help_text=_("How the token begins, to tell it from others.")
    )
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    expires_at = models.DateTimeField(_("expires"), null=True, blank=True)
    revoked_at = models.DateTimeField(_("revoked"), null=True, blank=True)
    last_used_at = models.DateTimeField(
        _("last used"), null=True, blank=True, help_text=_("At most an hour before the last use.")
    )

    class Meta:
        verbose_name = _("API token")
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.name} ({self.hint}…)"

    @property
    def is_expired(self) -> bool:
        """Whether its time is over."""
        return self.expires_at is not None and self.expires_at <= timezone.now()

    @property
    def ended_at(self) -> datetime | None:
        """When it was revoked or expired; None while it is usable."""
        return self.revoked_at or (self.expires_at if self.is_expired else None)

    @property
    def is_usable(self) -> bool:
        """Whether a program still gets in with it."""
        return self.revoked_at is None and not self.is_expired

    @property
    def scope_labels(self) -> list[str]:
        """Its scopes in words, without the explanations."""
        return labels_of(self.scopes)


def labels_of(scopes: Iterable[str]) -> list[str]:
    """Return scopes in words, without the explanations."""
    return [str(ApiToken.Scope(scope).label).partition(":")[0] for scope in scopes]


class IdempotentAnswer(models.Model):
    """What a request with an ``Idempotency-Key`` was answered, for the client that asks again."""

    user = models.ForeignKey(User, models.CASCADE, related_name="+")
    key = models.CharField(max_length=255)
    request_digest = models.CharField(
        max_length=64, help_text=_("SHA-256 of method, address and body.")
    )
    status = models.PositiveSmallIntegerField(null=True)
    body = models.TextField(
        default="",
        help_text=_("JSON as it was sent: jsonb would refuse a NUL that is quoted in it."),
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "key"], name="accounts_idempotentanswer_once")
        ]

    def __str__(self) -> str:
        return f"{self.user_id} {self.key}: {self.status}"
