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
LIKED, DISLIKED = "theme-5", "disliked-10"
THEME_METRIC = "theme_precision@10"
CONFIDENCE = 0.90
"""Of the two-sided interval; its lower end is then a one-sided 95 % bound."""


@dataclass(frozen=True)
class Verdict:
    """Whether a run may be activated without a person, and why or why not."""

    passes: bool
    reason: str


def run_metric(run: ModelRun, model: str = "served") -> float | None:
    """Return the gate's metric of the served model or a baseline; None if it was not measured."""
    value = run.metrics.get(model, {}).get(GATE_METRIC)
    return float(value) if isinstance(value, int | float) else None


def gate(run: ModelRun) -> Verdict:
    """Hold the run's NDCG@10 against popularity's, the active model's and the champion's.

    Against the active model it is a test of non-inferiority: user by user, the loss must be smaller
    than the margin (``GATE_MARGIN``, a share of the active model's NDCG@10) with 95 % confidence by
    the paired bootstrap. Where the users of the active run were not kept, the means must do. Its
    share of films of a liked genre may be below the active model's by at most
    ``GATE_THEME_MARGIN``, and that of a disliked genre above it by as much.
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
    """Judge an update on the latest ratings, compared with the model that it continues from."""
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
    """Hold a training against the active one and against the champion, the best activated so far.

    Against the active model alone, each of many versions could lose a little. Updates are measured
    otherwise: behind one, the training that it goes back to is compared.
    """
    rival: ModelRun | None = active
    while rival is not None and rival.kind == ModelRun.Kind.UPDATE:
        rival = rival.base_run
    verdict = Verdict(True, _("NDCG@10 %(value).4f passes the gate.") % {"value": value})
    if rival is None or run_metric(rival) is None:
        return verdict
    for other in dict.fromkeys([rival, _champion(run) or rival]):
        verdict = _held_against(run, value, other)
        if not verdict.passes:
            return verdict
    return _listens(run, rival) or verdict


def _champion(run: ModelRun) -> ModelRun | None:
    """Return the training with the best gate metric among those activated and not rolled back."""
    activated = ModelRun.objects.filter(
        version__activations__withdrawn_at=None, version__activations__isnull=False
    ).exclude(pk=run.pk)
    trained = [each for each in activated if each.kind != ModelRun.Kind.UPDATE]
    return max(trained, key=lambda each: run_metric(each) or 0.0, default=None)


def _held_against(run: ModelRun, value: float, rival: ModelRun) -> Verdict:
    standing = run_metric(rival) or 0.0
    ours, theirs = per_user_of(run), per_user_of(rival)
    if ours is not None and theirs is not None:
        difference, n_users = compared(ours, theirs, confidence=CONFIDENCE)
        if n_users:
            return _not_inferior(difference, n_users, standing, rival)
    if value < standing * (1 - settings.GATE_MARGIN):
        return Verdict(
            False,
            _("NDCG@10 %(value).4f is below %(standing).4f of run %(run)s.")
            % {"value": value, "standing": standing, "run": rival.pk},
        )
    return Verdict(True, _("NDCG@10 %(value).4f passes the gate.") % {"value": value})


def theme_precision(run: ModelRun, protocol: str) -> float | None:
    """Share of the ten that is of the rated films' genre; None where it was not measured."""
    measured = run.metrics_by_protocol.get(protocol, {}).get("served", {})
    value = measured.get(THEME_METRIC)
    return float(value) if isinstance(value, int | float) else None


def _listens(run: ModelRun, rival: ModelRun) -> Verdict | None:
    """Return a refusal if the run follows a visitor's likes or dislikes less than its rival."""
    refusals = {
        LIKED: _(
            "It follows five picks of one genre less: %(ours).3f of the ten are of the genre,"
            " %(theirs).3f with run %(run)s; the margin is %(margin).3f."
        ),
        DISLIKED: _(
            "It follows ten dislikes of one genre less: %(ours).3f of the ten are of the genre,"
            " %(theirs).3f with run %(run)s; the margin is %(margin).3f."
        ),
    }
    margin = settings.GATE_THEME_MARGIN
    for protocol, refusal in refusals.items():
        ours, theirs = theme_precision(run, protocol), theme_precision(rival, protocol)
        if ours is None or theirs is None:
            continue
        loss = theirs - ours if protocol == LIKED else ours - theirs
        if loss > margin:
            facts = {"ours": ours, "theirs": theirs, "run": rival.pk, "margin": margin}
            return Verdict(False, refusal % facts)
    return None


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
                "Against run %(run)s, NDCG@10 differs by %(mean)+.4f over %(users)s"
                " users, with 95 %% confidence no worse than %(low)+.4f: within the margin of"
                " %(margin).4f."
            )
            % facts,
        )
    return Verdict(
        False,
        _(
            "Against run %(run)s, NDCG@10 differs by %(mean)+.4f over %(users)s users"
            " and may be as bad as %(low)+.4f: more than the margin of %(margin).4f."
        )
        % facts,
    )
