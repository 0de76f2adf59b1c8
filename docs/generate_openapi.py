"""Write the OpenAPI document of the API from its code: ``make openapi``."""

from __future__ import annotations

import os
from pathlib import Path

import django

PAGE = Path(__file__).parent / "reference" / "openapi.yaml"


def document() -> str:
    """Return the document as YAML, with the paths of the demo."""
    from drf_spectacular.generators import SchemaGenerator
    from drf_spectacular.renderers import OpenApiYamlRenderer

    from example_project.urls import described

    schema = SchemaGenerator(patterns=described).get_schema(request=None, public=True)
    return OpenApiYamlRenderer().render(schema, renderer_context={}).decode()


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "example_project.settings")
    django.setup()
    PAGE.write_text(document())
