from typing import Any

import pytest

from recommendations import signals
from recommendations.models import Activation
from recommendations.services.activation import version_rollback
from recommendations.training.models import ModelRun
from recommendations.training.services.activation import run_activate
from recommendations.training.services.runs import run_cancel
from recommendations.training.signals import run_finished
from tests.recommendations.toy import finished_run
from tests.recommendations.training.test_run_pages import _no_worker  # noqa: F401 # no broker is needed

pytestmark = pytest.mark.django_db


@pytest.fixture
def heard() -> Any:
    """Return what was told: runs' statuses and activated runs."""
    told: list[object] = []

    def finished(run: ModelRun, **_: object) -> None:
        told.append((run.pk, run.status))

    def activated(activation: Activation, **_: object) -> None:
        told.append(activation.version.trained_by)

    run_finished.connect(finished)
    signals.version_activated.connect(activated)
    yield told
    run_finished.disconnect(finished)
    signals.version_activated.disconnect(activated)


def test_an_activation_and_a_rollback_tell_which_version_serves(
    heard: list[object], django_capture_on_commit_callbacks
):
    first, second = (finished_run() for _ in range(2))
    with django_capture_on_commit_callbacks(execute=True):
        run_activate(run=first, activated_by=None)
        run_activate(run=first, activated_by=None)  # changes nothing, tells nothing
        run_activate(run=second, activated_by=None)
        version_rollback(rolled_back_by=None)
    assert heard == [first, second, first]


def test_a_cancelled_run_is_finished(heard: list[object], django_capture_on_commit_callbacks):
    run = ModelRun.objects.create()
    with django_capture_on_commit_callbacks(execute=True):
        run_cancel(run=run, cancelled_by=None)
    assert heard == [(run.pk, "cancelled")]


def test_a_receiver_that_raises_stops_nobody(django_capture_on_commit_callbacks):
    def raises(**_: object) -> None:
        raise ValueError("not my day")

    signals.version_activated.connect(raises)
    try:
        with django_capture_on_commit_callbacks(execute=True):
            run_activate(run=finished_run(), activated_by=None)
    finally:
        signals.version_activated.disconnect(raises)
    assert Activation.objects.exists()
