// SPDX-License-Identifier: GPL-3.0-or-later
// The map of sounds: each dot is a sound, neighbours sound alike. A click puts a sound on a corner of the pad.
import {$, displayName, subscribe, make, notice, now, send} from "./app.js";
import {CORNERS} from "./colour.js";
import {cornerName} from "./corners.js";
import {radio} from "./radio.js";
import {fit} from "./view.js";

const DOT_RADIUS = 14; // pixels within which a dot is hit
const MIX_SIZE = 3; // sounds that a mix is made of
const MARGIN = 16; // pixels around the map
const HINT = "Dots are sounds; between them are mixes.";
const map = $("map");
let dots = [], hint = HINT, corner = 0, pointerAt = null, cursor = -1;

/* ---- corner to fill ---- */

const choices = Array.from({length: CORNERS}, (_, i) => {
  const choice = make("button", {className: "chip"}, make("i"), make("span"));
  choice.style.setProperty("--colour", `var(--corner-${i})`);
  choice.setAttribute("role", "radio");
  return choice;
});
$("map-corners").append(...choices);
const showCorner = radio($("map-corners"), i => {
  corner = i;
  showCorner(i);
  draw();
});

/* ---- drawing ---- */

const toPixels = ([, x, y]) => [MARGIN + x * (map.clientWidth - 2 * MARGIN), map.clientHeight - MARGIN - y * (map.clientHeight - 2 * MARGIN)];
const isBundled = ([name]) => !name.startsWith("seed:");

function distances(at) {
  return dots.map(dot => {
    const [x, y] = toPixels(dot);
    return {dot, distance: Math.hypot(x - at[0], y - at[1])};
  }).sort((a, b) => a.distance - b.distance);
}

// The name of the dot at this point, or a mix of the nearest dots, weighted by inverse squared distance.
function nameAt(at) {
  const near = distances(at).slice(0, MIX_SIZE);
  if (!near.length) return "";
  if (near[0].distance < DOT_RADIUS) return near[0].dot[0];
  const sum = near.reduce((total, n) => total + n.distance ** -2, 0);
  return near.map(n => `${n.dot[0]}@${(n.distance ** -2 / sum).toFixed(2)}`).filter(part => !part.endsWith("@0.00")).join(",");
}

// The position of a named sound or mix; null if it is not on the map.
function positionOf(name) {
  let x = 0, y = 0, sum = 0;
  for (const part of name.split(",")) {
    const [plain, share] = part.split("@"), dot = dots.find(d => d[0] === plain), weight = share ? Number(share) : 1;
    if (!dot) return null;
    x += weight * dot[1];
    y += weight * dot[2];
    sum += weight;
  }
  return sum ? [name, x / sum, y / sum] : null;
}

// Draws a name above, below or beside its dot, where it overlaps nothing; else not at all.
function drawLabel(context, text, [x, y], occupied) {
  const width = context.measureText(text).width, height = 14;
  const middle = Math.min(Math.max(x - width / 2, 2), map.clientWidth - width - 2);
  for (const [left, top] of [[middle, y - 21], [middle, y + 7], [x + 8, y - 7], [x - width - 8, y - 7]]) {
    const box = [left - 2, top, left + width + 2, top + height];
    if (box[0] < 0 || box[2] > map.clientWidth || box[1] < 0 || box[3] > map.clientHeight || occupied.some(t => box[0] < t[2] && t[0] < box[2] && box[1] < t[3] && t[1] < box[3])) continue;
    occupied.push(box);
    return context.fillText(text, left, top + 11);
  }
}

let scheduled = false;
function draw() {
  if (!scheduled) scheduled = Boolean(requestAnimationFrame(paint));
}

