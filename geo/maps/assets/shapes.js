/* Polygons of many corners. What they look like at a zoom is worked out once; while the map moves,
   and when it comes back to that zoom, the lines are only shifted. */
(function (rewir) {
  "use strict";

  // Corners are kept as points of the world map at this zoom, where it is 256 wide.
  const WORLD = 0;

  /* A Leaflet polygon of a GeoJSON feature. */
  rewir.Shape = L.Polygon.extend({
    initialize: function (feature, options) {
      const { type, coordinates } = feature.geometry;
      L.Polygon.prototype.initialize.call(this, L.GeoJSON.coordsToLatLngs(coordinates, type === "Polygon" ? 1 : 2), options);
      this.feature = feature;
      this._lines = new Map();
    },

    /* Leaflet asks for the rings in pixels of the layer, and for the box around them. */
    _projectLatlngs: function (latlngs, rings, box) {
      const origin = this._map.getPixelOrigin();
      for (const line of this._linesAt(this._map.getZoom())) {
        rings.push(line.map((point) => point.subtract(origin)));
      }
      for (const ring of rings) for (const point of ring) box.extend(point);
    },

    /* Rings in whole pixels of the world, without the corners that nobody would see. */
    _linesAt: function (zoom) {
      this._corners ??= ringsOf(this._latlngs).map((ring) => ring.map((latlng) => this._map.project(latlng, WORLD)));
      if (!this._lines.has(zoom)) {
        const scale = this._map.getZoomScale(zoom, WORLD);
        this._lines.set(zoom, this._corners.map((ring) => L.LineUtil.simplify(inPixels(ring, scale), this.options.smoothFactor)));
      }
      return this._lines.get(zoom);
    },

    /* What is all in view need not be cut. */
    _clipPoints: function () {
      if (this._pxBounds && this._renderer._bounds.contains(this._pxBounds)) this._parts = this._rings;
      else L.Polygon.prototype._clipPoints.call(this);
    },

    _simplifyPoints: function () {},
  });

  /* All rings of a polygon or multi-polygon. */
  function ringsOf(parts) {
    return L.LineUtil.isFlat(parts) ? [parts] : parts.flatMap(ringsOf);
  }

  /* Corners that fall on the same pixel one after the other are one. */
  function inPixels(ring, scale) {
    const points = [];
    let [x, y] = [NaN, NaN];
    for (const corner of ring) {
      const [column, row] = [Math.round(corner.x * scale), Math.round(corner.y * scale)];
      if (column === x && row === y) continue;
      [x, y] = [column, row];
      points.push(L.point(x, y));
    }
    return points;
  }

  rewir.ringsOf = ringsOf;
})(window.rewir);
