"""Which run's model the site serves: the gate, activation, rolling back."""

from dataclasses import dataclass

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from accounts.models import User
from common.locks import transaction_lock
from ml.evaluation.bootstrap import Interval
from ml.evaluation.per_user import compared
from recommendations.models import Activation, ModelRun, RunEvent, TrafficSplit
from recommendations.signals import send_version_activated
from recommendations.training.selectors.per_user import per_user_of

ACTIVATION_LOCK = "activation"
"""Of two people who activate or roll back at once, the second sees what the first has done."""
GATE_METRIC = "ndcg@10"
BASELINE = "popularity"
CONFIDENCE = 0.90
"""Of the two-sided interval, whose lower end is then exceeded with 95 %."""


@dataclass(frozen=True)
class Verdict:
    """Whether a run may be activated without a person, and why or why not."""

    passes: bool
    reason: str


def run_metric(run: ModelRun, model: str = "served") -> float | None:
    """The gate's metric of the served model, or of a baseline beside it; None when not measured."""
    value = run.metrics.get(model, {}).get(GATE_METRIC)
    return float(value) if isinstance(value, int | float) else None


def gate(run: ModelRun) -> Verdict:
    """Hold the run's NDCG@10 against popularity's and the active model's.

    Against the active model it is a test of non-inferiority: user by user, the loss must be smaller
    than the margin (``GATE_MARGIN``, a share of the active model's NDCG@10) with 95 % confidence by
    the paired bootstrap. Where the users of the active run were not kept, the means must do.
    """
    value, baseline = run_metric(run), run_metric(run, BASELINE)
    if value is None or baseline is None:
        return Verdict(False, _("Its quality was not measured."))
    if value < baseline:
        return Verdict(
            False,
            _("NDCG@10 %(value).4f is below %(baseline).4f of the popular films alone.")
            % {"value": value, "baseline": baseline},
        )
    if TrafficSplit.objects.filter(ended_at=None).exists():
        return Verdict(False, _("A traffic split is running: a person decides when it ends."))
    active = Activation.objects.filter(withdrawn_at=None).select_related("run").first()
    if active is None or active.run_id == run.pk:
        return Verdict(True, _("NDCG@10 %(value).4f passes the gate.") % {"value": value})
    if run.kind == ModelRun.Kind.UPDATE:
        return _gate_update(run, active.run)
    return _gate_training(run, value, active.run)


def _gate_update(run: ModelRun, active: ModelRun) -> Verdict:
    """An update is measured on the latest ratings beside the model that it goes on from."""
    if run.base_run_id != active.pk:
        return Verdict(
            False,
            _("It goes on from run %(base)s, but run %(active)s serves by now.")
            % {"base": run.base_run_id, "active": active.pk},
        )
    users = per_user_of(run)
    standing = run_metric(run, "base")
    if users is None or standing is None:
        return Verdict(False, _("Its quality was not measured."))
    return _not_inferior(
        *compared(users, users, models=("served", "base"), confidence=CONFIDENCE), standing, active
    )


def _gate_training(run: ModelRun, value: float, active: ModelRun) -> Verdict:
    """Updates are measured otherwise: behind one, the training that it goes back to is compared."""
    rival: ModelRun | None = active
    while rival is not None and rival.kind == ModelRun.Kind.UPDATE:
        rival = rival.base_run
    standing = run_metric(rival) if rival is not None else None
    if rival is None or standing is None:
        return Verdict(True, _("NDCG@10 %(value).4f passes the gate.") % {"value": value})
    ours, theirs = per_user_of(run), per_user_of(rival)
    if ours is not None and theirs is not None:
        difference, n_users = compared(ours, theirs, confidence=CONFIDENCE)
        if n_users:
            return _not_inferior(difference, n_users, standing, rival)
    if value < standing * (1 - settings.GATE_MARGIN):
        return Verdict(
            False,
            _("NDCG@10 %(value).4f is below %(standing).4f of the active run %(run)s.")
            % {"value": value, "standing": standing, "run": rival.pk},
        )
    return Verdict(True, _("NDCG@10 %(value).4f passes the gate.") % {"value": value})


def _not_inferior(difference: Interval, n_users: int, standing: float, rival: ModelRun) -> Verdict:
    margin = settings.GATE_MARGIN * standing
    facts = {
        "mean": difference.mean,
        "low": difference.low,
        "run": rival.pk,
        "users": n_users,
        "margin": margin,
    }
    if difference.low > -margin:
        return Verdict(
            True,
            _(
                "Against the active run %(run)s, NDCG@10 differs by %(mean)+.4f over %(users)s"
                " users, with 95 %% confidence no worse than %(low)+.4f: within the margin of"
                " %(margin).4f."
            )
            % facts,
        )
    return Verdict(
        False,
        _(
            "Against the active run %(run)s, NDCG@10 differs by %(mean)+.4f over %(users)s users"
            " and may be as bad as %(low)+.4f: more than the margin of %(margin).4f."
        )
        % facts,
    )


@transaction.atomic
def run_activate(*, run: ModelRun, activated_by: User | None, reason: str = "") -> Activation:
    """Make the run's model the one that the site serves, within seconds and without a restart.

    Activating the active run again changes nothing.

    Raises:
        ValidationError: the run has no model yet.

    """
    if not run.artifact:
        raise ValidationError(_("The run has no finished model."))
    transaction_lock(ACTIVATION_LOCK)
    active = Activation.objects.filter(withdrawn_at=None).first()
    if active and active.run_id == run.pk:
        return active
    activation = Activation.objects.create(run=run, activated_by=activated_by, reason=reason[:300])
    RunEvent.objects.create(
        run=run, kind=RunEvent.Kind.ACTIVATED, actor=activated_by, message=reason[:300]
    )
    ModelRun.objects.filter(pk=run.pk).update(note="")
    send_version_activated(activation)
    return activation


@transaction.atomic
def run_rollback(*, rolled_back_by: User | None) -> Activation:
    """Withdraw the active model; the one before it is active again, and returned.

    Raises:
        ValidationError: there is no model before the active one.

    """
    transaction_lock(ACTIVATION_LOCK)
    standing = list(Activation.objects.filter(withdrawn_at=None)[:2])
    if len(standing) < 2:
        raise ValidationError(_("There is no earlier model to go back to."))
    active, previous = standing
    Activation.objects.filter(pk=active.pk).update(withdrawn_at=Now(), withdrawn_by=rolled_back_by)
    RunEvent.objects.create(
        run_id=active.run_id,
        kind=RunEvent.Kind.ROLLED_BACK,
        actor=rolled_back_by,
        message=_("Run %(run)s serves again.") % {"run": previous.run_id},
    )
    send_version_activated(previous)
    return previous
