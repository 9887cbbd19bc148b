"""Base classes of the API views for staff."""

from collections.abc import Mapping

from accounts.api.permissions import IsAdministrator
from accounts.staff import Right
from common.api.pagination import NewestFirstPagination
from common.api.views import GenericAPIView, ListAPIView


class AdminApi(GenericAPIView):
    """Base of a view for staff, and for their tokens with the scope admin."""

    permission_classes = [IsAdministrator]
    throttle_scope = "admin"
    staff_rights: Mapping[str, tuple[Right, ...]] = {}
    """The rights that a method needs, where these do not follow from the view's model."""


class AdminListApi(AdminApi, ListAPIView):
    """Base of a list view for staff, newest first."""

    pagination_class = NewestFirstPagination
