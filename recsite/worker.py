"""gunicorn's worker with threads, in which unfinished requests occupy no thread of the site."""

import time
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from selectors import EVENT_READ
from threading import BoundedSemaphore
from typing import Any, Final

from gunicorn import util
from gunicorn.workers.gthread import ThreadWorker

from recsite import http

N_READERS: Final = 128
"""Threads of a process that read requests, beside the ``threads`` that answer them."""


class ReadFirstWorker(ThreadWorker):  # type: ignore[misc] # gunicorn has no types
    """Read each request whole, within a time limit, before a thread of the site answers it.

    gunicorn's own worker reads and answers in the same thread, without a time limit. As many
    unfinished requests, or of clients that do not read their answer, as there are threads stop it.
    """

    def get_thread_pool(self) -> ThreadPoolExecutor:
        """Return the threads that read; make those that answer."""
        self.answering = ThreadPoolExecutor(self.cfg.threads)
        # An upload is too large to be held in memory: the thread that answers it reads it.
        self.uploads = BoundedSemaphore(max(1, self.cfg.threads // 2))
        return ThreadPoolExecutor(N_READERS)

    def enqueue_req(self, conn: Any) -> None:
        """Let a thread read a request; a connection that has sent nothing waits without one."""
        if not isinstance(conn.sock, http.DeadlineSocket):
            conn.sock = http.DeadlineSocket(conn.sock)
        if conn.initialized or conn.data_ready:
            conn.arrived = time.monotonic()
            super().enqueue_req(conn)
            return
        conn.sock.setblocking(False)
        conn.timeout = time.monotonic() + http.header_seconds
        self.pending_conns.append(conn)
        callback = partial(self.on_pending_socket_readable, conn)
        self.poller.register(conn.sock, EVENT_READ, callback)

    def handle(self, conn: Any) -> bool:
        """Read and answer a request; return whether the connection stays open."""
        http.begin(conn.arrived)
        try:
            if super().handle(conn):
                return True
        except http.Refusal as refusal:
            self.log.warning("Refused a request from %s: %s", conn.client[0], refusal.reason)
            util.write_error(conn.sock, refusal.status, refusal.reason, refusal.detail)
        except http.AnswerNotTaken:
            self.log.warning("Closed a connection of %s: the answer was not read", conn.client[0])
            conn.sock.abort()
            conn.is_closed = True
            return False
        # gunicorn waits up to 2 seconds for the client to close, in the thread that accepts.
        conn.close(graceful=True)
        conn.is_closed = True
        return False

    def handle_request(self, req: Any, conn: Any) -> bool:
        """Read the body, let a thread of the site answer, and send what the client did not take."""
        try:
            if not req.is_upload():
                req.read_body()
                is_open = self._answer(req, conn)
            elif not self.uploads.acquire(timeout=http.body_seconds):
                raise http.Refusal(503, "Too many files are sent at once. Try again later.")
            else:
                try:
                    is_open = self._answer(req, conn)
                finally:
                    self.uploads.release()
        finally:
            req.body.forget()
        conn.sock.flush()
        return is_open

    def _answer(self, req: Any, conn: Any) -> bool:
        conn.sock.begin_answer()
        return bool(self.answering.submit(super().handle_request, req, conn).result())

    def finish_request(self, conn: Any, fs: Future[bool]) -> None:
        """Count a connection that is closed, or wait for its next request."""
        if getattr(conn, "is_closed", False):
            self.nr_conns -= 1
        else:
            super().finish_request(conn, fs)

    def _cap_keepalive(self, deadline: float) -> None:
        """Close connections without a request by ``deadline`` when the process stops."""
        super()._cap_keepalive(deadline)
        for conn in self.pending_conns:
            conn.timeout = min(conn.timeout, deadline)
