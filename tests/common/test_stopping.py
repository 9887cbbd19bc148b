import os

from common import stopping


def test_a_child_process_knows_that_its_worker_was_told_to_stop() -> None:
    stopping.clear_stopping()
    told, tell = os.pipe()
    child = os.fork()
    if child == 0:  # the process that works on a task
        os.read(told, 1)
        os._exit(int(stopping.is_stopping()))
    assert not stopping.is_stopping()
    stopping.set_stopping(sig="TERM")
    os.write(tell, b"x")
    _pid, status = os.waitpid(child, 0)
    stopping.clear_stopping()
    assert os.waitstatus_to_exitcode(status) == 1
