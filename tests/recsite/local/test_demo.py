"""What the demo does at a start depends on what is done already."""

import fcntl
import time

import pytest
from django.conf import settings
from django.contrib.staticfiles import finders
from django.db import OperationalError

from accounts.models import User
from recommendations.training import jobs
from recommendations.training.models import ModelRun
from recommendations.training.services.runs import run_start
from recsite.local import demo, embedded
from recsite.local.demo import Demo, DemoError
from recsite.local.processes import ManagedProcess
from recsite.local.sample import N_USERS, write_movielens_sample
from tests import cast


@pytest.fixture
def ratings(db):
    """Return what a run cannot do without."""
    cast.rated(cast.member("bob"), (cast.movie(), 4))


@pytest.fixture
def a_demo(tmp_path):
    return Demo(tmp_path, is_small=True)


@pytest.fixture
def idle_worker(tmp_path):
    return ManagedProcess("worker", ["true"], local_dir=tmp_path)


@pytest.fixture
def followed(monkeypatch):
    """Return the runs that the demo followed; all of them end well."""
    runs = []

    def follow(run, console, *, while_waiting):
        runs.append(run.pk)
        ModelRun.objects.filter(pk=run.pk).update(status=ModelRun.Status.SUCCEEDED)
        run.refresh_from_db()
        return run

    monkeypatch.setattr(demo, "follow_run", follow)
    return runs


def test_a_first_start_trains_with_the_small_parameters_when_asked(
    ratings, a_demo, idle_worker, followed
):
    a_demo._train(idle_worker)
    [run] = ModelRun.objects.all()
    assert followed == [run.pk]
    assert run.parameters["epochs"] == demo.PIPELINE_SMALL["epochs"]


def test_a_start_after_a_finished_run_trains_nothing(ratings, a_demo, idle_worker, followed):
    run = run_start(parameters={}, started_by=None)
    ModelRun.objects.filter(pk=run.pk).update(status=ModelRun.Status.SUCCEEDED)
    a_demo._train(idle_worker)
    assert followed == []


@pytest.mark.parametrize("status", ["queued", "running", "failed", "cancelled"])
def test_a_start_after_an_interrupted_run_goes_on_with_it(
    ratings, a_demo, idle_worker, followed, status
):
    run = run_start(parameters={}, started_by=None)
    ModelRun.objects.filter(pk=run.pk).update(status=status)
    a_demo._train(idle_worker)
    assert followed == [run.pk]


def test_a_run_that_fails_says_its_reason_and_the_site_stays_up(
    ratings, a_demo, idle_worker, monkeypatch, capsys
):
    def fail(run, console, *, while_waiting):
        run.status, run.error = ModelRun.Status.FAILED, "the disk is full"
        return run

    monkeypatch.setattr(demo, "follow_run", fail)
    a_demo._train(idle_worker)
    assert "the disk is full" in capsys.readouterr().out


@pytest.fixture
def steps(a_demo, monkeypatch):
    """Return the steps of a start, which are noted and not done."""
    steps = []
    for name in (
        "_migrate",
        "_import_films",
        "_import_people",
        "_collect_static",
        "_welcome",
        "_train",
        "_supervise",
        "_wait_for",
    ):
        monkeypatch.setattr(
            a_demo, name, lambda *_arguments, step=name, **_options: steps.append(step)
        )
    monkeypatch.setattr(a_demo, "_login", lambda name, **_options: (name, ""))

    def process(name="web", *_arguments):
        return ManagedProcess(name, ["true"], local_dir=a_demo.local_dir)

    monkeypatch.setattr(a_demo, "_worker", process)
    monkeypatch.setattr(a_demo, "_web", process)
    return steps


def test_the_address_is_printed_before_the_first_model_trains(a_demo, steps):
    a_demo.run()
    assert steps.index("_welcome") < steps.index("_train") < steps.index("_supervise")


@pytest.mark.django_db(transaction=True)
def test_a_database_that_dies_during_the_first_training_is_started_again(
    a_demo, steps, monkeypatch, capsys
):
    def train(*_processes):
        steps.append("_train")
        if steps.count("_train") == 1:
            raise OperationalError("server closed the connection unexpectedly")

    monkeypatch.setattr(a_demo, "_train", train)
    monkeypatch.setattr(embedded, "revive", lambda _folder: ["postgres"])
    monkeypatch.setattr(settings, "IS_EMBEDDED_DATABASE", True)
    a_demo.run()
    assert steps[-3:] == ["_train", "_train", "_supervise"]
    assert "The embedded postgres had died and was started again." in capsys.readouterr().out


def test_films_are_imported_once(db, a_demo, monkeypatch):
    imported = []
    monkeypatch.setattr(demo, "call_command", lambda *args, **options: imported.append(args[0]))
    a_demo._import_films()
    assert imported == ["import_movielens"]
    cast.movie("Heat")
    a_demo._import_films()
    assert imported == ["import_movielens"]


