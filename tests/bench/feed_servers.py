"""The servers that the feed is measured beside: each serves the same features on this machine.

Every one is started here, listens on 127.0.0.1 only, and is stopped by its process id. One that
is not installed is left out, and the page says so.
"""

from __future__ import annotations

import getpass
import importlib.util
import json
import os
import shutil
import socket
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from own_server import ask, free_port
from processes import processor_seconds, resident_mib

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

HOST = "127.0.0.1"
SYSTEM_PATH = os.pathsep.join((os.environ.get("PATH", ""), "/usr/sbin", "/usr/lib/cgi-bin"))
MAP_TEMPLATES = Path("/usr/share/mapserver/ogcapi/templates/html-plain")
TO_END = 15.0
ANY_NUMBER = 1_000_000_000


@dataclass(frozen=True)
class Server:
    """A server that runs.

    Attributes
    ----------
    port
        Where it listens.
    pids
        Its processes; what these have started belongs to them.
    prefix
        What its paths begin with.
    """

    port: int
    pids: Sequence[int]
    prefix: str = ""

    @property
    def pid(self) -> int:
        """The first of its processes."""
        return self.pids[0]

    def url(self, path: str) -> str:
        """The address of a path."""
        return f"http://{HOST}:{self.port}{self.prefix}{path}"

    def memory(self) -> float:
        """MiB that it holds."""
        return sum(map(resident_mib, self.pids))

    def seconds(self) -> float:
        """Processor time that it has had."""
        return sum(map(processor_seconds, self.pids))


@contextmanager
def rewir(store: str, *, workers: int = 1) -> Iterator[Server]:
    """Our server, started as users start it."""
    port = free_port()
    command = [sys.executable, "-m", "geo", "serve", "--store", store, "--port", str(port)]
    with _process([*command, "--workers", str(workers)]) as pid:
        ask(port, "/readyz")
        yield Server(port, [pid])


@contextmanager
def pygeoapi(folder: Path, layers: Mapping[str, Path]) -> Iterator[Server]:
    """pygeoapi with its GeoJSON provider, as an ASGI application in the same server as ours."""
    port = free_port()
    folder.mkdir()
    config, document = folder / "config.json", folder / "openapi.json"
    config.write_text(json.dumps(_pygeoapi_config(port, layers)))  # JSON is YAML
    document.write_text('{"openapi": "3.0.2", "info": {"title": "", "version": ""}, "paths": {}}')
    command = [sys.executable, "-m", "uvicorn", "pygeoapi.starlette_app:APP", "--host", HOST]
    command += ["--port", str(port), "--log-level", "warning"]
    settings = {"PYGEOAPI_CONFIG": str(config), "PYGEOAPI_OPENAPI": str(document)}
    with _process(command, **settings) as pid:
        ask(port, "/conformance?f=json")
        yield Server(port, [pid])


@contextmanager
def nginx(folder: Path) -> Iterator[Server]:
    """nginx on the files of a folder; ``*.br`` are sent as the Brotli coding of their content."""
    port = free_port()
    (folder / "nginx.conf").write_text(_nginx_config(folder, port))
    with _nginx(folder) as pid:
        yield Server(port, [pid])


@contextmanager
def mapserver(folder: Path, layers: Mapping[str, Path]) -> Iterator[Server]:
    """MapServer as one FastCGI process behind nginx, on GeoPackages that GDAL keeps open."""
    folder.mkdir()
    for name, path in layers.items():
        target = str(folder / f"{name}.gpkg")
        command = ["ogr2ogr", "-f", "GPKG", "-nln", name, target, str(path)]
        subprocess.run(command, check=True, capture_output=True)
    port = free_port()
    (folder / "bench.map").write_text(_map(folder, port, layers))
    config = folder / "mapserver.conf"
    config.write_text(
        f'CONFIG ENV OGCAPI_HTML_TEMPLATE_DIRECTORY "{MAP_TEMPLATES}/" '
        f'MS_MAP_PATTERN "^{folder}" END MAPS BENCH "{folder}/bench.map" END END\n'
    )
    with socket.create_server((HOST, 0)) as listener:
        backend = listener.getsockname()[1]
        (folder / "nginx.conf").write_text(_nginx_config(folder, port, backend=backend))
        command = [str(_find("mapserv"))]
        with (
            _process(command, stdin=listener, MAPSERVER_CONFIG_FILE=str(config)) as pid,
            _nginx(folder) as front,
        ):
            yield Server(port, [pid, front], prefix="/BENCH/ogcapi")


def missing(name: str) -> str:
    """Why a peer cannot be measured; empty if it can."""
    if name == "pygeoapi":
        return "" if importlib.util.find_spec("pygeoapi") else "pygeoapi is not installed"
    programs = {"nginx": ("nginx",), "MapServer": ("mapserv", "nginx", "ogr2ogr")}[name]
    lacking = [program for program in programs if _find(program) is None]
    return f"not installed: {', '.join(lacking)}" if lacking else ""


