"""A real worker takes tasks from its queues and says so."""

from django.core.cache import cache

from recsite.celery import QUEUES, heartbeat_key


def test_a_worker_leaves_a_heartbeat_for_each_of_its_queues(celery_worker):
    assert set(cache.get_many([heartbeat_key(queue) for queue in QUEUES])) == {
        "worker:web",
        "worker:ml",
    }
