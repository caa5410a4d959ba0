/* Proposals for plans. Several of a beat lie on its one shape, which the first of them colours by
   its chance to be among the first; chosen ones are hatched and marked. */
(function (rewir) {
  "use strict";

  // Limits of "hardly", "perhaps", "rather" and "almost surely".
  const CHANCES = [0, 0.05, 0.35, 0.65, 0.95, 1];

  const ABOVE_NAME = [10, 27];

  /* Classes of a chance, as the legend lists them and the shapes are filled. */
  rewir.chanceClasses = () => rewir.makeScale(CHANCES).classes;

  rewir.chanceColour = function (chance) {
    const inner = CHANCES.slice(1, -1);
    return rewir.chanceClasses()[inner.filter((limit) => chance >= limit).length].colour;
  };

  rewir.CandidateLayer = rewir.SignLayer.extend({
    pane: "candidates",

    /* The features in order of their rank; the first on a shape stands for it. */
    setData: function (features, describe) {
      const first = new Map();
      this._drawn = new Map();
      for (const feature of features.filter(({ geometry }) => geometry !== null)) {
        const { beat_id: beat, hotspot_id: spot } = feature.properties;
        const place = spot === null ? beat : feature.id;
        if (!first.has(place)) first.set(place, feature);
        this._drawn.set(feature.id, first.get(place).id);
      }
      rewir.SignLayer.prototype.setData.call(this, [...first.values()], describe);
    },

    choose: function (id) {
      rewir.SignLayer.prototype.choose.call(this, this._drawn?.get(id) ?? null);
    },

    show: function (id) {
      rewir.SignLayer.prototype.show.call(this, this._drawn.get(id));
    },

    look: function ({ properties: { selected, p_top_k: chance } }) {
      const colour = rewir.isNumber(chance) ? rewir.chanceColour(chance) : "url(#no-value)";
      return {
        sign: selected ? "chosen" : null,
        at: ABOVE_NAME,
        style: {
          color: selected ? "var(--mark)" : "var(--area-outline)", weight: selected ? 2.4 : 1,
          fillColor: selected && rewir.isNumber(chance) ? rewir.hatched(colour) : colour, fillOpacity: 1,
        },
      };
    },

    // The areas under them write theirs.
    names: () => [],
  });
})(window.rewir);
