"""Pages of operations, for staff."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.staff import staff_page
from recsite.operations import disks, selectors
from recsite.operations.models import AuditEntry, RetentionRun
from recsite.operations.retention import retention_apply

N_AUDIT_ENTRIES = 20


@staff_page(("view", RetentionRun))
@require_safe
def overview(request: HttpRequest) -> HttpResponse:
    """Parts, queues and workers, disk and rows, and what the next night deletes."""
    context = {
        "parts": selectors.parts(),
        "state": selectors.queue_state(),
        "disks": disks.disks(),
        "is_media_measured": disks.is_media_measured(),
        "tables": selectors.tables(),
        "due": selectors.due(),
        "last_run": RetentionRun.objects.first(),
        "audit": AuditEntry.objects.all()[:N_AUDIT_ENTRIES],
    }
    return render(request, "operations/overview.html", context)


@staff_page(("add", RetentionRun))
@require_POST
def prune(request: HttpRequest) -> HttpResponse:
    """Delete now what the next night would delete."""
    run = retention_apply()
    if run.error:
        messages.error(request, run.error)
    else:
        messages.success(request, _("What is no longer kept is deleted."))
    return redirect("operations:overview")
