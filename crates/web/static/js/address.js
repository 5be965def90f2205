// Fills an address from its postal code, and offers readings in katakana. Every page works without this file.
// <input data-postal-code data-address="id" data-prefecture="id" data-place-name="id">, <input data-kana>
"use strict";
(() => {
  const ask = async (url) => {
    try {
      const response = await fetch(url, { headers: { accept: "application/json" } });
      return response.ok ? await response.json() : null;
    } catch {
      return null; // Offline: what is typed stays as it is.
    }
  };

  // A line below the field that screen readers say.
  const lineOf = (field) => {
    const id = `${field.id}-offer`;
    let line = document.getElementById(id);
    if (!line) {
      line = document.createElement("div");
      line.id = id;
      line.className = "field-offer";
      line.setAttribute("role", "status");
      field.closest(".field").append(line);
    }
    line.replaceChildren();
    return line;
  };
  const say = (line, text) => {
    const paragraph = document.createElement("p");
    paragraph.className = "field-hint";
    paragraph.textContent = text;
    line.append(paragraph);
  };
  const offer = (line, label, take) => {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "button button-small";
    button.textContent = label;
    button.addEventListener("click", () => { take(); line.replaceChildren(); });
    line.append(button);
  };
  const put = (field, value) => {
    field.value = value;
    field.dispatchEvent(new Event("input", { bubbles: true }));
    field.dispatchEvent(new Event("change", { bubbles: true }));
  };

  const fill = (code, place) => {
    const part = (name) => document.getElementById(code.dataset[name] || "");
    const [address, prefecture, name] = [part("address"), part("prefecture"), part("placeName")];
    if (prefecture) put(prefecture, String(place.prefecture));
    if (name && place.name && !name.value) put(name, place.name);
    if (address) {
      put(address, place.address);
      address.dataset.filled = place.address;
    }
  };
  const lookUp = async (code) => {
    const digits = code.value.normalize("NFKC").replace(/[^0-9]/g, "");
    const line = lineOf(code);
    if (digits.length !== 7) return;
    const found = await ask(`/addresses?postal_code=${digits}`);
    if (!found) return;
    const places = found.places;
    const address = document.getElementById(code.dataset.address);
    if (places.length === 0) {
      say(line, "この郵便番号は見つかりませんでした。住所をそのまま入力してください。");
    } else if (places.length === 1 && (!address.value || address.value === address.dataset.filled)) {
      fill(code, places[0]);
      say(line, `${places[0].address} を入れました。番地・建物名を続けて入力してください。`);
    } else if (places.length === 1 && address.value.startsWith(places[0].address)) {
      return;
    } else {
      say(line, places.length === 1 ? "この郵便番号の住所です。" : "この郵便番号には、いくつかの住所があります。");
      for (const place of places) {
        offer(line, place.name ? `${place.address}（${place.name}）` : place.address, () => { fill(code, place); address.focus(); });
      }
    }
  };
  const read = async (field) => {
    const line = lineOf(field);
    const typed = field.value;
    if (!typed) return;
    const found = await ask(`/kana-proposals?text=${encodeURIComponent(typed)}`);
    if (found?.proposal && field.value === typed) {
      offer(line, `「${found.proposal}」にする`, () => { put(field, found.proposal); field.focus(); });
    }
  };

  document.addEventListener("input", (event) => {
    const field = event.target;
    if (event.isTrusted && field.matches?.("[data-postal-code]")) lookUp(field);
  });
  document.addEventListener("change", (event) => {
    const field = event.target;
    if (event.isTrusted && field.matches?.("[data-kana]")) read(field);
  });
})();
