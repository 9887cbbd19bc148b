"""A server that accepts and never answers holds nobody for longer than its time-out."""

import socket
import threading
import time
from contextlib import contextmanager
from smtplib import SMTPException

import pytest
from django.conf import settings as django_settings
from django.core import mail
from django.db import OperationalError, connection
from kombu.exceptions import OperationalError as BrokerError

from recsite.celery import SiteCelery
from recsite.mail import QueuedEmailBackend, send_payload


@contextmanager
def silent_server():
    """Start a TCP server that accepts connections and says nothing."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(20)
        accepted = []

        def accept():
            try:
                while True:
                    accepted.append(listener.accept())
            except OSError:
                pass

        thread = threading.Thread(target=accept, daemon=True)
        thread.start()
        try:
            yield listener.getsockname()[1]
        finally:
            # To close it alone would leave the thread waiting at a number that a later socket gets.
            listener.shutdown(socket.SHUT_RDWR)
            thread.join()
            for peer, _address in accepted:
                peer.close()


def test_a_silent_broker_costs_its_time_out_once_and_then_nothing():
    with silent_server() as port:
        app = SiteCelery("silent", broker=f"redis://127.0.0.1:{port}/0", set_as_current=False)
        options = django_settings.CELERY_BROKER_TRANSPORT_OPTIONS
        app.conf.update(broker_transport_options=options, task_ignore_result=True)
        started = time.monotonic()
        with pytest.raises(BrokerError):
            app.send_task("anything", retry=False)
        assert time.monotonic() - started < 10
        started = time.monotonic()
        with pytest.raises(BrokerError):
            app.send_task("anything", retry=False)
        assert time.monotonic() - started < 0.5


def test_a_statement_that_is_not_answered_in_time_is_given_up(transactional_db, settings):
    settings.DATABASE_QUERY_SECONDS = 0.3
    assert django_settings.DATABASES["default"]["ENGINE"] == "recsite.postgres"
    started = time.monotonic()
    with pytest.raises(OperationalError, match="did not answer"), connection.cursor() as cursor:
        cursor.execute("SELECT pg_sleep(20)")
    assert time.monotonic() - started < 5
    connection.close()
    settings.DATABASE_QUERY_SECONDS = 0
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        assert cursor.fetchone() == (1,)


def payload():
    return {"subject": "Hello", "body": "Text", "from_email": "a@b.example", "to": ["c@d.example"]}


def test_a_silent_mail_server_is_given_up_after_its_time_out(settings):
    with silent_server() as port:
        settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", port, 0.3
        settings.EMAIL_TRANSPORT = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False
        with pytest.raises((OSError, SMTPException)):
            send_payload(payload())


def test_a_mail_server_that_is_down_fails_no_request(settings, monkeypatch):
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    settings.EMAIL_TRANSPORT = "django.core.mail.backends.smtp.EmailBackend"

    def refuse(*_args, **_kwargs):
        raise BrokerError

    monkeypatch.setattr("recsite.mail.current_app.send_task", refuse)
    message = mail.EmailMessage("Hello", "Text", "a@b.example", ["c@d.example"])
    assert QueuedEmailBackend().send_messages([message]) == 0


def test_a_worker_sends_what_a_page_handed_over(settings, monkeypatch):
    settings.EMAIL_TRANSPORT = "django.core.mail.backends.locmem.EmailBackend"
    sent = []
    monkeypatch.setattr(
        "recsite.mail.current_app.send_task", lambda name, args, **_: sent.append((name, args))
    )
    message = mail.EmailMultiAlternatives("Hello", "Text", "a@b.example", ["c@d.example"])
    message.attach_alternative("<p>Text</p>", "text/html")
    assert QueuedEmailBackend().send_messages([message]) == 1
    [(name, [handed_over])] = sent
    assert name == "recsite.send_mail"
    send_payload(handed_over)
    assert mail.outbox[-1].alternatives[0][0] == "<p>Text</p>"
