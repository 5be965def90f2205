// Passkeys: fetches the question of a form[data-passkey], asks the device, and sends the form with its answer. Such forms are
// hidden until this file has found that the device can do it; every page goes on without it, by password.
"use strict";
(() => {
  const bytes = (text) => Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (c) => c.charCodeAt(0));
  const text = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer))).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
  const named = (list) => list?.map((each) => ({ ...each, id: bytes(each.id) }));

  // Not parseCreationOptionsFromJSON and toJSON: phones of 2023 lack them.
  const make = async (options) => {
    const user = { ...options.user, id: bytes(options.user.id) };
    const publicKey = { ...options, user, challenge: bytes(options.challenge), excludeCredentials: named(options.excludeCredentials) };
    const made = await navigator.credentials.create({ publicKey });
    const { attestationObject, clientDataJSON } = made.response;
    return { made, response: { attestationObject: text(attestationObject), clientDataJSON: text(clientDataJSON) } };
  };
  const use = async (options) => {
    const publicKey = { ...options, challenge: bytes(options.challenge), allowCredentials: named(options.allowCredentials) };
    const made = await navigator.credentials.get({ publicKey });
    const { authenticatorData, clientDataJSON, signature, userHandle } = made.response;
    const response = { authenticatorData: text(authenticatorData), clientDataJSON: text(clientDataJSON), signature: text(signature) };
    if (userHandle) response.userHandle = text(userHandle);
    return { made, response };
  };

  const question = async (form) => {
    const headers = { accept: "application/json" };
    const answer = await fetch(form.dataset.passkey, { method: "POST", body: new URLSearchParams(new FormData(form)), headers, credentials: "same-origin", redirect: "error" });
    const said = await answer.json();
    if (!answer.ok) throw Object.assign(new Error(said.problems?.[0]?.text || said.error), { name: "Said" });
    return said;
  };
  const SENTENCES = {
    NotAllowedError: "パスキーの確認が終わりませんでした。もう一度試すか、パスワードを使ってください。",
    InvalidStateError: "この端末のパスキーは、すでに登録されています。",
    SecurityError: "このアドレスでは、パスキーを使えません。",
    TypeError: "通信できませんでした。ページを読み込み直して、もう一度お試しください。",
  };
  const explain = (error) => (error.name === "Said" ? error.message : SENTENCES[error.name] || "この端末では、パスキーを使えませんでした。");

  const run = async (form) => {
    const says = form.querySelector("[data-passkey-says]");
    says.textContent = "端末の画面の案内に従って、指紋・顔・画面ロックで確認してください。";
    try {
      const { challenge, options } = await question(form);
      const { made, response } = await (options.user ? make : use)(options);
      form.elements.challenge.value = challenge;
      form.elements.answer.value = JSON.stringify({ id: made.id, rawId: text(made.rawId), type: made.type, response, extensions: {} });
      says.textContent = "";
      form.submit();
    } catch (error) {
      says.textContent = explain(error);
      delete form.dataset.asking;
    }
  };

  const isHere = (host) => location.hostname === host || location.hostname.endsWith(`.${host}`);
  for (const part of document.querySelectorAll("[data-passkey-host]")) {
    const show = (name) => part.querySelectorAll(`[data-passkey-${name}]`).forEach((each) => { each.hidden = false; });
    part.querySelectorAll("[data-passkey-without]").forEach((each) => { each.hidden = true; });
    if (!isHere(part.dataset.passkeyHost)) show("elsewhere");
    else if (window.PublicKeyCredential) show("form");
    else show("unable");
  }
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!form.matches("form[data-passkey]")) return;
    event.preventDefault();
    if (form.dataset.asking) return;
    form.dataset.asking = "1";
    run(form);
  });
})();
