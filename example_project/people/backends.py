from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.models import User


class PortalBackend(ModelBackend):
    """Fetches the profile together with the user, because the header of every page shows both."""

    def get_user(self, user_id: int) -> User | None:
        user = User.objects.select_related("profile").filter(pk=user_id).first()
        return user if user and self.user_can_authenticate(user) else None