@pytest.fixture
def fresh_finders():
    """Let the finders of static files read changed settings, in the test and after it."""
    finders.get_finder.cache_clear()  # type: ignore[attr-defined] # lru_cache hidden by the stubs
    yield
    finders.get_finder.cache_clear()  # type: ignore[attr-defined]


def test_static_files_are_collected_again_only_after_one_has_changed(
    fresh_finders, a_demo, tmp_path, monkeypatch, settings
):
    collected = []
    monkeypatch.setattr(demo, "call_command", lambda name, **_: collected.append(name))
    source = tmp_path / "source"
    source.mkdir()
    settings.STATICFILES_DIRS = [source]
    settings.STATIC_ROOT = tmp_path / "collected"
    settings.STATIC_ROOT.mkdir()
    sheet = source / "page.css"
    sheet.write_text("a {}")
    for n_expected in (1, 1):
        a_demo._collect_static()
        assert len(collected) == n_expected
    sheet.write_text("a { color: red }")
    a_demo._collect_static()
    assert len(collected) == 2
    (source / "new.css").write_text("")
    a_demo._collect_static()
    assert len(collected) == 3


def test_the_demo_member_keeps_password_and_ratings_over_starts(db, a_demo, tmp_path):
    for number in range(demo.N_FAVOURITES + 2):
        cast.movie(f"Film {number}", 1990, "Sci-Fi")
    name, password = a_demo._login("demo")
    member = User.objects.get(username=name)
    assert member.check_password(password)
    assert member.ratings.count() == demo.N_FAVOURITES
    member.ratings.all().delete()
    assert a_demo._login("demo") == (name, password)
    assert member.ratings.count() == 0
    assert (tmp_path / "password-of-demo").stat().st_mode & 0o077 == 0


def test_the_administrator_has_a_password_of_this_machine_alone(db, a_demo, tmp_path):
    name, password = a_demo._login("admin", is_staff=True)
    assert User.objects.get(username=name).is_superuser
    (tmp_path / "other").mkdir()
    assert password != Demo(tmp_path / "other")._login("admin", is_staff=True)[1]


def test_a_second_demo_on_the_same_folder_is_refused_with_the_first_ones_process(
    a_demo, tmp_path, monkeypatch
):
    monkeypatch.setattr(demo, "TAKEOVER_SECONDS", 0.1)
    with (tmp_path / "demo.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        lock.write("4711")
        lock.flush()
        with pytest.raises(DemoError, match="process 4711"), a_demo._only_demo_here():
            pass
    with a_demo._only_demo_here():
        pass


def test_a_process_that_dies_at_once_ends_the_demo_instead_of_starting_for_ever(a_demo, tmp_path):
    process = ManagedProcess("web", ["false"], local_dir=tmp_path)
    process.start()
    while process.is_running:
        pass
    with pytest.raises(DemoError, match="web does not run"):
        a_demo._revive(process)


def test_a_process_that_dies_later_is_started_again(a_demo, tmp_path, monkeypatch):
    monkeypatch.setattr(demo, "MIN_LIFE_SECONDS", 0)
    process = ManagedProcess("worker", ["sleep", "60"], local_dir=tmp_path)
    process.start()
    process._process.kill()
    process._process.wait()
    a_demo._revive(process)
    assert process.is_running
    process.stop()


def test_the_sample_is_a_movielens_folder_of_real_raters(tmp_path):
    folder = write_movielens_sample(tmp_path / "sample")
    ratings = (folder / "ratings.csv").read_text().splitlines()
    movies = (folder / "movies.csv").read_text().splitlines()
    assert ratings[0] == "userId,movieId,rating,timestamp"
    assert movies[1] == "1,Toy Story (1995),Adventure|Animation|Children|Comedy|Fantasy"
    assert 50 < len({line.split(",")[0] for line in ratings[1:]}) <= N_USERS


def test_a_database_that_is_away_for_a_moment_does_not_end_the_demo(a_demo, monkeypatch, capsys):
    def away():
        raise OperationalError("the database system is shutting down")

    looks = []

    def two_looks(_seconds):
        looks.append(1)
        if len(looks) == 2:
            raise SystemExit

    monkeypatch.setattr(demo, "every", lambda _seconds, call: call)
    monkeypatch.setattr(jobs, "resume", away)
    monkeypatch.setattr(time, "sleep", two_looks)
    monkeypatch.setattr(embedded, "revive", lambda _folder: [] if looks else ["postgres"])
    monkeypatch.setattr(settings, "IS_EMBEDDED_DATABASE", True)
    with pytest.raises(SystemExit):
        a_demo._supervise([])
    assert "The embedded postgres had died and was started again." in capsys.readouterr().out


def test_a_server_that_does_not_come_up_again_ends_the_demo_with_the_reason(a_demo, monkeypatch):
    def broken(_folder):
        raise embedded.EmbeddedServerError("no space left on device")

    monkeypatch.setattr(embedded, "revive", broken)
    monkeypatch.setattr(settings, "IS_EMBEDDED_DATABASE", True)
    with pytest.raises(DemoError, match="no space left"):
        a_demo._supervise([])
