"""Publishing: definitions changed together, seen by others before, and taken back."""
