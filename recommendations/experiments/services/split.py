"""Traffic splits: two versions side by side, each to its share of the visitors."""

import hashlib

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from accounts.models import User
from movies.visitors import Visitor
from recommendations.models import Activation, ModelRun, TrafficSplit
from recommendations.services.activation import run_activate
from recommendations.serving.registry import (
    ActiveModel,
    ActiveSplit,
    active_model,
    active_split,
)


def model_for(visitor: Visitor) -> ActiveModel | None:
    """The model that serves this visitor: the active one, or their side of the running split.

    Whom the site does not know yet gets the active model: there is nothing to hold on to, and
    their list is everybody's. Cost: that of :func:`active_model`.
    """
    split, key = active_split(), visitor.key
    if split is None or key is None:
        return active_model()
    return split.b if gets_b(key, split.split_id, split.percent_b) else split.a


def split_of(visitor: Visitor, run_id: int | None) -> ActiveSplit | None:
    """The running split, if the visitor takes part in it and this version is their side of it."""
    split, model = active_split(), model_for(visitor)
    is_part = split is not None and visitor.key is not None
    return split if is_part and model is not None and model.run_id == run_id else None


def gets_b(visitor_key: str, split_id: int, percent_b: int) -> bool:
    """Whether a visitor is on side B: always the same answer, and even shares over many visitors.

    >>> sum(gets_b(f"user:{n}", 1, 30) for n in range(10_000)) // 100
    30
    """
    digest = hashlib.blake2b(f"{split_id}:{visitor_key}".encode(), digest_size=8).digest()
    return int.from_bytes(digest) % 10_000 < 100 * percent_b


@transaction.atomic
def split_start(
    *, version_a: ModelRun, version_b: ModelRun, percent_b: int, started_by: User | None
) -> TrafficSplit:
    """Serve two versions side by side from now on.

    Raises:
        ValidationError: a split runs, the versions are the same, one has no model, or the share
            is not from 1 to 99.

    """
    for version in (version_a, version_b):
        if not version.can_activate:
            raise ValidationError(_("%(run)s has no finished model.") % {"run": version})
    split = TrafficSplit(
        version_a=version_a, version_b=version_b, percent_b=percent_b, started_by=started_by
    )
    split.full_clean()
    split.save()
    return split


@transaction.atomic
def split_end(
    *, split: TrafficSplit, ended_by: User | None, winner: ModelRun | None = None, reason: str = ""
) -> TrafficSplit:
    """End a split: its winner becomes the active version; without one, all stays as it was.

    The comparison is kept as it stands.

    Raises:
        ValidationError: it has ended already, or the winner is neither of its versions.

    """
    # Imported here: the comparison is a reader of everything else.
    from recommendations.experiments.selectors import split_comparison

    if winner is not None and winner.pk not in {split.version_a_id, split.version_b_id}:
        raise ValidationError(_("The winner must be one of the two versions."))
    result = split_comparison(split).as_json()
    n_ended = TrafficSplit.objects.filter(pk=split.pk, ended_at=None).update(
        ended_at=Now(), ended_by=ended_by, winner=winner, reason=reason[:300], result=result
    )
    if not n_ended:
        raise ValidationError(_("This split has ended already."))
    if winner is not None:
        run_activate(
            run=winner,
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
    reason = _("Run %(run)s was activated.") % {"run": activation.run_id}
    return split_end(split=split, ended_by=activation.activated_by, reason=reason)
