"""Every request of the session: what was asked, what came of it, how long it took."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.screen import ModalScreen
from textual.widgets import Input

from cloudmc_tui.api.errors import CloudMCError
from cloudmc_tui.formats.redact import MASK, hide_secrets
from cloudmc_tui.formats.tables import json_text
from cloudmc_tui.formats.text import fit, visible, visible_lines
from cloudmc_tui.formats.values import size
from cloudmc_tui.language import _, decimal
from cloudmc_tui.tui.actions import Scope, bindings
from cloudmc_tui.tui.screens.text import TextScreen
from cloudmc_tui.tui.widgets.bar import Bar, keys
from cloudmc_tui.tui.widgets.box import Box
from cloudmc_tui.tui.widgets.entry import Entry
from cloudmc_tui.tui.widgets.lines import LineView, Piece
from cloudmc_tui.tui.work import begin, is_left

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cloudmc_tui.api import RequestRecord
    from cloudmc_tui.session import Session
    from cloudmc_tui.tui.app import ExplorerApp

LOOK_EVERY = 1.0
"""Seconds between two looks for new requests."""


class RequestLines(LineView):
    """A request a line, the newest first."""

    def __init__(self) -> None:
        super().__init__(id="request-lines")
        self._all: list[RequestRecord] = []
        self.shown: list[RequestRecord] = []
        self.filter = ""

    def show(self, records: Sequence[RequestRecord]) -> None:
        """Show these, given in the order that they were made in."""
        self._all = list(reversed(records))
        self.narrow(self.filter)

    def narrow(self, text: str) -> None:
        """Show only those in whose line every word is; the cursor stays on its request, or on the newest."""
        old = self.record if self.cursor else None
        self.filter = text
        words = text.casefold().split()
        self.shown = [r for r in self._all if all(word in _line(r).casefold() for word in words)]
        cursor = next((n for n, record in enumerate(self.shown) if record is old), 0)
        self.set_rows(len(self.shown), cursor)

    @property
    def record(self) -> RequestRecord | None:
        """The request under the cursor."""
        return self.shown[self.cursor] if self.shown else None

    def placeholder(self) -> Sequence[Piece]:
        said = (
            _("No request matches /{filter}", filter=self.filter)
            if self._all
            else _("Nothing was asked yet.")
        )
        return [(said, "line--muted")]

    def row_pieces(self, row: int, cells: int) -> Sequence[Piece]:
        record = self.shown[row]
        bad = record.error or record.status is None or record.status >= 400
        left: list[Piece] = [
            (f" {record.started.astimezone():%H:%M:%S} ", "line--muted"),
            (f"{record.method:<6} ", "" if record.method == "GET" else "tone--warn"),
            (f"{record.status or '✖':>3} ", "tone--bad" if bad else "tone--ok"),
            (f"{size(record.bytes):>9} {_duration(record.elapsed):>8}  ", "line--muted"),
        ]
        again = _(" (attempt {attempt})", attempt=record.attempt) if record.attempt > 1 else ""
        return [*left, (visible(record.path) + again, ""), (f"  {visible(record.error)}", "line--error")]


class Requests(ModalScreen[None]):
    """The session's requests; each can be looked at and copied, and a GET repeated."""

    app: ExplorerApp
    BINDINGS: ClassVar[list[BindingType]] = bindings(Scope.REQUESTS)

    def __init__(self, session: Session) -> None:
        """Make it.

        Args:
            session: whose requests.
        """
        super().__init__()
        self._session = session
        self._last: RequestRecord | None = None

    def compose(self) -> ComposeResult:
        with Box(id="requests"):
            yield RequestLines()
            yield Entry(placeholder=_("a word, a status, a part of a path"), id="requests-filter")
            yield Bar(id="requests-keys")

    @property
    def _lines(self) -> RequestLines:
        return self.query_one(RequestLines)

    def on_mount(self) -> None:
        field = self.query_one(Input)
        field.display = False
        field.cursor_blink = False
        self._lines.focus()
        pairs = (
            ("enter", _("details")),
            ("/", _("filter")),
            ("y", _("curl")),
            ("r", _("repeat")),
            ("s", _("script")),
            ("esc", _("close")),
        )
        self.query_one(Bar).say(keys(*pairs))
        self._look()
        self.set_interval(LOOK_EVERY, self._look)

    def _look(self) -> None:
        """Show what was asked since the last look."""
        if is_left(self):
            return
        records = list(self._session.requests)
        last = records[-1] if records else None
        if last is not self._last or last is None:
            self._last = last
            self._lines.show(records)
            self._retitle()

    def _retitle(self) -> None:
        lines = self._lines
        title = _("Requests · {count}", count=len(lines.shown))
        box = self.query_one("#requests")
        box.border_title = title + (f" · /{visible(lines.filter)}" if lines.filter else "")

    # The filter

    def action_filter(self) -> None:
        field = self.query_one(Input)
        field.display = True
        self.set_focus(field)  # at once: what is typed next is the filter

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        event.stop()
        self._lines.narrow(event.value)
        self._retitle()

    @on(Input.Submitted)
    def _typed_all(self, event: Input.Submitted) -> None:
        event.stop()
        self._lines.focus()

    def action_leave(self) -> None:
        """One step back: the filter, then the window."""
        field = self.query_one(Input)
        if not field.display:
            self.dismiss()
            return
        field.value = ""
        field.display = False
        self._lines.focus()

    # What can be done with a request

    @on(LineView.Opened)
    def _open(self, event: LineView.Opened) -> None:
        event.stop()
        record = self._lines.record
        if record is not None:
            self.app.push_screen(TextScreen(_("Request"), details_of(record, self._session)))

    def action_copy(self) -> None:
        if (record := self._lines.record) is not None:
            self.app.copy_to_clipboard(self._session.execution.changes.curl(record))

    def action_repeat(self) -> None:
        record = self._lines.record
        if record is None:
            return
        if record.method != "GET":
            self.app.say(_("Only a GET is repeated here: open the operation to change something again."))
            return

        async def repeat() -> None:
            try:
                reply = await self._session.client.get(record.path)
            except CloudMCError as error:
                self.app.push_screen(TextScreen(_("Repeated"), visible_lines(str(error))))
                return
            lines = json_text(_shown(record, reply.data)).rstrip("\n").split("\n")
            self._look()
            self.app.push_screen(TextScreen(_("Repeated · {path}", path=visible(record.path)), lines))

        begin(self, "repeat", repeat)

    def action_script(self) -> None:
        """Show the changes of this session as a script."""
        lines = self._session.execution.changes.script()
        self.app.push_screen(TextScreen(_("The changes of this session as a script"), lines))


