"""People in the admin."""

from typing import Any

from allauth.account.admin import EmailAddressAdmin
from allauth.idp.oidc.admin import ClientAdmin
from django import forms
from django.contrib import admin, messages
from django.contrib.auth.admin import UserAdmin
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.invitations import invitation_create
from accounts.models import ApiToken, Invitation, User
from accounts.oauth import validate_redirect_uri
from accounts.services import account_reinstate, account_suspend, token_revoke
from accounts.staff import staff

RIGHTS = ("is_superuser", "is_staff", "groups", "user_permissions")
"""Fields of a user that superusers alone change."""


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
    actions = ["suspend", "reinstate"]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        """Return the fields that nobody changes, and for most staff those that give rights."""
        fields = [*super().get_readonly_fields(request, obj)]
        return fields if staff(request).is_superuser else [*fields, *RIGHTS]

    @admin.action(description=_("Suspend the selected accounts"), permissions=["change"])
    def suspend(self, request: HttpRequest, users: QuerySet[User]) -> None:
        """Refuse these members everywhere; their ratings and lists are kept."""
        for user in users:
            try:
                account_suspend(user=user, suspended_by=staff(request))
            except ValidationError as error:
                text = f"{user.username}: {' '.join(error.messages)}"
                self.message_user(request, text, messages.ERROR)
            else:
                text = gettext("%(name)s is suspended.") % {"name": user.username}
                self.message_user(request, text, messages.SUCCESS)

    @admin.action(description=_("Let the selected accounts in again"), permissions=["change"])
    def reinstate(self, request: HttpRequest, users: QuerySet[User]) -> None:
        """Let suspended members log in again."""
        for user in users:
            account_reinstate(user=user)
        self.message_user(request, gettext("The accounts can log in again."), messages.SUCCESS)


@admin.register(Invitation)
class InvitationAdmin(admin.ModelAdmin):
    """Who was invited, by whom, and who came."""

    list_display = ["__str__", "created_by", "created_at", "expires_at", "used_at", "used_by"]
    list_select_related = ["created_by", "used_by"]
    search_fields = ["email", "used_by__username"]
    fields = ["email"]

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002
        """Return False: an invitation is deleted and made again."""
        return False

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:  # noqa: ARG002
        """Make the invitation, and keep its code for the response."""
        made, code = invitation_create(created_by=staff(request), email=form.cleaned_data["email"])
        obj.pk, obj.code = made.pk, code

    def response_add(
        self,
        request: HttpRequest,
        obj: Any,
        post_url_continue: str | None = None,  # noqa: ARG002
    ) -> HttpResponse:
        """Show the link, which is stored nowhere."""
        path = reverse("accounts:invitation", args=[obj.code])
        link = request.build_absolute_uri(path)
        context = self.admin_site.each_context(request) | {"link": link}
        page = render(request, "admin/accounts/invitation/link.html", context)
        page["Cache-Control"] = "no-store"
        return page


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
        """Refuse to add tokens here: only its owner may see a token's secret."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002
        """Refuse every change.

        A token can only be revoked; the action needs the right to see it.
        """
        return False


class OAuthClientForm(forms.ModelForm):
    """A program for OAuth 2.0, whose redirect addresses are checked as on its registration."""

    def clean_redirect_uris(self) -> str:
        """Refuse an address to which no code may be sent."""
        text: str = self.cleaned_data["redirect_uris"]
        for uri in filter(None, map(str.strip, text.splitlines())):
            validate_redirect_uri(uri)
        return text


ClientAdmin.form = OAuthClientForm  # allauth registers its class after this module is imported
EmailAddressAdmin.make_verified.allowed_permissions = ("change",)  # allauth asks for none
