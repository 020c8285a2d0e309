// SPDX-License-Identifier: GPL-3.0-or-later
// The on-screen piano, for several pointers at once, which may slide between keys. Lower on a key is louder.
import {$, subscribe, make} from "./app.js";
import {notes} from "./notes.js";

const BLACK = [1, 3, 6, 8, 10];
const NAMES = ["C", "C♯", "D", "D♯", "E", "F", "F♯", "G", "G♯", "A", "A♯", "B"];
const LETTERS = ["a", "w", "s", "e", "d", "f", "t", "g", "y", "h", "u", "j", "k", "o", "l", "p", ";"];
const SOFT = 30, LOUD = 120, MAX_OCTAVES = 5;
const piano = $("piano");
const coarse = matchMedia("(pointer: coarse)");
let first = 60, octaves = 1, keys = new Map(), focused = 60, sounding = new Uint8Array(16);

export const range = {
  get letters() { // the key of the letter A
    return first + 12 * Math.floor((octaves - 1) / 2);
  },
  shift(by) {
    const next = first + 12 * by;
    if (next < 12 || next + 12 * octaves > 120) return;
    first = next;
    build();
  },
};

const isBlack = key => BLACK.includes(key % 12);
const nameOf = key => `${NAMES[key % 12]}${Math.floor(key / 12) - 1}`;

function octavesThatFit() {
  const minKeyWidth = coarse.matches ? 38 : 27;
  return Math.min(Math.max(Math.floor((piano.clientWidth / minKeyWidth - 1) / 7), 1), MAX_OCTAVES);
}

function keyElement(key, whites) {
  const letter = LETTERS[key - range.letters];
  const element = make("div", {className: isBlack(key) ? "black" : "white", tabIndex: key === focused ? 0 : -1},
    make("kbd", {textContent: letter ?? ""}), make("small", {textContent: key % 12 === 0 ? nameOf(key) : ""}));
  element.setAttribute("role", "button");
  element.setAttribute("aria-label", nameOf(key));
  element.dataset.key = key;
  if (isBlack(key)) element.style.left = `${100 * whites / (7 * octaves + 1)}%`;
  return element;
}

// Held notes go on: their sources, the computer keys and pointers, release them wherever the keys are now.
function build() {
  notes.up("Enter"); // the element that has the focus goes, and its keyup with it
  const last = first + 12 * octaves;
  focused = Math.min(Math.max(focused, first), last);
  keys = new Map();
  let whites = 0;
  for (let key = first; key <= last; key++) {
    keys.set(key, keyElement(key, whites));
    whites += !isBlack(key);
  }
  piano.style.setProperty("--whites", whites);
  piano.replaceChildren(...keys.values());
  showHeld(sounding, true);
}

new ResizeObserver(() => {
  if (octavesThatFit() === octaves && keys.size) return;
  const letters = range.letters; // keep the letters on the same keys
  octaves = octavesThatFit();
  first = Math.min(Math.max(first + letters - range.letters, 12), 120 - 12 * octaves);
  build();
}).observe(piano);

function showHeld(held, all) {
  for (const [key, element] of keys) {
    const on = held[key >> 3] >> (key & 7) & 1;
    if (all || on !== (sounding[key >> 3] >> (key & 7) & 1)) element.classList.toggle("on", Boolean(on));
  }
  sounding = held;
}

function play(event) {
  const element = document.elementFromPoint(event.clientX, event.clientY)?.closest("#piano [data-key]");
  if (!element) return notes.up(event.pointerId);
  const box = element.getBoundingClientRect(), down = (event.clientY - box.top) / box.height;
  notes.down(event.pointerId, Number(element.dataset.key), SOFT + (LOUD - SOFT) * Math.min(1.1 * down, 1));
}

const pointers = new Set();
piano.addEventListener("pointerdown", event => {
  if (event.button > 0) return;
  event.preventDefault();
  pointers.add(event.pointerId);
  piano.setPointerCapture(event.pointerId);
  play(event);
});
piano.addEventListener("pointermove", event => pointers.has(event.pointerId) && play(event));
for (const kind of ["pointerup", "pointercancel", "lostpointercapture"]) {
  piano.addEventListener(kind, event => {
    pointers.delete(event.pointerId);
    notes.up(event.pointerId);
  });
}
piano.addEventListener("contextmenu", event => event.preventDefault());

// Keyboard access: arrows move the focus, Enter plays.
piano.addEventListener("keydown", event => {
  const step = {ArrowLeft: -1, ArrowRight: 1, ArrowUp: 12, ArrowDown: -12}[event.key];
  if (step && keys.has(focused + step)) {
    keys.get(focused).tabIndex = -1;
    focused += step;
    keys.get(focused).tabIndex = 0;
    keys.get(focused).focus();
  } else if (event.key === "Enter") {
    notes.down("Enter", Number(event.target.dataset.key), 90);
  } else if (!step) {
    return;
  }
  event.preventDefault();
});
piano.addEventListener("keyup", event => event.key === "Enter" && notes.up("Enter"));
piano.addEventListener("focusout", () => notes.up("Enter"));

$("octave-down").addEventListener("click", () => range.shift(-1));
$("octave-up").addEventListener("click", () => range.shift(1));

subscribe({
  scope(bytes) {
    showHeld(bytes.slice(3, 19), false);
  },
});
