"""Print what makes a shell complete cloudmc-tui: subcommands, options, profiles, paths, operations.

bash: put  source <(cloudmc-tui completion bash)  into ~/.bashrc
zsh:  put  source <(cloudmc-tui completion zsh)  into ~/.zshrc, below compinit
fish: run  cloudmc-tui completion fish > ~/.config/fish/completions/cloudmc-tui.fish

Paths are completed from the cache, so never from the network: what was seen once can be completed.
"""

from __future__ import annotations

import argparse
import sys

from cloudmc_tui.cli.exits import Exit
from cloudmc_tui.language import _

# Each script hands over the words up to the cursor, and gets a line for each candidate: what to insert, a
# tab, what it is. What ends in / or = is gone on with, so no space follows it.

BASH = """\
_cloudmc_tui() {
    local line
    COMPREPLY=()
    while IFS= read -r line; do
        COMPREPLY+=("${line%%$'\\t'*}")
    done < <(command cloudmc-tui completion --cursor $((COMP_CWORD - 1)) -- "${COMP_WORDS[@]:1}" 2>/dev/null)
    if [[ ${#COMPREPLY[@]} -eq 1 && ${COMPREPLY[0]} == *[/=] ]]; then
        compopt -o nospace
    fi
}
complete -o default -F _cloudmc_tui cloudmc-tui
"""

ZSH = """\
#compdef cloudmc-tui
_cloudmc_tui() {
    local line value
    local -a ended ended_shown open open_shown
    while IFS= read -r line; do
        value=${line%%$'\\t'*}
        line=${line/$'\\t'/  -- }
        if [[ $value == *[/=] ]]; then
            open+=("$value") open_shown+=("$line")
        else
            ended+=("$value") ended_shown+=("$line")
        fi
    done < <(command cloudmc-tui completion --cursor "$((CURRENT - 2))" -- "${(@Q)words[2,-1]}" 2>/dev/null)
    if (( ${#ended} + ${#open} == 0 )); then
        _files
        return
    fi
    compadd -Q -l -d ended_shown -- $ended
    compadd -Q -l -S '' -d open_shown -- $open
}
compdef _cloudmc_tui cloudmc-tui
"""

FISH = """\
function __cloudmc_tui
    set -l before (commandline -opc)
    set -l current (commandline -ct)
    set -l words $before[2..-1] "$current"
    command cloudmc-tui completion --cursor (math (count $words) - 1) -- $words 2>/dev/null
end
complete -c cloudmc-tui -f -a '(__cloudmc_tui)'
complete -c cloudmc-tui -n '__fish_contains_opt body key-file ca-file' -F
"""

SHELLS = {"bash": BASH, "zsh": ZSH, "fish": FISH}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("words", nargs="*", metavar="bash|zsh|fish", help=_("the shell"))
    parser.add_argument("--cursor", type=int, metavar="N", help=argparse.SUPPRESS)


def run(options: argparse.Namespace) -> int:
    """Print a script; or, for a script, the candidates for the word at the cursor."""
    if options.cursor is not None:
        from cloudmc_tui.cli.candidates import candidates

        for value, what in candidates(options.words[: options.cursor + 1]):
            sys.stdout.write(f"{value}\t{what}\n")
        return Exit.DONE
    if len(options.words) != 1 or options.words[0] not in SHELLS:
        from cloudmc_tui.cli.exits import UsageError

        raise UsageError(_("name one shell of: {shells}", shells=", ".join(SHELLS)))
    sys.stdout.write(SHELLS[options.words[0]])
    return Exit.DONE
