"""Provide what the reports share: access, columns, filters, and export as CSV and XLSX."""

from __future__ import annotations

import re
import weakref
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from datetime import date, datetime, time
from itertools import islice
from tempfile import TemporaryFile
from typing import IO, Any, ClassVar, Generic, TypeVar

import django_filters
from django import forms
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponseBase, StreamingHttpResponse
from django.utils import timezone
from django.utils.functional import Promise, cached_property
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from wagtail.admin import messages
from wagtail.admin.filters import WagtailFilterSet
from wagtail.admin.paginator import WagtailPaginator
from wagtail.admin.ui.tables import Column
from wagtail.admin.views.reports import ReportView

from vclinic_messages import actions
from vclinic_messages.errors import Throttled
from vclinic_messages.exports import streamed
from vclinic_messages.models import Conversation
from vclinic_messages.selectors import report_rows
from vclinic_messages.selectors.namesakes import KnownPerson
from vclinic_messages.times import Times
from vclinic_messages.user_types import signed_in
from vclinic_messages.wagtail_admin.access import ClinicAdminMixin
from vclinic_messages.wagtail_admin.names import isolated, people_names, plain_names

RowT = TypeVar("RowT")

_NOT_IN_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
#: How many rows of a spreadsheet are read at a time, and how many of its bytes are sent at a time.
BATCH_SIZE = 500
CHUNK_SIZE = 64 * 1024

ROLE_CHOICES = [
    ("doctor", pgettext_lazy("vclinic_messages", "Doctors")),
    ("admin", pgettext_lazy("vclinic_messages", "Clinic staff")),
]


class TextColumn(Column):
    """A column whose texts do not change the direction of what is around them."""

    def get_value(self, instance: object) -> object:
        value: object = super().get_value(instance)
        return isolated(value) if isinstance(value, (str, Promise)) else value


class ReportColumn(Generic[RowT]):
    """A column of a report: its heading and how to get its value from a row.

    Spreadsheets use ``exported`` and ``exported_heading`` if they are given. A column with ``is_shown=False``
    is in the spreadsheets only.
    """

    def __init__(
        self,
        name: str,
        heading: str | Promise,
        value: Callable[[RowT], object],
        *,
        exported: Callable[[RowT], object] | None = None,
        exported_heading: str | Promise | None = None,
        is_shown: bool = True,
        column_class: type[Column] = TextColumn,
    ) -> None:
        self.name = name
        self.heading = heading
        self.value = value
        self.exported = exported or value
        self.exported_heading = exported_heading or heading
        self.is_shown = is_shown
        self.column_class = column_class


def people_column(
    name: str,
    heading: str | Promise,
    people: Callable[[RowT], Iterable[KnownPerson]],
    *,
    column_class: type[Column] = Column,
) -> ReportColumn[RowT]:
    """Return a column of people, who are told apart from their namesakes."""
    return ReportColumn(
        name,
        heading,
        lambda row: people_names(people(row)),
        exported=lambda row: plain_names(people(row)),
        column_class=column_class,
    )


def moment_column(
    name: str, heading: str | Promise, moment: Callable[[RowT], datetime]
) -> ReportColumn[RowT]:
    """Return a column of dates with times. Spreadsheets get them as such, in the clinic's time zone."""
    return ReportColumn(
        name,
        heading,
        lambda row: Times().dated(moment(row)),
        exported=lambda row: timezone.localtime(moment(row)),
    )


class CappedPaginator(WagtailPaginator):
    """Pages of the first ``max_rows`` rows.

    Counting all rows, or paging deep, takes time in proportion to all that a clinic has written.
    """

    max_rows = 10_000

    @cached_property
    def count(self) -> int:
        """Return the number of rows on the pages."""
        return min(self._counted, self.max_rows)

    @property
    def is_capped(self) -> bool:
        """Return whether there are more rows than the pages show."""
        return self._counted > self.max_rows

    @cached_property
    def _counted(self) -> int:
        """Return the number of rows. Counting stops at one more than ``max_rows``."""
        rows = self.object_list
        if isinstance(rows, QuerySet):
            return rows.order_by().values("pk")[: self.max_rows + 1].count()
        return len(rows)


class ConversationFilters(WagtailFilterSet):
    """Filter conversations by the names of their participants."""

    person = django_filters.CharFilter(label=pgettext_lazy("vclinic_messages", "Person"), method="by_person")

    def by_person(self, rows: QuerySet[Conversation], name: str, value: str) -> QuerySet[Conversation]:
        return report_rows.with_person(rows, value)

    class Meta:
        model = Conversation
        fields: ClassVar[list[str]] = []


