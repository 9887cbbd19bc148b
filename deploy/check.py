"""Check the files of deployment with the packages of ``requirements/deploy.txt``.

The chart is linted, rendered with several values and held against the schemas of Kubernetes, the
compose file is read by Docker's own program, the Dockerfile is linted, the expressions of alerts
and dashboard are parsed, and the templates for Azure are parsed: names that they use are declared.
Nothing is deployed.
"""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import kubernetes_validate
import promql_parser
import pycep
import yaml
from helm_python import Chart, lint

ROOT = Path(__file__).resolve().parents[1]
CHART = ROOT / "deploy" / "helm" / "marquee"
KUBERNETES = "1.34"
VALUES: dict[str, dict[str, Any]] = {
    "default": {},
    "gpu": {"workerMl": {"gpus": 1, "nodeSelector": {"gpu": "yes"}}},
    "object store": {
        "volume": {"enabled": False},
        "env": {"MARQUEE_STORAGE": "s3://films/site"},
    },
    "pod monitor": {"podMonitor": {"enabled": True, "labels": {"release": "prometheus"}}},
    "no ingress": {"ingress": {"enabled": False}, "networkPolicy": {"enabled": False}},
}
N_LEAST = 7
"""Manifests that every rendering has: settings, migration, web, three workers and the clock."""


def chart() -> None:
    """Lint the chart, render it and validate every manifest."""
    print("lint:", lint(str(CHART)))  # noqa: T201
    for name, values in VALUES.items():
        with Chart.load(str(CHART)) as loaded:
            rendered = loaded.render(values=values, name="films")
        texts = rendered.values() if isinstance(rendered, dict) else [rendered]
        manifests = [one for text in texts for one in yaml.safe_load_all(text) if one]
        for manifest in manifests:
            if manifest["kind"] == "PodMonitor":  # the operator's own kind: no schema is at hand
                continue
            kubernetes_validate.validate(manifest, KUBERNETES, strict=True)
        print(f"chart, {name}: {len(manifests)} manifests are valid")  # noqa: T201
        if len(manifests) < N_LEAST:
            raise SystemExit(f"chart, {name}: manifests are missing")


def azure() -> None:
    """Parse every template; each module gets exactly the parameters that it declares."""
    parser = pycep.BicepParser()
    parsed = {
        path: parser.parse(text=path.read_text())
        for path in sorted((ROOT / "deploy" / "azure").rglob("*.bicep"))
    }
    main = ROOT / "deploy" / "azure" / "main.bicep"
    for module in parsed[main]["modules"].values():
        path = main.parent / module["detail"]["path"]
        given, declared = set(module["config"]["params"]), set(parsed[path]["parameters"])
        if given != declared:
            raise SystemExit(f"{path.name}: parameters differ: {sorted(given ^ declared)}")
    print(f"azure: {len(parsed)} templates parse")  # noqa: T201


def monitoring() -> None:
    """Parse the expression of every alert and of every panel of the dashboard."""
    rules = yaml.safe_load((ROOT / "deploy" / "prometheus" / "alerts.yml").read_text())
    board = json.loads((ROOT / "deploy" / "grafana" / "marquee.json").read_text())
    expressions = [rule["expr"] for group in rules["groups"] for rule in group["rules"]]
    expressions += [target["expr"] for panel in board["panels"] for target in panel["targets"]]
    for expression in expressions:
        promql_parser.parse(expression)
    print(f"monitoring: {len(expressions)} expressions parse")  # noqa: T201


def program(name: str, *arguments: str, **environment: str) -> None:
    """Run a program that came with a package beside Python."""
    path = Path(sys.executable).parent / name
    subprocess.run(  # noqa: S603
        [path, *arguments], cwd=ROOT, check=True, env=os.environ | environment
    )
    print(f"{name}: well")  # noqa: T201


def main() -> None:
    """Run every check; the first that fails ends the process with an error."""
    chart()
    azure()
    monitoring()
    env_file = ROOT / ".env"
    is_ours = not env_file.exists()
    if is_ours:  # the compose file asks for one
        env_file.write_text(
            "SECRET_KEY=x\nALLOWED_HOSTS=films.example\nPOSTGRES_PASSWORD=x\nVALKEY_PASSWORD=x\n"
        )
    try:
        program("docker-compose", "config", "--quiet")
    finally:
        if is_ours:
            env_file.unlink()
    program("hadolint", "--failure-threshold", "warning", "Dockerfile")


if __name__ == "__main__":
    main()
