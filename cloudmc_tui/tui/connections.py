"""Which connection the explorer is on: opening, switching, and the tasks that go on where it was."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING

from msgspec.structs import replace

from cloudmc_tui.api.errors import CloudMCError
from cloudmc_tui.catalog import CatalogError
from cloudmc_tui.formats.text import visible
from cloudmc_tui.language import _, counted
from cloudmc_tui.path import Path
from cloudmc_tui.profiles import Ask, Config, Mode, Profile, ProfileError
from cloudmc_tui.tui.choice import Choice
from cloudmc_tui.tui.reader import explain

if TYPE_CHECKING:
    from cloudmc_tui.api import Organization
    from cloudmc_tui.session import Session
    from cloudmc_tui.tasks import Event
    from cloudmc_tui.tui.app import ExplorerApp

Open = Callable[[Profile, Ask], Awaitable["Session"]]
"""Opens a session on a profile, asking for a key where the profile wants that."""


class Connections:
    """The sessions of an explorer: the one that is shown, and those whose tasks are still followed."""

    def __init__(
        self,
        app: ExplorerApp,
        open_session: Open,
        config: Callable[[], Config],
        *,
        read_only: bool = False,
    ) -> None:
        """Make it.

        Args:
            app: whose sessions these are.
            open_session: opens one.
            config: reads the config file.
            read_only: nothing that changes anything is sent, on whatever profile.
        """
        self._app = app
        self._open = open_session
        self.config = config
        self.session: Session | None = None
        self._read_only = read_only
        self._others: list[Session] = []
        self._lent: list[Session] = []
        self._asking = asyncio.Lock()
        self._answers: dict[str, str] = {}
        self._told_refused = False
        self._warned: list[str] = []

    def connect(self) -> None:
        """Open a session on the application's profile, off the first paint."""
        self._app.explorer.connecting()
        self._app.run_worker(self._connect(), group="session", exclusive=True)

    async def _connect(self) -> None:
        profile = self._app.profile
        try:
            session = await self._open(profile, self._ask_once(profile.name))
        except (CloudMCError, CatalogError, ProfileError, ValueError) as error:
            if not self._app.explorer.is_ending:
                self._app.explorer.failed(explain(error))
            return
        if profile is not self._app.profile or self._app.explorer.is_ending:
            await session.aclose()  # one has gone elsewhere meanwhile, or away
            return
        self.session = session
        self._app.explorer.connected(session)
        self.warn()

    def warn(self) -> None:
        """Say what makes the connection less safe, or less useful, than it could be: once, and for as long
        as it is so among the problems."""
        session = self.session
        if session is None:
            return
        notes = (*session.warnings, *session.notes, session.clock_note)
        told = [visible(note) for note in notes if note]
        new = [note for note in told if note not in self._warned]
        self._app.problems = [p for p in self._app.problems if p not in self._warned] + told
        self._warned = told
        if new:
            count = len(new) - 1
            more = counted(
                " And {count} other: ctrl+p, Problems.", " And {count} others: ctrl+p, Problems.", count
            )
            more = more if count else ""
            self._app.say(new[0] + more)

    def renew_key(self) -> None:
        """Get the key again: from where it came, or from the person."""
        from cloudmc_tui.profiles.sources import CommandKey, FileKey, KeyringKey

        session = self.session
        if session is None:
            self.connect()
        elif isinstance(session.profile.key, CommandKey | FileKey | KeyringKey):
            choices = [
                Choice("", _("Type it"), _("for this session only")),
                Choice("again", _("Get it again"), session.profile.key_source),
            ]
            self._app.pick(_("The API key"), choices, lambda chosen: self._renew(session, by_hand=not chosen))
        else:  # it is nowhere to be had but from the person
            self._renew(session, by_hand=True)

    def _renew(self, session: Session, *, by_hand: bool) -> None:
        self._app.run_worker(self._renew_key(session, by_hand), group="key", exclusive=True)

    async def _renew_key(self, session: Session, by_hand: bool) -> None:
        try:
            await session.renew_key(self.ask, by_hand=by_hand)
        except (ProfileError, CloudMCError, ValueError) as error:
            self._app.say(explain(error).replace("\n", " "))
            return
        self._told_refused = False
        self._app.say(_("The key has been given again."))
        self._app.explorer.refresh_shown()

    def refused(self) -> None:
        """The server does not take the key any more: say so once, and how to go on."""
        if not self._told_refused:
            self._told_refused = True
            self._app.announce(_("The key is refused now: K gives it again; what was read stays."))

    async def ask(self, prompt: str) -> str:
        from cloudmc_tui.tui.screens.ask import Ask as AskScreen

        answer: str | None = await self._app.push_screen_wait(AskScreen(prompt))
        if answer is None:
            raise ProfileError(_("no key was given"), _("r tries again"))
        return answer

    async def aclose(self) -> None:
        """Close every session."""
        lent, self._lent = self._lent, []
        for session in [*lent, *self._others, *([self.session] if self.session else [])]:
            await session.aclose()

    # Looking into other profiles

    async def borrow(self, profile: Profile, wanted: Callable[[], bool]) -> Session:
        """Open a session on another profile, to read from; :meth:`give_back` closes it.

        Args:
            profile: whatever its mode, nothing can be changed through the session.
            wanted: whether somebody still waits for it: nothing is asked for nobody.

        Raises:
            CloudMCError, CatalogError, ProfileError, ValueError: when it cannot be opened.
        """

        async def ask(prompt: str) -> str:
            async with self._asking:  # one question after the other
                if not wanted():
                    raise ProfileError(_("no key was given"))
                self._answers[profile.name] = await self.ask(prompt)
            return self._answers[profile.name]

        session = await self._open(replace(profile, mode=Mode.READ_ONLY), ask)
        self._lent.append(session)
        return session

    async def give_back(self, session: Session) -> None:
        """Close a session that was borrowed."""
        if session in self._lent:
            self._lent.remove(session)
            await session.aclose()

    def _ask_once(self, name: str) -> Ask:
        """Asks the person; not for what they have just given, when the profile was looked into."""
        given = self._answers.pop(name, None)
        self.forget_answers()

        async def ask(prompt: str) -> str:
            nonlocal given
            answer, given = given, None
            return await self.ask(prompt) if answer is None else answer

        return ask

    def forget_answers(self) -> None:
        """Forget what was given for profiles that were looked into."""
        self._answers.clear()

    # Switching

    def switch(self, profile: Profile, start: Path | None = None) -> None:
        """Go to another profile; what is under way here is followed to its end all the same.

        Args:
            profile: where to.
            start: where to begin there; none leaves it to the profile.
        """
        if self._read_only:
            profile = replace(profile, mode=Mode.READ_ONLY)
        old, self.session = self.session, None
        self._told_refused = False
        if old is not None:
            self._app.run_worker(self._leave(old), group="leave")
        self._app.workers.cancel_group(self._app, "session")  # it was for the profile that is left
        self._app.show_profile(profile, start)

    async def _leave(self, session: Session) -> None:
        from cloudmc_tui.tasks import TaskEnded

        pending = session.execution.watcher.pending
        if not pending:
            await session.aclose()
            return
        self._others.append(session)
        name = visible(session.profile.name)

        def hear(event: Event) -> None:
            if isinstance(event, TaskEnded):
                record = event.record
                self._app.announce(
                    f"{name}: {_(record.label)} {visible(record.title)}: {record.status.value}"
                )
                if not session.execution.watcher.pending:
                    self._app.run_worker(self._done(session), group="leave")

        session.execution.subscribe(hear)
        self._app.say(
            counted(
                "{count} task on {name} still followed.",
                "{count} tasks on {name} still followed.",
                len(pending),
                name=name,
            )
        )

    async def _done(self, session: Session) -> None:
        if session in self._others:
            self._others.remove(session)
            await session.aclose()

    def choose_profile(self) -> None:
        """Show the profiles; go to the one that is chosen."""
        from cloudmc_tui.tui.screens.profiles import Profiles

        def use(profile: Profile | None) -> None:
            if profile is not None and (profile != self._app.profile or self.session is None):
                self.switch(profile)

        self._app.push_screen(Profiles(self.config), use)

    def set_up(self) -> None:
        """Where there is no profile yet: offer to make one, or to see the demo cloud."""
        from cloudmc_tui.tui.screens.profile_form import ProfileForm

        def made(profile: Profile | None) -> None:
            if profile is None:
                self.set_up()
            else:
                self.switch(profile)

        def chosen(value: str | list[str] | None) -> None:
            if value == "set up":
                self._app.push_screen(ProfileForm(self.config().file), made)
            elif value == "demo":
                self.connect()
            else:
                self._app.exit()

        choices = [
            Choice("set up", _("Set up a connection"), _("endpoint, where the key comes from, a test")),
            Choice("demo", _("See the demo cloud"), _("needs nothing")),
            Choice("quit", _("Quit")),
        ]
        from cloudmc_tui.tui.screens.picker import Picker

        self._app.push_screen(Picker(_("There is no connection yet"), choices), chosen)

    def choose_organization(self) -> None:
        """Pick an organization to act in."""
        self._app.run_worker(self._choose_organization(), group="organizations", exclusive=True)

    async def _choose_organization(self) -> None:
        session = self.session
        if session is None:
            return
        self._app.say(_("reading organizations…"))
        try:
            organizations = await session.client.organizations()
        except CloudMCError as error:
            self._app.say(explain(error).replace("\n", " "))
            return
        self._app.say("")
        current = session.profile.organization_id or ""
        choices = [Choice("", _("(the key's own)")), *_tree(organizations)]

        def use(identity: str) -> None:
            if identity != current:
                self.switch(replace(session.profile, organization_id=identity or None))

        self._app.pick(_("Organization"), choices, use, current=current)


def _tree(organizations: Sequence[Organization]) -> list[Choice]:
    """Organizations, each under its parent, indented."""
    known = {o.id for o in organizations}
    below: dict[str, list[Organization]] = {}
    for organization in organizations:
        parent = organization.parent_id if organization.parent_id in known else ""
        below.setdefault(parent, []).append(organization)
    choices: list[Choice] = []
    seen: set[str] = set()

    def add(parent: str, depth: int) -> None:
        for organization in sorted(below.get(parent, ()), key=lambda o: o.name.casefold()):
            if organization.id not in seen:
                seen.add(organization.id)
                label = f"{'  ' * depth}{visible(organization.name)}"
                choices.append(Choice(organization.id, label, visible(organization.entry_point)))
                add(organization.id, depth + 1)

    add("", 0)
    return choices
