import io

import pytest
from django.core.management import CommandError, call_command

from recommendations.models import Activation
from recommendations.training.management.commands import run_pipeline
from recommendations.training.models import ModelRun
from recommendations.training.services.runs import run_start
from recommendations.training.worker import heartbeat
from tests.recommendations.fakes import FakeStages
from tests.recommendations.toy import ToyWorld, toy_world


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(heartbeat, "TICK_SECONDS", 0.05)
    monkeypatch.setattr(run_pipeline, "POLL_SECONDS", 0.05)


def run_command(*arguments: str) -> str:
    out = io.StringIO()
    call_command(*arguments, stdout=out)
    return out.getvalue()


@pytest.mark.django_db(transaction=True)
class TestRunPipeline:
    def test_in_this_process_it_runs_all_stages_and_says_what_came_of_it(
        self, fake_stages: FakeStages, capsys: pytest.CaptureFixture[str]
    ):
        toy_world(4, 20)
        out = run_command("run_pipeline", "--in-process", "--seed", "9", "--set", "epochs=3")
        run = ModelRun.objects.get()
        assert (run.seed, run.parameters["epochs"]) == (9, 3)
        assert f"Run {run.pk} succeeded. It is active." in out
        assert "train: done" in capsys.readouterr().out

    def test_a_run_that_does_not_pass_the_gate_says_so(self, fake_stages: FakeStages):
        toy_world(4, 20)
        fake_stages.metrics = {"served": {"ndcg@10": 0.1}, "popularity": {"ndcg@10": 0.2}}
        out = run_command("run_pipeline", "--in-process")
        assert "It waits for a person: NDCG@10 0.1000 is below" in out

    def test_a_run_that_fails_is_an_error_with_the_cause(self, fake_stages: FakeStages):
        def fail(_: object) -> None:
            raise ValueError("no such stage today")

        toy_world(4, 20)
        fake_stages.before["train"] = fail
        with pytest.raises(CommandError, match=r"failed\. ValueError: no such stage today"):
            run_command("run_pipeline", "--in-process")

    @pytest.mark.usefixtures("fake_stages")
    def test_without_ratings_there_is_nothing_to_run(self):
        with pytest.raises(CommandError, match="There are no ratings to learn from"):
            run_command("run_pipeline", "--in-process")
        assert not ModelRun.objects.exists()

    def test_interrupted_it_leaves_the_run_to_a_worker(
        self, fake_stages: FakeStages, monkeypatch: pytest.MonkeyPatch
    ):
        def interrupt(_: object) -> None:
            raise KeyboardInterrupt

        toy_world(4, 20)
        fake_stages.before["train"] = interrupt
        assert "goes on in a worker" in run_command("run_pipeline", "--in-process")
        run = ModelRun.objects.get()
        assert (run.status, run.lease_expires_at) == (ModelRun.Status.RUNNING, None)

    def test_it_waits_for_the_run_before_it(self, fake_stages: FakeStages):
        toy_world(4, 20)
        first = run_start(parameters={}, started_by=None, wakes_worker=False)
        first.status = ModelRun.Status.RUNNING
        first.save()
        released = []

        def release(*_: object) -> None:
            released.append(1)
            ModelRun.objects.filter(pk=first.pk).update(status=ModelRun.Status.FAILED)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(
                "recommendations.training.management.commands.run_pipeline.time.sleep", release
            )
            run_command("run_pipeline", "--in-process")
        assert released
        assert ModelRun.objects.all()[0].status == ModelRun.Status.SUCCEEDED

    @pytest.mark.parametrize("pair", ["epochs", "colour=1", "epochs=many", "epochs=0"])
    def test_a_setting_that_does_not_hold_is_refused(self, pair: str):
        with pytest.raises(CommandError, match=r"epochs|colour"):
            run_command("run_pipeline", "--set", pair)
        assert not ModelRun.objects.exists()


@pytest.mark.django_db
def test_a_run_is_activated_and_rolled_back_by_command(world: ToyWorld, active: ModelRun, trained):
    newer = trained()
    assert f"Run {newer.pk} is active." in run_command("activate_run", str(newer.pk))
    assert Activation.objects.filter(withdrawn_at=None)[0].version.trained_by == newer
    assert f"Run {active.pk} is active again." in run_command("rollback_model")
    with pytest.raises(CommandError, match="no earlier model"):
        run_command("rollback_model")
    with pytest.raises(CommandError, match="no run 999999"):
        run_command("activate_run", "999999")
    with pytest.raises(CommandError, match="no finished model"):
        run_command("activate_run", str(ModelRun.objects.create().pk))
