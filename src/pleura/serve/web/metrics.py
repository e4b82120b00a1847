"""Figures for Prometheus; no label holds anything of a film."""

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from starlette.types import Scope

from pleura.serve.service import Service
from pleura.serve.state.listing import count_by_status
from pleura.serve.web.context import ADMIN, service_of
from pleura.serve.web.described import content

router = APIRouter(tags=["health"], dependencies=[ADMIN])
_SECONDS = (0.005, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 20.0)
_METHODS = frozenset({"GET", "POST", "DELETE", "HEAD", "OPTIONS", "PUT", "PATCH"})


class Metrics:
    """What one service counts; each has its own registry, so that two in one process do not mix."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        labels = ("method", "route", "status")
        self._requests = Counter("pleura_requests", "Requests answered.", labels, registry=self.registry)
        self._seconds = Histogram(
            "pleura_request_seconds", "Time to the first byte.", ("route",), buckets=_SECONDS, registry=self.registry
        )
        self._jobs = Gauge("pleura_jobs", "Jobs by where they stand.", ("status",), registry=self.registry)
        self._ready = Gauge("pleura_workers_ready", "Workers whose model is warm.", registry=self.registry)
        self._restarts = Gauge(
            "pleura_worker_restarts", "Workers started in place of another.", registry=self.registry
        )
        self._free = Gauge("pleura_free_bytes", "Space left in the data folder.", registry=self.registry)

    def count(self, scope: Scope, status: int, seconds: float) -> None:
        """Count one request under its route, never under its path: that may be anything."""
        route = getattr(scope.get("route"), "path", "none")
        method = scope["method"] if scope["method"] in _METHODS else "other"
        self._requests.labels(method, route, str(int(status))).inc()
        self._seconds.labels(route).observe(seconds)

    def text(self, service: Service) -> bytes:
        """All figures, in Prometheus' text format."""
        with service.database.reading() as connection:
            for status, count in count_by_status(connection).items():
                self._jobs.labels(status.value).set(count)
        self._ready.set(service.supervisor.ready)
        self._restarts.set(service.supervisor.restarts)
        self._free.set(service.folder.free_bytes())
        return generate_latest(self.registry)


def metrics_of(request: Request) -> Metrics:
    """The figures of the service behind a request."""
    metrics = request.app.state.metrics
    assert isinstance(metrics, Metrics)
    return metrics


@router.get("/metrics", response_class=Response, responses=content("text/plain"))
def get_metrics(request: Request, metrics: Annotated[Metrics, Depends(metrics_of)]) -> Response:
    """Figures in Prometheus' text format."""
    return Response(metrics.text(service_of(request)), HTTPStatus.OK, media_type=CONTENT_TYPE_LATEST)
