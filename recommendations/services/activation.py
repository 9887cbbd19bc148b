"""Which run's model the site serves: the gate, activation, rolling back."""

from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from accounts.models import User
from recommendations.models import Activation, ModelRun, RunEvent
from recommendations.signals import send_version_activated

GATE_METRIC = "ndcg@10"
BASELINE = "popularity"
MAX_RELATIVE_LOSS = 0.02
"""How much worse than the active model a new one may be: new ratings move the number a little."""


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
    """Hold the run's NDCG@10 against popularity's and the active model's."""
    value, baseline = run_metric(run), run_metric(run, BASELINE)
    if value is None or baseline is None:
        return Verdict(False, _("Its quality was not measured."))
    if value < baseline:
        return Verdict(
            False,
            _("NDCG@10 %(value).4f is below %(baseline).4f of the popular films alone.")
            % {"value": value, "baseline": baseline},
        )
    active = Activation.objects.filter(withdrawn_at=None).select_related("run").first()
    standing = run_metric(active.run) if active and active.run_id != run.pk else None
    if standing is not None and value < standing * (1 - MAX_RELATIVE_LOSS):
        return Verdict(
            False,
            _("NDCG@10 %(value).4f is below %(standing).4f of the active run %(run)s.")
            % {"value": value, "standing": standing, "run": active.run_id if active else ""},
        )
    return Verdict(True, _("NDCG@10 %(value).4f passes the gate.") % {"value": value})


@transaction.atomic
def run_activate(*, run: ModelRun, activated_by: User | None, reason: str = "") -> Activation:
    """Make the run's model the one that the site serves, within seconds and without a restart.

    Activating the active run again changes nothing.

    Raises:
        ValidationError: the run has no model yet.

    """
    if not run.artifact:
        raise ValidationError(_("The run has no finished model."))
    active = Activation.objects.select_for_update().filter(withdrawn_at=None).first()
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
    standing = list(Activation.objects.select_for_update().filter(withdrawn_at=None)[:2])
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
