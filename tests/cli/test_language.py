"""No word of the command line is without a translation; what programs read is English."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from cloudmc_tui import language
from cloudmc_tui.cli.main import COMMANDS, parse
from cloudmc_tui.session import Session
from tests import pseudo
from tests.cli.conftest import Command, program

OURS = {"cloudmc", "tui"}
"""The program's own name."""

FILES = "config toml listings sqlite"
"""Of names of files."""

DEMO = "livraison imprimantes principal"
"""Names in the demo cloud."""

BEYOND = "Ssh key name Root volume size in gb"
"""What members are called that the catalog does not know: by their names, whatever the language."""

NAMES = {
    *("bash", "zsh", "fish", "table", "json", "csv", "text", "show", "clear", "add", "change", "list", "int"),
    *("test", "remove", "default", "normal", "protected", "read", "only", "options", "SUBCOMMAND", "metavar"),
}
"""What one types: names of shells, forms, subcommands and modes."""


@pytest.fixture
def _pseudo() -> Iterator[None]:
    with pseudo.spoken():
        yield


def untranslated(text: str, *known: str) -> set[str]:
    """The words of an output that no translation passed: without options, metavariables and examples."""
    text = re.sub(r"--?[a-z][\w-]*|\b[A-Z][A-Z_=|/@-]*\b|'[^']*'|\"[^\"]*\"|\x1b\[[\d;]*m", " ", text)
    return pseudo.words(text) - OURS - NAMES - set(COMMANDS) - {w for k in known for w in pseudo.words(k)}


@pytest.mark.usefixtures("_pseudo")
@pytest.mark.parametrize("command", ["", *COMMANDS, *(f"profiles {a}" for a in ("add", "change", "test"))])
def test_help_is_translated(command: str, cloudmc: Command) -> None:
    told = cloudmc(*command.split(), "--help")
    assert told.status == 0
    assert untranslated(told.out) == set()


MISTAKES = (
    "--nonsense",
    "ls --sort",
    "ls --demo --latency soon",
    "ls --demo -o poem",
    "show",
    "completion tcsh",
    "tasks --limit many",
    "simulate --port 99999",
    "run --demo compute-qc/production/instances/web-01 stop --timeout 3",
    "run --demo compute-qc/production/instances/web-01 fly",
    "run --demo compute-qc/production/instances/web-01 create",
    "run --demo compute-qc/production/instances/web-01 delete",
    "run --demo compute-qc/production/instances/web-01 start --dry-run",
    "run --demo compute-qc/production/instances create -f nme=x",
    "run --demo compute-qc/production/instances create -f name=x",
    "run --demo compute-qc/production/instances create -f networkId=nowhere",
    "ls --demo compute-qc/prodcution",
    "ls --demo a/b/c/d/e",
    "ls --demo compute-qc/production/instances --columns nme",
    "ls --demo compute-qc/production/instances --filter memory>=lots",
    "ls --demo compute-qc/production/instances --filter (",
    "ls --demo compute-qc/production/instances --filter name=zzz",
    "show --demo compute-qc/production/instances",
    "task 77",
    "ls",
    "ls --profile nobody",
    "profiles default",
    "profiles remove nobody",
    "profiles add prod --endpoint nowhere:0 --key-env KEY --no-test",
)


@pytest.mark.usefixtures("_pseudo")
@pytest.mark.parametrize("line", MISTAKES)
def test_what_a_mistake_is_told_is_translated(line: str, cloudmc: Command) -> None:
    told = cloudmc(*line.split())
    data = (
        f"{line} compute qc on production staging development web curl http demo invalid {_catalog_words()}"
    )
    assert untranslated(told.err + told.out, data, DEMO, FILES, str(Path.home())) == set()


def _catalog_words() -> str:
    """Names that the catalog gives to operations and fields, states, and what the demo cloud has."""
    file = Path(language.__file__).with_name("catalog") / "services" / "cloudstack.toml"
    names = re.findall(
        r"^\[?([\w.]+)\]?|\b(?:from_states|to_state) = (.*)", file.read_text("utf-8"), re.MULTILINE
    )
    return " ".join(re.sub(r"\W", " ", part) for pair in names for part in pair)


LOOKS = (
    "ls --demo",
    "ls --demo compute-qc",
    "ls --demo compute-qc/production",
    "ls --demo compute-qc/production/instances",
    "ls --demo compute-qc/production/volumes --filter size>10GB",
    "show --demo compute-qc/production/instances/web-01",
    "run --demo compute-qc/production/instances/web-01",
    "run --demo compute-qc/production/instances/web-01 stop --dry-run",
    "run --demo compute-qc/production/instances/web-01 stop --yes --wait",
    "catalog",
    "tasks",
    "cache show",
    "doctor --no-test",
    "profiles",
)


@pytest.mark.usefixtures("_pseudo")
@pytest.mark.parametrize("line", LOOKS)
async def test_outputs_are_translated_but_for_their_data(line: str, cloudmc: Command) -> None:
    import asyncio

    told = await asyncio.to_thread(cloudmc, *line.split())
    data = await asyncio.to_thread(_demo_words)
    surroundings = "Python OpenSSL TERM SSH Unicode utf UTF xterm bin ms python " + " ".join(_packages())
    known = (line, data, _catalog_words(), surroundings, FILES, str(Path.home()), _python())
    more = {"show": BEYOND, "run": "curl", "catalog": "cloudstack get list"}.get(line.split()[0], "")
    left = untranslated(told.out + told.err, *known, more)
    assert left == set()


