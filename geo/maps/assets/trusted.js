/* What is written as markup. Our scripts build elements and write text; Leaflet writes markup of
   its own in a few places. All else that anybody would write as markup becomes text. */
(function () {
  "use strict";

  // A question to the browser, the signs of buttons, the length of the scale, empty credits.
  const OF_LEAFLET = /^(?:<svg\/>|<v:shape adj="1"\/>|<span aria-hidden="true">(?:\+|&#x2212;|&#215;)<\/span>|[0-9.]+ k?m|)$/;

  window.trustedTypes?.createPolicy("default", {
    createHTML: (markup) => (OF_LEAFLET.test(markup) ? markup : escaped(markup)),
  });

  function escaped(text) {
    return text.replace(/[&<>"']/g, (mark) => `&#${mark.charCodeAt(0)};`);
  }
})();
