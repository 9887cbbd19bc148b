"""Admin pages of activations and embedding models."""

from django.contrib import admin

from common.admin import ReadOnly
from recommendations.models import Activation, EmbeddingModel


@admin.register(Activation)
class ActivationAdmin(ReadOnly, admin.ModelAdmin):
    """Which model served when, and by whose hand."""

    list_display = [
        "version",
        "activated_at",
        "activated_by",
        "reason",
        "withdrawn_at",
        "withdrawn_by",
    ]
    list_select_related = ["version", "activated_by", "withdrawn_by"]


@admin.register(EmbeddingModel)
class EmbeddingModelAdmin(ReadOnly, admin.ModelAdmin):
    """The text models whose vectors are stored."""

    list_display = ["name", "n_dimensions", "created_at"]
