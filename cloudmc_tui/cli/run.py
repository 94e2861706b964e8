"""Run an operation on an entity, or on an entity type (to create one).

Its fields are given as -f name=value; -f name=@FILE reads the value from a file, -f name=@- asks for it.
References may be given by name. Without an operation, those that there are are listed.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from typing import Any

from cloudmc_tui.catalog import EntityType, Operation, Scope
from cloudmc_tui.cli.arguments import add_output, seconds
from cloudmc_tui.cli.connect import session_of
from cloudmc_tui.cli.exits import Exit, UsageError
from cloudmc_tui.cli.fill import assign, check_use, read_file, refer
from cloudmc_tui.cli.follow import (
    Ends,
    exit_of,
    follow,
    how_to_wait,
    ledger_told,
    result_text,
    secret_lines,
    told,
)
from cloudmc_tui.cli.main import add_connection
from cloudmc_tui.cli.prompt import answer, can_ask
from cloudmc_tui.execution import Submission
from cloudmc_tui.formats.nearest import nearest
from cloudmc_tui.formats.tables import json_text, table
from cloudmc_tui.formats.text import uncapitalized, visible
from cloudmc_tui.language import _
from cloudmc_tui.operations import Confirmation, Form, FormError, Plan, make_plan
from cloudmc_tui.path import Level, Path
from cloudmc_tui.profiles import Mode
from cloudmc_tui.session import Session
from cloudmc_tui.tasks import Status, TaskRecord


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("path", metavar="PATH", help=_("an entity's (its name will do), or an entity type's"))
    parser.add_argument(
        "operation", nargs="?", default="", metavar="OPERATION", help=_("such as stop; none: list them")
    )
    parser.add_argument("-f", "--field", action="append", default=[], metavar="NAME=VALUE", help=_("a field"))
    parser.add_argument("--body", metavar="FILE|-", help=_("the whole body as JSON, from a file or stdin"))
    parser.add_argument("--dry-run", action="store_true", help=_("show what would be sent, and send nothing"))
    parser.add_argument("--yes", action="store_true", help=_("do not ask"))
    parser.add_argument("--unlock", action="store_true", help=_("let it through on a protected profile"))
    parser.add_argument("--reason", default="", metavar="TEXT", help=_("why, for the audit log"))
    parser.add_argument("--wait", action="store_true", help=_("follow the task to its end; print its result"))
    parser.add_argument("--timeout", type=seconds, metavar="S", help=_("wait so many seconds at most"))
    add_output(parser, "text", "json")
    add_connection(parser)


async def run(options: argparse.Namespace) -> int:
    """Run it."""
    path = Path.parse(options.path)
    if path.level < Level.ENTITY_TYPE:
        raise UsageError(_("an operation needs a path to an entity type or an entity"))
    if options.timeout is not None and not options.wait:
        raise UsageError(_("--timeout goes with --wait"))
    if options.body is not None and options.field:
        raise UsageError(_("--body and -f exclude each other: the body is given whole, or field by field"))
    async with session_of(options) as session:
        await session.inventory.resolve(path)
        kind = session.inventory.entity_type(path)
        if kind is None:
            known = list(session.types(path))
            near = nearest(path.entity_type or "", known)
            hint = _(" Did you mean {near!r}?", near=near) if near else ""
            raise UsageError(
                _(
                    "the catalog knows no operations of {entity_type!r}.{hint}",
                    entity_type=visible(path.entity_type or ""),
                    hint=hint,
                )
            )
        if not options.operation:
            return _list(kind, path, as_json=options.output == "json")
        operation = _operation(kind, path, options.operation)
        plan = await _plan(session, kind, path, operation, options)
        if options.dry_run:
            sys.stdout.write(_shown(session, plan, as_json=options.output == "json"))
            return Exit.DONE
        with ledger_told():
            return await _carry_out(session, plan, options)


# Which operation


def _here(kind: EntityType, path: Path) -> dict[str, Operation]:
    """The operations that can be run on a path."""
    scope = Scope.ENTITY if path.level is Level.ENTITY else Scope.COLLECTION
    return {name: operation for name, operation in kind.operations.items() if operation.scope is scope}


def _list(kind: EntityType, path: Path, *, as_json: bool) -> Exit:
    """The operations that there are."""
    here = _here(kind, path)
    if as_json:
        sys.stdout.write(json_text([_described(name, operation) for name, operation in here.items()]))
    elif here:
        rows = [
            (name, o.danger.word, o.label, " ".join(n + "*" * f.required for n, f in o.fields.items()))
            for name, o in here.items()
        ]
        sys.stdout.write(table((_("operation"), _("danger"), _("what"), _("fields")), rows))
        print(_("cloudmc-tui: fields with * are required"), file=sys.stderr)
    else:
        what = kind.singular if path.level is Level.ENTITY else uncapitalized(kind.label)
        print(_("cloudmc-tui: nothing can be done with {what}", what=what), file=sys.stderr)
    return Exit.DONE


def _described(name: str, operation: Operation) -> dict[str, Any]:
    return {
        "operation": name,
        "danger": operation.danger.value,
        "label": operation.label,
        "fields": list(operation.fields),
        "required": [n for n, field in operation.fields.items() if field.required],
    }


def _operation(kind: EntityType, path: Path, wanted: str) -> str:
    """The operation's name, as the catalog spells it."""
    here = {name.casefold(): name for name in _here(kind, path)}
    if wanted.casefold() in here:
        return here[wanted.casefold()]
    if wanted.casefold() in {name.casefold() for name in kind.operations}:
        on_type = _(
            "{wanted} is run on an entity type, and {path} is none", wanted=wanted, path=visible(str(path))
        )
        on_entity = _(
            "{wanted} is run on an entity, and {path} is none", wanted=wanted, path=visible(str(path))
        )
        raise UsageError(on_type if path.level is Level.ENTITY else on_entity)
    near = nearest(wanted, list(here.values()))
    hint = _(" Did you mean {near}?", near=near) if near else ""
    there = ", ".join(here.values()) or _("none")
    raise UsageError(
        _(
            "{label} have no operation {wanted!r}.{hint} There are: {there}.",
            label=kind.label,
            wanted=visible(wanted),
            hint=hint,
            there=there,
        )
    )


