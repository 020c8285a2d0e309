// SPDX-License-Identifier: GPL-3.0-or-later
// The notes held on this page, by source: a pointer or a computer key. All are released when the page loses focus.
import {$, subscribe, send} from "./app.js";

const held = new Map(); // source -> key

const isHeld = key => [...held.values()].includes(key);

export const notes = {
  down(source, key, velocity) {
    if (held.get(source) === key || key < 0 || key > 127) return;
    this.up(source);
    held.set(source, key);
    send({note: [key, Math.round(Math.min(Math.max(velocity, 1), 127))]});
  },
  up(source) {
    const key = held.get(source);
    if (key === undefined) return;
    held.delete(source);
    if (!isHeld(key)) send({note: [key, 0]});
  },
  allUp() {
    for (const source of [...held.keys()]) this.up(source);
  },
};

// Unlike notes, the pedal is kept when the window loses focus.
export function hold(on) {
  $("hold").setAttribute("aria-pressed", String(on));
  send({sustain: on});
}
export const toggleHold = () => hold($("hold").getAttribute("aria-pressed") !== "true");

$("hold").addEventListener("click", toggleHold);
$("panic").addEventListener("click", () => {
  held.clear();
  hold(false);
  send({panic: true});
});
addEventListener("blur", () => notes.allUp());
addEventListener("pagehide", () => notes.allUp());
document.addEventListener("visibilitychange", () => document.hidden && notes.allUp());
subscribe({
  link(up) {
    if (!up) held.clear(); // the server has released them
    if (!up) $("hold").setAttribute("aria-pressed", "false");
  },
});
