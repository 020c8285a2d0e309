// SPDX-License-Identifier: GPL-3.0-or-later
// The names of the sounds on the corners of the pad, and the choice of others.
import {$, inWords, join, make, now, say} from "./app.js";
import {CORNERS, cornerNames} from "./colour.js";

const dialog = $("sounds-dialog");
let corner = 0;

const chips = cornerNames.map((name, i) => {
  const chip = make("button", {className: "chip"}, make("i"), make("span"));
  chip.style.setProperty("--colour", `var(--corner-${i})`);
  chip.setAttribute("aria-haspopup", "dialog");
  chip.addEventListener("click", () => choose(i));
  return chip;
});
$("upper").append(chips[2], chips[3]);
$("lower").append(chips[0], chips[1]);

// Where a corner is, in words, when there are so many sounds.
export function place(i) {
  const n = now.stage.sounds.length;
  if (n <= 2 && i < 2) return ["left", "right"][i];
  return n === 3 && i === 2 ? "upper edge" : cornerNames[i];
}

function choose(i) {
  corner = Math.min(i, now.stage.sounds.length);
  $("sounds-title").textContent = now.stage.sounds.length < 2 && corner === 0 ? "Sound" : `Sound on the ${place(corner)}`;
  $("sound-name").value = now.stage.sounds[corner] ?? "";
  $("sound-remove").hidden = now.stage.sounds.length < 2 || corner >= now.stage.sounds.length;
  for (const button of $("sound-list").children)
    button.setAttribute("aria-pressed", String(button.textContent === now.stage.sounds[corner]));
  dialog.showModal();
}

function put(name) {
  say({sound: [corner, name]});
  dialog.close();
}

$("sound-dice").addEventListener("click", () => put(`seed:${1 + Math.floor(9999 * Math.random())}`));
$("sound-remove").addEventListener("click", () => put(""));
$("sound-form").addEventListener("submit", event => {
  event.preventDefault();
  put($("sound-name").value.trim());
});

join({
  hello({bundled}) {
    $("sound-list").replaceChildren(...bundled.map(name => {
      const button = make("button", {textContent: name});
      button.addEventListener("click", () => put(name));
      return button;
    }));
  },
  stage({sounds}) {
    chips.forEach((chip, i) => {
      const name = sounds[i] ?? "";
      chip.lastChild.textContent = inWords(name) || "add a sound";
      chip.classList.toggle("empty", !name);
      chip.hidden = i > sounds.length || i >= CORNERS;
      chip.title = inWords(name);
      chip.setAttribute("aria-label", name ? `Sound on the ${place(i)}: ${inWords(name)}` : "Add a sound");
    });
  },
});
