"""The panes of the explorer."""
