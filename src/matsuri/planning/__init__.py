"""What players will get, what a change would do, and what is on between two times."""
