/* Lets the browser keep this release, and says so when a kept copy is shown. */
(function () {
  "use strict";

  const banner = document.getElementById("offline");
  const worker = navigator.serviceWorker;
  // A page of http:// elsewhere than on this machine, or in a frame, is not kept.
  if (!banner || !worker || !window.isSecureContext || window.top !== window) return;

  const { release, day, root, kept, newer, reload } = banner.dataset;
  const sayings = { kept, newer };

  worker.addEventListener("message", ({ data: { type } }) => {
    if (type === "which") tell();
    else if (type in sayings) announce(sayings[type]);
  });
  worker.addEventListener("controllerchange", tell);
  worker.startMessages();
  tell();
  if (document.readyState === "complete") register();
  else window.addEventListener("load", register);

  /* The page comes first; what is kept is fetched when it is there. */
  function register() {
    const address = `${root}/sw.js`;
    const policy = window.trustedTypes?.createPolicy("rewir-worker", { createScriptURL: () => address });
    worker.register(policy?.createScriptURL("") ?? address, { scope: `${root}/` })
      .catch((error) => { if (navigator.onLine) console.warn(error); });
  }

  function tell() {
    worker.controller?.postMessage({ type: "shown", release });
  }

  function announce(saying) {
    const date = new Intl.DateTimeFormat(document.documentElement.lang === "pl" ? "pl-PL" : "en-GB",
      { day: "numeric", month: "long", year: "numeric", timeZone: "UTC" }).format(new Date(`${day}T00:00:00Z`));
    const text = saying.replace("{day}", date);
    if (banner.firstChild?.textContent === text) return;
    const again = document.createElement("button");
    again.type = "button";
    again.addEventListener("click", () => window.location.reload());
    again.textContent = reload;
    const said = document.createElement("span");
    said.textContent = text;
    banner.replaceChildren(said, " ", again);
  }
})();
