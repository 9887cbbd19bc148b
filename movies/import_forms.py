"""What a member ticks, chooses and answers on the page of an import, kept until it is sent.

The session keeps it while the member looks for a film or changes the language.
"""

from typing import Any

from django.http import HttpRequest, QueryDict

from movies.importers.personal.generic import FIELDS
from movies.importers.personal.protocol import Kind
from movies.models import PersonalImport, PersonalImportRow
from movies.selectors.personal_imports import Preview, likely_rows

MAX_DIGITS = 19


def answers_in(form: QueryDict, job: PersonalImport) -> dict[str, Any]:
    """Return what the form says about the columns of a table.

    The form sends all of its fields. Those that do not apply to the others are left empty.
    """
    answers: dict[str, Any] = {
        "columns": {field: form.get(f"column-{field}", "") for field in FIELDS},
        "has_header": {"names": True, "film": False}.get(form.get("first-line", "")),
        **{name: form.get(name, "") for name in ("scale", "kind", "date_order")},
    }
    column = answers["columns"]["type"]
    asked = job.questions.get("types", {}).get(column, ())
    answers["types"] = {text: form.get(f"type-{text}", "") for text in asked}
    if answers["kind"] not in {"", Kind.RATING}:
        answers["scale"] = answers["columns"]["rating"] = ""
    if not job.questions.get("date_orders", {}).get(answers["columns"]["date"]):
        answers["date_order"] = ""
    return answers


def likely_in(form: QueryDict, job: PersonalImport) -> set[int]:
    """Return the rows whose probable film is taken: the ticked ones, and the rest if wanted.

    The rest are the rows that the page had no room for.
    """
    ticked = _numbers(form, "likely")
    rest = likely_rows(job) - _numbers(form, "shown") if form.get("likely-rest") else set()
    return ticked | rest


def films_in(form: QueryDict) -> dict[int, int]:
    """Return the films that are picked among several, by the ids of their rows."""
    return {
        number: film
        for name in form
        if (number := number_in(name.removeprefix("film-")))
        and (film := number_in(form.get(name, "")))
    }


def form_keep(request: HttpRequest, job: PersonalImport) -> None:
    """Store in the session what the form of an import says, for the next time it is shown.

    Rows are named by their place in the file: a file that is read again has other ids.
    """
    form = request.POST
    if "first-line" in form:  # the questions about a table
        request.session[_name(job)] = _kept(request, job) | {"answers": answers_in(form, job)}
        return
    ticked, shown, films = _numbers(form, "likely"), _numbers(form, "shown"), films_in(form)
    rows = job.rows.in_bulk(shown | films.keys())
    conflicts = form.get("conflicts", "")
    request.session[_name(job)] = {
        "unticked": [_place(rows[pk]) for pk in (shown - ticked) & rows.keys()],
        "films": {_place(rows[pk]): film for pk, film in films.items() if pk in rows},
        "conflicts": conflicts if conflicts in PersonalImport.Conflicts.values else "",
        "takes_rest": "likely-rest" in form,
    }


def form_fill(request: HttpRequest, job: PersonalImport, preview: Preview) -> dict[str, Any]:
    """Mark the rows of a preview as the member ticked them, and return the rest of the form."""
    kept = _kept(request, job)
    unticked, films = set(kept.get("unticked", ())), kept.get("films", {})
    for row in preview.likely:
        vars(row)["is_unticked"] = _place(row) in unticked
    for row in preview.choices:
        film = films.get(_place(row))
        vars(row)["picked"] = film if film in row.candidates else None
    return {
        "conflicts": kept.get("conflicts") or job.conflicts,
        "takes_rest": kept.get("takes_rest", False),
    }


def answers_kept(request: HttpRequest, job: PersonalImport) -> dict[str, Any]:
    """Return the answers about a table that the member has not sent, else those that they sent."""
    kept: dict[str, Any] = _kept(request, job).get("answers") or job.answers
    return kept


def answers_forget(request: HttpRequest, job: PersonalImport) -> None:
    """Forget the answers that were kept: others have been sent."""
    if "answers" in (kept := _kept(request, job)):
        del kept["answers"]
        request.session[_name(job)] = kept


def form_forget(request: HttpRequest, job: PersonalImport) -> None:
    """Forget what was kept of an import that is over."""
    request.session.pop(_name(job), None)


def number_in(text: str) -> int | None:
    """Return an id that a form sent, None if it is none."""
    return int(text) if text.isdecimal() and len(text) < MAX_DIGITS else None


def _numbers(form: QueryDict, name: str) -> set[int]:
    return set(filter(None, map(number_in, form.getlist(name))))


def _kept(request: HttpRequest, job: PersonalImport) -> dict[str, Any]:
    kept: dict[str, Any] = request.session.get(_name(job), {})
    return kept


def _name(job: PersonalImport) -> str:
    """Return the key of an import's form in the session."""
    return f"import-{job.pk}"


def _place(row: PersonalImportRow) -> str:
    """Return what tells a row and its probable film from the others of its import."""
    return f"{row.file}:{row.line_number}:{row.kind}:{row.title}:{row.movie_id or ''}"
