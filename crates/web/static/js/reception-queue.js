// Records of reception, kept in IndexedDB before anything is sent: a closed tab or a dead line loses nothing.
"use strict";
window.receptionQueue = (() => {
  const DATABASE = "mamis-reception";
  const done = (request) => new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
  const finished = (tx) => new Promise((resolve, reject) => {
    tx.oncomplete = () => resolve();
    tx.onabort = tx.onerror = () => reject(tx.error);
  });

  let opened;
  const open = () => {
    opened ||= new Promise((resolve, reject) => {
      const request = indexedDB.open(DATABASE, 1);
      request.onupgradeneeded = () => {
        request.result.createObjectStore("events", { keyPath: "device_sequence" });
        request.result.createObjectStore("meta");
      };
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => reject(request.error);
    });
    return opened;
  };

  // crypto.randomUUID needs https; a phone on the hall's network may come by http.
  const newDeviceId = () => {
    const bytes = crypto.getRandomValues(new Uint8Array(16));
    bytes[6] = (bytes[6] & 0x0f) | 0x40;
    bytes[8] = (bytes[8] & 0x3f) | 0x80;
    const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
    return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
  };

  // The sequence and the record are written in one transaction, so two tabs never use one number twice.
  const append = async (url, what) => {
    const db = await open();
    const tx = db.transaction(["events", "meta"], "readwrite");
    const meta = tx.objectStore("meta");
    let device = await done(meta.get("device_id"));
    if (!device) { device = newDeviceId(); meta.put(device, "device_id"); }
    const sequence = ((await done(meta.get("sequence"))) || 0) + 1;
    meta.put(sequence, "sequence");
    const event = { device_id: device, device_sequence: sequence, ...what };
    tx.objectStore("events").put({ device_sequence: sequence, url, state: "queued", event });
    await finished(tx);
    return event;
  };

  const all = async () => done((await open()).transaction("events").objectStore("events").getAll());
  const waiting = async (limit) => (await all()).filter((row) => row.state === "queued").slice(0, limit);
  const refused = async (url) => (await all()).filter((row) => row.state === "refused" && row.url === url);

  // Answers settle their records: accepted ones go, those a person must look at stay until put aside.
  const settle = async (answers, isAccepted) => {
    const db = await open();
    const tx = db.transaction(["events", "meta"], "readwrite");
    const events = tx.objectStore("events");
    let settled = 0;
    for (const answer of answers) {
      const row = await done(events.get(answer.device_sequence));
      if (!row) continue;
      // One who held the ticket before the camera for long was recorded once.
      if (answer.outcome !== "again") settled += 1;
      if (isAccepted(answer)) events.delete(answer.device_sequence); else events.put({ ...row, state: "refused", answer });
    }
    const meta = tx.objectStore("meta");
    meta.put(((await done(meta.get("sent"))) || 0) + settled, "sent");
    await finished(tx);
  };
  const drop = async (sequence) => {
    const tx = (await open()).transaction("events", "readwrite");
    tx.objectStore("events").delete(sequence);
    await finished(tx);
  };
  const counts = async () => {
    const rows = await all();
    const sent = await done((await open()).transaction("meta").objectStore("meta").get("sent"));
    return { queued: rows.filter((row) => row.state === "queued").length, sent: sent || 0 };
  };
  return { append, waiting, refused, settle, drop, counts };
})();
