"""Run an operation on an entity, or on an entity type (to create one).

Its fields are given as -f name=value; -f name=@FILE reads the value from a file, -f name=@- asks for it.
References may be given by name. Without an operation, those that there are are listed.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path as FilePath
from typing import Any

import msgspec

from cloudmc_tui.catalog import EntityType, Operation, Scope
from cloudmc_tui.cli.arguments import seconds
from cloudmc_tui.cli.connect import session_of
from cloudmc_tui.cli.exits import Exit, UsageError
from cloudmc_tui.cli.fill import assign, refer
from cloudmc_tui.cli.follow import exit_of, follow, told
from cloudmc_tui.cli.main import add_connection
from cloudmc_tui.formats.nearest import nearest
from cloudmc_tui.formats.tables import json_text, table
from cloudmc_tui.formats.text import visible
from cloudmc_tui.formats.values import plain
from cloudmc_tui.operations import Confirmation, Form, FormError, Plan, make_plan
from cloudmc_tui.path import Level, Path
from cloudmc_tui.profiles import Mode
from cloudmc_tui.session import Session
from cloudmc_tui.tasks import Event, TaskEnded


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("path", metavar="PATH", help="an entity's (its name will do), or an entity type's")
    parser.add_argument(
        "operation", nargs="?", default="", metavar="OPERATION", help="such as stop; none: list them"
    )
    parser.add_argument("-f", "--field", action="append", default=[], metavar="NAME=VALUE", help="a field")
    parser.add_argument("--body", metavar="FILE|-", help="the whole body as JSON, from a file or stdin")
    parser.add_argument("--dry-run", action="store_true", help="show what would be sent, and send nothing")
    parser.add_argument("--yes", action="store_true", help="do not ask")
    parser.add_argument("--wait", action="store_true", help="follow the task to its end; print its result")
    parser.add_argument("--timeout", type=seconds, metavar="S", help="wait so many seconds at most")
    parser.add_argument("-o", "--output", choices=("text", "json"), default="text")
    add_connection(parser)


async def run(options: argparse.Namespace) -> int:
    """Run it."""
    path = Path.parse(options.path)
    if path.level < Level.ENTITY_TYPE:
        raise UsageError("an operation needs a path to an entity type or an entity")
    async with session_of(options) as session:
        await session.inventory.resolve(path)
        kind = session.inventory.entity_type(path)
        if kind is None:
            known = list(session.types(path))
            near = nearest(path.entity_type or "", known)
            hint = f" Did you mean {near!r}?" if near else ""
            raise UsageError(f"the catalog knows no operations of {visible(path.entity_type or '')!r}.{hint}")
        if not options.operation:
            sys.stdout.write(_listed(kind, path))
            return Exit.DONE
        operation = _operation(kind, path, options.operation)
        return await _run(session, kind, path, operation, options)


def _listed(kind: EntityType, path: Path) -> str:
    """The operations that there are, as a table."""
    scope = Scope.ENTITY if path.level is Level.ENTITY else Scope.COLLECTION
    rows = [
        (
            name,
            op.danger.value,
            op.label,
            " ".join(n + ("*" if f.required else "") for n, f in op.fields.items()),
        )
        for name, op in kind.operations.items()
        if op.scope is scope
    ]
    return table(("operation", "danger", "what", "fields"), rows) if rows else ""


def _operation(kind: EntityType, path: Path, wanted: str) -> str:
    """The operation's name, as the catalog spells it."""
    scope = Scope.ENTITY if path.level is Level.ENTITY else Scope.COLLECTION
    here = {name.casefold(): name for name, op in kind.operations.items() if op.scope is scope}
    if wanted.casefold() in here:
        return here[wanted.casefold()]
    elsewhere = {name.casefold() for name in kind.operations}
    if wanted.casefold() in elsewhere:
        on = "an entity" if scope is Scope.COLLECTION else "the entity type"
        raise UsageError(f"{wanted} is run on {on}, not on {visible(str(path))}")
    near = nearest(wanted, list(here.values()))
    hint = f" Did you mean {near}?" if near else ""
    raise UsageError(
        f"{kind.label} have no operation {visible(wanted)!r}.{hint} There are: {', '.join(here.values()) or 'none'}."
    )


async def _run(session: Session, kind: EntityType, path: Path, name: str, options: argparse.Namespace) -> int:
    operation = kind.operations[name]
    entity: dict[str, Any] = {}
    if operation.scope is Scope.ENTITY:
        details = await session.find(path)
        path, entity = details.path, dict(details.entity)
    form = Form(operation, kind, session.types(path), entity or None)
    if options.body is not None:
        form.raw = sys.stdin.read() if options.body == "-" else FilePath(options.body).read_text("utf-8")
        if options.field:
            raise UsageError("--body and -f exclude each other: the body is given whole, or field by field")
    else:
        assign(form, options.field)
        await refer(form, session, path)
    try:
        plan = make_plan(name, kind, [(path, entity)], form.body())
    except FormError as error:
        raise UsageError(f"nothing was sent:\n{_problems(form, error)}") from error
    return await _carry_out(session, plan, options)


