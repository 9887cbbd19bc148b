"""Remove from a virtual environment what no running site reads: ``slim_venv.py FOLDER``.

Test suites, C headers, build tools, pip and setuptools go. The remaining modules are compiled with
hashes instead of file times, so that two builds of the same packages give the same bytes.
"""

import compileall
import shutil
import sys
from pathlib import Path
from py_compile import PycInvalidationMode

UNUSED_ANYWHERE = ("tests", "__pycache__")
UNUSED = (
    "pip", "setuptools", "pkg_resources", "_distutils_hack", "distutils-precedence.pth",
    "torch/test", "torch/include",
    "pyarrow/include", "numpy/_core/include",
)  # fmt: skip
KEPT_PROGRAMS = {"torch_shm_manager"}
"""Of ``torch/bin``: torch looks for it when it is imported."""


def slim(environment: Path) -> None:
    """Remove and compile in place."""
    [packages] = environment.glob("lib/python3*/site-packages")
    for path in unused(environment, packages):
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
    compileall.compile_dir(
        packages, quiet=2, workers=0, invalidation_mode=PycInvalidationMode.UNCHECKED_HASH
    )


def unused(environment: Path, packages: Path) -> list[Path]:
    """Return the files and folders to remove, outermost first."""
    found = [path for name in UNUSED for path in packages.glob(name)]
    found += [path for name in UNUSED for path in packages.glob(f"{name}-*.dist-info")]
    found += [path for name in UNUSED_ANYWHERE for path in packages.rglob(name)]
    found += [path for path in packages.glob("torch/bin/*") if path.name not in KEPT_PROGRAMS]
    return [*found, *environment.glob("bin/pip*")]


if __name__ == "__main__":
    slim(Path(sys.argv[1]))