# How they are started ------------------------------------------------------------------------


@contextmanager
def _process(
    command: Sequence[str], *, stdin: socket.socket | None = None, **settings: str
) -> Iterator[int]:
    process = subprocess.Popen(
        command,
        stdin=stdin,
        stdout=subprocess.DEVNULL,
        env=os.environ | {"PATH": SYSTEM_PATH} | settings,
    )
    try:
        yield process.pid
    finally:
        process.terminate()
        try:
            process.wait(timeout=TO_END)
        except subprocess.TimeoutExpired:  # FastCGI programs look at signals between two requests
            process.kill()
            process.wait()


@contextmanager
def _nginx(folder: Path) -> Iterator[int]:
    command = [str(_find("nginx")), "-p", str(folder), "-c", str(folder / "nginx.conf")]
    with _process([*command, "-e", str(folder / "error.log")]) as pid:
        port = int((folder / "nginx.conf").read_text().partition(f"{HOST}:")[2].partition(";")[0])
        ask(port, "/")
        yield pid


def _find(program: str) -> str | None:
    return shutil.which(program, path=SYSTEM_PATH)


# What they are told --------------------------------------------------------------------------


def _nginx_config(folder: Path, port: int, *, backend: int | None = None) -> str:
    """One worker, as of the others; started by root it stays root, to read our folder."""
    user = f"user {getpass.getuser()};" if os.geteuid() == 0 else ""
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    scratch = " ".join(f"{kind}_temp_path {folder}/{kind};" for kind in kinds)
    fastcgi = (
        f"location /BENCH {{ fastcgi_pass {HOST}:{backend}; fastcgi_keep_conn on; "
        "fastcgi_param REQUEST_METHOD $request_method; fastcgi_param QUERY_STRING $query_string; "
        "fastcgi_param SERVER_NAME $host; fastcgi_param SERVER_PORT $server_port; "
        'fastcgi_param SCRIPT_NAME ""; fastcgi_param PATH_INFO $uri; }'
    )
    return f"""
{user} worker_processes 1; daemon off; pid {folder}/nginx.pid;
events {{ worker_connections 1024; }}
http {{
  access_log off; sendfile on; tcp_nopush on; open_file_cache max=100; {scratch}
  keepalive_requests {ANY_NUMBER};
  types {{ application/geo+json json br; }}
  server {{
    listen {HOST}:{port}; root {folder};
    location ~ \\.br$ {{ add_header Content-Encoding br; }}
    {fastcgi if backend else ""}
  }}
}}
"""


def _map(folder: Path, port: int, layers: Mapping[str, Path]) -> str:
    address = f"http://{HOST}:{port}/BENCH/ogcapi"
    texts = [
        f'LAYER NAME "{name}" TYPE POLYGON STATUS ON CONNECTIONTYPE OGR '
        f'CONNECTION "{folder}/{name}.gpkg" DATA "{name}" TEMPLATE "void" '
        'PROCESSING "CLOSE_CONNECTION=DEFER" PROJECTION "init=epsg:4326" END '
        f'METADATA "ows_title" "{name}" "gml_featureid" "id" "gml_include_items" "all" '
        '"gml_types" "auto" "oga_max_limit" "10000" END END'
        for name in layers
    ]
    return (
        'MAP NAME "bench" EXTENT -180 -90 180 90 PROJECTION "init=epsg:4326" END '
        'WEB METADATA "ows_title" "bench" "ows_enable_request" "*" "ows_srs" "EPSG:4326" '
        f'"oga_onlineresource" "{address}" END END\n' + "\n".join(texts) + "\nEND\n"
    )


def _pygeoapi_config(port: int, layers: Mapping[str, Path]) -> dict[str, object]:
    about = {"title": "bench", "description": "bench", "keywords": ["bench"]}
    home = f"http://{HOST}:{port}"
    resources = {
        name: {
            **about,
            "type": "collection",
            "links": [],
            "extents": {"spatial": {"bbox": [-180, -90, 180, 90]}},
            "providers": [
                {"type": "feature", "name": "GeoJSON", "data": str(path), "id_field": "id"}
            ],
        }
        for name, path in layers.items()
    }
    identification = {**about, "keywords_type": "theme", "terms_of_service": "", "url": home}
    return {
        "server": {
            "bind": {"host": HOST, "port": port},
            "url": home,
            "mimetype": "application/json; charset=UTF-8",
            "encoding": "utf-8",
            "gzip": False,
            "languages": ["en-US"],
            "limits": {"default_items": 10, "max_items": 10_000},
            "pretty_print": False,
            "map": {"url": f"{home}/tiles", "attribution": ""},
        },
        "logging": {"level": "ERROR"},
        "metadata": {
            "identification": identification,
            "license": {"name": "", "url": home},
            "provider": {"name": "", "url": home},
            "contact": {"name": ""},
        },
        "resources": resources,
    }
