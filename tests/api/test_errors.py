"""One good line for every error, safe to show."""

from __future__ import annotations

import subprocess
import sys

import pytest

from cloudmc_tui.api import BadSettings, CloudMCError, ErrorItem, KeyRefused, RateLimited, Rejected


def rejected(*items: ErrorItem, path: str = "/services/qc/prod/instances/i?operation=stop") -> Rejected:
    return Rejected(items[0].message, status=400, method="POST", path=path, errors=items)


def test_the_line_of_a_wrong_state() -> None:
    context = {"currentState": "Stopped", "expectedStates": ["Running"]}
    error = rejected(ErrorItem("2012", "Instance is not running", context))
    assert str(error) == (
        "POST /services/qc/prod/instances/i?operation=stop: 400 code 2012: Instance is not running"
        " (currentState: Stopped, expectedStates: Running)"
    )
    assert (error.code, error.context) == ("2012", context)


def test_an_error_without_a_code() -> None:
    assert str(rejected(ErrorItem(None, "no"), path="/x")) == "POST /x: 400: no"


def test_several_errors_are_all_kept_and_the_first_ones_shown() -> None:
    error = rejected(*(ErrorItem(str(n), f"e{n}") for n in range(5)), path="/x")
    assert str(error) == "POST /x: 400 code 0: e0; code 1: e1; code 2: e2; and 2 more"
    assert len(error.errors) == 5


def test_several_values_in_a_context() -> None:
    error = rejected(ErrorItem("1", "no", {"expectedStates": ["Running", "Stopped"], "n": None}), path="/x")
    assert str(error) == "POST /x: 400 code 1: no (expectedStates: Running or Stopped, n: None)"


def test_what_the_server_sends_is_one_line_of_printable_text() -> None:
    message = "a\x1b[2J\nb\u202ec\x00[bold]"
    error = rejected(ErrorItem("\x07", message, {"k\n": "v\x1b"}), path="/x\x1b")
    assert str(error) == ("POST /x\\x1b: 400 code \\x07: a\\x1b[2J\\nb\\u202ec\\x00[bold] (k\\n: v\\x1b)")
    assert error.message == message


def test_a_very_long_error_is_cut() -> None:
    error = rejected(ErrorItem("1", "x" * 5000, {"y": "z" * 5000}), path="/" + "p" * 5000)
    assert len(str(error)) < 800
    assert error.message == "x" * 5000


def test_secrets_in_a_context_are_not_shown() -> None:
    error = rejected(
        ErrorItem("1", "no", {"password": "hunter2", "ipSecPsk": "s3cret", "name": "x"}), path="/x"
    )
    assert str(error) == "POST /x: 400 code 1: no (password: •••, ipSecPsk: •••, name: x)"


def test_a_message_of_our_own_comes_with_the_servers() -> None:
    error = KeyRefused("the API key was refused by https://c", status=401, method="GET", path="/x",
                       errors=(ErrorItem("9", "Invalid"),))  # fmt: skip
    assert str(error) == "GET /x: 401: the API key was refused by https://c (code 9: Invalid)"


def test_an_error_without_a_request() -> None:
    error = BadSettings("the endpoint is empty", hint="give one")
    assert str(error) == "the endpoint is empty"
    assert isinstance(error, CloudMCError)
    assert isinstance(error, ValueError)
    assert (error.status, error.code, dict(error.context), error.errors) == (None, None, {}, ())
    assert RateLimited("slow down").retry_after is None


@pytest.mark.parametrize("module", ["cloudmc_tui.api", "cloudmc_tui.api.client", "cloudmc_tui.api.errors"])
def test_importing_the_client_imports_no_http_library(module: str) -> None:
    code = f"import sys, {module}; print(sorted({{name.split('.')[0] for name in sys.modules}}))"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert not [
        name for name in ("httpx", "httpcore", "anyio", "certifi", "textual") if f"'{name}'" in loaded
    ]
    assert "'msgspec'" in loaded or module != "cloudmc_tui.api.client"
