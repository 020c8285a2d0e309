// SPDX-License-Identifier: GPL-3.0-or-later
// Which keys are down here, by what: a finger, a key of the computer. Whatever goes away lets go of what it holds.
import {$, join, say} from "./app.js";

const held = new Map(); // what holds -> key

const isHeld = key => [...held.values()].includes(key);

export const notes = {
  down(by, key, velocity) {
    if (held.get(by) === key || key < 0 || key > 127) return;
    this.up(by);
    held.set(by, key);
    say({note: [key, Math.round(Math.min(Math.max(velocity, 1), 127))]});
  },
  up(by) {
    const key = held.get(by);
    if (key === undefined) return;
    held.delete(by);
    if (!isHeld(key)) say({note: [key, 0]});
  },
  allUp() {
    for (const by of [...held.keys()]) this.up(by);
  },
};

// The pedal stays where it is when the window loses its focus: that is what it is for.
export function hold(on) {
  $("hold").setAttribute("aria-pressed", String(on));
  say({sustain: on});
}
export const toggleHold = () => hold($("hold").getAttribute("aria-pressed") !== "true");

$("hold").addEventListener("click", toggleHold);
$("panic").addEventListener("click", () => {
  held.clear();
  hold(false);
  say({panic: true});
});
addEventListener("blur", () => notes.allUp());
addEventListener("pagehide", () => notes.allUp());
document.addEventListener("visibilitychange", () => document.hidden && notes.allUp());
join({
  link(up) {
    if (!up) held.clear(); // the server has ended them
    if (!up) $("hold").setAttribute("aria-pressed", "false");
  },
});
