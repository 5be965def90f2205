// Enhancements only: every page works without this file.
"use strict";
(() => {
  const iconOf = (name) => {
    const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    svg.setAttribute("class", "icon");
    svg.setAttribute("aria-hidden", "true");
    const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
    use.setAttribute("href", `/static/img/icons.svg#${name}`);
    svg.append(use);
    return svg;
  };
  const isTyping = (target) => target.closest("input:not([type=checkbox]), textarea, select, [contenteditable], dialog") !== null;

  // ---- asking before what cannot be undone: data-confirm="sentence" on a form or its button ----
  const ask = (sentence, label, danger) => new Promise((answer) => {
    const dialog = document.createElement("dialog");
    dialog.setAttribute("aria-labelledby", "confirm-text");
    const text = document.createElement("p");
    text.id = "confirm-text";
    text.textContent = sentence;
    const actions = document.createElement("div");
    actions.className = "actions";
    const yes = document.createElement("button");
    yes.className = `button ${danger ? "button-danger" : "button-primary"}`;
    yes.textContent = label;
    const no = document.createElement("button");
    no.className = "button";
    no.textContent = "やめる";
    yes.type = no.type = "button";
    yes.addEventListener("click", () => dialog.close("yes"));
    no.addEventListener("click", () => dialog.close("no"));
    dialog.addEventListener("close", () => { dialog.remove(); answer(dialog.returnValue === "yes"); });
    actions.append(yes, no);
    dialog.append(text, actions);
    document.body.append(dialog);
    dialog.showModal();
    no.focus();
  });

  // {word} in the sentence: how many ticked rows of the form have that value in their choice.
  const counted = (sentence, form) => sentence.replace(/\{(\w+)\}/g, (_, word) =>
    [...form.querySelectorAll("tbody tr")].filter((row) => row.querySelector("input[type=checkbox]:checked") && row.querySelector("select")?.value === word).length);

  // ---- typing checks: <form data-check="/trainings/check"> answers with parts::check_result, and what to look at once more in [data-hints] ----
  const answerTo = async (form) => {
    const body = new URLSearchParams();
    for (const [name, value] of new FormData(form)) if (typeof value === "string") body.append(name, value);
    try {
      const answer = await fetch(form.dataset.check, { method: "POST", body, headers: { "HX-Request": "true" }, credentials: "same-origin", redirect: "error" });
      return answer.ok ? new DOMParser().parseFromString(await answer.text(), "text/html") : null;
    } catch { return null; } // the full check on sending remains
  };
  const problemsIn = (holder) => {
    const problems = new Map();
    for (const problem of holder.querySelectorAll("[data-problem-for]")) {
      if (!problems.has(problem.dataset.problemFor)) problems.set(problem.dataset.problemFor, problem.textContent.trim());
    }
    return problems;
  };

  // ---- a form is sent once, and asked about first when it says so ----
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.method === "dialog" || event.defaultPrevented) return;
    if (form.dataset.busy) { event.preventDefault(); return; }
    const button = event.submitter;
    const sentence = button?.dataset.confirm || form.dataset.confirm;
    if (sentence && !form.dataset.confirmed) {
      event.preventDefault();
      event.stopImmediatePropagation();
      if (form.dataset.asking) return;
      form.dataset.asking = "1";
      const agree = async () => {
        // Nobody is asked whether to send what comes back anyway: the answer then says what to mend.
        const found = form.dataset.check ? await answerTo(form) : null;
        if (found && problemsIn(found).size > 0) return true;
        return ask(counted(sentence, form), button?.textContent.trim() || "はい", button?.classList.contains("button-danger"));
      };
      agree().finally(() => { delete form.dataset.asking; }).then((agreed) => {
        if (!agreed) { button?.focus(); return; }
        form.dataset.confirmed = "1";
        form.requestSubmit(button || undefined);
        delete form.dataset.confirmed;
      });
      return;
    }
    if (form.method !== "post" || form.matches("[hx-post], [hx-put], [hx-delete], [data-again]") || form.target) return;
    form.dataset.busy = "1";
    // aria-disabled, not disabled: the pressed button's name and value must be sent.
    for (const each of form.querySelectorAll("button[type=submit], button:not([type])")) each.setAttribute("aria-busy", "true");
  }, true);
  // Back from the browser's cache: the form may be sent again.
  window.addEventListener("pageshow", () => {
    for (const form of document.querySelectorAll("form[data-busy]")) {
      delete form.dataset.busy;
      for (const each of form.querySelectorAll("[aria-busy]")) each.removeAttribute("aria-busy");
    }
  });
  document.addEventListener("click", (event) => {
    if (event.target.closest('button[aria-disabled="true"]')) event.preventDefault();
  });
  // htmx asks with the same dialog (hx-confirm).
  document.addEventListener("htmx:confirm", (event) => {
    if (!event.detail.question) return;
    event.preventDefault();
    ask(event.detail.question, "はい", false).then((agreed) => { if (agreed) event.detail.issueRequest(true); });
  });

  // ---- choosing rows: data-select-all="name"; the count stands in [data-selected] of the same form ----
  const boxesOf = (all) => [...(all.form || all.closest("table") || document).querySelectorAll(`input[type=checkbox][name="${CSS.escape(all.dataset.selectAll)}"]`)];
  const showSelection = (root) => {
    for (const all of root.querySelectorAll("input[data-select-all]")) {
      const boxes = boxesOf(all);
      const chosen = boxes.filter((box) => box.checked).length;
      all.checked = chosen > 0 && chosen === boxes.length;
      all.indeterminate = chosen > 0 && chosen < boxes.length;
      for (const out of (all.form || document).querySelectorAll("[data-selected]")) out.textContent = `${chosen}件を選択中`;
    }
  };
  document.addEventListener("change", (event) => {
    const box = event.target;
    if (!box.matches("input[type=checkbox]")) return;
    if (box.dataset.selectAll) for (const each of boxesOf(box)) each.checked = box.checked;
    showSelection(document);
  });

  // ---- keys in lists: rows of [data-keys] ----
  const rowsOf = () => [...document.querySelectorAll("[data-keys] tbody tr")];
  const goTo = (step) => {
    const rows = rowsOf();
    if (!rows.length) return;
    const at = rows.findIndex((row) => row.classList.contains("is-current"));
    const next = rows[Math.min(rows.length - 1, Math.max(0, at < 0 ? 0 : at + step))];
    for (const row of rows) row.classList.toggle("is-current", row === next);
    next.tabIndex = -1;
    next.focus({ preventScroll: true });
    next.scrollIntoView({ block: "nearest" });
  };
  // WCAG 2.1.4: keys of one character can be turned off.
  const KEYS_OFF = "mamis.keys-off";
  const keysAreOff = () => { try { return localStorage.getItem(KEYS_OFF) === "1"; } catch { return false; } };
  const watchKeysSwitch = (box) => {
    box.checked = !keysAreOff();
    box.addEventListener("change", () => {
      if (box.checked) localStorage.removeItem(KEYS_OFF); else localStorage.setItem(KEYS_OFF, "1");
    });
  };
  const watchOpener = (button) => {
    button.hidden = false;
    button.addEventListener("click", () => document.getElementById(button.dataset.openDialog)?.showModal());
  };
  document.addEventListener("keydown", (event) => {
    if (keysAreOff() || event.ctrlKey || event.metaKey || event.altKey || event.isComposing || isTyping(event.target)) return;
    const current = document.querySelector(".is-current");
    if (event.key === "j") goTo(1);
    else if (event.key === "k") goTo(-1);
    else if (event.key === "Enter" && current && document.activeElement === current) current.querySelector("a[data-open], a[href]")?.click();
    else if (event.key === "x" && current) current.querySelector("input[type=checkbox]")?.click();
    else if (event.key === "/" && document.querySelector("[data-filter-first]")) document.querySelector("[data-filter-first]").focus();
    else if (event.key === "?") document.getElementById("keys")?.showModal();
    else return;
    event.preventDefault();
  });

  // ---- repeated rows: <template data-rows="#sessions">, [data-add-row="#sessions"], [data-remove-row] ----
  const renumber = (list) => {
    [...list.children].forEach((row, index) => {
      for (const at of row.querySelectorAll("[data-row-number]")) at.textContent = String(index + 1);
    });
  };
  const addRow = (template) => {
    const list = document.querySelector(template.dataset.rows);
    const serial = String(Number(list.dataset.serial || list.children.length) + 1);
    list.dataset.serial = serial;
    const row = template.content.cloneNode(true);
    // "__n__" in ids, labels and names becomes the row's number, so that every id stays its own.
    for (const element of row.querySelectorAll("*")) {
      for (const attribute of [...element.attributes]) {
        if (attribute.value.includes("__n__")) element.setAttribute(attribute.name, attribute.value.replaceAll("__n__", serial));
      }
    }
    list.append(row);
    renumber(list);
    if (window.htmx) window.htmx.process(list.lastElementChild);
    return list.lastElementChild;
  };
  document.addEventListener("click", (event) => {
    const add = event.target.closest("[data-add-row]");
    const remove = event.target.closest("[data-remove-row]");
    if (!add && !remove) return;
    event.preventDefault(); // without this file the buttons are sent, and the server adds or removes the row
    const form = event.target.closest("form");
    if (add) {
      const template = document.querySelector(`template[data-rows="${CSS.escape(add.dataset.addRow)}"]`);
      if (template) addRow(template).querySelector("input:not([type=hidden]), select, textarea")?.focus();
    } else {
      const row = remove.closest(".row");
      const list = row.parentElement;
      const next = row.nextElementSibling || row.previousElementSibling;
      row.remove();
      renumber(list);
      (next?.querySelector("[data-remove-row]") || form?.querySelector("[data-add-row]"))?.focus();
    }
    form?.dispatchEvent(new CustomEvent("rows:changed"));
  });

  const showProblem = (form, name, text) => {
    const slot = form.querySelector(`#${CSS.escape(`f-${name}-error`)}`);
    if (!slot) return;
    const same = slot.textContent.trim() === text;
    if (same) return;
    slot.replaceChildren();
    if (text) {
      const span = document.createElement("span");
      span.textContent = text;
      slot.append(iconOf("error"), span);
    }
    slot.closest(".field")?.classList.toggle("has-error", text !== "");
    for (const field of form.querySelectorAll(`[name="${CSS.escape(name)}"]`)) {
      if (text) field.setAttribute("aria-invalid", "true"); else field.removeAttribute("aria-invalid");
    }
  };
  const showHints = (form, holder) => {
    const [box, hints] = [form.querySelector("[data-hints]"), holder.querySelector("[data-hints]")];
    if (!box || !hints) return;
    box.querySelector("ul").replaceChildren(...hints.children);
    box.hidden = box.querySelector("li") === null;
  };
  const watchChecks = (form) => {
    const touched = new Set();
    let timer = 0;
    let turn = 0;
    const check = async () => {
      turn += 1;
      const mine = turn;
      const holder = await answerTo(form);
      if (!holder || mine !== turn) return;
      const problems = problemsIn(holder);
      showHints(form, holder);
      // Only what was touched: nobody is told off for a field not reached yet.
      for (const name of touched) showProblem(form, name, problems.get(name) || "");
    };
    const later = (event) => {
      if (!event.target.name) return;
      if (event.type === "change") touched.add(event.target.name);
      clearTimeout(timer);
      timer = setTimeout(check, 600);
    };
    form.addEventListener("input", later);
    form.addEventListener("change", later);
    form.addEventListener("rows:changed", check);
  };

  // ---- a list filters itself (htmx). Enter in a field is a change and a sending at once: the same question within a
  // moment is asked once. Another one waits its turn (hx-sync "queue last"), so that no request is broken off ----
  const SAME_QUESTION_MS = 1000;
  const asked = new WeakMap();
  const noteAsked = (event) => {
    const path = event.detail.pathInfo?.finalRequestPath;
    if (event.detail.elt.matches("form.filter")) asked.set(event.detail.elt, { path, ms: Date.now() });
  };
  document.addEventListener("htmx:beforeRequest", (event) => {
    const before = asked.get(event.detail.elt);
    const isSame = before?.path === event.detail.pathInfo?.finalRequestPath;
    if (before && isSame && Date.now() - before.ms < SAME_QUESTION_MS) event.preventDefault();
    else noteAsked(event);
  });
  document.addEventListener("htmx:afterRequest", noteAsked);
  // ---- say how many were found, without reading the whole list aloud ----
  const found = document.createElement("p");
  found.className = "visually-hidden";
  found.setAttribute("role", "status");
  document.body.append(found);
  document.addEventListener("htmx:afterSwap", (event) => {
    if (event.detail.target.id !== "results") return;
    const count = event.detail.target.querySelector(".pager p, .empty-title");
    found.textContent = count ? count.textContent : "";
  });

  // ---- a mail address too long for its line breaks after "@" and ".", not within a word ----
  const ADDRESS = /[\w.+-]+@[\w-]+(?:\.[\w-]+)+/g;
  const breakAddresses = (root) => {
    if (!root?.textContent.includes("@")) return;
    const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT, (node) => (
      node.data.includes("@") && !node.parentElement.closest("textarea, script, style, template") ? NodeFilter.FILTER_ACCEPT : NodeFilter.FILTER_SKIP));
    const nodes = [];
    while (walker.nextNode()) nodes.push(walker.currentNode);
    for (const node of nodes) {
      const pieces = node.data.replace(ADDRESS, (address) => address.replace(/[@.]/g, "$&\u0000")).split("\u0000");
      if (pieces.length === 1) continue;
      node.replaceWith(...pieces.flatMap((piece, at) => (at === 0 ? [piece] : [document.createElement("wbr"), piece])));
    }
  };

  // ---- a long page of a case: on a phone its parts begin folded, each with its heading; elsewhere all of it is in sight ----
  const NARROW = window.matchMedia("(max-width: 40rem)");
  const foldOnPhone = (part) => {
    if (NARROW.matches && !part.querySelector("[aria-invalid=true], :target")) part.open = false;
  };

  // htmx:load comes for the page and for every piece put in later; nothing is watched twice.
  const watched = new WeakSet();
  const eachNew = (root, selector, watch) => {
    const found = [...root.querySelectorAll(selector)];
    if (root.matches?.(selector)) found.push(root);
    for (const element of found) {
      if (watched.has(element)) continue;
      watched.add(element);
      watch(element);
    }
  };
  const start = (root) => {
    eachNew(root, "template[data-rows]", (template) => template.addEventListener("rows:add", () => addRow(template)));
    eachNew(root, "form[data-check]", watchChecks);
    eachNew(root, "[data-print]", (button) => {
      button.hidden = false;
      button.addEventListener("click", () => window.print());
    });
    eachNew(root, "details[data-fold]", foldOnPhone);
    eachNew(root, "[data-keys-switch]", watchKeysSwitch);
    eachNew(root, "[data-open-dialog]", watchOpener);
    eachNew(root, "#error-summary", (summary) => summary.focus());
    breakAddresses(root === document ? document.getElementById("main") : root);
    showSelection(document);
  };

  start(document);
  document.addEventListener("htmx:load", (event) => start(event.detail.elt));
  // A failed htmx request is never silent.
  const failed = () => {
    let place = document.querySelector(".notices");
    if (!place) {
      place = document.createElement("div");
      place.className = "notices";
      document.getElementById("main").prepend(place);
    }
    const notice = document.createElement("div");
    notice.className = "notice notice-error";
    notice.setAttribute("role", "alert");
    const text = document.createElement("p");
    text.textContent = "通信できませんでした。入力した内容はそのまま残っています。少し待って、もう一度お試しください。";
    notice.append(iconOf("error"), text);
    place.replaceChildren(notice);
  };
  document.addEventListener("htmx:sendError", failed);
  document.addEventListener("htmx:responseError", failed);
})();
