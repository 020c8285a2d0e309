// SPDX-License-Identifier: GPL-3.0-or-later
// The computer keyboard as a piano. Keys are identified by position, independent of the layout.
//
//    w e   t y u   o p      black keys           z x   an octave down, up
//   a s d f g h j k l ;     white keys, a is C   c v   velocity down, up   space   hold
import {notice} from "./app.js";
import {notes, toggleHold} from "./notes.js";
import {range} from "./piano.js";

const CODES = ["KeyA", "KeyW", "KeyS", "KeyE", "KeyD", "KeyF", "KeyT", "KeyG", "KeyY", "KeyH", "KeyU", "KeyJ", "KeyK",
  "KeyO", "KeyL", "KeyP", "Semicolon"];
let velocity = 92;

function changeVelocity(by) {
  velocity = Math.min(Math.max(velocity + by, 12), 127);
  notice(`Velocity ${velocity}`, 1500);
}

const commands = {
  KeyZ: () => range.shift(-1),
  KeyX: () => range.shift(1),
  KeyC: () => changeVelocity(-10),
  KeyV: () => changeVelocity(10),
  Space: toggleHold,
};

// Ignored while text is typed or a dialog is open; a focused button keeps the space bar.
function isForPiano({target, code, ctrlKey, metaKey, altKey}) {
  if (ctrlKey || metaKey || altKey || document.querySelector("dialog[open]")) return false;
  return !target.closest?.("input, textarea") && !(code === "Space" && target.closest?.("button, #piano"));
}

document.addEventListener("keydown", event => {
  const i = CODES.indexOf(event.code);
  if (!isForPiano(event) || (i < 0 && !commands[event.code])) return;
  event.preventDefault();
  if (event.repeat) return;
  if (i >= 0) notes.down(event.code, range.letters + i, velocity);
  else commands[event.code]();
});
document.addEventListener("keyup", event => notes.up(event.code));
