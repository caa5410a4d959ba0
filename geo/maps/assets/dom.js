/* Small helpers to build the page. Every value becomes text, never markup. */
window.rewir = { views: {} };
(function (rewir) {
  "use strict";

  const SVG = "http://www.w3.org/2000/svg";

  /* An HTML element: attributes by name, `text` for its content, then its children. */
  rewir.el = function (tag, attributes = {}, ...children) {
    return dress(document.createElement(tag), attributes, children);
  };

  /* The same in SVG. */
  rewir.svg = function (tag, attributes = {}, ...children) {
    return dress(document.createElementNS(SVG, tag), attributes, children);
  };

  /* Put new content in the place of the old; null leaves a gap. */
  rewir.fill = function (element, ...children) {
    element.replaceChildren(...children.filter(isThere));
  };

  rewir.byId = function (id) {
    return document.getElementById(id);
  };

  /* What a script element of type application/json holds; null where there is none. */
  rewir.readJson = function (id) {
    const element = rewir.byId(id);
    return element && JSON.parse(element.textContent);
  };

  function dress(element, { text, ...attributes }, children) {
    if (text !== undefined) element.textContent = text;
    for (const [name, value] of Object.entries(attributes)) {
      if (value !== null && value !== undefined && value !== false) element.setAttribute(name, value);
    }
    element.append(...children.filter(isThere));
    return element;
  }

  function isThere(child) {
    return child !== null && child !== undefined;
  }
})(window.rewir);
