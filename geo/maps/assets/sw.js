/* Keeps one release on the reader's device, whole, for when there is no network.

   The server writes `self.REWIR` above this text: the release, the addresses to keep, the words.
   So each release is another worker, which keeps all of it before it replaces the old one, and
   what the old one kept goes. Nothing that came from another release is ever kept here, and a
   page is given only what is of the release that it was made of. Nothing of a reader is kept:
   no address that was looked up, no answer to a key. */
(function (self) {
  "use strict";

  const { release, edition, root, shell, assets, data, texts } = self.REWIR;
  // What comes from here never changes; what comes from another release is not kept.
  const OF_RELEASES = `${root}/releases`;
  const OWN = `${OF_RELEASES}/${release}/`;
  const PREFIX = `rewir${root}/ `;
  const [ASSETS, PAGES, DATA] = ["assets", "pages", "data"].map((part) => `${PREFIX}${edition} ${part}`);
  // Asked of the server each time, and never kept.
  const NEVER = ["/locate", "/changes", "/reports", "/api", "/tiles/", "/healthz", "/readyz",
    "/metrics", "/sw.js"].map((path) => root + path);
  const UNREACHED = new Set([502, 503, 504]);
  // Of what was visited: how many answers, how many bytes of one and of all.
  const MOST = { answers: 200, one: 4e6, all: 32e6 };
  const PATIENCE_MS = 10000;
  const REPLY_MS = 1000;
  const AT_ONCE = 4;
  const WHATEVER = { ignoreVary: true };
  // These say how features come, not which.
  const FORM = new Set(["limit", "offset", "lang", "skipGeometry", "properties", "f"]);

  const shown = new Map();
  const waiting = new Map();
  const parsed = new Map();

  self.addEventListener("install", (event) => event.waitUntil(install()));
  self.addEventListener("activate", (event) => event.waitUntil(activate()));
  self.addEventListener("message", ({ source, data: { type, release: theirs } }) => {
    if (type === "shown" && source) learn(source, theirs);
  });
  self.addEventListener("fetch", (event) => {
    const { request } = event;
    const url = new URL(request.url);
    const ours = url.origin === self.location.origin && url.pathname.startsWith(`${root}/`);
    const plain = request.method === "GET" && !["authorization", "x-api-key", "range"].some((h) => request.headers.has(h));
    if (!ours || !plain) return;
    if (request.mode === "navigate") event.respondWith(openPage(event, url));
    else if (!mayKeep(url)) return;
    else if (url.pathname.startsWith(`${root}/assets/`)) event.respondWith(asset(event, url));
    else if (url.pathname.startsWith(OWN)) event.respondWith(readOwn(event, url));
    else event.respondWith(read(event, url));
  });

  /* Everything of the new release, or nothing. */
  async function install() {
    try {
      const before = own(await caches.keys()).filter((name) => !name.startsWith(PREFIX + edition));
      await inTurn(assets, async (address) => (await caches.match(address, WHATEVER)) ? copyAsset(address) : fetchAsset(address));
      await inTurn(shell, (address) => fetchWhole(PAGES, address, "text/html"));
      await inTurn(data, ({ address }) => fetchWhole(DATA, address, "application/geo+json, application/json"));
      await renew(before);
      await self.skipWaiting();
    } catch (error) {
      await forget((name) => name.startsWith(PREFIX + edition));
      throw error;
    }
  }

  async function activate() {
    await forget((name) => !name.startsWith(PREFIX + edition));
    await self.clients.claim();
  }

  /* Pages that were visited are fetched anew; one that is gone, or cannot be had now, is left out. */
  async function renew(before) {
    for (const name of before.filter((each) => each.endsWith(" pages"))) {
      const visited = (await (await caches.open(name)).keys()).map(({ url }) => pathOf(new URL(url)));
      await inTurn(visited.filter((address) => !shell.includes(address)).slice(-MOST.answers / 2), (address) =>
        fetchWhole(PAGES, address, "text/html").catch(() => null));
    }
  }

  async function fetchWhole(part, address, accept) {
    const answer = await fetch(address, { headers: { Accept: accept } });
    if (!isOfThisRelease(answer)) throw new Error(`${answer.status} ${address} is not of release ${release}`);
    await (await caches.open(part)).put(address, await copyOf(answer));
  }

  async function copyAsset(address) {
    await (await caches.open(ASSETS)).put(address, await caches.match(address, WHATEVER));
  }

  async function fetchAsset(address) {
    const answer = await fetch(address);
    if (!answer.ok || isPrivate(answer)) throw new Error(`${answer.status} ${address}`);
    await (await caches.open(ASSETS)).put(address, answer);
  }

  /* A page: of the network, else as it was kept, else the map, else a page that says so. */
  async function openPage(event, url) {
    const client = event.resultingClientId;
    const answer = await fromNetwork(event, () => keptPage(url));
    if (answer && !UNREACHED.has(answer.status)) {
      note(client, { release: answer.headers.get("Rewir-Release"), kept: false });
      if (mayKeep(url) && !isShell(url)) event.waitUntil(keep(PAGES, pathOf(url), answer.clone(), "text/html"));
      return answer;
    }
    const kept = await keptPage(url);
    note(client, { release, kept: true });
    return kept ?? answer ?? nothingKept(url);
  }

  /* Data that name their release, as the map asks for them. */
  async function readOwn(event, url) {
    const before = await match(DATA, pathOf(url));
    if (before) return before;
    const answer = await fromNetwork(event, () => keptData(url));
    if (answer && !UNREACHED.has(answer.status)) {
      event.waitUntil(keep(DATA, pathOf(url), answer.clone(), "json"));
      return answer;
    }
    const kept = await keptData(url);
    if (kept) await tell(event.clientId, { type: "kept" });
    return kept ?? answer ?? Response.error();
  }

  /* Data of whatever release is the current one: a page is told when that is another than its own. */
  async function read(event, url) {
    const answer = await fromNetwork(event, () => keptData(url));
    const theirs = await shownBy(event.clientId);
    const kept = theirs === release ? await keptData(url) : null;
    if (answer && !UNREACHED.has(answer.status)) {
      const given = answer.headers.get("Rewir-Release");
      if (given === release) event.waitUntil(keep(DATA, pathOf(url), answer.clone(), "json"));
      if (!given || !theirs || given === theirs) return answer;
      await tell(event.clientId, { type: "newer" });
      return kept ?? answer;
    }
    if (kept) await tell(event.clientId, { type: "kept" });
    return kept ?? answer ?? Response.error();
  }

  /* Assets are named by their content: what is kept needs no question. */
  async function asset(event, url) {
    const address = pathOf(url);
    const kept = await caches.match(address, WHATEVER);
    if (kept && url.searchParams.has("v")) return kept;
    const answer = await fetch(event.request).catch(() => null);
    if (answer?.ok && !isPrivate(answer) && url.searchParams.has("v") && (await caches.has(ASSETS))) {
      event.waitUntil(caches.open(ASSETS).then((cache) => cache.put(address, answer.clone())));
    }
    return answer ?? kept ?? Response.error();
  }

  /* What the network gives; null if nothing, or nothing for so long that what is kept is better. */
  function fromNetwork({ request }, spare) {
    const asked = fetch(request).catch(() => null);
    return Promise.race([asked, delay(PATIENCE_MS).then(async () => ((await spare()) ? null : asked))]);
  }

  /* One page serves every address of the map: its script reads the address. */
  function isShell({ pathname }) {
    return pathname === `${root}/` || pathname.startsWith(`${root}/maps/`);
  }

  async function keptPage(url) {
    const lang = languageOf(url);
    if (isShell(url)) return match(PAGES, shell.find((address) => address.endsWith(`lang=${lang}`)));
    const bare = new URL(url);
    bare.searchParams.delete("lang");
    const spoken = new URL(bare);
    spoken.searchParams.set("lang", lang);
    for (const address of [url, spoken, bare]) {
      const kept = await match(PAGES, pathOf(address));
      if (kept) return kept;
    }
    return null;
  }

  async function keptData(url) {
    return (await match(DATA, pathOf(url))) ?? (await chosenOf(url));
  }

  /* Features out of a layer that is kept as a whole, chosen by the filters of the address. */
  async function chosenOf(url) {
    const path = url.pathname;
    const filters = [...url.searchParams].filter(([name]) => !FORM.has(name));
    const parts = data.filter((part) => part.path === path
      && Object.entries(part.filter).every(([name, value]) => url.searchParams.get(name) === value));
    if (parts.length === 0) return null;
    const columns = new Set(parts[0].columns);
    if (filters.some(([name]) => !columns.has(name))) return null;
    const collections = await Promise.all(parts.map(({ address }) => parse(address)));
    if (collections.includes(null)) return null;
    const found = collections.flatMap(({ features }) => features)
      .filter(({ properties }) => filters.every(([name, value]) => String(properties[name]) === value));
    const [from, limit] = [Number(url.searchParams.get("offset") ?? 0), Number(url.searchParams.get("limit") ?? 10)];
    const features = found.slice(from, from + limit);
    const links = [];
    if (from + limit < found.length) {
      const next = new URL(url);
      next.searchParams.set("offset", String(from + limit));
      links.push({ rel: "next", href: next.href });
    }
    const body = {
      type: "FeatureCollection", numberMatched: found.length, numberReturned: features.length, links, features,
    };
    const headers = { "Content-Type": "application/geo+json", "Rewir-Release": release };
    return new Response(JSON.stringify(body), { headers });
  }

  async function parse(address) {
    if (!parsed.has(address)) parsed.set(address, match(DATA, address).then((kept) => kept?.json() ?? null));
    return parsed.get(address);
  }

  /* Keep a good answer of this release, and let the oldest go when there are too many. */
  async function keep(part, address, answer, type) {
    if (!isOfThisRelease(answer) || !answer.headers.get("Content-Type")?.includes(type)) return;
    const copy = await copyOf(answer);
    // A newer worker may have taken the place of this one meanwhile.
    if (Number(copy.headers.get("Rewir-Bytes")) > MOST.one || !(await caches.has(part))) return;
    const cache = await caches.open(part);
    // An answer that is kept again becomes the newest.
    await cache.delete(address, WHATEVER);
    await cache.put(address, copy);
    await trim(cache);
  }

  async function trim(cache) {
    const fixed = new Set([...shell, ...data.map(({ address }) => address)]);
    const visited = (await cache.keys()).filter(({ url }) => !fixed.has(pathOf(new URL(url)))).reverse();
    let bytes = 0;
    for (const [i, request] of visited.entries()) {
      bytes += Number((await cache.match(request, WHATEVER))?.headers.get("Rewir-Bytes"));
      if (i >= MOST.answers || bytes > MOST.all) await cache.delete(request, WHATEVER);
    }
  }

  /* The body as it is now, without how it travelled. */
  async function copyOf(answer) {
    const body = await answer.blob();
    const headers = new Headers(answer.headers);
    for (const name of ["Content-Encoding", "Content-Length", "Vary"]) headers.delete(name);
    headers.set("Rewir-Bytes", String(body.size));
    return new Response(body, { status: answer.status, headers });
  }

  function isOfThisRelease(answer) {
    return answer.ok && !isPrivate(answer) && answer.headers.get("Rewir-Release") === release;
  }

  function isPrivate(answer) {
    return /\b(private|no-store)\b/.test(answer.headers.get("Cache-Control") ?? "");
  }

  function mayKeep({ pathname }) {
    return pathname.startsWith(OWN) || !(pathname.startsWith(OF_RELEASES) || NEVER.some((path) => pathname.startsWith(path)));
  }

  async function match(part, address) {
    return (await caches.has(part)) ? ((await (await caches.open(part)).match(address, WHATEVER)) ?? null) : null;
  }

  /* A page says of which release it is; what it was given tells it too, but a worker forgets. */
  async function shownBy(id) {
    if (shown.has(id)) return shown.get(id).release;
    const client = id && (await self.clients.get(id));
    if (!client) return null;
    const answer = new Promise((resolve) => waiting.set(id, resolve));
    client.postMessage({ type: "which" });
    await Promise.race([answer, delay(REPLY_MS)]);
    waiting.delete(id);
    return shown.get(id)?.release ?? null;
  }

  function learn(client, theirs) {
    const kept = shown.get(client.id)?.kept ?? false;
    note(client.id, { release: theirs, kept });
    waiting.get(client.id)?.();
    if (kept) client.postMessage({ type: "kept" });
  }

  function note(id, what) {
    if (shown.size >= MOST.answers) shown.clear();
    shown.set(id, what);
  }

  async function tell(id, message) {
    (await self.clients.get(id))?.postMessage(message);
  }

  function languageOf(url) {
    const asked = url.searchParams.get("lang") ?? self.navigator.language.split("-")[0];
    return asked in texts ? asked : Object.keys(texts)[0];
  }

  async function nothingKept(url) {
    const lang = languageOf(url);
    const { title, text, map, visited } = texts[lang];
    const keys = (await caches.has(PAGES)) ? await (await caches.open(PAGES)).keys() : [];
    const links = keys.map((request) => pathOf(new URL(request.url))).filter((address) => !shell.includes(address))
      .map((address) => `<li><a href="${escaped(address)}">${escaped(decodeURI(address))}</a></li>`);
    const styles = assets.filter((address) => /\/(theme|pages)\.css/.test(address))
      .map((address) => `<link rel="stylesheet" href="${escaped(address)}">`).join("");
    const html = `<!DOCTYPE html><html lang="${lang}"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1"><title>${escaped(title)}</title>
${styles}</head><body><main id="content"><h1>${escaped(title)}</h1>
<p>${escaped(text)}</p><p><a href="${root}/?lang=${lang}">${escaped(map)}</a></p>
${links.length ? `<h2>${escaped(visited)}</h2><ul>${links.join("")}</ul>` : ""}</main></body></html>`;
    const headers = {
      "Content-Type": "text/html; charset=utf-8",
      "Content-Security-Policy": "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'",
    };
    return new Response(html, { status: 503, headers });
  }

  function escaped(text) {
    return text.replace(/[&<>"']/g, (mark) => `&#${mark.charCodeAt(0)};`);
  }

  function pathOf({ pathname, search }) {
    return pathname + search;
  }

  function own(names) {
    return names.filter((name) => name.startsWith(PREFIX));
  }

  async function forget(which) {
    const names = own(await caches.keys()).filter(which);
    await Promise.all(names.map((name) => caches.delete(name)));
  }

  /* A few at a time: the server has others to answer. After a failure nothing more is begun, and
     nothing is left under way. */
  async function inTurn(items, work) {
    const left = [...items];
    const one = async () => {
      try {
        while (left.length > 0) await work(left.shift());
      } finally {
        left.length = 0;
      }
    };
    const ends = await Promise.allSettled(Array.from({ length: AT_ONCE }, one));
    const failed = ends.find(({ status }) => status === "rejected");
    if (failed) throw failed.reason;
  }

  function delay(ms) {
    return new Promise((resolve) => setTimeout(resolve, ms));
  }
})(self);
