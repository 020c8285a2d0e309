// SPDX-License-Identifier: GPL-3.0-or-later
// MIDI learn: assigns the next controller that moves to a chosen knob.
import {$, subscribe, notice, send} from "./app.js";

export const learning = {
  on: false, // the next knob that is pressed is chosen
  waiting: null, // the control waiting for a controller
  choose(name) {
    this.set(false);
    send({learn: name});
  },
  set(on) {
    this.on = on;
    document.body.classList.toggle("learning", on);
    $("learn").setAttribute("aria-pressed", String(on || this.waiting !== null));
  },
};

$("learn").addEventListener("click", () => {
  if (learning.waiting) return send({learn: null});
  learning.set(!learning.on);
  if (learning.on) notice("Choose a knob, then move a controller. Esc cancels.");
});

document.addEventListener("keydown", event => {
  if (event.key !== "Escape" || document.querySelector("dialog[open]")) return;
  if (learning.waiting) send({learn: null});
  learning.set(false);
});

subscribe({
  session({learning: waiting, map}) {
    if (waiting && waiting !== learning.waiting) notice(`Move a controller for ${waiting}. Esc cancels.`, 0);
    if (!waiting && learning.waiting) {
      const numbers = Object.keys(map).filter(cc => map[cc] === learning.waiting);
      notice(numbers.length ? `${learning.waiting}: CC ${numbers.join(", ")}` : "");
    }
    learning.waiting = waiting;
    learning.set(learning.on);
  },
});
