// Reception by phone: scan or type → queue (reception-queue.js) → server. Markup: parts::reception.
"use strict";
(() => {
  const root = document.getElementById("reception");
  if (!root || !window.indexedDB) return; // the form is then sent as an ordinary one
  const queue = window.receptionQueue;
  const people = window.receptionPeople;
  const at = (id) => document.getElementById(`reception-${id}`);
  const url = root.dataset.url;
  const BATCH = 100;
  const FIRST_WAIT_MS = 2000;
  const LONGEST_WAIT_MS = 60000;
  const LIST_EVERY_MS = 30000;
  const PEOPLE_EVERY_MS = 30 * 60 * 1000;
  // A camera sees one code in many frames; it counts again only after it was out of sight for so long.
  const SAME_CODE_MS = 5000;
  // Forgotten at logout with the other pages kept for offline (draft.js).
  const KEPT = "mamis-reception";

  const WORDS = {
    ok: { tone: "success", text: { in: "入室を記録しました", out: "退室を記録しました" } },
    again: { tone: "info", text: { in: "すでに入室済みです", out: "すでに退室済みです" } },
    queued: { tone: "info", text: { in: "入室をこの端末に記録しました（未送信）", out: "退室をこの端末に記録しました（未送信）" } },
    stale: { tone: "warning", text: { in: "受講票が古くなっています", out: "受講票が古くなっています" } },
    not_signed_up: { tone: "warning", text: { in: "申込みがありません", out: "申込みがありません" } },
    unknown: { tone: "error", text: { in: "該当する人が見つかりません", out: "該当する人が見つかりません" } },
  };
  const wordsOf = (outcome) => WORDS[outcome] || { tone: "warning", text: { in: "確認してください", out: "確認してください" } };
  const isAccepted = (answer) => answer.outcome === "ok" || answer.outcome === "again";
  const kind = () => root.querySelector('input[name="kind"]:checked')?.value || "in";
  const codeOf = (event) => event.ticket || event.number;
  // What a QR code holds is long and says nothing to people.
  const wordOf = (event) => event.number || "QRコード";
  const clock = (iso) => new Intl.DateTimeFormat("ja-JP", { hour: "2-digit", minute: "2-digit", second: "2-digit" }).format(new Date(iso));

  // ---- sound and what is shown ----
  let audio;
  const wakeAudio = () => {
    const Audio = window.AudioContext || window.webkitAudioContext;
    if (Audio) audio ||= new Audio();
    audio?.resume?.();
  };
  const tone = (hertz, start, seconds) => {
    const oscillator = audio.createOscillator();
    const gain = audio.createGain();
    oscillator.frequency.value = hertz;
    gain.gain.setValueAtTime(0.2, audio.currentTime + start);
    gain.gain.exponentialRampToValueAtTime(0.001, audio.currentTime + start + seconds);
    oscillator.connect(gain).connect(audio.destination);
    oscillator.start(audio.currentTime + start);
    oscillator.stop(audio.currentTime + start + seconds);
  };
  const beep = (good) => {
    navigator.vibrate?.(good ? 80 : [120, 80, 120]);
    if (!audio) return;
    if (good) tone(880, 0, 0.15); else { tone(300, 0, 0.2); tone(300, 0.28, 0.2); }
  };
  const line = (className, text) => {
    const element = document.createElement("p");
    element.className = className;
    element.textContent = text;
    return element;
  };
  const iconOf = (name) => {
    const icon = root.querySelector(`template[data-icon="${name}"]`);
    return icon ? icon.content.cloneNode(true) : document.createTextNode("");
  };
  let shown = 0;
  const show = (event, outcome, answer) => {
    const words = wordsOf(outcome);
    shown = event.device_sequence;
    const result = at("result");
    result.className = `reception-result is-${words.tone}`;
    const parts = [iconOf(words.tone), line("reception-outcome", words.text[event.kind])];
    if (answer?.name) parts.push(line("reception-name", answer.name));
    if (answer?.kana) parts.push(line("reception-kana", answer.kana));
    if (answer?.message) parts.push(line("reception-message", answer.message));
    parts.push(line("reception-code", `${wordOf(event)}　${clock(event.at)}`));
    result.replaceChildren(...parts);
  };
  const showCounts = async () => {
    const { queued, sent } = await queue.counts();
    at("queued").textContent = String(queued);
    at("sent").textContent = String(sent);
    root.dataset.queued = String(queued);
  };
  const showRefused = async () => {
    const rows = await queue.refused(url);
    at("attention").hidden = rows.length === 0;
    at("attention-list").replaceChildren(...rows.map(({ event, answer }) => {
      const item = document.createElement("li");
      const text = document.createElement("span");
      const who = answer.name || wordOf(event);
      text.textContent = `${clock(event.at)}　${event.kind === "in" ? "入室" : "退室"}　${who}：${answer.message || wordsOf(answer.outcome).text[event.kind]}`;
      const button = document.createElement("button");
      button.type = "button";
      button.className = "button button-small";
      button.textContent = "確認した";
      button.setAttribute("aria-label", `${who}の記録を確認した`);
      button.addEventListener("click", async () => { await queue.drop(event.device_sequence); await showRefused(); });
      item.append(text, button);
      return item;
    }));
  };
  const trouble = (name) => {
    at("offline").hidden = name !== "offline";
    at("login").hidden = name !== "login";
  };

  // ---- sending ----
  let wait = FIRST_WAIT_MS;
  let timer = 0;
  let sending = false;
  const later = () => {
    clearTimeout(timer);
    timer = setTimeout(flush, wait);
    wait = Math.min(wait * 2, LONGEST_WAIT_MS);
  };
  const post = async (to, rows) => {
    const answer = await fetch(to, {
      method: "POST",
      // The server compares this clock with its own, so that a phone set wrong does not move an attendance.
      headers: { "Content-Type": "application/json", Accept: "application/json", "X-Device-Now": new Date().toISOString() },
      body: JSON.stringify(rows.map((row) => row.event)),
      credentials: "same-origin",
      redirect: "manual",
    });
    if (answer.type === "opaqueredirect" || answer.status === 401 || answer.status === 403) throw new Error("login");
    if (!answer.ok) throw new Error("offline");
    return answer.json();
  };
  const sendOnce = async () => {
    const rows = await queue.waiting(BATCH);
    if (!rows.length) return false;
    const to = rows[0].url; // records of another training wait in the same queue with their own address
    const mine = rows.filter((row) => row.url === to);
    const answers = await post(to, mine);
    await queue.settle(answers, isAccepted);
    for (const answer of answers) {
      const row = mine.find((each) => each.device_sequence === answer.device_sequence);
      if (row && answer.device_sequence === shown) {
        at("result").dataset.answered = String(shown);
        show(row.event, answer.outcome, answer);
        beep(isAccepted(answer));
      }
      else if (row && !isAccepted(answer)) beep(false);
    }
    if (answers.length === 0) throw new Error("offline");
    return true;
  };
  async function flush() {
    if (sending) return;
    sending = true;
    clearTimeout(timer);
    try {
      let sent = false;
      while (await sendOnce()) sent = true;
      wait = FIRST_WAIT_MS;
      trouble(navigator.onLine ? "" : "offline");
      if (sent) { await showRefused(); loadList(); }
    } catch (error) {
      trouble(error.message === "login" ? "login" : "offline");
      later();
    } finally {
      sending = false;
      await showCounts();
      // A record may have arrived while the last answer was on its way.
      if (!at("offline").hidden || !at("login").hidden) return;
      if ((await queue.waiting(1)).length) flush();
    }
  }

  // ---- one record ----
  let last = { code: "", kind: "", ms: 0 };
  const record = async (what) => {
    const event = await queue.append(url, { ...what, kind: kind(), at: new Date().toISOString() });
    last = { code: codeOf(event), kind: event.kind, ms: Date.now() };
    show(event, "queued");
    wait = FIRST_WAIT_MS;
    flush();
    await showCounts();
    await showExpected(event);
  };
  // Whom the own list says it is, until the server has answered.
  const showExpected = async (event) => {
    const { person, isListed, isFalse } = await people.find(event);
    if (shown !== event.device_sequence || at("result").dataset.answered === String(shown)) return;
    const isOffline = !at("offline").hidden || !navigator.onLine;
    if (isFalse) show(event, "unknown", { message: "この研修会の受講票ではありません。" });
    else if (person) show(event, "queued", person);
    else if (isListed && isOffline) show(event, "queued", { message: "この端末の名簿にない人です。通信が戻ってから確かめます。" });
    if (isOffline || isFalse) beep(!isFalse);
  };
  const scanned = (text) => {
    const code = text.trim();
    const seenAt = Date.now();
    const isSame = code === last.code && kind() === last.kind && seenAt - last.ms < SAME_CODE_MS;
    if (code) last = { code, kind: kind(), ms: seenAt };
    if (!code || isSame) return;
    record({ ticket: code });
  };
  at("form").addEventListener("submit", (event) => {
    event.preventDefault();
    wakeAudio();
    const field = at("number");
    const number = field.value.normalize("NFKC").replace(/\s/g, "");
    if (!number) { field.focus(); return; }
    record({ number });
    field.value = "";
    field.focus();
  });
  // The big buttons say which way people go; the colour of the page follows.
  const showKind = () => { root.dataset.kind = kind(); };
  root.addEventListener("change", (event) => { if (event.target.name === "kind") showKind(); });

  // ---- somebody without a ticket: by name ----
  const found = at("found");
  const showFound = () => {
    found.replaceChildren(...people.search(at("name").value).map((person) => {
      const item = document.createElement("li");
      const button = document.createElement("button");
      button.type = "button";
      button.className = "button";
      button.textContent = `${person.name}（${person.kana}）を記録する`;
      button.addEventListener("click", () => {
        wakeAudio();
        at("name").value = "";
        found.replaceChildren();
        record({ number: person.number });
      });
      item.append(button);
      return item;
    }));
    at("found-none").hidden = at("name").value.trim() === "" || found.childElementCount > 0;
  };
  at("name").addEventListener("input", showFound);
  const loadPeople = async () => {
    const list = await people.load(root.dataset.peopleUrl);
    at("by-name").hidden = !list;
    if (list) at("kept").textContent = `名簿 ${list.people.length}名（${clock(list.kept_at)}現在）をこの端末に保存しています。通信が切れても受付できます。`;
  };

  // ---- list of who is in ----
  let isFresh = false;
  const showList = (html, note) => {
    at("list").innerHTML = html;
    at("list-note").textContent = note;
    at("list-note").hidden = note === "";
  };
  const keepList = async (html) => {
    const answer = new Response(html, { headers: { "Content-Type": "text/html; charset=utf-8", "X-Kept-At": new Date().toISOString() } });
    await (await caches.open(KEPT)).put(root.dataset.listUrl, answer);
  };
  // The page itself may be an old copy: its list would say that nobody is in.
  const showKeptList = async () => {
    const kept = window.caches && await (await caches.open(KEPT)).match(root.dataset.listUrl);
    if (kept) showList(await kept.text(), `通信が切れる前（${clock(kept.headers.get("X-Kept-At"))}）の記録です。未送信の記録は入っていません。`);
    else showList("", "通信が切れているため、入退室の記録を表示できません。通信が戻ると表示します。");
  };
  async function loadList() {
    if (!root.dataset.listUrl) return;
    try {
      const answer = await fetch(root.dataset.listUrl, { headers: { "HX-Request": "true" }, credentials: "same-origin", redirect: "error" });
      if (!answer.ok) return;
      const html = await answer.text();
      showList(html, "");
      isFresh = true;
      if (window.caches) await keepList(html).catch(() => {});
    } catch {
      if (!isFresh) await showKeptList().catch(() => {});
    }
  }

  // ---- camera ----
  const loadJsQr = () => new Promise((resolve, reject) => {
    if (window.jsQR) { resolve(); return; }
    const script = document.createElement("script");
    script.src = "/static/vendor/jsQR.js";
    script.onload = () => resolve();
    script.onerror = () => reject(new Error("jsQR"));
    document.head.append(script);
  });
  const makeReader = async () => {
    if ("BarcodeDetector" in window) {
      const formats = await window.BarcodeDetector.getSupportedFormats().catch(() => []);
      if (formats.includes("qr_code")) {
        const detector = new window.BarcodeDetector({ formats: ["qr_code"] });
        return async (video) => (await detector.detect(video))[0]?.rawValue;
      }
    }
    await loadJsQr();
    const canvas = document.createElement("canvas");
    const context = canvas.getContext("2d", { willReadFrequently: true });
    return async (video) => {
      const scale = Math.min(1, 640 / video.videoWidth);
      canvas.width = Math.round(video.videoWidth * scale);
      canvas.height = Math.round(video.videoHeight * scale);
      context.drawImage(video, 0, 0, canvas.width, canvas.height);
      const image = context.getImageData(0, 0, canvas.width, canvas.height);
      return window.jsQR(image.data, image.width, image.height, { inversionAttempts: "dontInvert" })?.data;
    };
  };
  let stream;
  const stopCamera = () => {
    for (const track of stream?.getTracks() || []) track.stop();
    stream = undefined;
    at("video").hidden = true;
    at("camera").textContent = "カメラで読み取る";
  };
  const startCamera = async () => {
    const video = at("video");
    try {
      stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" }, audio: false });
      const read = await makeReader();
      video.srcObject = stream;
      video.hidden = false;
      await video.play();
      at("camera").textContent = "カメラを止める";
      at("camera-refused").hidden = true;
      root.scrollIntoView({ block: "start" });
      navigator.wakeLock?.request("screen").catch(() => {});
      const look = async () => {
        if (!stream) return;
        if (video.readyState >= 2) {
          const text = await read(video).catch(() => "");
          if (text) scanned(text);
        }
        setTimeout(look, 120);
      };
      look();
    } catch {
      stopCamera();
      at("camera-refused").hidden = false;
    }
  };
  at("camera").addEventListener("click", () => {
    wakeAudio();
    if (stream) stopCamera(); else startCamera();
  });
  at("camera").hidden = false;

  // ---- line, leaving, offline page ----
  window.addEventListener("online", () => { wait = FIRST_WAIT_MS; flush(); });
  window.addEventListener("offline", () => trouble("offline"));
  window.addEventListener("beforeunload", (event) => { if (Number(root.dataset.queued) > 0) event.preventDefault(); });
  setInterval(() => { if (!document.hidden) loadList(); }, LIST_EVERY_MS);
  setInterval(loadPeople, PEOPLE_EVERY_MS);
  navigator.storage?.persist?.().catch(() => {});
  if (navigator.serviceWorker) {
    navigator.serviceWorker.register("/reception-sw.js", { scope: location.pathname })
      .then(() => navigator.serviceWorker.ready)
      .then((registration) => registration.active.postMessage({ keep: location.href }))
      .catch(() => {}); // without it the page works as long as it stays open
  }

  showKind();
  showRefused();
  loadList();
  loadPeople();
  flush();
})();
