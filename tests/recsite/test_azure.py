"""The templates and the script for Azure, as far as no subscription is needed to see."""

import os
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
AZURE = ROOT / "deploy" / "azure"
APPS = (AZURE / "modules" / "apps.bicep").read_text()
AZ = """#!/bin/sh
echo "$@" >>"$CALLS"
case "$*" in
    *"config show"*"--slot staging"*) echo "$STAGING" ;;
esac
"""


@pytest.fixture
def calls(tmp_path: Path) -> Path:
    """Put an `az` before all others that notes how it is called, and return its notes."""
    program = tmp_path / "az"
    program.write_text(AZ)
    program.chmod(0o755)
    return tmp_path / "calls"


def roll_back(calls: Path, staging: str) -> subprocess.CompletedProcess[str]:
    environment = {
        "PATH": f"{calls.parent}:{os.environ['PATH']}",
        "CALLS": str(calls),
        "STAGING": staging,
        "GROUP": "films",
        "NAME": "films",
    }
    return subprocess.run(
        ["bash", AZURE / "deploy.sh", "roll-back"],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_rolling_back_takes_web_and_workers_to_the_same_version(calls: Path) -> None:
    assert roll_back(calls, "DOCKER|films.azurecr.io/marquee-web:0a1b2c").returncode == 0
    notes = calls.read_text()
    assert notes.count("webapp deployment slot swap") == 1
    images = dict(re.findall(r"containerapp update .*--name films-(\S+) --image (\S+)", notes))
    assert images == {
        "worker-ml": "films.azurecr.io/marquee-worker:0a1b2c",
        "worker-web": "films.azurecr.io/marquee-web:0a1b2c",
        "beat": "films.azurecr.io/marquee-web:0a1b2c",
    }
    assert set(re.findall(r"name: '(worker-ml|worker-web|beat)'", APPS)) == set(images)


def test_without_an_earlier_version_nothing_is_changed(calls: Path) -> None:
    result = roll_back(calls, "")
    assert result.returncode == 1
    assert "nothing was changed" in result.stderr
    assert "swap" not in calls.read_text()


def test_hsts_begins_with_an_hour_for_the_sites_own_name() -> None:
    defaults = dict(re.findall(r"^  ([A-Z_]+): '([^']+)'$", APPS, re.MULTILINE))
    assert defaults["SECURE_HSTS_SECONDS"] == "3600"
    assert defaults["SECURE_HSTS_INCLUDE_SUBDOMAINS"] == "false"
    assert defaults["SECURE_HSTS_PRELOAD"] == "false"


def test_further_settings_reach_web_and_workers_alike() -> None:
    assert "items(union(defaults, settings))" in APPS
    assert re.search(r"var appSettings = concat\(plain, fromVault", APPS)
    assert "var containerEnv = concat(plain, fromSecrets)" in APPS
    parameters = (AZURE / "main.bicepparam").read_text()
    main = (AZURE / "main.bicep").read_text()
    for name, variable in (("settings", "SETTINGS"), ("furtherSecrets", "FURTHER_SECRETS")):
        assert f"param {name} = json(readEnvironmentVariable('{variable}', '{{}}'))" in parameters
        assert f"{name}: {name}" in main
    assert "@secure()\nparam furtherSecrets object" in main


def test_every_parameter_is_given_once_and_declared() -> None:
    given = re.findall(r"^param (\w+)", (AZURE / "main.bicepparam").read_text(), re.MULTILINE)
    declared = re.findall(r"^param (\w+)", (AZURE / "main.bicep").read_text(), re.MULTILINE)
    assert len(given) == len(set(given))
    assert set(given) <= set(declared)


FILES = sorted(
    path
    for folder in (ROOT / "deploy", ROOT / ".github")
    for path in folder.rglob("*")
    if path.suffix in {".md", ".yml", ".yaml", ".sh", ".bicep", ".bicepparam", ".tpl", ".py"}
)
PATHS = re.compile(r"(?<![\w/.-])(?:docs|deploy|tests|requirements|recsite)/[\w./-]*\.[a-z]+\b")
LINKS = re.compile(r"\]\((?!https?:|mailto:|#)([^)#\s]+)")


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_files_that_are_named_exist(path: Path) -> None:
    text = path.read_text()
    for name in PATHS.findall(text):
        assert (ROOT / name).exists(), name
    for link in LINKS.findall(text):
        assert (path.parent / link).exists(), link