def _problems(form: Form, error: FormError) -> str:
    return "\n".join(
        f"  {key}: {form.slot(key).field.label} {problem}" if key else f"  {problem}"
        for key, problem in error.problems.items()
    )


async def _carry_out(session: Session, plan: Plan, options: argparse.Namespace) -> int:
    target = plan.targets[0]
    if options.dry_run:
        sys.stdout.write(_shown(session, plan, as_json=options.output == "json"))
        return Exit.DONE
    if target.refusal:
        print(
            f"cloudmc-tui: not sent: {plan.operation.label} {target.title}: {target.refusal}", file=sys.stderr
        )
        return Exit.FAILED
    session.guard.check(plan, target)
    refused = "" if options.yes else _ask(session, plan)
    if refused:
        print(f"cloudmc-tui: not sent: {refused}", file=sys.stderr)
        return Exit.REFUSED
    await session.execution.start()
    ended: list[TaskEnded] = []

    def hear(event: Event) -> None:
        if isinstance(event, TaskEnded):
            ended.append(event)

    session.execution.subscribe(hear)
    submission = await session.execution.submit(plan, target)
    record = submission.record
    if not options.wait and not record.done:
        print(record.task_id or record.key)
        print(f"Started. To wait for it: cloudmc-tui task {record.key} --wait", file=sys.stderr)
        return Exit.DONE
    if record.done:
        print(told(record, session.clock()), file=sys.stderr)
    else:
        record = (await follow(session, [record.key], options.timeout))[0]
    if not record.done:
        print(f"cloudmc-tui: it has not ended yet: cloudmc-tui task {record.key} --wait", file=sys.stderr)
        return Exit.UNKNOWN
    heard = next((e for e in ended if e.record.key == record.key), None)
    result = heard.task.result if heard is not None and heard.task is not None else None
    secrets = session.execution.secrets_in(heard) if heard is not None else dict(submission.secrets)
    sys.stdout.write(_result(record.result, result, secrets, as_json=options.output == "json"))
    return exit_of([record])


def _result(kept: str | None, result: Any, secrets: dict[str, str], *, as_json: bool) -> str:
    """What came of it: as the API sent it, or the secrets alone, which are not to be had again."""
    if as_json:
        value = result if result is not None else msgspec.json.decode(kept) if kept else None
        return json_text(value) if value is not None else ""
    return "".join(f"{name}: {plain(value)}\n" for name, value in secrets.items())


def _shown(session: Session, plan: Plan, *, as_json: bool) -> str:
    """A plan for a dry run."""
    target = plan.targets[0]
    endpoint, organization = session.client.endpoint, session.profile.organization_id
    request = plan.request(target)
    if as_json:
        return json_text(
            {
                "method": request.method,
                "url": endpoint + request.url(organization),
                "body": plan.shown_body(),
                "danger": plan.danger.value,
                "consequences": plan.consequences,
                "refused": target.refusal,
            }
        )
    lines = [f"# {plan.operation.label} {target.title}: {plan.danger.value}"]
    lines += [f"# {phrase}" for phrase in plan.consequences]
    lines += [f"# not possible now: {target.refusal}"] if target.refusal else []
    return "\n".join([*lines, visible(plan.curl(target, endpoint, organization))]) + "\n"


def _ask(session: Session, plan: Plan) -> str:
    """Let the person confirm, as the danger asks.

    Returns:
        why it is not to be sent, or an empty text.
    """
    confirmation = plan.confirmation(protected=session.profile.mode is Mode.PROTECTED)
    if confirmation is Confirmation.KEY:
        return ""
    target, operation = plan.targets[0], plan.operation
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        if confirmation is Confirmation.TYPE:
            return (
                f"{operation.label} {target.title} is {plan.danger.value}: without a terminal it needs --yes"
            )
        return ""
    print(_warning(session, plan, operation), file=sys.stderr)
    if confirmation is Confirmation.CONFIRM:
        answer = _answer(f"{operation.label} {target.title}? [y/N] ")
        return "" if answer.casefold() in ("y", "yes", "o", "oui") else "you said no"
    answer = _answer(f"To confirm, type {plan.word_to_type}: ")
    return "" if answer == plan.word_to_type.strip() else f"that is not {plan.word_to_type}"


def _warning(session: Session, plan: Plan, operation: Operation) -> str:
    lines = [
        f"On {visible(session.profile.name)}: {operation.label} {plan.targets[0].title}: {plan.danger.value}."
    ]
    return "\n".join([*lines, *(f"  It {phrase}." for phrase in plan.consequences)])


def _answer(prompt: str) -> str:
    print(prompt, end="", file=sys.stderr, flush=True)
    return sys.stdin.readline().strip()
