"""Write the Python client from the API's schema: `make client`.

The answers that every operation shares, errors, are left to `default`: one way to read them, and a
third of the code.
"""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
BIN = Path(sys.executable).parent
PACKAGE = "marquee_client"
SCHEMAS = "#/components/schemas/"
SELECTS = "x-selects"
"""Marks `fields`, which is left out: answers with some properties alone do not fit the types."""
WITHOUT_TIMEOUT = "_timeout: httpx.Timeout | None = field(default=None,"
WITH_TIMEOUT = "_timeout: httpx.Timeout | None = field(default=httpx.Timeout(30.0),"
"""A client waits at most 30 seconds to connect, and for each next part of an answer."""


def schema() -> dict[str, Any]:
    """Return the part of the schema that members' programs use: no staff endpoints, one error."""
    printed = subprocess.run(
        [sys.executable, "manage.py", "spectacular", "--format", "openapi-json"],
        cwd=ROOT,
        check=True,
        capture_output=True,
    ).stdout
    document: dict[str, Any] = json.loads(printed)
    for operations in document["paths"].values():
        for method, operation in list(operations.items()):
            if "admin" in operation["tags"]:
                del operations[method]
            if {} in operation.get("security", []):  # else the types ask for a token
                operation["security"] = []
            if "parameters" in operation:
                operation["parameters"] = [
                    one for one in operation["parameters"] if SELECTS not in one
                ]
            operation["responses"] = {
                status: answer
                for status, answer in operation["responses"].items()
                if status == "default" or int(status) < 300
            }
    for component in document["components"]["schemas"].values():
        _without_selection(component.get("properties", {}))
    used: set[str] = set()
    _use(document["paths"], document["components"]["schemas"], used)
    for name in document["components"]["schemas"].keys() - used:
        del document["components"]["schemas"][name]
    return document


def _without_selection(members: dict[str, Any]) -> None:
    """Remove the properties that select what the answer has."""
    for name in [name for name, member in members.items() if SELECTS in member]:
        del members[name]


def _use(node: object, schemas: dict[str, Any], used: set[str]) -> None:
    """Add the names of all schemas that ``node`` refers to, and those that they refer to."""
    for value in node.values() if isinstance(node, dict) else node:  # type: ignore[attr-defined]
        if isinstance(value, dict | list):
            _use(value, schemas, used)
        elif isinstance(value, str) and value.startswith(SCHEMAS):
            name = value.removeprefix(SCHEMAS)
            if name not in used:
                used.add(name)
                _use(schemas[name], schemas, used)


def generate(target: Path) -> None:
    """Write the package to ``target``, which is replaced."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "schema.json"
        path.write_text(json.dumps(schema()))
        subprocess.run(
            [
                *(BIN / "openapi-python-client", "generate", "--overwrite", "--meta", "none"),
                *("--path", path, "--config", HERE / "config.yaml", "--output-path", target),
                *("--custom-template-path", HERE / "templates"),
            ],
            check=True,
            env=os.environ | {"PATH": f"{BIN}{os.pathsep}{os.environ.get('PATH', '')}"},  # of ruff
            stdout=subprocess.DEVNULL,
        )
    (target / "py.typed").touch()  # tells type checkers that the package has types (PEP 561)
    client = target / "client.py"
    text = client.read_text()
    if WITHOUT_TIMEOUT not in text:
        raise ValueError("The generated client has another default timeout: change generate.py.")
    client.write_text(text.replace(WITHOUT_TIMEOUT, WITH_TIMEOUT))


if __name__ == "__main__":
    generate(Path(sys.argv[1]) if len(sys.argv) > 1 else HERE / PACKAGE)
