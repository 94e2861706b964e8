"""From a key source to the key: when the connection is opened, off the event loop, and from that source
alone. Where it gives none, that is said; no other source is tried."""

from __future__ import annotations

import asyncio
import contextlib
import os
import stat
import threading
from collections.abc import Awaitable, Callable, Mapping
from typing import TypeVar

from cloudmc_tui.api.settings import Secret
from cloudmc_tui.formats.scrub import remember
from cloudmc_tui.formats.system import reason
from cloudmc_tui.formats.text import visible
from cloudmc_tui.language import _, decimal
from cloudmc_tui.profiles import command
from cloudmc_tui.profiles.profile import Profile, ProfileError
from cloudmc_tui.profiles.sources import (
    KEYRING_SERVICE,
    CommandKey,
    EnvironmentKey,
    FileKey,
    HeldKey,
    KeyringKey,
    PlainKey,
)

Ask = Callable[[str], Awaitable[str]]
"""Asks the person for a secret, given the prompt; what comes back was not shown while it was typed."""

KEYRING_SECONDS = 30.0
"""How long a keyring may take: it may ask the person to unlock it."""

LARGEST_FILE = 65_536

T = TypeVar("T")


class KeyUnavailable(ProfileError):
    """The profile's key source gives no key; the message says why, the hint what to try."""


class NobodyToAsk(KeyUnavailable):
    """The key is to be asked for, and there is no terminal to ask on."""


async def resolve_key(
    profile: Profile,
    ask: Ask | None = None,
    *,
    environ: Mapping[str, str] | None = None,
    limit: float = command.SECONDS,
) -> Secret:
    """Get a profile's key. From then on it is masked in everything that is logged.

    Args:
        profile: whose key.
        ask: asks the person, for ``key_prompt``.
        environ: the process's environment; by default as it is now.
        limit: seconds that a key command may take.

    Raises:
        KeyUnavailable: when the source gives none. It never tells what the source gave instead.
    """
    source = profile.key
    if isinstance(source, HeldKey):
        return source.key
    try:
        if isinstance(source, PlainKey):
            text = source.key.reveal()
        elif isinstance(source, EnvironmentKey):
            text = _from_environment(source, os.environ if environ is None else environ)
        elif isinstance(source, CommandKey):
            text = await command.key_printed_by(source.words, limit=limit)
        elif isinstance(source, FileKey):
            text = await asyncio.to_thread(_from_file, source)
        elif isinstance(source, KeyringKey):
            text = await _from_keyring(source)
        else:
            text = await _from_person(profile, ask)
    except KeyUnavailable:
        raise
    except ProfileError as error:
        raise KeyUnavailable(
            _("no key for the profile {name!r}: {error}", name=profile.name, error=error), error.hint
        ) from None
    remember([text])
    return Secret(text)


def _from_environment(source: EnvironmentKey, environ: Mapping[str, str]) -> str:
    text = environ.get(source.variable, "").strip()
    if text:
        return text
    name = visible(source.variable)
    told = _("the environment variable {name} is not set", name=name)
    if source.variable in environ:
        told = _("the environment variable {name} is empty", name=name)
    raise ProfileError(told, f"read -rs {name} && export {name}")


