"""`{% ifequal %}`, which Django 4 removed and dj-pagination still uses."""

from typing import Any

from django import template
from django.template.defaulttags import TemplateIfParser

register = template.Library()


class IfEqualNode(template.Node):
    def __init__(self, condition: Any, equal: Any, different: Any) -> None:
        self.condition, self.equal, self.different = condition, equal, different

    def render(self, context: Any) -> str:
        nodes = self.equal if self.condition.eval(context) else self.different
        return str(nodes.render(context)) if nodes else ""


@register.tag
def ifequal(parser: Any, token: Any) -> IfEqualNode:
    _name, left, right = token.split_contents()
    condition = TemplateIfParser(parser, [left, "==", right]).parse()
    equal = parser.parse(("else", "endifequal"))
    different = None
    if parser.next_token().contents == "else":
        different = parser.parse(("endifequal",))
        parser.delete_first_token()
    return IfEqualNode(condition, equal, different)
