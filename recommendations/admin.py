"""Runs, activations and embedding models to look at; the run's own page acts on them."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from recommendations import admin_online  # noqa: F401 # Django looks for admin classes here
from recommendations.models import Activation, EmbeddingModel, ModelRun, RunEvent, StageRun


class ReadOnly:
    """Shown, never edited: services do the writing, and record who."""

    def has_add_permission(self, _request: HttpRequest, *_args: Any) -> bool:
        """No."""
        return False

    def has_change_permission(self, _request: HttpRequest, *_args: Any) -> bool:
        """No."""
        return False

    def has_delete_permission(self, _request: HttpRequest, *_args: Any) -> bool:
        """No."""
        return False


class StageInline(ReadOnly, admin.TabularInline):
    """A run's stages."""

    model = StageRun
    fields = readonly_fields = (
        "name",
        "status",
        "n_done",
        "n_total",
        "unit",
        "n_attempts",
        "seconds",
    )
    ordering = ["position"]


class EventInline(ReadOnly, admin.TabularInline):
    """What happened to a run."""

    model = RunEvent
    fields = readonly_fields = ("created_at", "kind", "actor", "message")


@admin.register(ModelRun)
class ModelRunAdmin(ReadOnly, admin.ModelAdmin):
    """Runs; "view on site" leads to where one acts on them."""

    list_display = ["__str__", "status", "started_by", "created_at", "finished_at", "note"]
    list_filter = ["status"]
    list_select_related = ["started_by"]
    inlines = [StageInline, EventInline]


@admin.register(Activation)
class ActivationAdmin(ReadOnly, admin.ModelAdmin):
    """Which model served when, and by whose hand."""

    list_display = ["run", "activated_at", "activated_by", "reason", "withdrawn_at", "withdrawn_by"]
    list_select_related = ["run", "activated_by", "withdrawn_by"]


@admin.register(EmbeddingModel)
class EmbeddingModelAdmin(ReadOnly, admin.ModelAdmin):
    """The text models whose vectors are stored."""

    list_display = ["name", "n_dimensions", "created_at"]
