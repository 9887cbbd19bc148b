"""The pipeline over a workspace directory, the same for the command line and the site."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ml.config import PipelineConfig
from ml.progress import Reporter

STAGES: tuple[str, ...] = ("sample", "embed", "train", "mine", "finetune", "evaluate")


def run_stage(
    name: str, workspace: Path, config: PipelineConfig, report: Reporter
) -> dict[str, Any]:
    """Run one stage: read earlier products, write its own, return a small summary."""
    raise NotImplementedError
