"""Operations in the admin: records that nobody changes, and texts that the operator writes."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from common.admin import ReadOnly
from recsite.operations.models import AuditEntry, RetentionRun, SitePage


@admin.register(AuditEntry)
class AuditEntryAdmin(ReadOnly, admin.ModelAdmin):
    """What staff changed, and when."""

    list_display = ["at", "actor_name", "method", "path", "details", "status", "address"]
    list_filter = ["method", "status"]
    search_fields = ["actor_name", "path", "details"]
    date_hierarchy = "at"
    show_full_result_count = False


@admin.register(RetentionRun)
class RetentionRunAdmin(ReadOnly, admin.ModelAdmin):
    """What each night deleted."""

    list_display = ["started_at", "finished_at", "removed", "error"]


@admin.register(SitePage)
class SitePageAdmin(admin.ModelAdmin):
    """Privacy, terms, imprint and contact, in every language of the site."""

    list_display = ["slug", "language", "updated_at"]
    list_filter = ["slug", "language"]

    def get_readonly_fields(self, _request: HttpRequest, obj: Any = None) -> list[str]:
        """Return the fields that stay once a text is made."""
        return ["slug", "language"] if obj else []
