// Keeps what is typed: on the server (data-autosave) and in this browser (data-draft), until the form has been accepted.
// <form id="joining" data-draft data-autosave="/applications/7/draft" data-saved-at="2026-11-22T01:00:00Z">
"use strict";
(() => {
  const PREFIX = "mamis.draft:";
  const SENT = "mamis.sent";
  // A forgotten copy on a shared machine must not stay for ever.
  const KEEP_MS = 7 * 24 * 60 * 60 * 1000;
  const who = () => document.querySelector(".site-user")?.lastChild?.textContent?.trim() || "";
  const keyOf = (form) => `${PREFIX}${form.dataset.draft || form.id}`;

  const read = (key) => {
    try { return JSON.parse(localStorage.getItem(key)); } catch { return null; }
  };
  const write = (key, value) => {
    try { localStorage.setItem(key, JSON.stringify(value)); } catch { /* private mode or full: the server's copy remains */ }
  };
  const draftKeys = () => Object.keys(localStorage).filter((key) => key.startsWith(PREFIX));

  // Passwords, one-time codes and files never leave the form.
  const isKept = (field) => field.name && !field.disabled && !["password", "file", "submit", "button", "hidden"].includes(field.type)
    && field.autocomplete !== "one-time-code";
  const valuesOf = (form) => {
    const values = [];
    for (const field of form.elements) {
      if (!isKept(field)) continue;
      if (field.type === "checkbox" || field.type === "radio") {
        if (field.checked) values.push([field.name, field.value]);
      } else if (field.type === "select-multiple") {
        for (const option of field.selectedOptions) values.push([field.name, option.value]);
      } else {
        values.push([field.name, field.value]);
      }
    }
    return values;
  };

  const fill = (form, values) => {
    const left = byName(values);
    for (const field of form.elements) {
      if (!isKept(field)) continue;
      const mine = left.get(field.name) || [];
      if (field.type === "checkbox" || field.type === "radio") field.checked = mine.includes(field.value);
      else if (field.type === "select-multiple") for (const option of field.options) option.selected = mine.includes(option.value);
      else if (mine.length) field.value = mine.shift();
    }
  };

  const byName = (values) => {
    const lists = new Map();
    for (const [name, value] of values) lists.set(name, [...(lists.get(name) || []), value]);
    return lists;
  };
  const same = (one, other) => JSON.stringify(one) === JSON.stringify(other);

  // What was typed goes on top of what the server sends now. A field that nobody touched keeps the server's value, and a
  // tick of the server stays: what an office has recorded since is not taken back by an older copy.
  const merged = (form, copy, sent) => {
    const [typed, now] = [byName(copy.values), byName(sent)];
    // Repeated rows are one thing: their fields must not come from two copies.
    const before = copy.sent && !form.querySelector("template[data-rows]") ? byName(copy.sent) : null;
    const values = [];
    for (const name of new Set([...typed.keys(), ...now.keys()])) {
      const [mine, theirs] = [typed.get(name) || [], now.get(name) || []];
      const touched = !before || !same(mine, before.get(name) || []);
      const ticks = form.querySelector(`input[type="checkbox"][name="${CSS.escape(name)}"]`);
      const kept = touched ? [...mine, ...(ticks ? theirs : [])] : theirs;
      for (const value of kept) values.push([name, value]);
    }
    return values;
  };

  const clock = (ms) => new Intl.DateTimeFormat("ja-JP", { month: "long", day: "numeric", hour: "2-digit", minute: "2-digit" }).format(ms);

  const statusOf = (form) => {
    let status = form.querySelector(".draft-status");
    if (!status) {
      status = document.createElement("p");
      status.className = "draft-status";
      status.setAttribute("role", "status");
      form.append(status);
    }
    return status;
  };
  const say = (form, text, trouble) => {
    const status = statusOf(form);
    status.textContent = text;
    status.classList.toggle("is-trouble", trouble);
  };

  const restoredNotice = (form, copy, original) => {
    const notice = document.createElement("div");
    notice.className = "notice notice-info draft-restored";
    notice.setAttribute("role", "status");
    const text = document.createElement("p");
    text.textContent = `${clock(copy.at)}に入力した内容を、この端末の控えから戻しました。まだ送信されていません。`;
    const undo = document.createElement("button");
    undo.type = "button";
    undo.className = "button button-small";
    undo.textContent = "控えを消して、元の内容に戻す";
    undo.addEventListener("click", () => {
      fill(form, original);
      localStorage.removeItem(keyOf(form));
      notice.remove();
      form.dispatchEvent(new CustomEvent("draft:restored"));
    });
    notice.append(text, undo);
    form.prepend(notice);
  };

  // More repeated rows were typed than the page shows: ask for as many before filling.
  const growRows = (form, values) => {
    const counts = new Map();
    for (const [name] of values) counts.set(name, (counts.get(name) || 0) + 1);
    for (const template of form.querySelectorAll("template[data-rows]")) {
      const first = [...template.content.querySelectorAll("[name]")].find((field) => !["checkbox", "radio", "hidden", "submit", "button"].includes(field.type));
      if (!first) continue;
      const have = form.querySelectorAll(`[name="${CSS.escape(first.name)}"]`).length;
      for (let missing = (counts.get(first.name) || 0) - have; missing > 0; missing -= 1) template.dispatchEvent(new CustomEvent("rows:add"));
    }
  };

  const restore = (form) => {
    const copy = read(keyOf(form));
    if (!copy || copy.who !== who()) return;
    if (form.querySelector(".has-error") || document.getElementById("error-summary")) return; // the answer carries what was typed
    if (form.dataset.savedAt && Date.parse(form.dataset.savedAt) >= copy.at) { localStorage.removeItem(keyOf(form)); return; }
    const original = valuesOf(form);
    const values = merged(form, copy, original);
    growRows(form, values);
    fill(form, values);
    if (same(valuesOf(form), original)) { localStorage.removeItem(keyOf(form)); return; }
    restoredNotice(form, copy, original);
    form.dispatchEvent(new CustomEvent("draft:restored"));
  };

  const saveOnServer = async (form) => {
    try {
      const body = new URLSearchParams(valuesOf(form));
      for (const field of form.querySelectorAll('input[type="hidden"][name]')) body.append(field.name, field.value);
      const answer = await fetch(form.dataset.autosave, { method: "POST", body, headers: { "X-Autosave": "1" }, credentials: "same-origin", redirect: "error" });
      if (!answer.ok) throw new Error(String(answer.status));
      say(form, `下書きを保存しました（${clock(Date.now())}）`, false);
      return true;
    } catch {
      say(form, "下書きをサーバーに保存できませんでした。入力した内容はこの端末に控えてあります。ログインし直すか、通信を確かめてください。", true);
      return false;
    }
  };

  const watch = (form, sent) => {
    let timer = 0;
    let waiting = false;
    const mine = () => { const copy = read(keyOf(form)); return copy?.who === who() ? copy : null; };
    // The copy names the answer it was typed on; a page that shows it again keeps that name.
    const keep = () => write(keyOf(form), { at: Date.now(), who: who(), values: valuesOf(form), sent: mine()?.sent || sent });
    const flush = async () => {
      clearTimeout(timer);
      if (!waiting || !form.dataset.autosave || form.dataset.sent) return;
      waiting = false;
      if (!(await saveOnServer(form))) waiting = true;
    };
    const changed = () => {
      waiting = true;
      keep();
      clearTimeout(timer);
      timer = setTimeout(flush, 2000);
    };
    form.addEventListener("input", changed);
    form.addEventListener("change", changed);
    form.addEventListener("rows:changed", changed);
    window.addEventListener("online", flush);
    document.addEventListener("visibilitychange", () => { if (document.hidden) flush(); });
    form.addEventListener("submit", () => {
      if (waiting || mine()) keep(); // sent without a word typed: nothing that could be lost
      form.dataset.sent = "1";
      sessionStorage.setItem(SENT, keyOf(form));
    });
  };

  // After sending: the copy goes when the next page is no login page, no failure page ([data-failed]) and not the same form again.
  const settleSent = () => {
    const key = sessionStorage.getItem(SENT);
    if (!key) return;
    sessionStorage.removeItem(SENT);
    const sameForm = [...document.querySelectorAll("form[data-draft]")].some((form) => keyOf(form) === key);
    const loginForm = document.querySelector('form[data-login], input[autocomplete="current-password"]');
    if (!sameForm && !loginForm && !document.querySelector("[data-failed]")) localStorage.removeItem(key);
  };

  const forgetOld = () => {
    for (const key of draftKeys()) {
      const copy = read(key);
      if (!copy || Date.now() - copy.at > KEEP_MS) localStorage.removeItem(key);
    }
  };

  document.addEventListener("submit", (event) => {
    // Logging out by hand ends the work on this machine.
    if (!event.target.matches("[data-forget-drafts]")) return;
    for (const key of draftKeys()) localStorage.removeItem(key);
    if (window.caches) caches.delete("mamis-reception"); // pages kept for offline; records waiting to be sent stay
  });

  settleSent();
  forgetOld();
  // app.js adds rows; it has run once the page is ready.
  document.addEventListener("DOMContentLoaded", () => {
    for (const form of document.querySelectorAll("form[data-draft]")) {
      const sent = valuesOf(form);
      restore(form);
      watch(form, sent);
    }
  });
})();
