"""Leases of rows: taken once, renewed, given back, and lost."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.db.models import F, QuerySet
from django.utils import timezone

from common.leases import IS_FREE, Lease, LeaseLostError, claim_due
from movies.models import PictureFetch
from recommendations.training.models import ModelRun
from tests import cast

pytestmark = pytest.mark.django_db

MINUTE = timedelta(minutes=1)


def lease_of(run: ModelRun, duration: timedelta = MINUTE) -> Lease:
    running = ModelRun.objects.filter(pk=run.pk, status=ModelRun.Status.RUNNING)
    return Lease(f"Run {run.pk}", running, duration)


@pytest.fixture
def run() -> ModelRun:
    return ModelRun.objects.create(status=ModelRun.Status.RUNNING)


@pytest.fixture
def fetch() -> PictureFetch:
    movie = cast.movie("Heat")
    return PictureFetch.objects.create(movie=movie, url="https://x.test/1", next_try_at=now())


def now():
    return timezone.now()


def test_a_free_row_is_taken_by_one_of_two_workers(run: ModelRun):
    free = ModelRun.objects.filter(IS_FREE)
    first, second = lease_of(run), lease_of(run)
    assert first.take(free, note="mine")
    assert not second.take(free, note="theirs")
    run.refresh_from_db()
    assert (run.note, run.lease_holder) == ("mine", first.holder)
    with pytest.raises(LeaseLostError, match=f"Run {run.pk} was taken over"):
        second.renew()


def test_an_expired_lease_is_taken_over_and_its_holder_is_refused(run: ModelRun):
    silent, successor = lease_of(run, -MINUTE), lease_of(run)
    assert silent.take(ModelRun.objects.all())
    assert successor.take(ModelRun.objects.filter(IS_FREE))
    for act in (silent.renew, silent.release, lambda: silent.read("note")):
        with pytest.raises(LeaseLostError):
            act()
    assert successor.read("note") == ""


def test_a_lease_from_before_the_clock_was_set_back_is_taken_over(run: ModelRun):
    """Its holder would seem to be alive until the earlier time has come again."""
    dead, successor = lease_of(run, timedelta(days=1)), lease_of(run, timedelta(minutes=59))
    assert dead.take(ModelRun.objects.all())
    assert successor.take(ModelRun.objects.filter(IS_FREE))
    assert not lease_of(run).take(ModelRun.objects.filter(IS_FREE))


def test_a_renewed_lease_expires_later(run: ModelRun):
    lease = lease_of(run)
    lease.take(ModelRun.objects.all())
    ModelRun.objects.update(lease_expires_at=now() - MINUTE)
    lease.renew()
    assert not ModelRun.objects.filter(IS_FREE).exists()


def test_a_row_whose_work_is_over_is_held_by_nobody(run: ModelRun):
    lease = lease_of(run)
    lease.take(ModelRun.objects.all())
    lease.release(status=ModelRun.Status.SUCCEEDED)
    assert ModelRun.objects.filter(IS_FREE, lease_holder="").exists()
    with pytest.raises(LeaseLostError):
        lease.release(status=ModelRun.Status.FAILED)
    assert ModelRun.objects.get().status == ModelRun.Status.SUCCEEDED


@pytest.mark.django_db(transaction=True)
def test_a_kept_lease_is_renewed_by_a_thread_that_ends_with_the_block():
    run = ModelRun.objects.create(status=ModelRun.Status.RUNNING)
    lease = lease_of(run, timedelta(seconds=0.3))
    lease.take(ModelRun.objects.all())
    first = ModelRun.objects.get().lease_expires_at
    with lease.kept(lambda: {"note": "renewed"}):
        until = time.monotonic() + 60
        while ModelRun.objects.get().lease_expires_at == first:
            assert time.monotonic() < until
            time.sleep(0.02)
    assert ModelRun.objects.get().note == "renewed"
    assert "lease" not in {thread.name for thread in threading.enumerate()}


@pytest.mark.parametrize("condition", [{}, {"movie__title": "Heat"}], ids=["own", "joined"])
def test_a_due_row_is_claimed_by_one_of_two_workers(fetch: PictureFetch, condition: dict[str, str]):
    rows = PictureFetch.objects.filter(pk=fetch.pk, **condition)
    assert claim_due(rows, "next_try_at", MINUTE, n_tries=F("n_tries") + 1)
    assert not claim_due(rows, "next_try_at", MINUTE, n_tries=F("n_tries") + 1)
    fetch.refresh_from_db()
    assert fetch.n_tries == 1
    assert fetch.next_try_at
    assert fetch.next_try_at > now() + MINUTE / 2


@pytest.mark.django_db(transaction=True)
def test_a_row_that_another_worker_claims_at_this_moment_is_left_to_it(fetch: PictureFetch):
    rows = PictureFetch.objects.filter(pk=fetch.pk)
    with ThreadPoolExecutor(1) as other, transaction.atomic():
        assert claim_due(rows, "next_try_at", MINUTE)
        assert not other.submit(claim_and_close, rows).result(timeout=60)
    assert not claim_due(rows, "next_try_at", MINUTE)


def claim_and_close(rows: QuerySet[PictureFetch]) -> bool:
    try:
        return claim_due(rows.filter(movie__title="Heat"), "next_try_at", MINUTE)
    finally:
        connection.close()


@pytest.mark.parametrize("due", [None, MINUTE], ids=["never", "later"])
def test_a_row_that_is_not_due_is_not_claimed(fetch: PictureFetch, due: timedelta | None):
    PictureFetch.objects.update(next_try_at=now() + due if due else None)
    assert not claim_due(PictureFetch.objects.all(), "next_try_at", MINUTE)
