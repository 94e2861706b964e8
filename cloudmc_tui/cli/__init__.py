"""Face one: the command line, one module a subcommand. Never imports textual."""
