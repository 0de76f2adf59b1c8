"""Does the portal's base template have the tags and the blocks that Messages needs?

The checks read templates without rendering them. They follow constant names in ``extends`` and ``include``.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.core.checks import CheckMessage, Error, Warning, register
from django.template import Node, Template, TemplateDoesNotExist, TemplateSyntaxError
from django.template.loader import get_template
from django.template.loader_tags import BlockNode, ExtendsNode, IncludeNode

from vclinic_messages.conf import app_settings, live_settings

_LAYOUT = "vclinic_messages/layouts/portal.html"
#: The block that the layout fills with the page itself has this one in it.
_MAIN_BLOCK = "vcm_main"
#: A portal without this block has its own title on the pages of Messages.
_OPTIONAL = {"title"}


@register("vclinic_messages")
def check_tags(**kwargs: object) -> list[CheckMessage]:
    """W048: The base template lacks the tag of the navigation or of notifications."""
    nodes, is_complete = _nodes(app_settings.BASE_TEMPLATE)
    if not nodes or not is_complete:
        return []
    used = {node.func.__name__ for node in nodes if hasattr(node, "func")}
    missing = []
    if not used & {"messages_nav_item", "messages_badge"}:
        missing.append("messages_nav_item")
    if "messages_live" not in used and live_settings.MODE != "off":
        missing.append("messages_live")
    hint = "Load vclinic_messages and put the tag where the tutorial shows, or into an included template."
    return [
        Warning(
            f"The base template {app_settings.BASE_TEMPLATE!r} does not use {{% {name} %}}.",
            hint=hint,
            id="vclinic_messages.W048",
        )
        for name in missing
    ]


@register("vclinic_messages")
def check_blocks(**kwargs: object) -> list[CheckMessage]:
    """E049: The base template lacks a block that the pages of Messages fill."""
    nodes, is_complete = _nodes(app_settings.BASE_TEMPLATE)
    layout = _django_template(_LAYOUT)
    if not nodes or not is_complete or layout is None:
        return []
    blocks = {node.name for node in nodes if isinstance(node, BlockNode)}
    hint = f"Add the block, or override the template {_LAYOUT} and name your own block in it."
    return [
        Error(
            f"The base template {app_settings.BASE_TEMPLATE!r} has no block {name!r}: {loss}.",
            hint=hint,
            id="vclinic_messages.E049",
        )
        for name, loss in _filled_blocks(layout)
        if name not in blocks | _OPTIONAL
    ]


def _filled_blocks(layout: Template) -> Iterator[tuple[str, str]]:
    """Give the blocks that the layout fills, and what is missing without each."""
    extends: Any
    for extends in layout.nodelist.get_nodes_by_type(ExtendsNode):
        for node in extends.nodelist:
            if isinstance(node, BlockNode):
                inside = {getattr(each, "name", "") for each in node.nodelist.get_nodes_by_type(BlockNode)}
                yield (
                    node.name,
                    "pages of Messages are empty"
                    if _MAIN_BLOCK in inside
                    else "styles and scripts are missing",
                )


def _nodes(name: str) -> tuple[list[Node], bool]:
    """Return the nodes of a template and of those that it names, and whether that is all of them."""
    nodes: list[Node] = []
    is_complete, seen, names = True, set(), [name]
    while names:
        current = names.pop()
        template = None if current in seen else _django_template(current)
        seen.add(current)
        if template is None:
            continue
        found = template.nodelist.get_nodes_by_type(Node)
        nodes += found
        for node in found:
            other = _other_template(node)
            if isinstance(other, str):
                names.append(other)
            elif other is not None:
                is_complete = False
    return nodes, is_complete


def _other_template(node: Any) -> Any:
    """Return the name of the template that a node extends or includes, or the expression that gives it."""
    expression: Any
    if isinstance(node, ExtendsNode):
        expression = node.parent_name
    elif isinstance(node, IncludeNode):
        expression = node.template
    else:
        return None
    is_constant = isinstance(expression.var, str) and not expression.filters
    return str(expression.var) if is_constant else expression


def _django_template(name: str) -> Template | None:
    """Return a template of Django's engine; None if it is missing, broken or another engine's."""
    try:
        template = getattr(get_template(name), "template", None)
    except (TemplateDoesNotExist, TemplateSyntaxError):
        return None
    return template if isinstance(template, Template) else None
