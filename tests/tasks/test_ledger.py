"""The ledger: what is written down, what can be read, what is tidied away."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from msgspec.structs import replace

from cloudmc_tui.catalog import Danger
from cloudmc_tui.path import Path
from cloudmc_tui.tasks import Ledger, LedgerError, NoSuchTask, Status, TaskRecord
from cloudmc_tui.tasks.redact import redact
from tests.tasks.harness import ENDPOINT, PROFILE, RECORD

DAY = 86_400.0


class Clock:
    """Stands still until it is moved."""

    def __init__(self) -> None:
        self.now = 1_750_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def ledger(clock: Clock) -> Iterator[Ledger]:
    with Ledger(None, clock=clock) as made:
        yield made


def begun(ledger: Ledger, **changes: object) -> int:
    """A pending task's key."""
    key = ledger.begin(replace(RECORD, **changes))
    ledger.submitted(key, f"task-{key}")
    return key


def ended(ledger: Ledger, status: Status = Status.SUCCESS, **changes: object) -> int:
    """A finished task's key."""
    key = begun(ledger, **changes)
    ledger.finish(key, status)
    return key


# A task's life


def test_a_task_is_there_whole_before_it_is_sent(ledger: Ledger, clock: Clock) -> None:
    record = TaskRecord(
        profile="p",
        endpoint="https://e/v1",
        organization_id="org-1",
        path=Path(("s", "e", "sshkeys", "a/b %2F ü/")),
        title="[red]x\x1b[2J\x00 ‮",
        entity_type="sshkeys",
        operation="delete",
        label="Delete",
        danger=Danger.DESTRUCTIVE,
        method="DELETE",
        url="/services/s/e/sshkeys/a%2Fb?org_id=org-1",
        body='{"purge":true}',
        pending_word="deleting",
        to_state="gone",
        stale=("sshkeys", "instances"),
    )
    key = ledger.begin(record, owner="me")
    assert ledger.get(key) == replace(record, key=key, owner="me", submitted_at=clock.now)


def test_keys_are_never_used_again(ledger: Ledger) -> None:
    first = ended(ledger)
    ledger.forget([first])
    assert begun(ledger) > first


def test_from_sending_over_pending_to_an_end(ledger: Ledger, clock: Clock) -> None:
    key = ledger.begin(RECORD, owner="me")
    clock.now += 1
    record = ledger.submitted(key, "t-1")
    assert (record.status, record.task_id, record.done) == (Status.PENDING, "t-1", False)
    clock.now += 10
    record = ledger.finish(key, Status.SUCCESS, result=redact({"id": "i"}), polls=4)
    assert record == ledger.get(key)
    assert (record.status, record.polls, record.result) == (Status.SUCCESS, 4, '{"id":"i"}')
    assert (record.owner, record.next_poll_at, record.seen) == ("", None, False)
    assert record.finished_at == clock.now
    assert record.elapsed(clock.now + 99) == 11


@pytest.mark.parametrize("status", [Status.SUCCESS, Status.FAILED])
def test_a_task_may_end_at_once_with_an_id_or_without(ledger: Ledger, clock: Clock, status: Status) -> None:
    for task_id, kept in (("t-1", "t-1"), ("", None)):
        record = ledger.submitted(ledger.begin(RECORD), task_id, status)
        assert (record.status, record.task_id, record.finished_at) == (status, kept, clock.now)


def test_a_pending_task_has_an_id(ledger: Ledger) -> None:
    with pytest.raises(ValueError, match="id"):
        ledger.submitted(ledger.begin(RECORD), "")


def test_the_first_end_is_believed(ledger: Ledger) -> None:
    key = ended(ledger)
    assert ledger.finish(key, Status.FAILED, error="late").status is Status.SUCCESS
    assert ledger.unknown(key, "later").status is Status.SUCCESS
    assert ledger.submitted(key, "t", Status.PENDING).status is Status.SUCCESS


def test_whoever_knows_better_overrules_an_unknown(ledger: Ledger) -> None:
    key = ledger.begin(RECORD)
    assert ledger.unknown(key, "no answer").error == "no answer"
    ledger.mark_seen([key])
    assert ledger.submitted(key, "t-1").status is Status.PENDING
    ledger.unknown(key, "forgotten")
    record = ledger.finish(key, Status.FAILED, error="code 2012: no", code="2012")
    assert (record.status, record.error, record.code) == (Status.FAILED, "code 2012: no", "2012")
    assert not record.seen, "its end is news again"