def details_of(record: RequestRecord, session: Session) -> list[str]:
    """A request, whole.

    Args:
        record: what was asked, and what came of it.
        session: whose it is.
    """
    rows = (
        (_("Time"), f"{record.started.astimezone():%Y-%m-%d %H:%M:%S %z}"),
        (_("Method"), record.method),
        (_("URL"), session.client.endpoint + record.path),
        (_("Status"), str(record.status) if record.status is not None else _("no reply")),
        (_("Error"), record.error),
        (_("Reply"), size(record.bytes)),
        (_("Duration"), _duration(record.elapsed)),
        (_("Attempt"), str(record.attempt)),
    )
    lines = [f"{fit(label, 10)} {visible(value)}" for label, value in rows if value]
    return [*lines, "", *map(visible, session.execution.changes.curl(record).split("\n"))]


def _shown(record: RequestRecord, data: Any) -> Any:
    """A reply without secrets; a task's result may be one as a whole, and is shown with the task."""
    data = hide_secrets(data)
    if record.path.startswith("/tasks/") and isinstance(data, dict) and data.get("result"):
        return {**data, "result": MASK}
    return data


def _line(record: RequestRecord) -> str:
    """What a filter looks at."""
    return f"{record.method} {record.status or ''} {record.path} {record.error}"


def _duration(seconds: float) -> str:
    return decimal(f"{seconds:.2f} s") if seconds >= 1 else f"{seconds * 1000:.0f} ms"
