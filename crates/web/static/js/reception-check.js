// Whether this device is fit for the door: tried on the page reception/check.html before the day.
"use strict";
(() => {
  const root = document.getElementById("reception-check");
  if (!root) return;
  const CLOCK_SECONDS = 30;
  const say = (id, isGood, text) => {
    const item = document.getElementById(`check-${id}`);
    item.className = isGood ? "is-good" : "is-bad";
    item.querySelector("[role=status]").textContent = `${isGood ? "✓" : "✗"} ${text}`;
  };
  const button = (id) => document.querySelector(`#check-${id} button`);

  const checkPeople = async () => {
    const started = Date.now();
    const list = await window.receptionPeople?.load(root.dataset.peopleUrl);
    if (!list) {
      say("people", false, "名簿を受け取れません。通信できる場所で、この画面を開き直してください。");
      return;
    }
    say("people", true, `${list.people.length}名の名簿をこの端末に保存しました。`);
    // Half of the way there and back, so that a slow line is not taken for a wrong clock.
    const off = Math.abs(Math.round(((started + Date.now()) / 2 - new Date(list.now)) / 1000));
    if (off <= CLOCK_SECONDS) say("clock", true, "合っています。");
    else say("clock", false, `サーバーの時計と約${off}秒ちがいます。端末の設定で時刻を自動に合わせてください。`);
  };
  const checkWorker = async () => {
    if (!navigator.serviceWorker) {
      say("worker", false, "このブラウザーでは、通信が切れると画面を開き直せません。開いたままなら記録は残ります。");
      return;
    }
    await navigator.serviceWorker.register("/reception-sw.js", { scope: root.dataset.page });
    const registration = await navigator.serviceWorker.ready.catch(() => undefined)
      || await navigator.serviceWorker.getRegistration(root.dataset.page);
    registration.active?.postMessage({ keep: new URL(root.dataset.page, location.href).href });
    say("worker", true, "通信が切れても、受付の画面を開けます。");
  };
  const checkStorage = async () => {
    const isKept = await navigator.storage?.persist?.().catch(() => false);
    const canKeep = Boolean(window.indexedDB);
    if (!canKeep) say("storage", false, "このブラウザーは記録を保存できません。プライベートモードでないか確かめてください。");
    else say("storage", true, isKept ? "未送信の記録は、消えずに残ります。" : "未送信の記録は残ります。送り終わるまで、ブラウザーの履歴を消さないでください。");
  };
  const checkTicket = async () => {
    const canVerify = await crypto.subtle?.generateKey("Ed25519", false, ["sign", "verify"]).then(() => true).catch(() => false);
    if (canVerify) say("ticket", true, "通信が切れていても、本物の受講票か確かめられます。");
    else say("ticket", false, "このブラウザーでは、通信が切れているあいだは署名を確かめられません。名簿の名前で確かめてください。");
  };
  button("camera").addEventListener("click", async () => {
    try {
      const stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" }, audio: false });
      for (const track of stream.getTracks()) track.stop();
      say("camera", true, "使えます。");
    } catch {
      say("camera", false, "使えません。ブラウザーの設定でカメラを許可してください。番号や名前でも受付できます。");
    }
  });
  button("sound").addEventListener("click", () => {
    const Audio = window.AudioContext || window.webkitAudioContext;
    if (!Audio) { say("sound", false, "このブラウザーは音を鳴らせません。画面の色と文字で確かめてください。"); return; }
    const audio = new Audio();
    const oscillator = audio.createOscillator();
    oscillator.frequency.value = 880;
    oscillator.connect(audio.destination);
    oscillator.start();
    oscillator.stop(audio.currentTime + 0.4);
    say("sound", true, "いま鳴りましたか。聞こえないときは、音量と消音の設定を確かめてください。");
  });
  for (const [id, check] of [["people", checkPeople], ["worker", checkWorker], ["storage", checkStorage], ["ticket", checkTicket]]) {
    check().catch(() => say(id, false, "確かめられませんでした。この画面を開き直してください。"));
  }
})();
