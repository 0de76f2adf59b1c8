"""What the reports share: access, columns and export as CSV and XLSX."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.http import HttpResponseBase, StreamingHttpResponse
from django.utils import timezone
from django.utils.functional import Promise, cached_property
from django.utils.translation import gettext_lazy as _
from wagtail.admin.paginator import WagtailPaginator
from wagtail.admin.ui.tables import Column
from wagtail.admin.views.reports import ReportView

from vclinic_messages.exports import streamed
from vclinic_messages.wagtail_admin.access import ClinicAdminMixin


class Cell:
    """A column of a report: its heading, its value on the page (if ``is_shown``) and in the spreadsheet."""

    def __init__(
        self,
        name: str,
        heading: str | Promise,
        value: Callable[[Any], Any],
        *,
        exported: Callable[[Any], Any] | None = None,
        exported_heading: str | Promise | None = None,
        is_shown: bool = True,
        column: type[Column] = Column,
    ) -> None:
        self.name = name
        self.heading = heading
        self.value = value
        self.exported = exported or value
        self.exported_heading = exported_heading or heading
        self.is_shown = is_shown
        self.column = column


class FirstRows(WagtailPaginator):
    """Pages of the first 10,000 rows: to count all, or to go far behind, costs what a clinic holds."""

    most = 10_000

    @cached_property
    def count(self) -> int:
        return min(self.found, self.most)

    @cached_property
    def found(self) -> int:
        """How many rows there are, as far as they are counted."""
        rows = self.object_list
        if isinstance(rows, QuerySet):
            return rows.order_by().values("pk")[: self.most + 1].count()
        return len(rows)

    @property
    def are_more(self) -> bool:
        """Whether there are rows that are on none of the pages."""
        return self.found > self.most


class Report(ClinicAdminMixin, ReportView):
    """Figures and names, never the text of a message."""

    cells: Sequence[Cell] = ()
    header_icon = "mail"
    paginator_class = FirstRows
    results_template_name = "vclinic_messages/wagtail_admin/report_results.html"
    explanation: str | Promise = ""
    custom_value_preprocess = {
        **ReportView.custom_value_preprocess,
        datetime: {ReportView.FORMAT_XLSX: lambda value: timezone.make_naive(value)},
        str: {ReportView.FORMAT_CSV: lambda value: no_formula(value)},
    }

    @property
    def columns(self) -> list[Column]:
        return [
            cell.column(cell.name, label=cell.heading, accessor=cell.value)
            for cell in self.cells
            if cell.is_shown
        ]

    @property
    def list_export(self) -> list[str]:
        return [cell.name for cell in self.cells]

    @property
    def export_headings(self) -> dict[str, Any]:
        return {cell.name: cell.exported_heading for cell in self.cells}

    def to_row_dict(self, item: Any) -> dict[str, Any]:
        return {cell.name: cell.exported(item) for cell in self.cells}

    def write_csv_response(self, queryset: Any) -> HttpResponseBase:
        """Rows are read while the answer streams, so the clinic has to travel with it."""
        return StreamingHttpResponse(
            streamed(self.request, self.stream_csv(queryset)),
            content_type="text/csv; charset=utf-8",
            headers={
                "Content-Disposition": f'attachment; filename="{self.get_filename()}.csv"',
                "X-Content-Type-Options": "nosniff",
            },
        )

    def get_filename(self) -> str:
        return str(self.index_url_name).rsplit(":", 1)[-1].replace("_", "-")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = {**super().get_context_data(**kwargs), "explanation": self.explanation}
        if self.is_filtering:
            context["no_results_message"] = _("No results match these filters.")
        return context


def no_formula(text: str) -> str:
    """A name such as "=1+1" must not become a formula in the program that opens the file (OWASP)."""
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text


class DayInput(forms.DateInput):
    """The browser's own date field: Wagtail's prints an inline script."""

    input_type = "date"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%d")


ROLE_CHOICES = [("doctor", _("Doctors")), ("admin", _("Clinic staff"))]