def test_an_unknown_can_be_explained_and_nothing_else(ledger: Ledger) -> None:
    key = ledger.begin(RECORD)
    ledger.unknown(key, "no answer")
    assert ledger.explain(key, "no answer; it is Stopped now").error == "no answer; it is Stopped now"
    assert ledger.explain(ended(ledger), "x").error == ""


def test_what_goes_wrong_is_one_safe_line(ledger: Ledger) -> None:
    record = ledger.finish(begun(ledger), Status.FAILED, error="a\nb\x1b[2J" + "x" * 10_000)
    assert record.error.startswith("a\\nb\\x1b[2J") and len(record.error) <= 500


def test_text_that_is_not_quite_unicode_is_survived(ledger: Ledger) -> None:
    key = ledger.begin(replace(RECORD, title="a\ud800b", body='"\\ud800"'))
    record = ledger.submitted(key, "t\udfff")
    assert (record.title, record.task_id) == ("a?b", "t?")
    assert ledger.find("t\udfff") == record


def test_what_is_not_there_is_said_to_be_missing(ledger: Ledger) -> None:
    assert ledger.get(7) is None and ledger.find("x") is None
    with pytest.raises(NoSuchTask, match="7"):
        ledger.submitted(7, "t")
    with pytest.raises(NoSuchTask, match="7"):
        ledger.finish(7, Status.SUCCESS)


# Secrets


@pytest.mark.parametrize("result", ['{"id": 1}', {"id": 1}, b"{}"])
def test_a_result_that_was_not_redacted_is_refused(ledger: Ledger, result: object) -> None:
    key = begun(ledger)
    with pytest.raises(TypeError, match="redact"):
        ledger.finish(key, Status.SUCCESS, result=result)  # type: ignore[arg-type]
    record = ledger.get(key)
    assert record is not None and record.status is Status.PENDING


def test_an_end_is_an_end(ledger: Ledger) -> None:
    with pytest.raises(ValueError, match="PENDING"):
        ledger.finish(begun(ledger), Status.PENDING)


def test_a_secret_that_the_caller_left_in_the_body_is_taken_out(ledger: Ledger) -> None:
    record = ledger.get(ledger.begin(replace(RECORD, body='{"name":"x","vpn":{"password":"hunter2"}}')))
    assert record is not None and record.body is not None
    assert "hunter2" not in record.body and '"name":"x"' in record.body
    record = ledger.get(ledger.begin(replace(RECORD, body="password=hunter2")))
    assert record is not None and "hunter2" not in (record.body or "")


# Reading


def test_pending_is_what_has_not_ended_by_connection(ledger: Ledger) -> None:
    here, sending, ended_ = begun(ledger), ledger.begin(RECORD), ended(ledger)
    elsewhere = begun(ledger, endpoint="https://other/v1")
    theirs = begun(ledger, profile="other")
    assert [record.key for record in ledger.pending()] == [here, sending, elsewhere, theirs]
    assert [record.key for record in ledger.pending(profile=PROFILE)] == [here, sending, elsewhere]
    assert [r.key for r in ledger.pending(profile=PROFILE, endpoint=ENDPOINT)] == [here, sending]
    assert ended_ not in [record.key for record in ledger.pending()]


def test_recent_is_newest_first_and_limited(ledger: Ledger) -> None:
    keys = [ended(ledger) for _ in range(5)] + [begun(ledger)]
    assert [record.key for record in ledger.recent()] == keys[::-1]
    assert [record.key for record in ledger.recent(2)] == [keys[5], keys[4]]
    assert ledger.recent(0) == [] == ledger.recent(-1)
    assert [record.key for record in ledger.recent(status=Status.PENDING)] == [keys[5]]
    assert ledger.recent(profile="other") == []


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("été", True),
        ("ÉTÉ stop", True),
        ("production INSTANCES/i-1", True),
        ("task-1 pending", True),
        ("%", False),
        ("' OR 1=1 --", False),
        ("été missing", False),
        ("", True),
        ("\x00", False),
    ],
)
def test_filtering_finds_every_word_in_any_case(ledger: Ledger, text: str, found: bool) -> None:
    key = begun(ledger, title="web-ÉTÉ_01")
    assert [record.key for record in ledger.recent(text=text)] == ([key] if found else [])


