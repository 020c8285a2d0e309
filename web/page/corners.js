// SPDX-License-Identifier: GPL-3.0-or-later
// The chips with the names of the sounds on the corners, and the dialog to choose a sound.
import {$, displayName, subscribe, make, now, send} from "./app.js";
import {CORNERS, cornerNames} from "./colour.js";

const dialog = $("sounds-dialog");
let corner = 0;

const chips = cornerNames.map((name, i) => {
  const chip = make("button", {className: "chip"}, make("i"), make("span"));
  chip.style.setProperty("--colour", `var(--corner-${i})`);
  chip.setAttribute("aria-haspopup", "dialog");
  chip.addEventListener("click", () => openDialog(i));
  return chip;
});
$("upper").append(chips[2], chips[3]);
$("lower").append(chips[0], chips[1]);

// The position of a corner in words, given the number of sounds.
export function cornerName(i) {
  const n = now.session.sounds.length;
  if (n <= 2 && i < 2) return ["left", "right"][i];
  return n === 3 && i === 2 ? "upper edge" : cornerNames[i];
}

function openDialog(i) {
  corner = Math.min(i, now.session.sounds.length);
  $("sounds-title").textContent = now.session.sounds.length < 2 && corner === 0 ? "Sound" : `Sound on the ${cornerName(corner)}`;
  $("sound-name").value = now.session.sounds[corner] ?? "";
  $("sound-remove").hidden = now.session.sounds.length < 2 || corner >= now.session.sounds.length;
  for (const button of $("sound-list").children)
    button.setAttribute("aria-pressed", String(button.textContent === now.session.sounds[corner]));
  dialog.showModal();
}

function setSound(name) {
  send({sound: [corner, name]});
  dialog.close();
}

$("sound-dice").addEventListener("click", () => setSound(`seed:${1 + Math.floor(9999 * Math.random())}`));
$("sound-remove").addEventListener("click", () => setSound(""));
$("sound-form").addEventListener("submit", event => {
  event.preventDefault();
  setSound($("sound-name").value.trim());
});

subscribe({
  hello({bundled}) {
    $("sound-list").replaceChildren(...bundled.map(name => {
      const button = make("button", {textContent: name});
      button.addEventListener("click", () => setSound(name));
      return button;
    }));
  },
  session({sounds}) {
    chips.forEach((chip, i) => {
      const name = sounds[i] ?? "";
      chip.lastChild.textContent = displayName(name) || "add a sound";
      chip.classList.toggle("empty", !name);
      chip.hidden = i > sounds.length || i >= CORNERS;
      chip.title = displayName(name);
      chip.setAttribute("aria-label", name ? `Sound on the ${cornerName(i)}: ${displayName(name)}` : "Add a sound");
    });
  },
});
