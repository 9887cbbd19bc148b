"""Print as JSON what an image holds; it is run inside, by the image's own Python."""

import importlib.util
import json
import os
import subprocess
from importlib.metadata import distributions
from pathlib import Path

VENV = Path("/opt/venv")
CODE = Path("/srv/marquee")
NAMES = ("torch", "pandas", "scipy", "pyarrow", "pip", "setuptools")


def main() -> None:
    """Look at the user, the size, the packages and what is writable."""
    du = subprocess.run(
        ["/usr/bin/du", "-xsm", "--exclude=/proc", "--exclude=/sys", "/"],
        capture_output=True,
        text=True,
        check=False,
    )
    found = {
        "user": [os.getuid(), os.getgid()],
        "size_mb": int(du.stdout.split()[0]),
        "packages": {each.metadata["Name"]: each.version for each in distributions()},
        "modules": [name for name in NAMES if importlib.util.find_spec(name)],
        "test_folders": [str(path) for path in VENV.rglob("tests") if path.is_dir()],
        "writable": [str(path) for path in (VENV, CODE) if os.access(path, os.W_OK)],
        "files": sorted(str(path.relative_to(CODE)) for path in CODE.rglob("*") if path.is_file()),
    }
    print(json.dumps(found))  # noqa: T201


if __name__ == "__main__":
    main()
