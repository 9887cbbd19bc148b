"""People in the admin."""

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.utils.translation import gettext_lazy as _

from accounts.models import User


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
