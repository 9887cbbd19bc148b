"""Import a member's own ratings from another site."""

import shlex
from argparse import ArgumentParser, BooleanOptionalAction
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.core.files import File
from django.core.management.base import BaseCommand, CommandError

from accounts.models import User
from movies.importers.console import progress_bars
from movies.importers.errors import ImportFailed
from movies.importers.personal import importer_named, label_of
from movies.importers.personal.dates import DateOrder
from movies.importers.personal.encodings import LABELS
from movies.importers.personal.generic import FIELDS, TYPES
from movies.importers.personal.protocol import Kind
from movies.importers.personal.values import Scale
from movies.models import Confidence, Movie, PersonalImport
from movies.selectors.personal_imports import film_text, preview_of, report_rows
from movies.services.personal_imports import (
    WrongFilm,
    film_choose,
    import_accept,
    import_answer,
    import_apply,
    import_bring,
    import_forget,
    import_undo,
)

_OF_TABLES = {
    "column": "--column",
    "scale": "--scale",
    "kind": "--kind",
    "date_order": "--date-order",
    "type": "--type",
    "header": "--header",
}
"""The options that say what is in an unknown table."""
_OF_IMPORTS = _OF_TABLES | {
    "path": "a file",
    "dry_run": "--dry-run",
    "conflicts": "--conflicts",
    "accept_likely": "--accept-likely",
    "report": "--report",
    "film": "--film",
    "encoding": "--encoding",
}
"""The options that --undo has no use for."""


