"""Pages on which a member brings ratings from elsewhere, checks, imports and undoes them."""

import csv
from collections.abc import Callable, Iterator, Mapping
from itertools import islice
from typing import Any, cast

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django.views.i18n import set_language

from accounts.models import User
from movies.import_forms import (
    answers_forget,
    answers_in,
    answers_kept,
    films_in,
    form_fill,
    form_forget,
    form_keep,
    likely_in,
    number_in,
)
from movies.importers.errors import FileTooLarge
from movies.importers.personal import IMPORTERS, importer_named, label_of
from movies.importers.personal.dates import DateOrder
from movies.importers.personal.encodings import LABELS
from movies.importers.personal.generic import FIELDS
from movies.importers.personal.protocol import Kind
from movies.importers.personal.reasons import label_text
from movies.importers.personal.values import Scale
from movies.models import ListKind, PersonalImport
from movies.selectors.personal_imports import (
    films_for_row,
    imports_of,
    preview_of,
    report_rows,
    row_of,
)
from movies.services.personal_imports import (
    TooManyImports,
    UnfitAnswer,
    film_choose,
    import_accept,
    import_answer,
    import_bring,
    import_cancel,
    import_delete,
    import_undo,
)

FORM_BYTES = 100_000
N_LISTED = 20
MAX_QUERY_CHARACTERS = 200
ROWS_PER_BLOCK = 500
FIELD_LABELS: dict[str, Any] = {
    "title": lambda: _("Title"),
    "year": lambda: _("Year"),
    "rating": lambda: _("Your rating"),
    "date": lambda: _("Date of the rating"),
    "imdb_id": lambda: _("IMDb number or address"),
    "tmdb_id": lambda: _("TMDB number"),
    "original_title": lambda: _("Original title"),
    "people": lambda: _("Directors"),
    "type": lambda: _("Film or series"),
}
SCALES: dict[Scale, Any] = {
    Scale.FOUR: lambda: _("Up to 4 stars"),
    Scale.FIVE: lambda: _("Up to 5 stars"),
    Scale.TEN: lambda: _("Up to 10"),
    Scale.TWENTY: lambda: _("Up to 20"),
    Scale.HUNDRED: lambda: _("Up to 100"),
    Scale.PERCENT: lambda: _("Percent"),
    Scale.THUMBS: lambda: _("Thumb up or down"),
    Scale.GRADES: lambda: _("School grades, 1 (best) to 6"),
    Scale.LETTERS: lambda: _("Grades from A+ to F"),
}
KINDS: dict[Kind, Any] = {
    Kind.RATING: lambda: _("Films I rated"),
    Kind.SEEN: lambda: _("Films I have seen, without ratings"),
    Kind.WATCH_LATER: lambda: _("Films I want to see"),
}
ORDERS: dict[DateOrder, Any] = {
    DateOrder.DAY_FIRST: lambda: _("Day, month, year"),
    DateOrder.MONTH_FIRST: lambda: _("Month, day, year"),
    DateOrder.YEAR_FIRST: lambda: _("Year, month, day"),
}


class _Echo:
    """A file that gives back what is written, for the csv module."""

    def write(self, value: str) -> str:
        return value


@csrf_exempt
def bring(request: HttpRequest) -> HttpResponse:
    """Show the form and the member's imports, or take a file.

    A body that is too large is refused by its length, before the CSRF check would read it.
    """
    length = request.META.get("CONTENT_LENGTH") or "0"
    if int(length) > settings.PERSONAL_IMPORT_MAX_BYTES + FORM_BYTES:
        return _refused(request, FileTooLarge(settings.PERSONAL_IMPORT_MAX_BYTES))
    return _bring(request)


@csrf_protect
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def _bring(request: HttpRequest) -> HttpResponse:
    if request.method != "POST":
        return render(request, "movies/import.html", _bring_context(request))
    if not isinstance(request.user, User):
        return redirect("movies:import")
    file = request.FILES.get("file")
    if file is None:
        return _refused(request, ValidationError(_("Choose a file first.")))
    try:
        job = import_bring(user=request.user, file=file, name=file.name or "")
    except ValidationError as problem:
        return _refused(request, problem)
    return redirect("movies:import-show", job.pk)


