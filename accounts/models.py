"""The user model, ours from the first migration on."""

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.db.models import Q
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
