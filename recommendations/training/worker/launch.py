"""A stage in several processes: the worker starts them by torchrun and listens to their leader."""

import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final

from ml.data.dataset import DataError
from ml.progress import Progress, Reporter
from ml.training.config import PipelineConfig

N_LAST_CHARACTERS: Final = 10_000
STOP_SECONDS: Final = 10


class TrainingFailedError(Exception):
    """The processes ended without a result; the message holds the end of what they said."""


def run_stage_together(
    n_processes: int,
    name: str,
    workspace: Path,
    config: PipelineConfig,
    report: Reporter,
    *,
    with_users: bool = True,
) -> dict[str, Any]:
    """``ml.pipeline.stages.run_stage`` by so many processes of this machine.

    The processes end with this one: without it, the leader's next report finds nobody listening.

    Raises
    ------
    DataError
        As in a single process.
    TrainingFailedError
        A process died or raised; the others were stopped.
    Cancelled, LeaseLostError
        By the reporter; the processes were stopped.

    """
    command = [
        *(sys.executable, "-m", "torch.distributed.run", "--standalone"),
        *(f"--nproc-per-node={n_processes}", "-m", "ml", "stage", name),
        *("--workspace", str(workspace), "--config", json.dumps(config.to_dict())),
        *(() if with_users else ("--without-users",)),
    ]
    with tempfile.TemporaryFile("w+") as errors, _running(command, errors) as process:
        summary = _listen(process, report)
        if process.wait() == 0 and summary is not None:
            return summary
        errors.seek(0)
        raise TrainingFailedError(errors.read()[-N_LAST_CHARACTERS:].strip() or "no word why")


def _listen(process: subprocess.Popen[str], report: Reporter) -> dict[str, Any] | None:
    """Pass on what the leader reports, a JSON object a line, until it is done."""
    summary: dict[str, Any] | None = None
    for line in process.stdout or ():
        with suppress(json.JSONDecodeError):
            message = json.loads(line)
            if "progress" in message:
                report(Progress(**message["progress"]))
            elif "error" in message:
                raise DataError(message["error"])
            else:
                summary = message["summary"]
    return summary


@contextmanager
def _running(command: list[str], errors: Any) -> Iterator[subprocess.Popen[str]]:
    """Run the processes in a group of their own, which is killed at the end in any case."""
    process = subprocess.Popen(  # noqa: S603 (nothing in it is a visitor's)
        command, stdout=subprocess.PIPE, stderr=errors, text=True, start_new_session=True
    )
    try:
        yield process
    finally:
        for number in (signal.SIGTERM, signal.SIGKILL):
            with suppress(ProcessLookupError):
                os.killpg(process.pid, number)
            with suppress(subprocess.TimeoutExpired):
                process.wait(STOP_SECONDS)
        if process.stdout is not None:
            process.stdout.close()
