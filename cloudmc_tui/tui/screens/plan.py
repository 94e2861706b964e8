"""The plan of a mutation: everything about it, before anything is sent. Cancel has the focus."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, ClassVar

import msgspec
from textual import events, on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal
from textual.screen import ModalScreen
from textual.widgets import Button, Input

from cloudmc_tui.catalog import Danger
from cloudmc_tui.formats.text import fit, plural, shorten, uncapitalized, visible, visible_lines
from cloudmc_tui.language import _, counted, number
from cloudmc_tui.operations import Confirmation, Plan
from cloudmc_tui.profiles import Mode, Profile
from cloudmc_tui.tui import themes
from cloudmc_tui.tui.actions import Scope, bindings
from cloudmc_tui.tui.panes.operations import DANGER_MARKS
from cloudmc_tui.tui.widgets.bar import Bar, keys
from cloudmc_tui.tui.widgets.box import Box
from cloudmc_tui.tui.widgets.entry import Entry
from cloudmc_tui.tui.widgets.lines import Piece
from cloudmc_tui.tui.widgets.wrapped import WrappedLines

if TYPE_CHECKING:
    from cloudmc_tui.tui.app import ExplorerApp

TARGETS_SHOWN = 200
"""How many targets of a bulk plan are listed."""

LONGEST_REASON = 500

Send = Callable[[Plan, bool, str], Awaitable[str]]
"""Sends a plan; given the plan, whether to stop on the first failure, and why it is sent. Returns what went
wrong, or an empty text."""


class PlanScreen(ModalScreen[bool]):
    """Look at a plan, then send it or not. Gives whether it was sent."""

    app: ExplorerApp
    BINDINGS: ClassVar[list[BindingType]] = bindings(Scope.PLAN)
    AUTO_FOCUS = None

    def __init__(
        self,
        plan: Plan,
        send: Send,
        *,
        endpoint: str,
        organization_id: str | None,
        profile: Profile,
        blocked: str,
        unlock: Callable[[], None] | None = None,
    ) -> None:
        """Make one.

        Args:
            plan: what is to be sent.
            send: sends it.
            endpoint: the API's base URL.
            organization_id: the organization that is acted in.
            profile: its name is said in every confirmation, its colour frames it.
            blocked: why nothing may be sent, or empty.
            unlock: lets it be sent and shows the plan anew, where nothing else is in the way.
        """
        super().__init__()
        self.plan = plan
        self._send = send
        self._endpoint = endpoint
        self._organization_id = organization_id
        self._profile = profile
        self._confirmation = plan.confirmation(protected=profile.mode is Mode.PROTECTED)
        self._blocked = blocked or ("" if plan.possible else _("it is not possible on any of its targets"))
        self._unlock = unlock
        self._stop_on_failure = True
        self._sending = False
        self._sent = False

    @property
    def _bulk(self) -> bool:
        return len(self.plan.targets) > 1

    def compose(self) -> ComposeResult:
        plan = self.plan
        called = (
            plan.targets[0].title
            if not self._bulk
            else plural(len(plan.possible), plan.entity_type.singular, uncapitalized(plan.entity_type.label))
        )
        with Box(id="plan", classes=f"-{plan.danger.value}") as box:
            box.border_title = _(
                "{label} · {called} · on {name}",
                label=plan.operation.label,
                called=called,
                name=visible(self._profile.name),
            )
            yield WrappedLines(plan_lines(plan, self._endpoint, self._organization_id), id="plan-lines")
            yield Bar(id="plan-message")
            if self._asks_why:
                hint = _("why: a word for the audit log (optional)")
                yield Entry(placeholder=hint, id="plan-reason", max_length=LONGEST_REASON)
            if self._typed:
                hint = _("type {word_to_type} to confirm", word_to_type=plan.word_to_type)
                yield Entry(placeholder=hint, id="plan-word", select_on_focus=False)
            with Horizontal(id="plan-buttons"):
                yield Button(_("Cancel"), id="plan-cancel", compact=True)
                yield Button(self._verb, id="plan-send", compact=True, disabled=bool(self._blocked))

    @property
    def _typed(self) -> bool:
        """Whether a word has to be typed."""
        return self._confirmation is Confirmation.TYPE and not self._blocked

    @property
    def _asks_why(self) -> bool:
        """Whether the person can say why."""
        return self._profile.mode is Mode.PROTECTED and not self._blocked

    @property
    def _verb(self) -> str:
        many = f" {len(self.plan.possible)}" if self._bulk else ""
        return f"{self.plan.operation.label}{many}"

    def on_mount(self) -> None:
        if color := themes.accent(self._profile.color):
            box = self.query_one("#plan")
            box.styles.border = ("round", color)
            box.styles.border_title_color = color
        if self._unlock is not None:
            self.say(_("Writes are locked on this profile."), "bar--warn")
        elif self._blocked:
            self.say(_("Nothing can be sent: {blocked}.", blocked=self._blocked))
        elif self._typed:
            self.say(_("To confirm, type: {word_to_type}", word_to_type=self.plan.word_to_type), "bar--warn")
        else:
            self.say("")
        safe = self._confirmation is Confirmation.KEY and not self._blocked
        self.query_one("#plan-send" if safe else "#plan-cancel", Button).focus()
        for field in self.query(Input):
            field.cursor_blink = False
        if self._typed:
            self.query_one("#plan-send", Button).disabled = True

    def say(self, message: str, style: str = "bar--error") -> None:
        """Show a message above the buttons."""
        can = [("y", _("copy…")), ("d", _("dry run"))]
        if self._bulk:
            what = (
                _("stops at the first failure") if self._stop_on_failure else _("carries on after failures")
            )
            can.insert(0, ("f", what))
        if self._unlock is not None:
            can.insert(0, ("U", _("unlock")))
        self.query_one("#plan-message", Bar).say([(f" {message}", style)], keys(*can))

    def on_key(self, event: events.Key) -> None:
        """The word can be typed at once, although Cancel has the focus: a key that begins it goes there."""
        word = self.plan.word_to_type
        if self._typed and event.character and word[:1].casefold() == event.character.casefold():
            field = self.query_one("#plan-word", Input)
            if self.focused is not field and not field.value:
                event.stop()
                self.set_focus(field)
                field.insert_text_at_cursor(event.character)

    @on(Input.Changed, "#plan-word")
    def _word_changed(self, event: Input.Changed) -> None:
        event.stop()
        self.query_one("#plan-send", Button).disabled = event.value.strip() != self.plan.word_to_type.strip()

    @on(Input.Submitted, "#plan-word")
    def _word_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        if event.value.strip() == self.plan.word_to_type.strip():
            self._go()
        else:
            self.say(_("That is not {word_to_type}: nothing was sent.", word_to_type=self.plan.word_to_type))

    @on(Input.Submitted, "#plan-reason")
    def _reason_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.focus_next()

    @on(Button.Pressed, "#plan-cancel")
    def _cancelled(self, event: Button.Pressed) -> None:
        event.stop()
        self.action_plan_cancel()

    @on(Button.Pressed, "#plan-send")
    def _pressed(self, event: Button.Pressed) -> None:
        event.stop()
        self._go()

    def _go(self) -> None:
        if not self._sending and not self._blocked:
            self._sending = True
            self.say(_("sending…"), "bar--accent")
            self.run_worker(self._send_it(), group="send", exclusive=True)

    async def _send_it(self) -> None:
        reason = self.query_one("#plan-reason", Input).value.strip() if self._asks_why else ""
        problem = await self._send(self.plan, self._stop_on_failure, reason)
        self._sending = False
        if problem:
            self.say(problem)
        elif self.app.screen is self:
            self.dismiss(True)
        else:  # something lies over it, such as the secret of another task, and must not be closed for it
            self._sent = True

    def on_screen_resume(self) -> None:
        if self._sent:
            self.dismiss(True)

    def action_plan_left(self) -> None:
        self.focus_previous(Button)

    def action_plan_right(self) -> None:
        self.focus_next(Button)

    def action_plan_cancel(self) -> None:
        if not self._sending:
            self.dismiss(False)

    def action_plan_unlock(self) -> None:
        if self._unlock is not None:
            self.dismiss(False)
            self._unlock()

    def action_plan_dry_run(self) -> None:
        self.app.say(
            counted(
                "Dry run: {count} request would be sent; nothing was.",
                "Dry run: {count} requests would be sent; nothing was.",
                len(self.plan.possible),
            )
        )
        self.dismiss(False)

    def action_plan_stop_on_failure(self) -> None:
        if self._bulk:
            self._stop_on_failure = not self._stop_on_failure
            self.say("")

    def action_plan_copy(self) -> None:
        """Copy the plan as a command."""
        from cloudmc_tui.tui.choice import Choice

        targets = self.plan.possible or self.plan.targets
        texts = {
            "curl": "\n".join(self.plan.curl(t, self._endpoint, self._organization_id) for t in targets),
            "command": "\n".join(self.plan.command(t) for t in targets),
        }
        choices = [Choice("curl", _("As curl")), Choice("command", _("As a cloudmc-tui line"))]
        self.app.pick(_("Copy"), choices, lambda value: self.app.copy_to_clipboard(texts[value]))


def plan_lines(plan: Plan, endpoint: str, organization_id: str | None) -> list[list[Piece]]:
    """Everything about a plan, a line each.

    Args:
        plan: what is to be sent.
        endpoint: the API's base URL.
        organization_id: the organization that is acted in.
    """
    lines: list[list[Piece]] = []
    mark, style = DANGER_MARKS[plan.danger]
    words = {
        Danger.SAFE: _("safe: nothing is interrupted or lost"),
        Danger.DISRUPTIVE: _("disruptive: service is interrupted"),
        Danger.DESTRUCTIVE: _("destructive: something is lost for good"),
    }
    lines.append(_row(_("Danger"), f"{mark.strip()} {words[plan.danger]}".strip(), style))
    lines.extend(_row("", consequence, "tone--warn") for consequence in plan.consequences)
    if plan.operation.to_state and plan.operation.to_state != "gone":
        lines.append(_row(_("Ends as"), plan.operation.to_state, ""))
    first = (plan.possible or plan.targets)[0]
    lines.append(
        _row(
            _("Sends"),
            f"{plan.operation.method} {visible(endpoint + plan.request(first).url(organization_id))}",
        )
    )
    body = plan.shown_body()
    if body is not None:
        text = msgspec.json.format(msgspec.json.encode(body), indent=2).decode()
        for n, line in enumerate(visible_lines(text)):
            row = _row(_("Body") if n == 0 else "", line)
            called = [name for value, name in plan.names.items() if f'"{visible(value)}"' in line]
            row += [(f"  {visible(name)}", "line--reference") for name in called]
            lines.append(row)
    if len(plan.targets) > 1:
        lines += _targets(plan)
    else:
        target = plan.targets[0]
        lines.append(_row(_("On"), f"{visible(str(target.path))}"))
        if target.state:
            lines.append(_row(_("State"), target.state))
        if target.refusal:
            lines.append(_row(_("But"), target.refusal, "line--error"))
        lines.append([("", "")])
        lines.append(_row(_("As curl"), visible(plan.curl(target, endpoint, organization_id)), "line--muted"))
        lines.append(_row(_("As a line"), visible(plan.command(target)), "line--muted"))
    return lines


def _targets(plan: Plan) -> list[list[Piece]]:
    hidden = sum(t.hidden for t in plan.targets)
    refused = counted("{count} not possible", "{count} not possible", len(plan.refused))
    heading = f" {plural(len(plan.targets), 'target')}, {refused}"
    heading += _(", {hidden} of them hidden by the filter", hidden=hidden) if hidden else ""
    lines: list[list[Piece]] = [[("", "")], [(heading, "line--heading")]]
    for target in plan.targets[:TARGETS_SHOWN]:
        note = target.refusal or (_("hidden by the filter") if target.hidden else "")
        style = "line--error" if target.refusal else "line--match"
        lines.append(
            [
                (" – " if target.refusal else " ● ", style if target.refusal else "tone--ok"),
                (fit(target.title, 28), "line--muted" if target.refusal else ""),
                ("  ", ""),
                (fit(target.state, 12), "line--muted"),
                (f"  {note}", style),
            ]
        )
    if len(plan.targets) > TARGETS_SHOWN:
        lines.append(
            [(_("   … and {count} more", count=number(len(plan.targets) - TARGETS_SHOWN)), "line--muted")]
        )
    return lines


def _row(label: str, text: str, style: str = "") -> list[Piece]:
    return [(f" {fit(label, 11)}", "line--muted"), (shorten(text, 2000), style)]
