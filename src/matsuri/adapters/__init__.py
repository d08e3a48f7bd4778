"""The outside world: databases, the log's files, places by address, telemetry."""
