"""How long a member's largest files take, and how much memory.

    python -m benchmarks.personal_imports [--rows 200000]

Each file goes through `manage.py import_ratings` in a process of its own, on the database of the
settings, which must have films. The member is made for this and deleted afterwards.
"""

from __future__ import annotations

import argparse
import csv
import io
import os
import random
import subprocess
import sys
import tempfile
import time
import zipfile
from pathlib import Path

MEMBER = "benchmark-of-imports"
WORDS = "river night stone winter garden silent last red house road letter summer glass shadow king"
GIGABYTE = 1 << 30


def main() -> None:
    """Make the files, import each, print a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=200_000)
    options = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "recsite.settings")
    import django
    from django.conf import settings

    from recsite.local.embedded import ensure_running

    django.setup()
    with ensure_running(settings.LOCAL_DIR), tempfile.TemporaryDirectory() as folder:
        from accounts.models import User

        User.objects.filter(username=MEMBER).delete()
        member = User.objects.create_user(MEMBER)
        print("| file | answer | wall s | CPU s | peak MB |\n|---|---|---|---|---|")
        try:
            for path in files(Path(folder), options.rows):
                print(f"| {path.name} | {measured(path)} |", flush=True)
        finally:
            member.delete()
    # Only now: a process inherits the peak of the one that started it, and this loads PyTorch.
    from benchmarks.measuring import print_machine

    print_machine()


def files(folder: Path, n_rows: int) -> list[Path]:
    """Return the files: many rows, a gigabyte, a zip bomb, a zip with a broken member."""
    rows = _letterboxd(n_rows)
    many, large = folder / "many-rows.csv", folder / "gigabyte.csv"
    many.write_text(rows)
    large.write_text(rows[:1000])
    os.truncate(large, GIGABYTE)
    bomb, broken = folder / "bomb.zip", folder / "broken.zip"
    with (
        zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open("ratings.csv", "w") as file,
    ):
        for _megabyte in range(512):
            file.write(b"0" * (1 << 20))
    with zipfile.ZipFile(broken, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("ratings.csv", rows)
    content = bytearray(broken.read_bytes())
    content[len(content) // 2] ^= 0xFF
    broken.write_bytes(content)
    return [many, large, bomb, broken]


def measured(path: Path) -> str:
    """Import a file in a process of its own; return the answer, times and peak of memory."""
    command = [sys.executable, "manage.py", "import_ratings", "--user", MEMBER, str(path)]
    begun = time.perf_counter()
    with tempfile.TemporaryFile("w+") as output:
        process = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT)
        _pid, _status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - begun
        output.seek(0)
        lines = output.read().splitlines()
    answer = next((one for one in lines if one.startswith(("CommandError", "Import "))), lines[-1])
    cpu = usage.ru_utime + usage.ru_stime
    return f"{answer} | {seconds:.0f} | {cpu:.0f} | {usage.ru_maxrss // 1024}"


def _letterboxd(n_rows: int) -> str:
    """Return ratings as Letterboxd writes them: films of the catalogue, and others."""
    from movies.models import Movie

    known = list(Movie.objects.values_list("title", "year"))
    rng, words = random.Random(1), WORDS.split()
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(["Date", "Name", "Year", "Letterboxd URI", "Rating"])
    for n in range(n_rows):
        title, year = known[n % len(known)] if n % 2 else (_title(rng, words), 1920 + n % 100)
        day = f"{2010 + n % 15}-{1 + n % 12:02}-{1 + n % 28:02}"
        writer.writerow([day, title, year or "", f"https://boxd.it/{n:x}", 0.5 + n % 10 / 2])
    return text.getvalue()


def _title(rng: random.Random, words: list[str]) -> str:
    return " ".join(rng.choices(words, k=5)).title()


if __name__ == "__main__":
    main()
