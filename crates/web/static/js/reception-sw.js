// Served at /reception-sw.js. Lets the reception page open without a line; records themselves wait in IndexedDB.
"use strict";
const CACHE = "mamis-reception";
const SLOW_MS = 4000;
const ASSETS = [
  "/static/css/tokens.css", "/static/css/base.css", "/static/css/form.css", "/static/css/table.css", "/static/css/my.css",
  "/static/css/desk.css", "/static/css/print.css", "/static/css/reception.css",
  "/static/js/app.js", "/static/js/draft.js", "/static/js/reception-queue.js", "/static/js/reception-people.js", "/static/js/reception.js",
  "/static/vendor/htmx.min.js", "/static/vendor/jsQR.js",
  "/static/img/icons.svg", "/static/img/logo.svg", "/static/img/favicon.svg",
];

// A redirected answer is the login page: never kept under the address of the reception page.
const isGood = (answer) => answer.ok && !answer.redirected && answer.type === "basic";
const keep = async (request, answer) => {
  if (isGood(answer)) await (await caches.open(CACHE)).put(request, answer.clone());
  return answer;
};

self.addEventListener("install", (event) => {
  event.waitUntil(caches.open(CACHE).then((cache) => cache.addAll(ASSETS)).then(() => self.skipWaiting()));
});
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));
self.addEventListener("message", (event) => {
  const address = event.data?.keep;
  if (!address || new URL(address).origin !== self.location.origin) return;
  event.waitUntil(fetch(address, { credentials: "same-origin" }).then((answer) => keep(address, answer)).catch(() => {}));
});

const page = async (request) => {
  const network = fetch(request).then((answer) => keep(request, answer));
  const slow = new Promise((resolve) => { setTimeout(resolve, SLOW_MS); });
  const kept = await caches.match(request, { ignoreSearch: true });
  if (!kept) return network;
  const answer = await Promise.race([network.catch(() => undefined), slow]);
  return answer || kept;
};
const asset = async (request) => {
  try {
    return await keep(request, await fetch(request));
  } catch (error) {
    const kept = await caches.match(request, { ignoreSearch: true });
    if (kept) return kept;
    throw error;
  }
};

self.addEventListener("fetch", (event) => {
  const request = event.request;
  const address = new URL(request.url);
  if (request.method !== "GET" || address.origin !== self.location.origin) return;
  if (request.mode === "navigate") event.respondWith(page(request));
  else if (address.pathname.startsWith("/static/")) event.respondWith(asset(request));
});