# What is sent


async def _plan(
    session: Session, kind: EntityType, path: Path, name: str, options: argparse.Namespace
) -> Plan:
    operation = kind.operations[name]
    entity: dict[str, Any] = {}
    if operation.scope is Scope.ENTITY:
        details = await session.find(path)
        if details.error is not None:
            raise details.error
        path, entity = details.path, dict(details.entity)
    form = Form(operation, kind, session.types(path), entity or None)
    if options.body is not None:
        form.raw = sys.stdin.read() if options.body == "-" else read_file("--body", options.body)
    else:
        assign(form, options.field)
        await refer(form, session, path)
        check_use(form, options.field)
    try:
        return make_plan(name, kind, [(path, entity)], form.body())
    except FormError as error:
        raise UsageError(_("nothing was sent:\n{problems}", problems=_problems(form, error))) from error


def _problems(form: Form, error: FormError) -> str:
    return "\n".join(
        f"  {key}: {form.slot(key).field.label} {problem}" if key else f"  {problem}"
        for key, problem in error.problems.items()
    )


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
                "refused": target.refusal or session.guard.why_not(),
            }
        )
    blocked = session.guard.why_not()
    lines = [f"# {plan.operation.label} {target.title}: {plan.danger.word}"]
    lines += [f"# {phrase}" for phrase in plan.consequences]
    lines += [_("# not possible now: {why}", why=why) for why in (target.refusal, blocked) if why]
    return "\n".join([*lines, visible(plan.curl(target, endpoint, organization))]) + "\n"


# Sending it