class Command(BaseCommand):
    """``manage.py import_ratings --user NAME [--dry-run] PATH``."""

    help = (
        "Imports the ratings that a member exported from Letterboxd, IMDb, Trakt and others. "
        "--dry-run shows what would happen. --undo NUMBER takes an import back."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add the arguments: who, what and how."""
        parser.add_argument("path", nargs="?", type=Path, help="the zip or file as it was exported")
        parser.add_argument("--user", required=True, help="the member's username")
        parser.add_argument("--dry-run", action="store_true", help="change nothing, only report")
        parser.add_argument(
            "--conflicts",
            choices=PersonalImport.Conflicts.values,
            help="which rating counts where the member rated the film here already (default: mine)",
        )
        parser.add_argument(
            "--accept-likely", action="store_true", help="take probable matches as right, too"
        )
        parser.add_argument(
            "--column",
            action="append",
            default=[],
            metavar="FIELD=COLUMN",
            help=f"of an unknown table, its own spelling for: {', '.join(FIELDS)}",
        )
        parser.add_argument(
            "--scale",
            choices=[one.value for one in Scale],
            default="",
            help="of an unknown table: how films are rated in it",
        )
        parser.add_argument(
            "--kind",
            choices=[one.value for one in Kind],
            default="",
            help="of an unknown table: what is in it (default: rating)",
        )
        parser.add_argument(
            "--date-order",
            choices=[one.value for one in DateOrder],
            default="",
            help="of an unknown table: day first, month first or year first",
        )
        parser.add_argument(
            "--type",
            action="append",
            default=[],
            metavar="VALUE=film|other",
            help="of an unknown table: whether a value of its column of types means a film",
        )
        parser.add_argument(
            "--header",
            action=BooleanOptionalAction,
            help="of an unknown table: whether its first line names the columns",
        )
        parser.add_argument(
            "--encoding",
            choices=sorted(LABELS),
            default="",
            help="how the letters of a file that is not in Unicode are written (default: a guess)",
        )
        parser.add_argument(
            "--report", action="store_true", help="write every row with its outcome"
        )
        parser.add_argument(
            "--film",
            action="append",
            default=[],
            metavar="FILE:LINE=NUMBER",
            help="which film of the catalogue a row means whose film is not certain",
        )
        parser.add_argument("--undo", type=int, metavar="NUMBER", help="take back this import")

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002 # Django's
        """Import or undo, and write what happened."""
        user = User.objects.filter(username=options["user"], source="").first()
        if user is None:
            raise CommandError(f"There is no member {options['user']}.")
        try:
            if options["undo"] is not None:
                self._refuse_useless(options, _OF_IMPORTS, "--undo takes back a whole import")
                self._undo(user, options["undo"])
            elif options["path"] is None:
                raise CommandError("Name the file to import.")
            else:
                self._import(user, options)
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from error
        except (ImportFailed, OSError) as error:
            raise CommandError(str(error)) from error

    def _refuse_useless(self, options: dict[str, Any], names: dict[str, str], reason: str) -> None:
        """Refuse options that would change nothing.

        Raises
        ------
        CommandError
            One of them is given.

        """
        given = [text for name, text in names.items() if options[name] not in (None, "", False, [])]
        if names.get("header") and options["header"] is False:
            given.append("--no-header")
        if given:
            raise CommandError(f"{reason}: leave out {', '.join(given)}.")

    def _undo(self, user: User, number: int) -> None:
        job = user.personal_imports.filter(pk=number).first()
        if job is None:
            raise CommandError(f"{user.username} has no import {number}.")
        for name, n_rows in import_undo(job=job).items():
            self.stdout.write(f"  {n_rows:>8,} {name.replace('_', ' ')}")

    def _import(self, user: User, options: dict[str, Any]) -> None:
        with options["path"].open("rb") as file, progress_bars(self.stdout) as progress:
            job = import_bring(
                user=user,
                file=File(file),
                name=options["path"].name,
                progress=progress,
                by_operator=True,
            )
        try:
            self._check(job, options)
            if options["dry_run"]:
                self._write_report(job, wanted=options["report"])
        except BaseException:  # SIGTERM and Ctrl-C, too
            import_forget(job=job)  # the member shall not find what only the operator tried
            raise
        if options["dry_run"]:
            import_forget(job=job)
            return
        with progress_bars(self.stdout) as progress:
            import_apply(job, progress)
        job.refresh_from_db()
        self.stdout.write(f"Import {job.pk}: {job.get_status_display()}")
        for name, n_rows in job.counts.items():
            if not name.endswith((*Confidence.values, "choice")):  # what was found before
                self.stdout.write(f"  {n_rows:>8,} {name.replace('_', ' ')}")
        self._write_report(job, wanted=options["report"])

    def _check(self, job: PersonalImport, options: dict[str, Any]) -> None:
        """Answer what is asked about a table, write what was found, and accept it.

        Raises
        ------
        CommandError
            The file cannot be imported as the options say.

        """
        if options["encoding"]:
            with progress_bars(self.stdout) as progress:
                answers = {"encoding": options["encoding"]}
                import_answer(job=job, answers=answers, progress=progress)
        if job.status == PersonalImport.Status.READY:
            site = f"{job.file_name} is an export of {label_of(job.source)}, which needs no answers"
            self._refuse_useless(options, _OF_TABLES, site)
        elif job.status == PersonalImport.Status.ASKING and options["column"]:
            answers = {
                "columns": self._columns(options["column"]),
                "scale": options["scale"],
                "kind": options["kind"],
                "date_order": options["date_order"],
                "types": self._types(options["type"]),
                "has_header": options["header"],
            }
            with progress_bars(self.stdout) as progress:
                import_answer(job=job, answers=answers, progress=progress)
        self._require_ready(job)
        for row_id, movie_id in self._films(job, options["film"]).items():
            try:
                film_choose(job=job, row_id=row_id, movie_id=movie_id)
            except WrongFilm as error:
                raise CommandError(self._why_wrong(job, error)) from error
        self._write_preview(job)
        if not options["dry_run"]:
            likely = None if options["accept_likely"] else ()
            conflicts = options["conflicts"] or PersonalImport.Conflicts.MINE
            import_accept(job=job, conflicts=conflicts, likely=likely, send=False)

    def _why_wrong(self, job: PersonalImport, error: WrongFilm) -> str:
        """Return why a film cannot be chosen for a row, by the row's place in the file."""
        row = job.rows.get(pk=error.row_id)
        is_film = Movie.objects.filter(pk=error.movie_id).exists()
        reason = "the row leaves no choice" if is_film else "the catalogue has no such film"
        return f"--film {row.file}:{row.line_number}={error.movie_id} cannot be used: {reason}."

    def _columns(self, choices: list[str]) -> dict[str, str]:
        """Return the columns by their fields.

        Raises
        ------
        CommandError
            A choice has no column, or a field is named twice.

        """
        columns: dict[str, str] = {}
        for choice in choices:
            field, _equals, column = choice.partition("=")
            if not column or field in columns:
                reason = f"{field} is named twice" if column else "it has the form FIELD=COLUMN"
                raise CommandError(f"--column {choice} cannot be used: {reason}.")
            columns[field] = column
        return columns

    def _types(self, choices: list[str]) -> dict[str, str]:
        """Return what each value of the column of types means.

        Raises
        ------
        CommandError
            A choice is neither a film nor something else.

        """
        types: dict[str, str] = {}
        for choice in choices:
            value, _equals, what = choice.rpartition("=")
            if not value or what not in TYPES:
                raise CommandError(
                    f"--type {choice} cannot be used: it has the form VALUE=film|other."
                )
            types[value] = what
        return types

    def _films(self, job: PersonalImport, choices: list[str]) -> dict[int, int]:
        """Return the chosen films by the ids of their rows.

        Raises
        ------
        CommandError
            A choice names no row of the file, or no number.

        """
        films: dict[int, int] = {}
        for choice in choices:
            place, _equals, number = choice.rpartition("=")
            file, _colon, line = place.rpartition(":")
            rows = job.rows.filter(file=file, line_number=line) if line.isdecimal() else ()
            pks = [row.pk for row in rows]
            if not pks or not number.isdecimal():
                raise CommandError(f"--film {choice} names no row of the file, or no film.")
            if not films.keys().isdisjoint(pks):
                raise CommandError(f"--film {choice} names a row twice.")
            films |= dict.fromkeys(pks, int(number))
        return films

    def _require_ready(self, job: PersonalImport) -> None:
        if job.status == PersonalImport.Status.ASKING:
            columns = ", ".join(job.questions["available"])
            is_site = importer_named(job.source) is not None
            site = f"Ratings were added to this export of {label_of(job.source)}."
            reason = job.error or (site if is_site else "This table is unknown.")
            raise CommandError(
                f"{reason} Say what its columns are with --column and --scale: {columns}."
                f"{self._suggestion(job)}"
            )
        if job.status != PersonalImport.Status.READY:
            raise CommandError(job.error)

    def _suggestion(self, job: PersonalImport) -> str:
        """Return what the page of the import would suggest and ask, a line each."""
        asked = job.questions
        columns = ((field, asked["columns"].get(field)) for field in FIELDS)
        options = [
            f"--column {shlex.quote(f'{name}={column}')}" for name, column in columns if column
        ]
        if asked["scale"]:
            options.append(f"--scale {asked['scale']}")
        if asked["kind"] and asked["kind"] != Kind.RATING:
            options.append(f"--kind {asked['kind']}")
        lines = [f"Suggested: {' '.join(options)}"]
        if asked["columns"]["rating"] and not asked["scale"]:
            lines.append(f"The ratings do not show their scale: {', '.join(Scale)}.")
        if len(orders := asked["date_orders"].get(asked["columns"]["date"], [])) > 1:
            lines.append(f"The dates do not show their --date-order: {', '.join(orders)}.")
        if types := asked.get("types", {}).get(asked["columns"]["type"]):
            values = ", ".join(shlex.quote(f"{value}=film") for value in types)
            lines.append(f"Say of each type of works whether it is a film, by --type: {values}.")
        if asked["outliers"]:
            values = ", ".join(asked["outliers"])
            lines.append(
                f"Few ratings are as high as {values}. Choose the scale of the films: "
                "what is above it is left out."
            )
        lines += [" | ".join(sample) for sample in asked["samples"]]
        return "".join(f"\n{line}" for line in lines)

    def _write_preview(self, job: PersonalImport) -> None:
        preview = preview_of(job)
        self.stdout.write(f"{job.file_name}: {label_of(job.source)}")
        for text, n_rows in (
            ("ratings of films in the catalogue", preview.n_ratings),
            ("films seen", preview.n_seen),
            ("films to watch later", preview.n_watch_later),
            ("films to leave Watch later", preview.n_leaving),
            ("probable matches among them", preview.n_likely),
            ("rows that could mean several films: choose with --film", preview.n_choices),
            ("films chosen", preview.n_chosen),
            ("rated differently here", preview.n_conflicts),
            ("films not in the catalogue: --film names one that is", preview.n_unmatched),
            ("rows that repeat others", preview.n_repeated),
            ("rows that cannot be imported", preview.n_refused),
            ("entries of files that are not imported", job.counts.get("left_out", 0)),
        ):
            self.stdout.write(f"  {n_rows:>8,} {text}")
        for row in preview.unmatched:
            self.stdout.write(f"{row.file}:{row.line_number}: {row.name}: {row.note}")
        if (n_more := preview.n_unmatched - len(preview.unmatched)) > 0:
            self.stdout.write(f"... and {n_more:,} more, which --report lists")
        for row in preview.choices:
            films = " | ".join(map(film_text, row.films))
            self.stdout.write(f"{row.file}:{row.line_number}: {row.name}: {films}")
        for row in preview.left_out:
            self.stdout.write(f"{row.file}: {row.note}")
        for row in preview.refused:
            self.stdout.write(f"{row.file}:{row.line_number}: {row.title}: {row.note}")

    def _write_report(self, job: PersonalImport, *, wanted: bool) -> None:
        for row in report_rows(job) if wanted else ():
            self.stdout.write("\t".join(map(str, row)))
