"""Pages about oneself and one's programs; signing up and logging in are allauth's."""

from typing import Any, cast

from allauth.account.decorators import reauthentication_required
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import exports
from accounts.bundles import bundle
from accounts.connected_apps import app_disconnect, apps_connected
from accounts.forms import DeleteForm, ProfileForm, TokenForm
from accounts.invitations import invitation_find, invitation_remember
from accounts.models import User
from accounts.services import account_delete, token_create, token_revoke


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def profile(request: HttpRequest) -> HttpResponse:
    """Show the user's name, and how much the site stores about them."""
    # A copy: a form that fails has already changed its instance, and the page shows request.user.
    user = User.objects.get(pk=cast("User", request.user).pk)
    form = ProfileForm(request.POST or None, instance=user)
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, _("Your profile is saved."))
        return redirect("accounts:profile")
    context = {"user": request.user, "form": form, "counts": exports.counts(user)}
    return render(request, "accounts/profile.html", context)


@require_safe
@never_cache
def invitation(request: HttpRequest, code: str) -> HttpResponse:
    """Remember an invitation and lead to the sign-up; 404 for one that is not valid."""
    found = invitation_find(code)
    if found is None:
        return render(request, "accounts/invitation.html", status=404)
    invitation_remember(request, found)
    return redirect("account_signup")


@login_required
@require_safe
@never_cache
def export(request: HttpRequest) -> StreamingHttpResponse:
    """All that the site keeps about the member, as a zip that is made while it is sent."""
    user = cast("User", request.user)
    response = StreamingHttpResponse(bundle(user), content_type="application/zip")
    name = slugify(user.username) or "account"
    response["Content-Disposition"] = f'attachment; filename="marquee-{name}.zip"'
    return response


@sensitive_post_parameters("password")
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def delete(request: HttpRequest) -> HttpResponse:
    """Delete one's account, the password given once more."""
    form = DeleteForm(request.POST or None, user=cast("User", request.user))
    if request.method == "POST" and form.is_valid():
        try:
            account_delete(user=cast("User", request.user), **form.cleaned_data)
        except ValidationError as error:
            form.add_error(None, error)
        else:
            logout(request)
            messages.success(request, _("Your account and all its data have been deleted."))
            return redirect("home")
    return render(request, "accounts/delete.html", {"form": form})


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@reauthentication_required(allow_get=True)  # type: ignore[untyped-decorator] # allauth has no types
def tokens(request: HttpRequest) -> HttpResponse:
    """Show the user's tokens and a form for another.

    The answer to the form shows the new one, for the only time: it is kept nowhere, not even in
    the session, and so there is no page to be redirected to.
    """
    user = cast("User", request.user)
    form = TokenForm(request.POST or None, user=user)
    context: dict[str, Any] = {"form": form}
    if request.method == "POST" and form.is_valid():
        try:
            context["created"], context["secret"] = token_create(
                user=user,
                name=form.cleaned_data["name"],
                scopes=form.cleaned_data["scopes"],
                expires_at=form.expires_at(),
            )
        except ValidationError as error:
            form.add_error(None, " ".join(error.messages))
        else:
            context["form"] = TokenForm(user=user)
    context["tokens"] = user.api_tokens.filter(revoked_at=None)
    context["apps"] = apps_connected(user)
    return render(request, "accounts/tokens.html", context)


@login_required
@require_POST
def token_revoke_view(request: HttpRequest, token_id: int) -> HttpResponse:
    """Close one of the member's tokens; another person's is not found."""
    token = get_object_or_404(cast("User", request.user).api_tokens, pk=token_id)
    token_revoke(token=token)
    messages.success(request, _("The token %(name)s is revoked.") % {"name": token.name})
    return redirect("accounts:tokens")


@login_required
@require_POST
def app_disconnect_view(request: HttpRequest, client_id: str) -> HttpResponse:
    """End the access of a program that the member has let in by OAuth 2.0.

    Raises
    ------
    Http404
        The program has no token of the member.

    """
    name = app_disconnect(user=cast("User", request.user), client_id=client_id)
    if not name:
        raise Http404
    messages.success(request, _("%(name)s is disconnected.") % {"name": name})
    return redirect("accounts:tokens")
