"""The admin site: who may touch whose account, and which list actions are recorded.

Its rules hold for every registered page, those of Django, allauth and other packages included.
"""

from collections.abc import Callable
from functools import partial
from typing import Any, Final

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import ForeignKey, Model, QuerySet
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from accounts.staff import manageable, staff

Action = Callable[[Any, HttpRequest, QuerySet[Any]], HttpResponseBase | None]

OWNER: Final = {
    "accounts.user": "pk",
    "accounts.apitoken": "user",
    "account.emailaddress": "user",
    "account.emailconfirmation": "email_address__user",
    "allauth_idp_oidc.token": "user",
    "mfa.authenticator": "user",
    "socialaccount.socialaccount": "user",
    "socialaccount.socialtoken": "account__user",
}
"""Rows by which somebody comes in as an account, and the path from them to that account."""
SUPERUSERS_ONLY: Final = {"auth.group", "allauth_idp_oidc.client", "socialaccount.socialapp"}
"""Rows that decide what others may do, or how everybody logs in."""
DONE: Final = "marquee.admin_action"
"""Where the audit log finds what a list action was done to."""
MAX_RECORDED: Final = 1_000
"""Rows of one action that the audit log names."""


class Recorded:
    """Mixin of all admin pages: tell the audit log which rows a list action was done to."""

    def get_actions(self, request: HttpRequest) -> dict[str, tuple[Action, str, str]]:
        """Return the actions, each of which is checked and recorded before it is done."""
        actions = super().get_actions(request)  # type: ignore[misc] # a mixin
        return {
            name: (partial(self._act, action), name, description)
            for name, (action, _name, description) in actions.items()
        }

    def _act(
        self, action: Action, page: Any, request: HttpRequest, chosen: QuerySet[Any]
    ) -> HttpResponseBase | None:
        label = chosen.model._meta.label_lower  # noqa: SLF001
        ids = [str(pk) for pk in chosen.values_list("pk", flat=True)[: MAX_RECORDED + 1]]
        more = " ..." if len(ids) > MAX_RECORDED else ""
        name = getattr(action, "__name__", "")
        request.META[DONE] = f"{name}: {label} {', '.join(ids[:MAX_RECORDED])}{more}"
        self.check_chosen(request, chosen)
        return action(page, request, chosen)

    def check_chosen(self, request: HttpRequest, chosen: QuerySet[Any]) -> None:
        """Raise ``PermissionDenied`` if an action must not be done to these rows."""


class OfAccounts(Recorded):
    """Mixin of admin pages of accounts and of what lets somebody into one."""

    def _owned(self, request: HttpRequest, model: type[Model]) -> QuerySet[Any]:
        """Return the rows of a model that belong to nobody with more rights than the visitor."""
        path = OWNER[model._meta.label_lower]  # noqa: SLF001
        rows = model._default_manager.all()  # noqa: SLF001
        actor = staff(request)
        return rows if actor.is_superuser else rows.filter(**{f"{path}__in": manageable(actor)})

    def _owns(self, request: HttpRequest, obj: Model | None) -> bool:
        return obj is None or self._owned(request, type(obj)).filter(pk=obj.pk).exists()

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Return whether the visitor may change these rows, or this one."""
        return bool(super().has_change_permission(request, obj)) and self._owns(request, obj)  # type: ignore[misc]

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Return whether the visitor may delete these rows, or this one."""
        return bool(super().has_delete_permission(request, obj)) and self._owns(request, obj)  # type: ignore[misc]

    def check_chosen(self, request: HttpRequest, chosen: QuerySet[Any]) -> None:
        """Raise ``PermissionDenied`` if a row is of somebody with more rights than the visitor."""
        if chosen.exclude(pk__in=self._owned(request, chosen.model).values("pk")).exists():
            raise PermissionDenied

    def formfield_for_foreignkey(
        self, db_field: "ForeignKey[Any, Any]", request: HttpRequest, **kwargs: Any
    ) -> Any:
        """Offer and take only accounts with no more rights than the visitor's."""
        if db_field.related_model._meta.label_lower in OWNER:  # noqa: SLF001
            kwargs["queryset"] = self._owned(request, db_field.related_model)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)  # type: ignore[misc]


class ForSuperusers(Recorded):
    """Mixin of admin pages whose rows superusers alone add, change and delete."""

    def has_add_permission(self, request: HttpRequest, *args: Any) -> bool:
        """Return whether the visitor is a superuser who may add rows."""
        return staff(request).is_superuser and super().has_add_permission(request, *args)  # type: ignore[misc]

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Return whether the visitor is a superuser who may change rows."""
        return staff(request).is_superuser and super().has_change_permission(request, obj)  # type: ignore[misc]

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Return whether the visitor is a superuser who may delete rows."""
        return staff(request).is_superuser and super().has_delete_permission(request, obj)  # type: ignore[misc]


class AdminSite(admin.AdminSite):
    """Django's admin site, which adds the mixin of its model to each page."""

    def register(
        self,
        model_or_iterable: Any,
        admin_class: "type[admin.ModelAdmin[Any]] | None" = None,
        **options: Any,
    ) -> None:
        """Register the models with ``admin_class`` and the rules that hold for them."""
        models = [model_or_iterable] if isinstance(model_or_iterable, type) else model_or_iterable
        own = admin_class or admin.ModelAdmin
        for model in models:
            guarded = type(own.__name__, (_mixin(model), own), {"__module__": own.__module__})
            super().register(model, guarded, **options)


def _mixin(model: type[Model]) -> type[Recorded]:
    label = model._meta.label_lower  # noqa: SLF001
    if label in OWNER:
        return OfAccounts
    return ForSuperusers if label in SUPERUSERS_ONLY else Recorded
