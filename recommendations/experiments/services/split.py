"""Traffic splits: two versions side by side, each to its share of the visitors."""

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from accounts.models import User
from recommendations.experiments.selectors import split_comparison
from recommendations.models import Activation, ModelVersion, TrafficSplit
from recommendations.services.activation import version_activate


@transaction.atomic
def split_start(
    *, version_a: ModelVersion, version_b: ModelVersion, percent_b: int, started_by: User | None
) -> TrafficSplit:
    """Serve two versions side by side from now on.

    Raises
    ------
    ValidationError
        A split runs, the versions are the same, one has no model, or the share is not from 1 to
        99.

    """
    for version in (version_a, version_b):
        if not version.artifact:
            raise ValidationError(_("%(run)s has no finished model.") % {"run": version})
    split = TrafficSplit(
        version_a=version_a, version_b=version_b, percent_b=percent_b, started_by=started_by
    )
    split.full_clean()
    split.save()
    return split


@transaction.atomic
def split_end(
    *,
    split: TrafficSplit,
    ended_by: User | None,
    winner: ModelVersion | None = None,
    reason: str = "",
) -> TrafficSplit:
    """End a split: its winner becomes the active version; without one, all stays as it was.

    The comparison is kept as it stands.

    Raises
    ------
    ValidationError
        It has ended already, or the winner is neither of its versions.

    """
    if winner is not None and winner.pk not in {split.version_a_id, split.version_b_id}:
        raise ValidationError(_("The winner must be one of the two versions."))
    result = split_comparison(split).as_json()
    n_ended = TrafficSplit.objects.filter(pk=split.pk, ended_at=None).update(
        ended_at=Now(), ended_by=ended_by, winner=winner, reason=reason[:300], result=result
    )
    if not n_ended:
        raise ValidationError(_("This split has ended already."))
    if winner is not None:
        version_activate(
            version=winner,
            activated_by=ended_by,
            reason=_("It won traffic split %(split)s.") % {"split": split.pk},
        )
    split.refresh_from_db()
    return split


def split_end_for(activation: Activation) -> TrafficSplit | None:
    """End the running split, if there is one: another version is to serve everybody."""
    split = TrafficSplit.objects.filter(ended_at=None).first()
    if split is None:
        return None
    reason = _("Run %(run)s was activated.") % {"run": activation.version_id}
    return split_end(split=split, ended_by=activation.activated_by, reason=reason)