function paint() {
  scheduled = false;
  const [context] = fit(map), style = getComputedStyle(document.documentElement);
  const colour = name => style.getPropertyValue(name);
  context.font = `12px ${getComputedStyle(document.body).fontFamily}`;
  const occupied = dots.filter(isBundled).map(toPixels).map(([x, y]) => [x - 5, y - 5, x + 5, y + 5]);
  for (const dot of dots) {
    const [x, y] = toPixels(dot), bundled = isBundled(dot);
    context.beginPath();
    context.arc(x, y, bundled ? 4 : 2.6, 0, 7);
    context.fillStyle = colour(bundled ? "--text" : "--faint");
    context.fill();
    context.fillStyle = colour("--soft");
    if (bundled) drawLabel(context, dot[0], [x, y], occupied);
  }
  now.session.sounds.forEach((name, i) => {
    const at = positionOf(name);
    if (at) drawRing(context, toPixels(at), colour(`--corner-${i}`), i === corner);
  });
  const at = pointerAt ?? (cursor >= 0 && document.activeElement === map ? toPixels(dots[cursor]) : null);
  if (at) drawPointer(context, at, colour);
}

function drawRing(context, [x, y], colour, chosen) {
  context.beginPath();
  context.arc(x, y, 8, 0, 7);
  context.strokeStyle = colour;
  context.lineWidth = chosen ? 3.5 : 2;
  context.stroke();
}

// Shows what a click would choose: lines to the sounds of the mix, and its name.
function drawPointer(context, at, colour) {
  const name = nameAt(at);
  context.strokeStyle = colour(`--corner-${corner}`);
  context.lineWidth = 1.2;
  for (const part of name.split(",")) {
    const dot = dots.find(d => d[0] === part.split("@")[0]);
    if (!dot) continue;
    context.beginPath();
    context.moveTo(...at);
    context.lineTo(...toPixels(dot));
    context.stroke();
  }
  $("map-hint").textContent = displayName(name);
}

/* ---- input ---- */

function setSound(name) {
  if (!name) return;
  send({sound: [Math.min(corner, now.session.sounds.length), name]});
  notice(`${displayName(name)} on the ${cornerName(corner)}`, 2500);
}

const atEvent = event => {
  const box = map.getBoundingClientRect();
  return [event.clientX - box.left, event.clientY - box.top];
};
map.addEventListener("pointermove", event => {
  pointerAt = atEvent(event);
  draw();
});
map.addEventListener("pointerleave", () => {
  pointerAt = null;
  $("map-hint").textContent = hint;
  draw();
});
map.addEventListener("click", event => setSound(nameAt(atEvent(event))));
map.addEventListener("keydown", event => {
  const direction = {ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1]}[event.key];
  if (direction && dots.length) cursor = cursor < 0 ? 0 : nextInDirection(direction);
  else if (event.key === "Enter" && cursor >= 0) setSound(dots[cursor][0]);
  else return;
  event.preventDefault();
  pointerAt = null;
  if (cursor >= 0) map.setAttribute("aria-label", `Map of sounds: ${dots[cursor][0]}`);
  draw();
});
map.addEventListener("focus", draw);
map.addEventListener("blur", draw);

// The nearest dot in this direction, within 45 degrees.
function nextInDirection([dx, dy]) {
  const [x, y] = toPixels(dots[cursor]);
  let best = cursor, lowest = Infinity;
  dots.forEach((dot, i) => {
    const [a, b] = toPixels(dot), along = (a - x) * dx + (b - y) * dy, across = Math.abs((a - x) * dy) + Math.abs((b - y) * dx);
    if (i !== cursor && along > 0 && along >= across && along + 2 * across < lowest) [best, lowest] = [i, along + 2 * across];
  });
  return best;
}

$("map-hint").textContent = hint;
new ResizeObserver(paint).observe(map); // resized before the frame is shown, so that it never appears stretched
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
subscribe({
  map(message) {
    dots = message.dots;
    hint = message.error ? `The map is not complete: ${message.error}` : HINT;
    if (!pointerAt) $("map-hint").textContent = hint;
    if (cursor >= dots.length) cursor = -1;
    document.body.classList.toggle("no-map", message.done && !dots.length && !message.error);
    draw();
  },
  session({sounds}) {
    choices.forEach((choice, i) => {
      choice.hidden = i > sounds.length;
      choice.lastChild.textContent = displayName(sounds[i] ?? "new");
      choice.setAttribute("aria-label", `${cornerName(i)}: ${sounds[i] ?? "empty"}`);
    });
    corner = Math.min(corner, sounds.length, CORNERS - 1);
    showCorner(corner);
    draw();
  },
});