def _refused(request: HttpRequest, problem: ValidationError) -> HttpResponse:
    """Show the form with what is wrong: 413 for a large file, 429 for many, else 400."""
    context = _bring_context(request, " ".join(problem.messages))
    if isinstance(problem, TooManyImports):
        response = render(request, "movies/import.html", context, status=429)
        response["Retry-After"] = str(problem.wait_seconds)
        return response
    status = 413 if isinstance(problem, FileTooLarge) else 400
    return render(request, "movies/import.html", context, status=status)


@login_required
@never_cache
@require_safe
def show(request: HttpRequest, import_id: int) -> HttpResponse:
    """Show one import: questions, what it would do, how far it is, or what came of it.

    With ``?columns`` in the address, the questions about a table are shown again.
    """
    return render(request, "movies/import_show.html", _show_context(request, import_id))


def _show_context(request: HttpRequest, import_id: int) -> dict[str, Any]:
    job = _own(request, import_id)
    Status = PersonalImport.Status  # noqa: N806 # the model's own name
    is_ready = job.status == Status.READY
    earlier = imports_of(job.user).filter(digest=job.digest, status=Status.DONE).exclude(pk=job.pk)
    context: dict[str, Any] = {
        "job": job,
        "label": label_of(job.source) if job.source else "",
        "preview": preview_of(job) if is_ready or job.status == Status.DONE else None,
        "earlier": earlier.first() if is_ready else None,
        "conflict_choices": PersonalImport.Conflicts.choices,
        "result": result_of(job),
    }
    if is_ready:
        context |= form_fill(request, job, context["preview"])
    context["can_correct"] = is_ready and bool("columns" in job.questions and job.upload)
    if job.questions.get("encoding") and job.upload and job.status in {Status.ASKING, Status.READY}:
        context["encodings"] = [(name, _(label)) for name, label in LABELS.items()]
        context["encoding"] = job.questions["encoding"]
    if job.status == Status.ASKING or (context["can_correct"] and "columns" in request.GET):
        context["questions"] = _questions(job, answers_kept(request, job))
    if is_ready or "questions" in context:
        # The buttons of the footer send the form along, so that nothing in it is lost.
        context["kept_by"] = reverse("movies:import-keep", args=[job.pk])
    return context


@login_required
@require_POST
def answer(request: HttpRequest, import_id: int) -> HttpResponse:
    """Take what the columns of an unknown table are; ask again, by 400, if it does not fit."""
    encoding = request.POST.get("encoding", "")
    job = _own(request, import_id)
    answers = {"encoding": encoding} if encoding else answers_in(request.POST, job)

    def action(job: PersonalImport) -> None:
        import_answer(job=job, answers=answers)
        answers_forget(request, job)

    try:
        return _act(request, import_id, action)
    except UnfitAnswer as error:
        context = _show_context(request, import_id)
        context["questions"] = _questions(context["job"], answers)
        context["questions"]["error"] = " ".join(error.messages)
        return render(request, "movies/import_show.html", context, status=400)


@login_required
@require_POST
def accept(request: HttpRequest, import_id: int) -> HttpResponse:
    """Have a worker import a checked file."""
    form_keep(request, _own(request, import_id))
    conflicts = request.POST.get("conflicts", PersonalImport.Conflicts.MINE)
    if conflicts not in PersonalImport.Conflicts.values:
        messages.error(request, _("Please choose which rating should count."))
        return redirect("movies:import-show", import_id)

    def action(job: PersonalImport) -> None:
        likely, films = likely_in(request.POST, job), films_in(request.POST)
        import_accept(job=job, conflicts=conflicts, likely=likely, films=films)
        form_forget(request, job)

    return _act(request, import_id, action)


