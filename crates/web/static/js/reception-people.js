// The people expected at this door, kept on the device until the day is over or somebody logs out (draft.js): a name is
// shown at once, with or without a line, and a ticket is told from a false one by the public key (signup/ticket.rs).
"use strict";
window.receptionPeople = (() => {
  const KEPT = "mamis-reception";
  const PURPOSE = new TextEncoder().encode("mamis ticket 2");
  const SHOWN_AT_MOST = 8;
  let kept;
  let key;

  const bytesOf = (base64) => Uint8Array.from(atob(base64.replace(/-/g, "+").replace(/_/g, "/")), (letter) => letter.charCodeAt(0));
  const bytesOfHex = (hex) => Uint8Array.from(hex.match(/../g), (pair) => parseInt(pair, 16));
  const hexOf = (bytes) => [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  // Old browsers have no Ed25519, and a page by http has no cryptography at all: the server then decides alone.
  const keyOf = async (text) => crypto.subtle?.importKey("raw", bytesOf(text), "Ed25519", false, ["verify"]).catch(() => undefined);

  const use = async (list) => {
    kept = new Date(list.until) > new Date() ? list : undefined;
    key = kept && await keyOf(kept.key);
    return kept;
  };
  const store = async (url, text) => {
    if (!window.caches) return;
    const answer = new Response(text, { headers: { "Content-Type": "application/json" } });
    await (await caches.open(KEPT)).put(url, answer);
  };
  const stored = async (url) => {
    const cache = window.caches && await caches.open(KEPT);
    const answer = cache && await cache.match(url);
    if (!answer) return undefined;
    const list = await use(await answer.json());
    if (!list) await cache.delete(url);
    return list;
  };
  // The list of the server, or else the last one kept here.
  const load = async (url) => {
    try {
      const answer = await fetch(url, { headers: { Accept: "application/json" }, credentials: "same-origin", redirect: "error" });
      if (!answer.ok) throw new Error(String(answer.status));
      const text = JSON.stringify({ ...await answer.json(), kept_at: new Date().toISOString() });
      await store(url, text).catch(() => {});
      return use(JSON.parse(text));
    } catch {
      return kept || stored(url);
    }
  };

  // The signup of a code, or false for one that is not ours, or undefined where this browser cannot tell.
  const signupOf = async (code) => {
    const [, payload, signature] = /^MT2\.([\w-]+)\.([\w-]+)$/.exec(code) || [];
    if (!payload) return false;
    const said = bytesOf(payload);
    const signed = new Uint8Array([...PURPOSE, ...bytesOfHex(kept.training), ...said]);
    if (key && !await crypto.subtle.verify("Ed25519", key, bytesOf(signature), signed)) return false;
    return hexOf(said.slice(0, 16));
  };
  const digits = (text) => text.replace(/\D/g, "");
  const byNumber = (typed) => kept.people.find((person) => digits(person.number) === digits(typed)
    || (person.registry_number && person.registry_number === digits(typed).padStart(6, "0")));

  // Whom a record means: { person }, { person: undefined } for somebody who is not on the list, { isFalse } for a code that
  // is none of ours. Nothing without a list.
  const find = async (event) => {
    if (!kept) return {};
    if (event.number) return { person: byNumber(event.number), isListed: true };
    const signup = await signupOf(event.ticket).catch(() => undefined);
    if (signup === false) return { isFalse: true };
    return { person: kept.people.find((person) => person.signup === signup), isListed: true };
  };

  const folded = (text) => text.normalize("NFKC").replace(/\s/g, "")
    .replace(/[ぁ-ゖ]/g, (letter) => String.fromCharCode(letter.charCodeAt(0) + 0x60));
  const search = (typed) => {
    const wanted = folded(typed);
    if (!kept || !wanted) return [];
    return kept.people.filter((person) => folded(person.kana).includes(wanted) || folded(person.name).includes(wanted)).slice(0, SHOWN_AT_MOST);
  };
  return { load, find, search };
})();