def test_find_takes_the_newest_at_an_endpoint(ledger: Ledger) -> None:
    keys = []
    for endpoint in (ENDPOINT, ENDPOINT, "https://other/v1"):
        keys.append(ledger.begin(replace(RECORD, endpoint=endpoint)))
        ledger.submitted(keys[-1], "same")
    newest, here = ledger.find("same"), ledger.find("same", endpoint=ENDPOINT)
    assert newest is not None and newest.key == keys[2]
    assert here is not None and here.key == keys[1]


def test_counts(ledger: Ledger) -> None:
    assert ledger.counts() == {}
    begun(ledger), ledger.begin(RECORD), ended(ledger), ended(ledger, Status.FAILED, profile="x")
    assert ledger.counts() == {Status.PENDING: 1, Status.SENDING: 1, Status.SUCCESS: 1, Status.FAILED: 1}
    assert ledger.counts(profile="x") == {Status.FAILED: 1}


# Seen, forgotten, dropped


def test_an_end_is_unseen_until_it_is_marked(ledger: Ledger) -> None:
    first, second, running = ended(ledger), ended(ledger, Status.FAILED), begun(ledger)
    ledger.mark_seen([first, running])
    assert [record.key for record in ledger.unseen()] == [second]
    ledger.finish(running, Status.SUCCESS)
    assert [record.key for record in ledger.unseen(profile=PROFILE, endpoint=ENDPOINT)] == [second, running]
    assert ledger.unseen(profile="other") == []


def test_forgetting_drops_what_has_ended_and_only_that(ledger: Ledger) -> None:
    first, second, running, sending = ended(ledger), ended(ledger), begun(ledger), ledger.begin(RECORD)
    assert ledger.forget([first, running, sending, 999]) == 1
    assert ledger.forget() == 1
    assert [record.key for record in ledger.recent()] == [sending, running]
    assert ledger.get(second) is None


def test_only_so_many_finished_tasks_are_kept(clock: Clock) -> None:
    with Ledger(None, clock=clock, keep=3) as ledger:
        running = begun(ledger)
        keys = [ended(ledger) for _ in range(5)]
        assert [record.key for record in ledger.recent()] == [*keys[:1:-1], running]


def test_finished_tasks_are_kept_for_a_month_and_pending_ones_for_ever(ledger: Ledger, clock: Clock) -> None:
    old, running = ended(ledger), begun(ledger)
    clock.now += 29 * DAY
    recent = ended(ledger)
    assert ledger.get(old) is not None
    clock.now += 2 * DAY
    newest = ended(ledger)
    assert {record.key for record in ledger.recent()} == {running, recent, newest}


# Leases


def test_a_task_is_polled_by_one_session_at_a_time(ledger: Ledger) -> None:
    key = ledger.begin(RECORD, owner="a")
    ledger.submitted(key, "t")
    assert ledger.claim("b").claimed == ()
    assert ledger.renew_lease("a") == {key} and ledger.renew_lease("b") == frozenset()


def test_a_lease_that_is_not_renewed_runs_out(ledger: Ledger, clock: Clock) -> None:
    key = ledger.begin(RECORD, owner="a")
    ledger.submitted(key, "t", lease=15)
    clock.now += 14
    assert ledger.claim("b").claimed == ()
    ledger.renew_lease("a", lease=15)
    clock.now += 14
    assert ledger.claim("b").claimed == ()
    clock.now += 1
    assert [(record.key, record.owner) for record in ledger.claim("b").claimed] == [(key, "b")]
    assert ledger.renew_lease("a") == frozenset()
    assert ledger.claim("a").claimed == ()


def test_a_session_does_not_claim_what_it_has(ledger: Ledger, clock: Clock) -> None:
    key = ledger.begin(RECORD, owner="a")
    ledger.submitted(key, "t")
    clock.now += 999
    assert ledger.claim("a").claimed == ()
    assert ledger.renew_lease("a") == {key}