@login_required
@require_POST
def keep(request: HttpRequest, import_id: int) -> HttpResponse:
    """Store the ticks, choices and answers of the form, then go where the button leads.

    ``row`` leads to the search for that row's film, ``columns`` to the questions about the table.
    ``unchoose`` takes back the film that is chosen for that row, ``language`` changes the site's.
    """
    job = _own(request, import_id)
    form_keep(request, job)
    page = reverse("movies:import-show", args=[job.pk])
    if "language" in request.POST:
        response = set_language(request)
        response["Location"] = f"{page}?columns" if "first-line" in request.POST else page
        return response
    if row_id := number_in(request.POST.get("row", "")):
        return redirect("movies:import-row", job.pk, row_id)
    if row_id := number_in(request.POST.get("unchoose", "")):
        try:
            film_choose(job=job, row_id=row_id, movie_id=None)
        except ValidationError as error:
            messages.error(request, " ".join(error.messages))
        return redirect(f"{page}#row-{row_id}")
    return redirect(f"{page}?columns" if "columns" in request.POST else page)


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def row_film(request: HttpRequest, import_id: int, row_id: int) -> HttpResponse:
    """Search the film of a row that was not found, or store the person's choice.

    htmx gets the row alone, to be put in the place of the row on the page of the import.
    """
    job = _own(request, import_id)
    row = row_of(job, row_id)
    if row is None:
        raise Http404
    is_fragment = bool(getattr(request, "htmx", False))
    if request.method == "POST":
        try:
            film_choose(job=job, row_id=row_id, movie_id=number_in(request.POST.get("film", "")))
        except ValidationError as error:
            messages.error(request, " ".join(error.messages))
        else:
            row.refresh_from_db()
        if not is_fragment:
            return redirect(f"{reverse('movies:import-show', args=[job.pk])}#row-{row_id}")
    query = request.GET.get("q", row.title)[:MAX_QUERY_CHARACTERS]
    context = {"job": job, "row": row, "query": query, "is_fragment": is_fragment}
    if request.method == "POST" and job.status == PersonalImport.Status.READY:
        context["preview"] = preview_of(job)
    elif request.method != "POST":
        candidates = () if "q" in request.GET else row.candidates
        context["films"] = films_for_row(candidates, query)
    template = "movies/_import_row.html" if is_fragment else "movies/import_row.html"
    return render(request, template, context)


@login_required
@require_POST
def cancel(request: HttpRequest, import_id: int) -> HttpResponse:
    """Stop an import; nothing of it is kept."""

    def action(job: PersonalImport) -> None:
        import_cancel(job=job)
        form_forget(request, job)

    return _act(request, import_id, action)


@login_required
@require_POST
def undo(request: HttpRequest, import_id: int) -> HttpResponse:
    """Take back everything that an import changed."""
    return _act(request, import_id, lambda job: import_undo(job=job))


@login_required
@require_POST
def delete(request: HttpRequest, import_id: int) -> HttpResponse:
    """Delete the record of an import. The ratings that it brought stay."""
    try:
        import_delete(job=_own(request, import_id))
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
        return redirect("movies:import-show", import_id)
    messages.success(request, _("The import is deleted. What it brought stays."))
    return redirect("movies:import")


