"""Metrics for Prometheus and log lines for people or machines.

Every metric of the server is declared here; ``docs/reference/metrics.md`` is generated from it.
"""

import logging
import sys
from collections.abc import Sequence
from typing import Any

import structlog
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, start_http_server
from structlog.tracebacks import ExceptionDictTransformer

from matsuri.config import LogFormat, LogLevel

_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)


class Metrics:
    """Every metric, in a registry of its own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._requests = Counter(
            "matsuri_requests_total",
            "Requests answered, by method, route and status.",
            ["method", "path", "status"],
            registry=self.registry,
        )
        self._seconds = Histogram(
            "matsuri_request_seconds",
            "Time from a request's first byte to its answer, by route.",
            ["path"],
            buckets=_SECONDS,
            registry=self.registry,
        )
        self._events = Counter(
            "matsuri_events_accepted_total",
            "Events accepted and durable, by who sent them.",
            ["source"],
            registry=self.registry,
        )
        self._rejected = Counter(
            "matsuri_events_rejected_total",
            "Events refused and kept for inspection, by reason.",
            ["reason"],
            registry=self.registry,
        )
        self.log_end = self._gauge(
            "matsuri_log_end_bytes", "Position after the last durable record of the event log."
        )
        self.pipeline_position = self._gauge(
            "matsuri_pipeline_position_bytes", "Position up to which the pipeline has applied."
        )
        self.pipeline_lag_bytes = self._gauge(
            "matsuri_pipeline_lag_bytes", "How much of the log the pipeline has yet to apply."
        )
        self.pipeline_applied = self._gauge(
            "matsuri_pipeline_events_applied", "Events applied to profiles since the beginning."
        )
        self.pipeline_duplicates = self._gauge(
            "matsuri_pipeline_events_duplicate", "Events left out because their id came before."
        )
        self.pipeline_dead_letters = self._gauge(
            "matsuri_pipeline_dead_letters", "Parts of the log that could not be applied."
        )
        self.analytics_waiting = self._gauge(
            "matsuri_analytics_waiting",
            "Stretches of the log that were applied and are not in the analytics store yet.",
        )
        self.memberships_waiting = self._gauge(
            "matsuri_memberships_waiting",
            "Players of whom something was heard and whose audiences are not stored anew yet.",
        )
        self.memberships_evaluated = self._gauge(
            "matsuri_memberships_evaluated",
            "How often a player's audiences were found for storing, since the beginning.",
        )
        self.membership_pass_seconds = self._gauge(
            "matsuri_membership_pass_seconds", "How long the last pass over all players took."
        )
        self.membership_pass_time = self._gauge(
            "matsuri_membership_pass_timestamp_seconds",
            "When the last pass over all players ended; 0 if there was none.",
        )
        self.worker_up = self._gauge(
            "matsuri_worker_up", "Whether this server's worker process runs (1) or not (0)."
        )
        self._requests_by: dict[tuple[str, str, int], Counter] = {}
        self._seconds_by: dict[str, Histogram] = {}
        self._events_by: dict[str, Counter] = {}

    def _gauge(self, name: str, text: str) -> Gauge:
        return Gauge(name, text, registry=self.registry)

    def request_done(self, *, method: str, path: str, status: int, seconds: float) -> None:
        """See ``RequestCounts``."""
        key = (method, path, status)
        counter = self._requests_by.get(key)
        if counter is None:
            # Methods are the caller's text; only known ones get a label of their own.
            shown = method if method in {"GET", "HEAD", "POST", "PUT", "DELETE"} else "other"
            counter = self._requests.labels(shown, path, str(status))
            if shown == method:
                self._requests_by[key] = counter
        counter.inc()
        histogram = self._seconds_by.get(path)
        if histogram is None:
            histogram = self._seconds_by.setdefault(path, self._seconds.labels(path))
        histogram.observe(seconds)

    def events_taken(self, source: str, *, accepted: int, rejected: Sequence[str]) -> None:
        """See ``EventCounts``."""
        if accepted:
            counter = self._events_by.get(source)
            if counter is None:
                counter = self._events_by.setdefault(source, self._events.labels(source))
            counter.inc(accepted)
        for reason in rejected:
            self._rejected.labels(reason).inc()

    def serve(self, *, host: str, port: int) -> "MetricsServer":
        """Answer ``/metrics`` on a port of its own; raises ``OSError`` if that is taken."""
        return MetricsServer(self.registry, host=host, port=port)


class MetricsServer:
    """The port that Prometheus reads."""

    def __init__(self, registry: CollectorRegistry, *, host: str, port: int) -> None:
        self._server, self._thread = start_http_server(port, addr=host, registry=registry)

    @property
    def port(self) -> int:
        """The port that answers."""
        return int(self._server.server_port)

    def close(self) -> None:
        """Answer no more."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def set_up_logging(*, level: LogLevel, log_format: LogFormat) -> None:
    """Log lines go to standard error: one line of JSON each, or text for a person.

    So do those of the libraries, from warnings on. Tracebacks come without the values of local
    variables, among which are tokens and keys.
    """
    number = logging.getLevelNamesMapping()[level.value.upper()]
    first: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    last: list[Any] = (
        [
            structlog.processors.ExceptionRenderer(ExceptionDictTransformer(show_locals=False)),
            structlog.processors.JSONRenderer(),
        ]
        if log_format is LogFormat.JSON
        else [
            structlog.dev.ConsoleRenderer(
                colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback
            )
        ]
    )
    libraries = logging.StreamHandler(sys.stderr)
    libraries.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=first,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *last],
        )
    )
    logging.basicConfig(handlers=[libraries], level=max(number, logging.WARNING))
    structlog.configure(
        processors=[*first, *last],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )
