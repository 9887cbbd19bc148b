"""Pages that people share: their ten, or their taste, as it was when they shared it."""

from secrets import token_urlsafe

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

TOKEN_BYTES = 12


def new_token() -> str:
    """Return an address part that nobody can guess: 96 random bits."""
    return token_urlsafe(TOKEN_BYTES)


class SharedPage(models.Model):
    """What a link shows to everybody who has it. Deleting the row revokes the link."""

    class Kind(models.TextChoices):
        """The kind of a shared page."""

        TEN = "ten", _("My ten")
        TASTE = "taste", _("My taste")

    token = models.CharField(max_length=24, unique=True, default=new_token, editable=False)
    kind = models.CharField(max_length=10, choices=Kind)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="shared_pages",
        help_text=_("Empty for an anonymous visitor, whose session keeps the token."),
    )
    movie_ids = ArrayField(models.PositiveBigIntegerField(), default=list)
    lines = ArrayField(models.CharField(max_length=200), default=list, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return f"{self.kind} of {self.user_id or 'a visitor'}"

    def get_absolute_url(self) -> str:
        """Return the address to share."""
        return reverse("movies:shared", args=[self.token])