async def _carry_out(session: Session, plan: Plan, options: argparse.Namespace) -> int:
    target = plan.targets[0]
    if options.unlock:
        session.guard.unlock()
    session.guard.check(plan, target)
    if target.refusal:
        return _not_sent(f"{plan.operation.label} {target.title}: {target.refusal}", Exit.FAILED)
    refused = "" if options.yes else _ask(session, plan)
    if refused:
        return _not_sent(refused, Exit.REFUSED)
    reason = options.reason or ("" if options.yes else _ask_why(session))
    for note in session.notes:
        print(f"cloudmc-tui: {visible(note)}", file=sys.stderr)
    ends = Ends(session)
    if options.wait:
        await session.execution.start()
    try:
        submission = await session.execution.submit(plan, target, reason)
    except asyncio.CancelledError:
        await _interrupted(session, plan)
        raise
    if submission.note:
        print(f"cloudmc-tui: {visible(submission.note)}", file=sys.stderr)
    record = submission.record
    if not options.wait and not record.done:
        _say_started(session, submission, as_json=options.output == "json")
        return Exit.DONE
    if record.done:
        print(told(record, session.clock()), file=sys.stderr)
    else:
        record = next(iter(await follow(session, [record.key], options.timeout)), record)
    return await _end(session, ends.of(record, submission), as_json=options.output == "json")


async def _interrupted(session: Session, plan: Plan) -> None:
    """The person has stopped it while it was on its way: say what is known."""
    target = plan.targets[0]
    await session.execution.aclose()  # which waits a moment for the answer
    records = await session.execution.records(limit=20)
    record = next((r for r in records if (r.path, r.operation) == (target.path, plan.name)), None)
    if record is not None and record.task_id and not record.done:
        print(_("The task goes on."), how_to_wait(session, [record.key]), file=sys.stderr)
    elif record is not None and record.status is not Status.UNKNOWN:
        print(told(record, session.clock()), file=sys.stderr)
    else:
        what = f"{plan.operation.label} {target.title}"
        print(
            _(
                "cloudmc-tui: interrupted while it was sent: whether {what} was done is unknown. "
                "Look at it before you do it again",
                what=what,
            ),
            file=sys.stderr,
        )


def _not_sent(why: str, status: Exit) -> Exit:
    print(_("cloudmc-tui: not sent: {why}", why=why), file=sys.stderr)
    return status


def _say_started(session: Session, submission: Submission, *, as_json: bool) -> None:
    """Tell the task's id, and how to wait for it."""
    record = submission.record
    sys.stdout.write(json_text(submission.reply) if as_json else f"{record.task_id or record.key}\n")
    print(_("Started."), how_to_wait(session, [record.key]), file=sys.stderr)


async def _end(session: Session, submission: Submission, *, as_json: bool) -> int:
    """Tell what came of it: as the API sent it, or its secrets alone, which are not to be had again."""
    record: TaskRecord = submission.record
    if not record.done:
        print(_("cloudmc-tui: it has not ended yet."), how_to_wait(session, [record.key]), file=sys.stderr)
        return Exit.UNKNOWN
    sys.stdout.write(result_text(submission) if as_json else secret_lines(submission))
    await session.execution.mark_seen([record])
    return exit_of([record])


def _ask_why(session: Session) -> str:
    """What a person says to the audit log about a change on a protected profile; they need not."""
    if session.profile.mode is not Mode.PROTECTED or not can_ask():
        return ""
    return answer(_("Why? (for the audit log; enter for no word) ")).strip()


def _ask(session: Session, plan: Plan) -> str:
    """Let the person confirm, as the danger asks.

    Returns:
        why it is not to be sent, or an empty text.
    """
    confirmation = plan.confirmation(protected=session.profile.mode is Mode.PROTECTED)
    if confirmation is Confirmation.KEY:
        return ""
    what, danger = f"{plan.operation.label} {plan.targets[0].title}", plan.danger.word
    if not can_ask():
        asks = confirmation is Confirmation.TYPE
        return (
            _("{what} is {danger}: without a terminal it needs --yes", what=what, danger=danger)
            if asks
            else ""
        )
    print(
        _("On {name}: {what}: {danger}.", name=visible(session.profile.name), what=what, danger=danger),
        file=sys.stderr,
    )
    for phrase in plan.consequences:
        print(_("  It {phrase}.", phrase=phrase), file=sys.stderr)
    if confirmation is Confirmation.CONFIRM:
        said = answer(_("{what}? [y/N] ", what=what)).strip()
        return "" if said.casefold() in ("y", "yes", "o", "oui") else _("you did not say yes")
    said = answer(_("To confirm, type {word_to_type}: ", word_to_type=plan.word_to_type)).strip()
    return (
        ""
        if said == plan.word_to_type.strip()
        else _("that is not {word_to_type}", word_to_type=plan.word_to_type)
    )
