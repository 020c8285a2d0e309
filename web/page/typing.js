// SPDX-License-Identifier: GPL-3.0-or-later
// The computer's keyboard as a piano: by where keys are, whatever is printed on them.
//
//    w e   t y u   o p      black keys           z x   an octave down, up
//   a s d f g h j k l ;     white keys, a is C   c v   softer, louder      space   hold
import {notice} from "./app.js";
import {notes, toggleHold} from "./notes.js";
import {range} from "./piano.js";

const CODES = ["KeyA", "KeyW", "KeyS", "KeyE", "KeyD", "KeyF", "KeyT", "KeyG", "KeyY", "KeyH", "KeyU", "KeyJ", "KeyK",
  "KeyO", "KeyL", "KeyP", "Semicolon"];
let velocity = 92;

function loudness(by) {
  velocity = Math.min(Math.max(velocity + by, 12), 127);
  notice(`Velocity ${velocity}`, 1500);
}

const others = {
  KeyZ: () => range.shift(-1),
  KeyX: () => range.shift(1),
  KeyC: () => loudness(-10),
  KeyV: () => loudness(10),
  Space: toggleHold,
};

// Not while a text is typed or something is chosen; a button that has the focus keeps the space bar.
function isForUs({target, code, ctrlKey, metaKey, altKey}) {
  if (ctrlKey || metaKey || altKey || document.querySelector("dialog[open]")) return false;
  return !target.closest?.("input, textarea") && !(code === "Space" && target.closest?.("button, #piano"));
}

document.addEventListener("keydown", event => {
  const i = CODES.indexOf(event.code);
  if (!isForUs(event) || (i < 0 && !others[event.code])) return;
  event.preventDefault();
  if (event.repeat) return;
  if (i >= 0) notes.down(event.code, range.letters + i, velocity);
  else others[event.code]();
});
document.addEventListener("keyup", event => notes.up(event.code));
