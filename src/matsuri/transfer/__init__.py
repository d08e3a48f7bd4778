"""Files in and out of a running server, through its HTTP API: ``matsuri import`` and ``export``."""
