"""People in the admin."""

from typing import Any

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts.models import ApiToken, User
from accounts.services import token_revoke


@admin.register(User)
class MemberAdmin(UserAdmin):
    """Members, and the raters of data sets."""

    list_display = ["username", "email", "source", "is_staff", "is_active", "date_joined"]
    list_filter = ["source", "is_staff", "is_active"]
    readonly_fields = ["source", "source_id", "last_login", "date_joined"]
    fieldsets = (
        *(UserAdmin.fieldsets or ()),
        (_("Data set"), {"fields": ("source", "source_id")}),
    )
    show_full_result_count = False  # counts every rater of a large data set


@admin.register(ApiToken)
class ApiTokenAdmin(admin.ModelAdmin):
    """Whose programs come in; staff may close a token, and make none for others."""

    list_display = ["hint", "name", "user", "scopes", "last_used_at", "expires_at", "revoked_at"]
    list_select_related = ["user"]
    search_fields = ["name", "hint", "user__username"]
    actions = ["revoke"]

    @admin.action(description=_("Revoke the selected tokens"), permissions=["delete"])
    def revoke(self, request: HttpRequest, tokens: QuerySet[ApiToken]) -> None:
        """They are refused from the next request on."""
        for token in tokens:
            token_revoke(token=token)
        self.message_user(request, _("The tokens are revoked."))

    def has_add_permission(self, request: HttpRequest) -> bool:  # noqa: ARG002 # Django's
        """Only a token's owner sees it, once."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002
        """Refuse every change.

        A token can only be revoked; the action needs the right to see it.
        """
        return False
