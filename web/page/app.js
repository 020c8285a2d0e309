// SPDX-License-Identifier: GPL-3.0-or-later
// What all parts of the page share: a part is an object with functions named like what the server tells
// (web/client_messages.c): hello, controls, stage, live, presets, map, heard; and link, which is true or false.
import {Link} from "./link.js";

const parts = [];
const grabbed = new Set(); // controls that a hand has hold of: what comes back of them from the server is older
const link = new Link(told);

// What the server has told of most lately.
export const now = {controls: {}, stage: {sounds: []}, info: {}};

export function join(part) {
  parts.push(part);
}

export function start() {
  link.open();
}

function told(kind, body) {
  if (kind === "controls") body = Object.fromEntries(Object.entries(body).filter(([name]) => !grabbed.has(name)));
  if (kind === "hello") for (const c of body.controls) now.info[c.name] = c;
  if (kind === "controls") Object.assign(now.controls, body);
  if (kind === "stage") now.stage = body;
  for (const part of parts) part[kind]?.(body);
}

export function say(message) {
  link.say(message);
}

// Moves a control: here at once, there with the next picture.
export function turn(name, value) {
  const {low, high} = now.info[name];
  value = Math.min(Math.max(value, low), high);
  link.turn(name, value);
  now.controls[name] = value;
  for (const part of parts) part.controls?.({[name]: value});
}

export function grab(...names) {
  for (const name of names) grabbed.add(name);
}

// Not at once: what was sent last has still to come back.
export function letGo(...names) {
  setTimeout(() => names.forEach(name => grabbed.delete(name)), 250);
}

export function toUsual(name) {
  turn(name, now.info[name].usual);
}

// flute@0.70,seed:7@0.30 -> flute .70 + seed:7 .30
export const inWords = name => name.replaceAll("@0.", " .").replaceAll(",", " + ");

// A sentence for eyes and screen readers, for a while.
export function notice(text, lasts = 5000) {
  const p = document.getElementById("notice");
  p.textContent = text;
  clearTimeout(notice.timer);
  if (lasts) notice.timer = setTimeout(() => (p.textContent = ""), lasts);
}

export const $ = id => document.getElementById(id);

export function make(tag, properties = {}, ...children) {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
}