def _from_file(source: FileKey) -> str:
    name = visible(source.file)
    try:
        # without waiting: the file may be a pipe that nobody writes to
        descriptor = os.open(source.file, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        raise ProfileError(
            _(
                "the key file {name} cannot be read: {strerror}",
                name=name,
                strerror=reason(error).lower(),
            )
        ) from None
    try:
        found = os.fstat(descriptor)
        if not stat.S_ISREG(found.st_mode):
            raise ProfileError(_("the key file {name} is not a regular file", name=name))
        if found.st_uid not in (os.getuid(), 0):
            raise ProfileError(_("the key file {name} belongs to another user", name=name))
        if found.st_mode & 0o077:
            raise ProfileError(
                _(
                    "the key file {name} is refused: others than you can use it (mode {s_imode:04o}), "
                    "so the key may be known to them",
                    name=name,
                    s_imode=stat.S_IMODE(found.st_mode),
                ),
                _("chmod go-rwx {name}, and think of a new key", name=name),
            )
        data = os.read(descriptor, LARGEST_FILE + 1)
    finally:
        os.close(descriptor)
    try:
        text = data.decode("utf-8").strip() if len(data) <= LARGEST_FILE else ""
    except UnicodeDecodeError:
        raise ProfileError(_("the key file {name} holds something that is no text", name=name)) from None
    if not text:
        what = _("is empty") if len(data) <= LARGEST_FILE else _("is too large for a key")
        raise ProfileError(_("the key file {name} {what}", name=name, what=what))
    if len(text.splitlines()) > 1:
        raise ProfileError(
            _(
                "the key file {name} has {count} lines: the key has to be the only one",
                name=name,
                count=len(text.splitlines()),
            )
        )
    return text


async def _from_person(profile: Profile, ask: Ask | None) -> str:
    if ask is None:
        raise NobodyToAsk(
            _("the profile {name!r} asks for its key, and there is no terminal to ask on", name=profile.name),
            _("for scripts use key_command, key_file or key_env"),
        )
    text = (
        await ask(
            _(
                "API key for {name} ({endpoint}): ",
                name=visible(profile.name),
                endpoint=visible(profile.endpoint),
            )
        )
    ).strip()
    if not text:
        raise ProfileError(_("none was given"))
    return text


# The keyring


async def _from_keyring(source: KeyringKey) -> str:
    text = await _waited_for(lambda: _keyring_says(source.user, None))
    if text:
        return text
    raise ProfileError(
        _(
            "the keyring has no entry for '{user}' under {keyring_service!r}",
            user=visible(source.user),
            keyring_service=KEYRING_SERVICE,
        ),
        f"keyring set {KEYRING_SERVICE} {visible(source.user)}",
    )


async def store_in_keyring(user: str, key: Secret) -> None:
    """Put a key into the keyring, where ``key_keyring`` finds it.

    Args:
        user: the entry's user name, such as the profile's name.
        key: the key.

    Raises:
        ProfileError: when there is no keyring, or it does not take the key.
    """
    await _waited_for(lambda: _keyring_says(user, key))


def _keyring_says(user: str, new: Secret | None) -> str:
    """Read an entry, or write it."""
    try:
        import keyring
        from keyring.errors import KeyringError, NoKeyringError
    except ImportError:
        raise ProfileError(
            _("the keyring needs the package keyring, which is not installed"),
            _("pip install 'cloudmc-tui[keyring]', or use key_command, key_file or key_prompt"),
        ) from None
    try:
        if new is not None:
            keyring.set_password(KEYRING_SERVICE, user, new.reveal())
            return ""
        return (keyring.get_password(KEYRING_SERVICE, user) or "").strip()
    except NoKeyringError:
        raise ProfileError(
            _("there is no keyring on this machine (keyring finds no backend)"),
            _("use key_command, key_file or key_prompt"),
        ) from None
    except (KeyringError, OSError, RuntimeError) as error:
        raise ProfileError(
            _("the keyring fails: {error}", error=visible(str(error)) or type(error).__name__)
        ) from None


async def _waited_for(work: Callable[[], T]) -> T:
    try:
        return await asyncio.wait_for(in_a_thread(work), KEYRING_SECONDS)
    except asyncio.TimeoutError:
        raise ProfileError(
            _(
                "the keyring has not answered within {keyring_seconds} s",
                keyring_seconds=decimal(f"{KEYRING_SECONDS:g}"),
            )
        ) from None


async def in_a_thread(work: Callable[[], T]) -> T:
    """Do work that may block for ever in a thread that does not keep the program from ending.

    Args:
        work: what to do; once nobody waits for it any more, what comes of it is dropped.

    Raises:
        Exception: what the work raises.
    """
    loop = asyncio.get_running_loop()
    future: asyncio.Future[T] = loop.create_future()

    def settle(result: T | None, error: BaseException | None) -> None:
        if future.done():
            return
        if error is not None:
            future.set_exception(error)
        else:
            future.set_result(result)  # type: ignore[arg-type]

    def run() -> None:
        result, error = None, None
        try:
            result = work()
        except Exception as problem:
            error = problem
        with contextlib.suppress(RuntimeError):  # the loop is closed
            loop.call_soon_threadsafe(settle, result, error)

    threading.Thread(target=run, daemon=True).start()
    return await future
