"""Face two: the explorer in the terminal. Nothing outside this package imports textual."""
