from django.db import models
from django_tenants.models import DomainMixin, TenantMixin


class Clinic(TenantMixin):
    name = models.CharField(max_length=100)
    type = models.CharField(max_length=20, default="clinic")


class Domain(DomainMixin):
    pass
