"""Other programs: what they are called with. Nothing here starts one."""
