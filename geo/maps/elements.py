"""The page as folium builds it: a map without outside assets, and our layers as its elements.

folium turns these elements into one script; the drawing itself lives in `assets/`. Names from
the data never go through folium's or branca's string templates, which do not escape: they
reach the page as JSON and through the page's own template, which does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import folium
from branca.element import Figure, MacroElement
from folium.template import Template
from jinja2 import Environment, PackageLoader
from markupsafe import Markup

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["LAYERS", "ClientLayer", "Explorer", "LocalMap", "Page"]

MARGIN = 0.7
"""How far the map may be moved beyond the city, as a share of its size."""

LAYERS = {
    "basemap": "BasemapLayer",
    "areas": "AreaLayer",
    "cells": "CellLayer",
    "candidates": "CandidateLayer",
    "clusters": "ClusterLayer",
    "patterns": "PatternLayer",
    "hotspots": "HotspotLayer",
    "labels": "LabelLayer",
}
"""Name to drawing class of what lies on the map."""

_TEMPLATES = Environment(loader=PackageLoader("geo.maps"), autoescape=True, trim_blocks=True)


class Page(Figure):
    """The whole document; folium puts the map's element and script into it.

    Parameters
    ----------
    context
        What the template shows.
    """

    _template = _TEMPLATES.get_template("page.html")

    def __init__(self, context: Mapping[str, Any]) -> None:
        super().__init__()
        self._name = "Page"
        self.context = context

    @property
    def map_html(self) -> Markup:
        """The map's element, as folium rendered it."""
        return Markup(self.html.render())  # noqa: S704  (holds nothing but element ids)

    @property
    def map_script(self) -> Markup:
        """The script that makes the map, as folium rendered it."""
        return Markup(self.script.render())  # noqa: S704  (holds nothing but ids and numbers)


class LocalMap(folium.Map):
    """A Leaflet map that loads nothing: the page brings Leaflet itself.

    Parameters
    ----------
    bbox
        West, south, east, north in degrees; the page's script fits them beside the legend.
    """

    _template = Template("""
        {% macro html(this, kwargs) %}<div class="map" id={{ this.get_name()|tojson }}></div>
        {% endmacro %}
        {% macro script(this, kwargs) %}
            var {{ this.get_name() }} = L.map({{ this.get_name()|tojson }}, {
                center: {{ this.location|tojson }},
                crs: L.CRS.{{ this.crs }},
                ...{{ this.options|tojavascript }}
            });
        {% endmacro %}
        """)

    def __init__(self, bbox: tuple[float, float, float, float]) -> None:
        west, south, east, north = bbox
        wide, high = (east - west) * MARGIN, (north - south) * MARGIN
        super().__init__(
            location=[(south + north) / 2, (west + east) / 2],
            tiles=None,
            zoom_start=11,
            zoom_control=False,
            max_bounds=True,
            min_lat=south - high,
            max_lat=north + high,
            min_lon=west - wide,
            max_lon=east + wide,
            zoom_snap=0.25,
            max_bounds_viscosity=0.8,
        )
        # folium gives these to a tile layer, which this map has not.
        self.options |= {"min_zoom": 9, "max_zoom": 18}
        self.default_js = []
        self.default_css = []
        # Not random, so that the same page is the same bytes.
        self._id = "1"


class ClientLayer(MacroElement):
    """A layer whose drawing lives in a class in `assets/`.

    Parameters
    ----------
    leaflet_class
        The name of that class, such as ``AreaLayer``.
    """

    _template = Template("""
        {% macro script(this, kwargs) %}
            var {{ this.get_name() }} =
                new rewir.{{ this.leaflet_class }}().addTo({{ this._parent.get_name() }});
        {% endmacro %}
        """)

    def __init__(self, leaflet_class: str) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.leaflet_class = leaflet_class
        self._name = leaflet_class
        self._id = "1"


class Explorer(MacroElement):
    """Ties the layers of its map to the controls, the panel and the tables of the page.

    Parameters
    ----------
    layers
        Name to layer, as the script knows them: the keys of `LAYERS`.
    """

    _template = Template("""
        {% macro script(this, kwargs) %}
            rewir.explore({{ this._parent.get_name() }}, {{ this.layers|tojavascript }});
        {% endmacro %}
        """)

    def __init__(self, layers: Mapping[str, MacroElement]) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._name = "Explorer"
        self._id = "1"
        self.layers = dict(layers)
