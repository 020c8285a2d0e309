// SPDX-License-Identifier: GPL-3.0-or-later
// The pad: a place between the sounds on its corners.
import {$, inWords, join, now, turn, grab, letGo, toUsual} from "./app.js";
import {mixed, weights} from "./colour.js";

const STEP = 0.02, LARGE = 0.1;
const pad = $("pad"), puck = $("puck"), field = $("pad-field");
const count = () => now.stage.sounds.length || 1;

function paint() {
  const context = field.getContext("2d"), {width, height} = field, image = context.createImageData(width, height);
  for (let i = 0; i < width * height; i++) {
    const x = (i % width) / (width - 1), y = 1 - Math.floor(i / width) / (height - 1);
    image.data.set([...mixed(count(), x, y), 255], 4 * i);
  }
  context.putImageData(image, 0, 0);
}

function show() {
  const {x, y} = now.controls;
  puck.style.left = `${100 * x}%`;
  puck.style.top = `${100 * (1 - y)}%`;
  const w = weights(count(), x, y);
  const said = now.stage.sounds.map((sound, i) => `${inWords(sound)}: ${Math.round(100 * w[i])} %`).join(", ");
  pad.setAttribute("aria-label", `Pad: ${said}`);
}

function moveTo(event) {
  const box = pad.getBoundingClientRect();
  turn("x", Math.min(Math.max((event.clientX - box.left) / box.width, 0), 1));
  turn("y", Math.min(Math.max(1 - (event.clientY - box.top) / box.height, 0), 1));
}

let finger = null;
pad.addEventListener("pointerdown", event => {
  if (event.button > 0 || finger !== null) return;
  finger = event.pointerId;
  pad.setPointerCapture(finger);
  grab("x", "y");
  moveTo(event);
});
pad.addEventListener("pointermove", event => {
  if (event.pointerId === finger) moveTo(event);
});
for (const kind of ["pointerup", "pointercancel"]) {
  pad.addEventListener(kind, event => {
    if (event.pointerId !== finger) return;
    finger = null;
    letGo("x", "y");
  });
}
pad.addEventListener("dblclick", () => {
  toUsual("x");
  toUsual("y");
});
pad.addEventListener("keydown", event => {
  const step = event.shiftKey ? LARGE : STEP;
  const way = {ArrowLeft: ["x", -step], ArrowRight: ["x", step], ArrowDown: ["y", -step], ArrowUp: ["y", step]}[event.key];
  if (!way) return;
  event.preventDefault();
  turn(way[0], now.controls[way[0]] + way[1]);
});

let painted = "";
join({
  controls(values) {
    if ("x" in values || "y" in values) show();
  },
  stage() {
    if (now.controls.x !== undefined) show();
    if (painted !== count()) paint();
    painted = count();
  },
});
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", paint);
