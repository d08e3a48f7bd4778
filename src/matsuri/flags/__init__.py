"""Flags: values that games read, other ones for other players, and why."""