@login_required
@never_cache
@require_safe
def report(request: HttpRequest, import_id: int) -> StreamingHttpResponse:
    """Send every row of an import with its line, film and outcome as a CSV file."""
    job = _own(request, import_id)
    writer, language = csv.writer(_Echo()), translation.get_language()

    def blocks() -> Iterator[str]:
        yield "\ufeff"  # or Excel takes UTF-8 for Latin-1
        # The server reads this after the request's language was given back.
        with translation.override(language):
            rows = report_rows(job)
            # One write to the network for each line would take longer than all the rest.
            while block := list(islice(rows, ROWS_PER_BLOCK)):
                yield "".join(writer.writerow(map(_inert, row)) for row in block)

    response = StreamingHttpResponse(blocks(), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="import-{job.pk}.csv"'
    return response


def _act(
    request: HttpRequest, import_id: int, action: Callable[[PersonalImport], object]
) -> HttpResponse:
    job = _own(request, import_id)
    try:
        action(job)
    except UnfitAnswer as error:
        if "encoding" not in error.message_dict:
            raise
        messages.error(request, " ".join(error.messages))
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    return redirect("movies:import-show", job.pk)


def _own(request: HttpRequest, import_id: int) -> PersonalImport:
    """Return the user's import.

    Another person's import is not found.
    """
    return get_object_or_404(imports_of(cast("User", request.user)), pk=import_id)


def _bring_context(request: HttpRequest, error: str = "") -> dict[str, Any]:
    user = request.user
    jobs = imports_of(user) if isinstance(user, User) else PersonalImport.objects.none()
    page = Paginator(jobs, N_LISTED).get_page(request.GET.get("page"))
    for job in page:
        vars(job)["label"] = label_of(job.source) if job.source else ""
    return {"importers": IMPORTERS, "page": page, "error": error}


def _questions(job: PersonalImport, given: Mapping[str, Any]) -> dict[str, Any]:
    asked = job.questions
    columns = given.get("columns") or asked["columns"]
    has_header = given.get("has_header")
    orders = asked.get("date_orders", {}).values()
    in_question = {order for open_ones in orders if len(open_ones) > 1 for order in open_ones}
    return {
        "has_header": asked.get("has_header", True) if has_header is None else has_header,
        "types": [
            (text, (given.get("types") or {}).get(text, ""))
            for text in asked.get("types", {}).get(columns.get("type", ""), ())
        ],
        "orders": [(one.value, label()) for one, label in ORDERS.items() if one in in_question],
        "order": given.get("date_order"),
        "fields": [(field, FIELD_LABELS[field](), columns.get(field, "")) for field in FIELDS],
        "available": [(label, label_text(label)) for label in asked["available"]],
        "samples": asked["samples"],
        "scales": [(scale.value, label()) for scale, label in SCALES.items()],
        "scale": given.get("scale") or asked["scale"],
        "outliers": ", ".join(asked.get("outliers", ())),
        "kinds": [(kind.value, label()) for kind, label in KINDS.items()],
        "kind": given.get("kind") or asked["kind"] or Kind.RATING.value,
        "site": label_of(job.source) if importer_named(job.source) else "",
    }


UNDONE = ("ratings_removed", "ratings_restored", "marks_removed", "marks_restored", "shared")
"""What is told of an import that was undone."""


def result_of(job: PersonalImport) -> list[tuple[str, int]]:
    """Return what an import did: words and their numbers."""
    labels = {
        "rating_added": ngettext_lazy("rating added", "ratings added"),
        "rating_changed": ngettext_lazy("rating changed", "ratings changed"),
        "rating_same": ngettext_lazy(
            "rating was the same already", "ratings were the same already"
        ),
        "rating_kept": ngettext_lazy("of your own ratings kept", "of your own ratings kept"),
        "seen_added": ngettext_lazy("film marked as seen", "films marked as seen"),
        "watch_later_added": ngettext_lazy(
            "film put on “Watch later”", "films put on “Watch later”"
        ),
        "left_watch_later": ngettext_lazy(
            "film taken off “Watch later”", "films taken off “Watch later”"
        ),
        "marks_kept": ngettext_lazy(
            "film left on the list or rating that you gave it here",
            "films left on the list or rating that you gave them here",
        ),
        "declined": ngettext_lazy("row not taken", "rows not taken"),
        "ratings_removed": ngettext_lazy("rating removed again", "ratings removed again"),
        "ratings_restored": ngettext_lazy("earlier rating restored", "earlier ratings restored"),
        "marks_removed": ngettext_lazy("mark removed again", "marks removed again"),
        "marks_restored": ngettext_lazy(
            "film put back on its list", "films put back on their lists"
        ),
        "shared": ngettext_lazy(
            "film stays as it is: another import brought it, too",
            "films stay as they are: another import brought them, too",
        ),
        "waiting": ngettext_lazy(
            "film waits until the catalogue has it", "films wait until the catalogue has them"
        ),
    }
    n_waiting = sum(n for name, n in job.counts.items() if name.endswith("_waiting"))
    n_kept = sum(job.counts.get(f"{kind}_kept", 0) for kind in ListKind.values)
    n_declined = sum(n for name, n in job.counts.items() if name.endswith("_declined"))
    numbers = job.counts | {"waiting": n_waiting, "marks_kept": n_kept, "declined": n_declined}
    if job.status == PersonalImport.Status.UNDONE:
        numbers = {name: numbers.get(name, 0) for name in UNDONE}
    return [(str(label % n), n) for name, label in labels.items() if (n := numbers.get(name, 0))]


def _inert(value: Any) -> Any:
    """Keep spreadsheets from taking a title for a formula."""
    return f"'{value}" if isinstance(value, str) and value[:1] in "=+-@\t" and value else value
