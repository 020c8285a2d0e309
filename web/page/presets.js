// SPDX-License-Identifier: GPL-3.0-or-later
// Presets: the list, one before and one after, saving, removing.
import {$, join, make, notice, now, say} from "./app.js";

const dialog = $("presets-dialog");
let all = [];

function load(name) {
  say({load: name});
  dialog.close();
}

function step(by) {
  if (!all.length) return;
  const at = all.findIndex(p => p.name === now.stage.name);
  load(all[(at < 0 ? (by > 0 ? 0 : all.length - 1) : at + by + all.length) % all.length].name);
}

function entry(preset) {
  const button = make("button", {className: "entry"}, make("b", {textContent: preset.name}), make("small", {textContent: preset.text}));
  button.setAttribute("aria-pressed", String(preset.name === now.stage.name));
  button.addEventListener("click", () => load(preset.name));
  const row = make("div", {className: "entry-row"}, button);
  if (!preset.factory) row.append(remover(preset));
  return row;
}

// Asks by asking for a second click.
function remover(preset) {
  const button = make("button", {className: "quiet", textContent: "Delete"});
  button.setAttribute("aria-label", `Delete ${preset.name}`);
  button.addEventListener("click", () => {
    if (button.classList.contains("sure")) return say({remove: preset.name});
    button.classList.add("sure");
    button.textContent = "Really delete";
  });
  button.addEventListener("blur", () => {
    button.classList.remove("sure");
    button.textContent = "Delete";
  });
  return button;
}

function list() {
  const own = all.filter(p => !p.factory), factory = all.filter(p => p.factory);
  $("preset-list").replaceChildren(
    ...(own.length ? [make("h3", {textContent: "Yours"}), ...own.map(entry)] : []),
    make("h3", {textContent: "Factory"}), ...factory.map(entry));
}

function hint() {
  const same = all.find(p => p.name.toLowerCase() === $("save-name").value.trim().toLowerCase());
  $("save-hint").textContent = !same ? "" : same.factory ? "Yours will stand in place of the factory's." : "It replaces yours of this name.";
}

$("preset-before").addEventListener("click", () => step(-1));
$("preset-after").addEventListener("click", () => step(1));
$("preset-open").addEventListener("click", () => {
  $("save-name").value = now.stage.name;
  hint();
  list();
  dialog.showModal();
  dialog.querySelector("[aria-pressed=true]")?.scrollIntoView({block: "center"});
});
$("save-name").addEventListener("input", hint);
$("save-form").addEventListener("submit", event => {
  event.preventDefault();
  const name = $("save-name").value.trim().replaceAll("/", "-");
  if (!name) return;
  const known = all.find(p => p.name === name);
  say({save: {name, text: known?.text ?? (name === now.stage.name ? now.stage.text : "")}});
  notice(`Saved as ${name}`);
  dialog.close();
});
for (const d of document.querySelectorAll("dialog")) {
  d.querySelector(".close").addEventListener("click", () => d.close());
  d.addEventListener("click", event => event.target === d && d.close()); // beside it
}

join({
  presets(entries) {
    all = entries;
    if (dialog.open) list();
  },
  stage({name, text, changed}) {
    $("preset-name").textContent = name || "Without a name";
    $("preset-changed").hidden = !changed;
    $("preset-open").title = text;
  },
});
