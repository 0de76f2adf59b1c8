"""Base templates that lack what the pages of Messages need."""

from __future__ import annotations

import pytest

from tests.options import set_live_options, set_options
from vclinic_messages.checks import base_template

TAGS = "{% load vclinic_messages %}{% messages_nav_item %}{% messages_live %}"
BLOCKS = "".join(f"{{% block {name} %}}{{% endblock %}}" for name in ("title", "extra_head", "content"))


@pytest.fixture
def base(settings):
    """Return a function that makes ``base.html`` of this text, and other templates by name."""

    def make(text, **others):
        templates = {"base.html": text, **{f"{name}.html": other for name, other in others.items()}}
        [engine] = settings.TEMPLATES
        ours = "django.template.loaders.app_directories.Loader"
        loaders = [("django.template.loaders.locmem.Loader", templates), ours]
        options = {**engine["OPTIONS"], "loaders": loaders}
        settings.TEMPLATES = [{**engine, "APP_DIRS": False, "OPTIONS": options}]
        set_options(settings, BASE_TEMPLATE="base.html")

    return make


def found():
    checks = [*base_template.check_tags(), *base_template.check_blocks()]
    return [(each.id.removeprefix("vclinic_messages."), each.msg) for each in checks]


def test_a_base_template_with_everything(base):
    base(TAGS + BLOCKS)
    assert found() == []


def test_tags_and_blocks_in_templates_that_it_extends_and_includes(base):
    base(
        '{% extends "frame.html" %}{% block menu %}{% include "menu.html" %}{% endblock %}',
        frame="{% if user %}{% block menu %}{% endblock %}{% endif %}" + BLOCKS,
        menu=TAGS,
    )
    assert found() == []


def test_tags_that_are_missing(base, settings):
    base(BLOCKS)
    assert found() == [
        ("W048", "The base template 'base.html' does not use {% messages_nav_item %}."),
        ("W048", "The base template 'base.html' does not use {% messages_live %}."),
    ]
    base("{% load vclinic_messages %}{% messages_badge %}" + BLOCKS)
    assert found() == [("W048", "The base template 'base.html' does not use {% messages_live %}.")]
    set_live_options(settings, MODE="off")
    assert found() == []


def test_blocks_that_are_missing(base):
    base(TAGS + "{% block body %}{% endblock %}")
    assert found() == [
        ("E049", "The base template 'base.html' has no block 'extra_head': styles and scripts are missing."),
        ("E049", "The base template 'base.html' has no block 'content': pages of Messages are empty."),
    ]


def test_a_layout_of_the_portals_own_with_other_blocks(base):
    layout = "{% extends base_template %}{% block head %}{% endblock %}{% block body %}{% block vcm_main %}"
    layout += "{% endblock %}{% endblock %}"
    blocks = "{% block head %}{% endblock %}{% block body %}{% endblock %}"
    base(TAGS + blocks, **{"vclinic_messages/layouts/portal": layout})
    assert found() == []


def test_nothing_is_said_of_what_cannot_be_read(base):
    base("{% include menu %}")
    assert found() == []
    base("{% if %}")
    assert found() == []