def test_renewing_does_not_shorten_the_time_for_sending(ledger: Ledger, clock: Clock) -> None:
    ledger.begin(RECORD, owner="a", lease=150)
    ledger.renew_lease("a", lease=15)
    clock.now += 149
    assert ledger.claim("b").unknown == ()
    ledger.renew_lease("a", lease=15)
    clock.now += 14
    assert ledger.claim("b").unknown == ()
    clock.now += 2
    assert len(ledger.claim("b").unknown) == 1


def test_goodbye_leaves_the_tasks_to_the_next(ledger: Ledger) -> None:
    key = ledger.begin(RECORD, owner="a")
    ledger.submitted(key, "t")
    ledger.goodbye("a", [replace(RECORD, key=key, polls=7, poll_error="x\ny")])
    (record,) = ledger.claim("b").claimed
    assert (record.polls, record.poll_error, record.owner) == (7, "x\\ny", "b")


def test_polls_are_written_down_by_the_owner_alone(ledger: Ledger) -> None:
    key = ledger.begin(RECORD, owner="a")
    ledger.submitted(key, "t")
    ledger.renew_lease("b", [replace(RECORD, key=key, polls=9)])
    ledger.renew_lease("a", [replace(RECORD, key=key, polls=2, next_poll_at=5.0)])
    record = ledger.get(key)
    assert record is not None and (record.polls, record.next_poll_at) == (2, 5.0)


def test_a_claim_is_for_one_connection(ledger: Ledger) -> None:
    here, other = begun(ledger), begun(ledger, profile="other")
    begun(ledger, endpoint="https://other/v1")
    assert [r.key for r in ledger.claim("a", profile=PROFILE, endpoint=ENDPOINT).claimed] == [here]
    assert [r.key for r in ledger.claim("a", profile="other").claimed] == [other]


def test_what_a_dead_session_was_sending_becomes_unknown(ledger: Ledger, clock: Clock) -> None:
    key = ledger.begin(replace(RECORD, profile="any"), owner="a", lease=150)
    clock.now += 149
    assert ledger.claim("b", profile=PROFILE).unknown == ()
    clock.now += 1
    (record,) = ledger.claim("b", profile=PROFILE).unknown
    assert (record.key, record.status, record.finished_at) == (key, Status.UNKNOWN, clock.now)
    assert "outcome unknown" in record.error
    assert ledger.claim("b").unknown == ()


def test_what_a_closing_session_is_sending_becomes_unknown_until_it_answers(ledger: Ledger) -> None:
    key = ledger.begin(RECORD, owner="a")
    other = ledger.begin(RECORD, owner="b")
    ledger.goodbye("a")
    assert [record.key for record in ledger.unseen()] == [key]
    assert [record.key for record in ledger.pending()] == [other]
    ledger.submitted(key, "t")
    assert [record.key for record in ledger.claim("c").claimed] == [key]


def test_releasing_does_not_touch_what_is_being_sent(ledger: Ledger) -> None:
    ledger.begin(RECORD, owner="a")
    ledger.release("a")
    assert ledger.counts() == {Status.SENDING: 1}


def test_a_clock_that_was_set_back_locks_nobody_out(ledger: Ledger, clock: Clock) -> None:
    key = ledger.begin(RECORD, owner="a")
    ledger.submitted(key, "t")
    clock.now -= DAY
    assert [record.key for record in ledger.claim("b").claimed] == [key]


def test_a_session_that_is_certain_to_be_gone_is_not_waited_for(clock: Clock) -> None:
    with Ledger(None, clock=clock, gone=lambda owner: owner == "dead") as ledger:
        for owner in ("dead", "alive"):
            ledger.submitted(ledger.begin(RECORD, owner=owner), owner)
            ledger.begin(RECORD, owner=owner)
        claim = ledger.claim("me")
        assert [record.task_id for record in claim.claimed] == ["dead"]
        assert len(claim.unknown) == 1


def test_an_error_of_sqlites_is_ours(ledger: Ledger) -> None:
    ledger.close()
    with pytest.raises(LedgerError):
        ledger.recent()
    with pytest.raises(LedgerError):
        ledger.begin(RECORD)