class Report(ClinicAdminMixin, ReportView, Generic[RowT]):
    """A list for clinic admins: names and figures, never the text of a message."""

    report_columns: Sequence[ReportColumn[RowT]] = ()
    header_icon = "mail"
    paginator_class = CappedPaginator
    results_template_name = "vclinic_messages/wagtail_admin/report_results.html"
    explanation: str | Promise = ""
    #: How many rows of the spreadsheet are written.
    _written = 0
    custom_value_preprocess = {
        **ReportView.custom_value_preprocess,
        datetime: {ReportView.FORMAT_XLSX: lambda value: timezone.make_naive(value)},
        str: {
            ReportView.FORMAT_CSV: lambda value: no_formula(value),
            ReportView.FORMAT_XLSX: lambda value: no_formula(without_controls(value)),
        },
    }

    @property
    def columns(self) -> list[Column]:
        return [
            each.column_class(each.name, label=each.heading, accessor=each.value)
            for each in self.report_columns
            if each.is_shown
        ]

    @property
    def list_export(self) -> list[str]:
        return [each.name for each in self.report_columns]

    @property
    def export_headings(self) -> dict[str, str | Promise]:
        return {each.name: each.exported_heading for each in self.report_columns}

    def describe(self, rows: Sequence[RowT]) -> None:
        """Add to these rows what their columns show and the query set does not have."""

    def decorate_paginated_queryset(self, object_list: Sequence[RowT]) -> Sequence[RowT]:
        if not self.is_export:
            self.describe(object_list)
        return object_list

    def to_row_dict(self, item: RowT) -> dict[str, object]:
        return {each.name: each.exported(item) for each in self.report_columns}

    def get(self, request: HttpRequest, *args: object, **kwargs: object) -> HttpResponseBase:
        """Respond with the page, or with all rows as a spreadsheet. Wagtail would have all rows in memory."""
        if self.is_export:
            rows = self.get_filtered_queryset()
            try:
                return self.as_spreadsheet(rows, request.GET["export"])
            except Throttled as refusal:
                return self.refused(refusal)
        return super().get(request, *args, **kwargs)

    def refused(self, refusal: Throttled) -> HttpResponseBase:
        """Respond with the page, and why there is no spreadsheet."""
        self.is_export = False
        messages.error(self.request, str(refusal.detail))
        response: HttpResponseBase = super().get(self.request)
        response.status_code = refusal.status
        response["Retry-After"] = str(refusal.retry_after)
        return response

    def filter_values(self) -> dict[str, Any]:
        """Return the chosen filters; none of them if one is not valid."""
        filters = self.filters
        return filters.form.cleaned_data if filters and filters.is_valid() else {}

    def write_csv_response(self, queryset: Iterable[RowT]) -> HttpResponseBase:
        def write(file: IO[bytes]) -> None:
            # Excel reads a CSV file as UTF-8 only if it begins with this mark.
            file.write("\ufeff".encode())
            file.writelines(self.stream_csv(self._described(queryset)))

        return self.file_response("csv", "text/csv; charset=utf-8", write)

    def write_xlsx_response(self, queryset: Iterable[RowT]) -> HttpResponseBase:
        return self.file_response("xlsx", XLSX, lambda file: self.write_xlsx(self._described(queryset), file))

    def file_response(
        self, suffix: str, content_type: str, write: Callable[[IO[bytes]], None]
    ) -> HttpResponseBase:
        """Write a spreadsheet to a temporary file, which nobody else can open, and send it.

        It is complete before it is sent, so all its rows are of the request's clinic, and a slow reader
        occupies neither memory nor a database connection. Raises ClinicMismatch or Throttled.
        """
        with ExitStack() as stack:
            file = stack.enter_context(TemporaryFile())

            def write_rows() -> int:
                write(file)
                return self._written

            actions.export_report(
                actor=signed_in(self.request.user),
                report=self.get_filename(),
                format=suffix,
                filters=[name for name, value in self.filter_values().items() if value],
                write=write_rows,
            )
            response = StreamingHttpResponse(
                streamed(self.request, _contents(file)),
                content_type=content_type,
                headers={
                    "Content-Disposition": f'attachment; filename="{self.get_filename()}.{suffix}"',
                    "Content-Length": str(file.tell()),
                },
            )
            # Close the file with the response, even if nobody reads it.
            weakref.finalize(response, stack.pop_all().close)
            return response

    def _described(self, rows: Iterable[RowT]) -> Iterator[RowT]:
        """Yield the rows, read and described in batches: only some of them are in memory at a time."""
        remaining = iter(rows.iterator(chunk_size=BATCH_SIZE) if isinstance(rows, QuerySet) else rows)
        while batch := list(islice(remaining, BATCH_SIZE)):
            self.describe(batch)
            yield from batch
            self._written += len(batch)

    def get_filename(self) -> str:
        return str(self.index_url_name).rsplit(":", 1)[-1].replace("_", "-")

    def get_context_data(self, **kwargs: object) -> dict[str, object]:
        context = {**super().get_context_data(**kwargs), "explanation": self.explanation}
        if self.is_filtering:
            context["no_results_message"] = _("No results match these filters.")
        return context


def _contents(file: IO[bytes]) -> Iterator[bytes]:
    file.seek(0)
    while chunk := file.read(CHUNK_SIZE):
        yield chunk


def no_formula(text: str) -> str:
    """Return the text so that no spreadsheet program takes it for a formula: a name may be "=1+1".

    https://owasp.org/www-community/attacks/CSV_Injection lists the characters that begin a formula.
    """
    return f"'{text}" if text.startswith(tuple("=+-@\t\r\n＝＋－＠")) else text


def without_controls(text: str) -> str:
    """Return the text with U+FFFD for each character that XML, and so XLSX, cannot contain.

    https://www.w3.org/TR/xml/#charsets
    """
    return _NOT_IN_XML.sub("\ufffd", text)


def start_of_day(day: date) -> datetime:
    """Return midnight at the beginning of the day, in the current time zone."""
    return timezone.make_aware(datetime.combine(day, time.min))


class DayInput(forms.DateInput):
    """The browser's own date field. Wagtail's field needs an inline script, which portals may forbid."""

    input_type = "date"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%d")
