"""The output driver: Textual's frames in, only the cells that changed out.

``palette`` reduces colours; ``styles`` knows what an SGR sequence does and the shortest way from one
style to another; ``cells`` is a screen's cells; ``reading`` brings Textual's output onto them;
``painting`` writes the difference of two screens; ``mirror`` is these together, without a terminal;
``pace`` says how far ahead of the terminal output may run; ``sending`` is the thread that writes;
``driver`` is what Textual sees; and ``choice`` says when which of it is used.
"""