def _python() -> str:
    import ssl
    import sys

    return f"{sys.executable} {ssl.OPENSSL_VERSION}"


def _packages() -> tuple[str, ...]:
    from cloudmc_tui.cli.surroundings import NEEDED, OPTIONAL

    return (*NEEDED, *OPTIONAL)


def _demo_words() -> str:
    """Everything that the demo cloud says of itself."""
    import asyncio

    from cloudmc_tui.path import Path as Address
    from cloudmc_tui.profiles import demo_profile

    async def read() -> str:
        session = await Session.open(demo_profile())
        try:
            found: set[str] = set()
            for address in (
                "",
                "compute-qc",
                "compute-qc/production/instances",
                "compute-qc/production/volumes",
            ):
                listing = await session.inventory.refresh(Address.parse(address))
                found |= pseudo.words([dict(entity) for entity in listing.entities])
            return " ".join(found)
        finally:
            await session.aclose()

    return asyncio.run(read())


def test_what_programs_read_is_english(cloudmc: Command) -> None:
    english = cloudmc("catalog", "-o", "json").out
    language.use("fr")
    assert cloudmc("catalog", "-o", "json").out == english
    language.use("fr")
    assert "Arrêter" in cloudmc("run", "--demo", "compute-qc/production/instances/web-01").out
    language.use("fr")
    assert "Stop" in cloudmc("run", "--demo", "compute-qc/production/instances/web-01", "-o", "json").out


def test_labels_name_fields_in_both_languages(cloudmc: Command) -> None:
    instances = ("ls", "--demo", "compute-qc/production/instances", "--columns", "name,isPasswordEnabled")
    english = cloudmc(*instances, "--filter", "memory>=8GB", "-o", "csv").out
    assert "yes" in english or "no" in english
    language.use("fr")
    assert "NOM" in cloudmc(*instances, "--filter", "mémoire>=8Go").out
    for named in ("mémoire>=8Go", "memory>=8GB", "memoryInMB>=8GB"):
        assert cloudmc(*instances, "--filter", named, "-o", "csv").out == english


def test_ages_are_asked_for_in_both_languages(cloudmc: Command) -> None:
    environments = ("ls", "--demo", "compute-qc", "--columns", "name", "-o", "csv", "--filter")
    assert cloudmc(*environments, "age>300d").out.split() == ["name", "production", "staging"]
    language.use("fr")
    for named in ("âge>300j", "création>300j", "created>300d", "age>300d"):
        assert cloudmc(*environments, named).out.split() == ["name", "production", "staging"]


def test_the_environment_chooses_the_language() -> None:
    assert "montrer cette aide et quitter" in program("ls", "--help", LC_ALL="fr_CA.UTF-8").out
    assert "lister" in program("--help", LC_ALL="fr_CA.UTF-8").out
    assert "list what" in program("--help", LC_ALL="de_DE.UTF-8").out
    assert "list what" in program("--help", LC_ALL="C", LANG="fr_FR.UTF-8").out


def test_the_config_file_chooses_before_the_environment(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_text('[settings]\nlanguage = "fr"\n', "utf-8")
    told = program("--help", LC_ALL="C", CLOUDMC_CONFIG=str(file), PYTHONUTF8="1")
    assert "lister ce qui se trouve" in told.out
    file.write_text('[settings]\nlanguage = "en"\n', "utf-8")
    assert "list what" in program("--help", LC_ALL="fr_FR.UTF-8", CLOUDMC_CONFIG=str(file)).out


def test_a_mistake_is_told_in_french(cloudmc: Command) -> None:
    language.use("fr")
    told = cloudmc("ls", "--demo", "compute-qc/prodcution")
    assert "Vouliez-vous dire « production »" in told.err.replace("\N{NO-BREAK SPACE}", " ")
    with pytest.raises(SystemExit):
        parse(["--nonsense"])


def _decoded(text: str, encoding: str) -> str:
    """What :func:`program` took for UTF-8, in its own encoding."""
    return text.encode("ascii").decode("unicode_escape").encode("latin-1").decode(encoding)


@pytest.mark.parametrize("encoding", ["iso-8859-1", "cp1252"])
def test_french_can_be_said_in_encodings_of_one_byte(encoding: str) -> None:
    environ = {"LC_ALL": "fr_FR", "PYTHONIOENCODING": encoding, "PYTHONUTF8": "0"}
    told = program("run", "--help", **environ)
    assert told.status == 0 and "Exécuter une opération" in _decoded(told.out, encoding)
    wrong = program("ls", "--demo", "compute-qc/prodcution", **environ)
    assert "environnements" in _decoded(wrong.err, encoding)


def test_an_ascii_terminal_reads_french_without_accents() -> None:
    told = program("run", "--help", LC_ALL="fr_FR", PYTHONIOENCODING="ascii")
    assert "Executer une operation sur une entite" in told.out
