// SPDX-License-Identifier: GPL-3.0-or-later
// Presets: list, previous and next, saving, deleting.
import {$, subscribe, make, notice, now, send} from "./app.js";

const dialog = $("presets-dialog");
const NAME_BYTES = 63; // of a preset's name in UTF-8
let all = [], saving = "";

function load(name) {
  send({load: name});
  dialog.close();
}

function step(by) {
  if (!all.length) return;
  const at = all.findIndex(p => p.name === now.session.name);
  load(all[(at < 0 ? (by > 0 ? 0 : all.length - 1) : at + by + all.length) % all.length].name);
}

function presetRow(preset) {
  const button = make("button", {className: "entry"}, make("b", {textContent: preset.name}), make("small", {textContent: preset.text}));
  button.setAttribute("aria-pressed", String(preset.name === now.session.name));
  button.addEventListener("click", () => load(preset.name));
  const row = make("div", {className: "entry-row"}, button);
  if (!preset.factory) row.append(deleteButton(preset));
  return row;
}

// A second click confirms.
function deleteButton(preset) {
  const button = make("button", {className: "quiet", textContent: "Delete"});
  button.setAttribute("aria-label", `Delete ${preset.name}`);
  button.addEventListener("click", () => {
    if (button.classList.contains("sure")) return send({remove: preset.name});
    button.classList.add("sure");
    button.textContent = "Really delete?";
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
    ...(own.length ? [make("h3", {textContent: "Your presets"}), ...own.map(presetRow)] : []),
    make("h3", {textContent: "Factory"}), ...factory.map(presetRow));
}

function updateHint() {
  const same = all.find(p => p.name.toLowerCase() === $("save-name").value.trim().toLowerCase());
  $("save-hint").textContent = !same ? "" : same.factory ? "Your preset will hide the factory preset of this name." : "This replaces your preset of this name.";
}

$("preset-before").addEventListener("click", () => step(-1));
$("preset-after").addEventListener("click", () => step(1));
$("preset-open").addEventListener("click", () => {
  $("save-name").value = now.session.name;
  updateHint();
  list();
  dialog.showModal();
  dialog.querySelector("[aria-pressed=true]")?.scrollIntoView({block: "center"});
});
$("save-name").addEventListener("input", updateHint);
$("save-form").addEventListener("submit", event => {
  event.preventDefault();
  const name = $("save-name").value.trim().replaceAll("/", "-");
  if (!name) return;
  if (new TextEncoder().encode(name).length > NAME_BYTES) return notice("This name is too long; shorten it.", 9000);
  const known = all.find(p => p.name === name);
  send({save: {name, text: known?.text ?? (name === now.session.name ? now.session.text : "")}});
  saving = name;
  dialog.close();
});
for (const d of document.querySelectorAll("dialog")) {
  d.querySelector(".close").addEventListener("click", () => d.close());
  d.addEventListener("click", event => event.target === d && d.close()); // a click on the backdrop
}

subscribe({
  presets(entries) {
    all = entries;
    if (dialog.open) list();
  },
  session({name, text, changed, error}) {
    if (saving && (error || (name === saving && !changed))) {
      if (!error) notice(`Saved as ${name}`);
      saving = "";
    }
    $("preset-name").textContent = name || "Untitled";
    $("preset-changed").hidden = !changed;
    $("preset-open").title = text;
  },
});
