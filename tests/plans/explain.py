"""The statements of a request and the plans that PostgreSQL makes for them."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction
from django.db.models import QuerySet
from django.test.utils import CaptureQueriesContext
from django_tenants.utils import schema_context

_OURS = re.compile(r"\s*(SELECT|UPDATE|DELETE)\b.*\bvclinic_messages_", re.DOTALL)


@dataclass
class Statement:
    sql: str
    plan: dict[str, Any]

    @classmethod
    def of(cls, schema: str, request: Callable[[], Any], *, analyze: bool = False) -> list[Statement]:
        """The statements on our tables that a request makes, each with the plan for it.

        Only if they are carried out, ``analyze``, it is known which parts of a plan were needed.
        """
        with CaptureQueriesContext(connection) as captured:
            request()
        sent = [query["sql"] for query in captured.captured_queries]
        with schema_context(schema):
            return [cls(sql, _explain(sql, analyze=analyze)) for sql in sent if _OURS.match(sql)]

    @classmethod
    def explained(cls, sql: str) -> Statement:
        """A statement of any kind, carried out in the current clinic."""
        return cls(sql, _explain(sql, analyze=True))

    @classmethod
    def of_query_set(cls, rows: QuerySet[Any], *, analyze: bool = False) -> Statement:
        """What a query set asks, in the clinic at hand."""
        answer = rows.explain(format="json", analyze=analyze)
        return cls(str(rows.query), json.loads(answer)[0]["Plan"])

    def nodes(self) -> Iterator[dict[str, Any]]:
        yield from _nodes(self.plan)

    @property
    def scanned(self) -> set[str]:
        """The tables that are read from their first row to their last."""
        scans = (node for node in self.nodes() if node["Node Type"] == "Seq Scan")
        return {node["Relation Name"] for node in scans if node.get("Actual Loops") != 0}

    def part(self, node_type: str) -> Statement:
        """The only part of the plan that begins with such a node."""
        (part,) = self.parts(node_type)
        return part

    def parts(self, node_type: str) -> list[Statement]:
        """All parts of the plan that begin with such a node, the outer ones first."""
        return [Statement(self.sql, node) for node in self.nodes() if node["Node Type"] == node_type]

    def read(self, table: str) -> int:
        """How many of the table's rows were looked at; only of a statement that was carried out."""
        scans = [node for node in self.nodes() if node.get("Relation Name") == table]
        return sum(
            node["Actual Loops"] * (node["Actual Rows"] + node.get("Rows Removed by Filter", 0))
            for node in scans
        )

    @property
    def indexes(self) -> set[str]:
        return {node["Index Name"] for node in self.nodes() if "Index Name" in node}

    @property
    def sorts(self) -> bool:
        return any("Sort" in node["Node Type"] for node in self.nodes())


def _explain(sql: str, *, analyze: bool) -> dict[str, Any]:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (ANALYZE {analyze}, FORMAT JSON) " + sql.replace("%", "%%"), [])
        (answer,) = cursor.fetchone()
    plans = json.loads(answer) if isinstance(answer, str) else answer
    plan: dict[str, Any] = plans[0]["Plan"]
    return plan


def _nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for child in plan.get("Plans", []):
        yield from _nodes(child)
