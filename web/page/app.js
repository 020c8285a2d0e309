// SPDX-License-Identifier: GPL-3.0-or-later
// The page's shared state and dispatch. A part of the page subscribes with an object of handlers, named after the
// server's messages (web/client_messages.c): hello, controls, session, live, presets, map; scope for binary messages;
// and link, called with true or false when the connection opens or closes.
import {Link} from "./link.js";

const subscribers = [];
const ANSWER_TIME = 250; // milliseconds in which the server has answered
const held = {}; // how often each control is held: until it is released, the server's values for it are outdated
const received = {}; // the server's values of all controls
const link = new Link(receive);

// The latest state from the server.
export const now = {controls: {}, session: {sounds: []}, info: {}};

export function subscribe(subscriber) {
  subscribers.push(subscriber);
}

export function start() {
  link.open();
}

function receive(kind, body) {
  if (kind === "controls") Object.assign(received, body);
  if (kind === "controls") body = Object.fromEntries(Object.entries(body).filter(([name]) => !held[name]));
  if (kind === "hello") for (const c of body.controls) now.info[c.name] = c;
  if (kind === "controls") Object.assign(now.controls, body);
  if (kind === "session") now.session = body;
  for (const subscriber of subscribers) subscriber[kind]?.(body);
}

export function send(message) {
  link.send(message);
}

// Sets a control: on the page at once, on the server with the next batch.
export function setControl(name, value) {
  const {low, high} = now.info[name];
  value = Math.min(Math.max(value, low), high);
  link.setControl(name, value);
  now.controls[name] = value;
  for (const subscriber of subscribers) subscriber.controls?.({[name]: value});
  grab(name);
  release(name);
}

export function grab(...names) {
  for (const name of names) held[name] = (held[name] ?? 0) + 1;
}

// Delayed, since the last value sent has not come back yet. Then the server's values count again.
export function release(...names) {
  setTimeout(() => {
    for (const name of names) held[name]--;
    const free = names.filter(name => !held[name] && name in received);
    receive("controls", Object.fromEntries(free.map(name => [name, received[name]])));
  }, ANSWER_TIME);
}

export function toDefault(name) {
  setControl(name, now.info[name].default);
}

// flute@0.70,seed:7@0.30 -> flute .70 + seed:7 .30
export const displayName = name => name.replaceAll("@0.", " .").replaceAll(",", " + ");

// Shows a sentence for a while, and announces it to screen readers.
export function notice(text, duration = 5000) {
  const p = document.getElementById("notice");
  p.textContent = text;
  clearTimeout(notice.timer);
  if (duration) notice.timer = setTimeout(() => (p.textContent = ""), duration);
}

export const $ = id => document.getElementById(id);

export function make(tag, properties = {}, ...children) {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
}
