"""The metric gate: whether a finished run may be activated without a person."""

from dataclasses import dataclass

from django.conf import settings
from django.utils.translation import gettext as _

from ml.evaluation.bootstrap import Interval
from ml.evaluation.per_user import compared
from recommendations.models import TrafficSplit
from recommendations.training.models import ModelRun
from recommendations.training.selectors.per_user import per_user_of
from recommendations.training.selectors.runs import active_run

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
    active = active_run()
    if active is None or active == run:
        return Verdict(True, _("NDCG@10 %(value).4f passes the gate.") % {"value": value})
    if run.kind == ModelRun.Kind.UPDATE:
        return _gate_update(run, active)
    return _gate_training(run, value, active)


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
