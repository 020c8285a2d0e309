// SPDX-License-Identifier: GPL-3.0-or-later
// The XY pad, which mixes the sounds on its corners.
import {$, displayName, subscribe, now, setControl, grab, release, toDefault} from "./app.js";
import {mixedColour, weights} from "./colour.js";

const STEP = 0.02, LARGE = 0.1;
const pad = $("pad"), puck = $("puck"), field = $("pad-field");
const count = () => now.session.sounds.length || 1;

function paint() {
  const context = field.getContext("2d"), {width, height} = field, image = context.createImageData(width, height);
  for (let i = 0; i < width * height; i++) {
    const x = (i % width) / (width - 1), y = 1 - Math.floor(i / width) / (height - 1);
    image.data.set([...mixedColour(count(), x, y), 255], 4 * i);
  }
  context.putImageData(image, 0, 0);
}

function show() {
  const {x, y} = now.controls;
  puck.style.left = `${100 * x}%`;
  puck.style.top = `${100 * (1 - y)}%`;
  const w = weights(count(), x, y);
  const shares = now.session.sounds.map((sound, i) => `${displayName(sound)}: ${Math.round(100 * w[i])} %`).join(", ");
  pad.setAttribute("aria-label", `Pad: ${shares}`);
}

function moveTo(event) {
  const box = pad.getBoundingClientRect();
  setControl("x", Math.min(Math.max((event.clientX - box.left) / box.width, 0), 1));
  setControl("y", Math.min(Math.max(1 - (event.clientY - box.top) / box.height, 0), 1));
}

let pointer = null;
pad.addEventListener("pointerdown", event => {
  if (event.button > 0 || pointer !== null) return;
  pointer = event.pointerId;
  pad.setPointerCapture(pointer);
  grab("x", "y");
  moveTo(event);
});
pad.addEventListener("pointermove", event => {
  if (event.pointerId === pointer) moveTo(event);
});
for (const kind of ["pointerup", "pointercancel"]) {
  pad.addEventListener(kind, event => {
    if (event.pointerId !== pointer) return;
    pointer = null;
    release("x", "y");
  });
}
pad.addEventListener("dblclick", () => {
  toDefault("x");
  toDefault("y");
});
pad.addEventListener("keydown", event => {
  const step = event.shiftKey ? LARGE : STEP;
  const direction = {ArrowLeft: ["x", -step], ArrowRight: ["x", step], ArrowDown: ["y", -step], ArrowUp: ["y", step]}[event.key];
  if (!direction) return;
  event.preventDefault();
  setControl(direction[0], now.controls[direction[0]] + direction[1]);
});

let painted = "";
subscribe({
  controls(values) {
    if ("x" in values || "y" in values) show();
  },
  session() {
    if (now.controls.x !== undefined) show();
    if (painted !== count()) paint();
    painted = count();
  },
});
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", paint);
