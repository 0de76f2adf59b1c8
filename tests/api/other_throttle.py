"""A throttle of the portal's that has counted a day of polling."""

from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle


class NoPolling(BaseThrottle):
    """Refuses what it would refuse if polls counted."""

    def allow_request(self, request: Request, view: object) -> bool:
        return "/live/" not in request.path and "throttled" not in request.path
