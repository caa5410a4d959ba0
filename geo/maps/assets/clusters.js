/* Clusters of beats that a search found beyond chance; what it did not find is not drawn. */
(function (rewir) {
  "use strict";

  const WEIGHT = { gate: 2.6, alarm: 3.2 };
  // Both searches may find the same beats: their signs stand side by side above the name.
  const AT = { gate: [20, 27], alarm: [0, 27] };

  rewir.ClusterLayer = rewir.SignLayer.extend({
    pane: "clusters",

    setData: function (features, describe) {
      const found = features.filter(({ geometry, properties }) => properties.signal && geometry !== null);
      rewir.SignLayer.prototype.setData.call(this, found, describe);
    },

    look: function ({ properties: { scan } }) {
      return {
        sign: scan,
        at: AT[scan],
        style: { color: "var(--hot)", weight: WEIGHT[scan], dashArray: scan === "alarm" ? "9 4" : null, fillColor: rewir.hatch(scan), fillOpacity: 1 },
      };
    },

    // A cluster has beats, and no name of its own.
    names: () => [],
  });
})(window.rewir);
