// SPDX-License-Identifier: GPL-3.0-or-later
// The map: a dot is a sound, neighbours sound alike. What is chosen goes to a corner of the pad.
import {$, inWords, join, make, notice, now, say} from "./app.js";
import {CORNERS} from "./colour.js";
import {place} from "./corners.js";
import {radio} from "./radio.js";
import {fit} from "./view.js";

const NEAR = 14; // pixels within which a dot is meant
const NEAREST = 3; // sounds that a place between is mixed of
const EDGE = 16; // pixels around the plane
const HINT = "Dots are sounds, and between them are mixes.";
const map = $("map");
let dots = [], corner = 0, over = null, cursor = -1;

/* ---- which corner ---- */

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

/* ---- the plane ---- */

const toPixels = ([, x, y]) => [EDGE + x * (map.clientWidth - 2 * EDGE), map.clientHeight - EDGE - y * (map.clientHeight - 2 * EDGE)];
const isBundled = ([name]) => !name.startsWith("seed:");

function distances(at) {
  return dots.map(dot => {
    const [x, y] = toPixels(dot);
    return {dot, far: Math.hypot(x - at[0], y - at[1])};
  }).sort((a, b) => a.far - b.far);
}

// A dot's own name, or a mix of its neighbours by how near they are.
function nameAt(at) {
  const near = distances(at).slice(0, NEAREST);
  if (!near.length) return "";
  if (near[0].far < NEAR) return near[0].dot[0];
  const sum = near.reduce((total, n) => total + n.far ** -2, 0);
  return near.map(n => `${n.dot[0]}@${(n.far ** -2 / sum).toFixed(2)}`).filter(part => !part.endsWith("@0.00")).join(",");
}

// Where a sound that is named so lies, or nowhere.
function placeOf(name) {
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

// Above, below, or beside the dot, where no other name is; else nowhere.
function label(context, text, [x, y], taken) {
  const width = context.measureText(text).width, height = 14;
  const middle = Math.min(Math.max(x - width / 2, 2), map.clientWidth - width - 2);
  for (const [left, top] of [[middle, y - 21], [middle, y + 7], [x + 8, y - 7], [x - width - 8, y - 7]]) {
    const box = [left - 2, top, left + width + 2, top + height];
    if (box[0] < 0 || box[2] > map.clientWidth || box[1] < 0 || box[3] > map.clientHeight || taken.some(t => box[0] < t[2] && t[0] < box[2] && box[1] < t[3] && t[1] < box[3])) continue;
    taken.push(box);
    return context.fillText(text, left, top + 11);
  }
}

let asked = false;
function draw() {
  if (!asked) asked = Boolean(requestAnimationFrame(paint));
}

function paint() {
  asked = false;
  const [context] = fit(map), style = getComputedStyle(document.documentElement);
  const colour = name => style.getPropertyValue(name);
  context.font = `12px ${getComputedStyle(document.body).fontFamily}`;
  const taken = dots.filter(isBundled).map(toPixels).map(([x, y]) => [x - 5, y - 5, x + 5, y + 5]);
  for (const dot of dots) {
    const [x, y] = toPixels(dot), bundled = isBundled(dot);
    context.beginPath();
    context.arc(x, y, bundled ? 4 : 2.6, 0, 7);
    context.fillStyle = colour(bundled ? "--text" : "--faint");
    context.fill();
    context.fillStyle = colour("--soft");
    if (bundled) label(context, dot[0], [x, y], taken);
  }
  now.stage.sounds.forEach((name, i) => {
    const at = placeOf(name);
    if (at) ring(context, toPixels(at), colour(`--corner-${i}`), i === corner);
  });
  const at = over ?? (cursor >= 0 && document.activeElement === map ? toPixels(dots[cursor]) : null);
  if (at) pointer(context, at, colour);
}

function ring(context, [x, y], colour, chosen) {
  context.beginPath();
  context.arc(x, y, 8, 0, 7);
  context.strokeStyle = colour;
  context.lineWidth = chosen ? 3.5 : 2;
  context.stroke();
}

// What would be chosen here: lines to what it would be mixed of, and its name.
function pointer(context, at, colour) {
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
  $("map-hint").textContent = inWords(name);
}

/* ---- hands ---- */

function put(name) {
  if (!name) return;
  say({sound: [Math.min(corner, now.stage.sounds.length), name]});
  notice(`${inWords(name)} goes to the ${place(corner)}`, 2500);
}

const atEvent = event => {
  const box = map.getBoundingClientRect();
  return [event.clientX - box.left, event.clientY - box.top];
};
map.addEventListener("pointermove", event => {
  over = atEvent(event);
  draw();
});
map.addEventListener("pointerleave", () => {
  over = null;
  $("map-hint").textContent = HINT;
  draw();
});
map.addEventListener("click", event => put(nameAt(atEvent(event))));
map.addEventListener("keydown", event => {
  const way = {ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1]}[event.key];
  if (way && dots.length) cursor = cursor < 0 ? 0 : towards(way);
  else if (event.key === "Enter" && cursor >= 0) put(dots[cursor][0]);
  else return;
  event.preventDefault();
  over = null;
  if (cursor >= 0) map.setAttribute("aria-label", `Map of sounds: ${dots[cursor][0]}`);
  draw();
});
map.addEventListener("focus", draw);
map.addEventListener("blur", draw);

// The nearest dot that lies more in this direction than beside it.
function towards([dx, dy]) {
  const [x, y] = toPixels(dots[cursor]);
  let best = cursor, least = Infinity;
  dots.forEach((dot, i) => {
    const [a, b] = toPixels(dot), along = (a - x) * dx + (b - y) * dy, beside = Math.abs((a - x) * dy) + Math.abs((b - y) * dx);
    if (i !== cursor && along > 0 && along >= beside && along + 2 * beside < least) [best, least] = [i, along + 2 * beside];
  });
  return best;
}

$("map-hint").textContent = HINT;
new ResizeObserver(paint).observe(map); // before the frame is shown, so that it is never seen stretched
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
join({
  map(told) {
    dots = told.dots;
    if (cursor >= dots.length) cursor = -1;
    document.body.classList.toggle("no-map", told.done && !dots.length);
    draw();
  },
  stage({sounds}) {
    choices.forEach((choice, i) => {
      choice.hidden = i > sounds.length;
      choice.lastChild.textContent = inWords(sounds[i] ?? "new");
      choice.setAttribute("aria-label", `${place(i)}: ${sounds[i] ?? "empty"}`);
    });
    corner = Math.min(corner, sounds.length, CORNERS - 1);
    showCorner(corner);
    draw();
  },
});
