"""Base classes of the API views for staff."""

from accounts.api.permissions import IsAdministrator
from common.api.pagination import NewestFirstPagination
from common.api.views import GenericAPIView, ListAPIView


class AdminApi(GenericAPIView):
    """Base of a view for staff, and for their tokens with the scope admin."""

    permission_classes = [IsAdministrator]
    throttle_scope = "admin"


class AdminListApi(AdminApi, ListAPIView):
    """Base of a list view for staff, newest first."""

    pagination_class = NewestFirstPagination
