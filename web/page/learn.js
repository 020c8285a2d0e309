// SPDX-License-Identifier: GPL-3.0-or-later
// MIDI learn: a knob is chosen, and the next controller that moves is its own.
import {$, join, notice, say} from "./app.js";

export const learning = {
  on: false, // the next knob that is touched is meant
  waits: null, // the control that waits for a controller
  choose(name) {
    this.set(false);
    say({learn: name});
  },
  set(on) {
    this.on = on;
    document.body.classList.toggle("learning", on);
    $("learn").setAttribute("aria-pressed", String(on || this.waits !== null));
  },
};

$("learn").addEventListener("click", () => {
  if (learning.waits) return say({learn: null});
  learning.set(!learning.on);
  if (learning.on) notice("Choose a knob, then move a controller. Esc stops.");
});

document.addEventListener("keydown", event => {
  if (event.key !== "Escape" || document.querySelector("dialog[open]")) return;
  if (learning.waits) say({learn: null});
  learning.set(false);
});

join({
  stage({learning: waits, map}) {
    if (waits && waits !== learning.waits) notice(`Move a controller for ${waits}. Esc stops.`, 0);
    if (!waits && learning.waits) {
      const numbers = Object.keys(map).filter(cc => map[cc] === learning.waits);
      notice(numbers.length ? `${learning.waits}: CC ${numbers.join(", ")}` : "");
    }
    learning.waits = waits;
    learning.set(learning.on);
  },
});
