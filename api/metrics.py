"""What Prometheus is told: requests, seconds, bytes, releases, keys; never a path or an address."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry, Counter, Histogram, ProcessCollector
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from prometheus_client.core import Metric

    from api.observe import Exchange
    from api.watch import ReleaseWatch

__all__ = ["CONTENT_TYPE_LATEST", "Metrics"]

SHARED = "PROMETHEUS_MULTIPROC_DIR"
"""prometheus-client's own variable: a folder in which several workers keep one count."""

SECONDS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)

_METHODS = {"GET", "HEAD", "OPTIONS", "POST"}


class Metrics:
    """Counts of one server; of all its workers if they share a folder.

    Parameters
    ----------
    watches
        Face to the watch of its release.
    """

    def __init__(self, watches: Mapping[str, ReleaseWatch]) -> None:
        self._registry = CollectorRegistry()
        self._releases = _Releases(watches)
        self._requests = Counter(
            "rewir_requests",
            "Requests answered.",
            ("method", "route", "status"),
            registry=self._registry,
        )
        self._seconds = Histogram(
            "rewir_request_seconds",
            "Time until the answer was sent.",
            ("route",),
            buckets=SECONDS,
            registry=self._registry,
        )
        self._bytes = Counter(
            "rewir_answer_bytes", "Bytes of bodies sent.", ("route",), registry=self._registry
        )
        self._keys = Counter(
            "rewir_key_requests", "Requests with a key.", ("key",), registry=self._registry
        )
        self._recorders: dict[tuple[str, str, int], Callable[[float, int], None]] = {}

    def record(self, exchange: Exchange) -> None:
        """Count a request."""
        method = exchange.method if exchange.method in _METHODS else "other"
        kind = (method, exchange.route, exchange.status)
        record = self._recorders.get(kind)
        if record is None:
            record = self._recorders[kind] = self._recorder(*kind)
        record(exchange.seconds, exchange.size)
        if exchange.key:
            self._keys.labels(exchange.key).inc()

    def text(self) -> bytes:
        """Everything counted, as Prometheus reads it."""
        registry = self._registry
        if SHARED in os.environ:
            registry = CollectorRegistry()
            MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
        own = CollectorRegistry()
        own.register(self._releases)
        ProcessCollector(registry=own)
        return generate_latest(registry) + generate_latest(own)

    def _recorder(self, method: str, route: str, status: int) -> Callable[[float, int], None]:
        """What counts requests of a kind, without looking the labels up again."""
        requests = self._requests.labels(method, route, str(status))
        seconds, size = self._seconds.labels(route), self._bytes.labels(route)

        def record(duration: float, length: int) -> None:
            requests.inc()
            seconds.observe(duration)
            if length:
                size.inc(length)

        return record


class _Releases:
    """The releases that this process serves, read when Prometheus asks."""

    def __init__(self, watches: Mapping[str, ReleaseWatch]) -> None:
        self._watches = watches

    def collect(self) -> Iterator[Metric]:
        """The current release of each face that is open, and how often it changed."""
        info = GaugeMetricFamily(
            "rewir_release", "The release being served.", labels=("face", "release")
        )
        sound = GaugeMetricFamily(
            "rewir_store_sound", "Whether the last look at the store went well.", labels=("face",)
        )
        switches = CounterMetricFamily(
            "rewir_release_switches", "Releases followed by another.", labels=("face",)
        )
        for face, watch in self._watches.items():
            if watch.release is not None:
                info.add_metric((face, watch.release.id), 1)
                sound.add_metric((face,), float(watch.sound))
                switches.add_metric((face,), watch.switches)
        yield from (info, sound, switches)
