// SPDX-License-Identifier: GPL-3.0-or-later
// A knob for each control except the pad's x and y.
import {$, subscribe, make, now, setControl, grab, release, toDefault} from "./app.js";
import {learning} from "./learn.js";

const SVG = "http://www.w3.org/2000/svg";
const SWEEP = 200; // pixels of travel for the whole range
const TURN = 270; // degrees for the whole range
const STEP = 0.02, LARGE = 0.1; // fractions of the range
const knobs = {};

const share = (info, value) => (value - info.low) / (info.high - info.low);

function arc(className) {
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", "M14.800 49.200A24 24 0 1 1 49.200 49.200"); // from 7 o'clock over the top to 5 o'clock
  path.setAttribute("pathLength", "100");
  path.setAttribute("class", className);
  return path;
}

function drawing() {
  const [svg, hand, text] = ["svg", "circle", "text"].map(tag => document.createElementNS(SVG, tag));
  svg.setAttribute("viewBox", "0 0 64 58");
  svg.setAttribute("aria-hidden", "true");
  for (const [name, value] of Object.entries({cx: 32, cy: 8, r: 5, class: "hand"})) hand.setAttribute(name, value);
  for (const [name, value] of Object.entries({x: 32, y: 37})) text.setAttribute(name, value);
  svg.append(arc("track"), arc("arc"), hand, text);
  return svg;
}

function format(info, value) {
  const signed = (value > 0 ? "+" : "") + value.toFixed(1).replace(/^-?0\.0$/, "0").replace("-", "−");
  return info.low < 0 ? signed : `${Math.round(100 * share(info, value))}`;
}

function valueText(info, value) {
  const [from, to] = [share(info, info.default), share(info, value)];
  const word = Math.abs(to - from) < 0.01 ? "default" : to < from ? info.less : info.more;
  return `${format(info, value)} ${info.unit || (info.low < 0 ? "" : "percent")}, ${word}`;
}

function show(name, value) {
  const {info, element, svg} = knobs[name];
  const [, filled, hand, text] = svg.children;
  const middle = info.low < 0 && !info.unit; // the arc starts in the middle, else at the low end
  const from = middle ? 100 * share(info, info.default) : 0, to = 100 * share(info, value);
  filled.style.strokeDasharray = `0 ${Math.min(from, to)} ${Math.abs(to - from)} 200`;
  hand.style.transform = `rotate(${TURN * (to / 100 - 0.5)}deg)`;
  text.textContent = format(info, value);
  svg.classList.toggle("still", middle && Math.abs(to - from) < 0.5);
  element.setAttribute("aria-valuenow", value.toFixed(3));
  element.setAttribute("aria-valuetext", valueText(info, value));
}

function listen(element, name) {
  const info = now.info[name], range = info.high - info.low;
  let pointer = null, y = 0, longPress = 0;
  const step = by => setControl(name, now.controls[name] + by * range);
  element.addEventListener("pointerdown", event => {
    if (event.button > 0 || pointer !== null) return;
    if (learning.on) return learning.choose(name);
    pointer = event.pointerId;
    y = event.clientY;
    element.setPointerCapture(pointer);
    grab(name);
    element.classList.add("held");
    if (event.pointerType === "touch") longPress = setTimeout(() => learning.choose(name), 900);
  });
  element.addEventListener("pointermove", event => {
    if (event.pointerId !== pointer || event.clientY === y) return;
    if (Math.abs(event.clientY - y) > 3) clearTimeout(longPress);
    step((y - event.clientY) / SWEEP * (event.shiftKey ? 0.2 : 1));
    y = event.clientY;
  });
  for (const kind of ["pointerup", "pointercancel"]) {
    element.addEventListener(kind, event => {
      if (event.pointerId !== pointer) return;
      pointer = null;
      clearTimeout(longPress);
      element.classList.remove("held");
      release(name);
    });
  }
  element.addEventListener("dblclick", () => toDefault(name));
  element.addEventListener("contextmenu", event => {
    event.preventDefault();
    learning.choose(name);
  });
  element.addEventListener("wheel", event => {
    if (document.activeElement !== element) return; // otherwise the wheel scrolls the page
    event.preventDefault();
    step(-Math.sign(event.deltaY) * STEP);
  }, {passive: false});
  element.addEventListener("keydown", event => {
    const by = {ArrowLeft: -STEP, ArrowDown: -STEP, ArrowRight: STEP, ArrowUp: STEP, PageDown: -LARGE, PageUp: LARGE}[event.key];
    if (by) step(event.shiftKey ? by * 5 : by);
    else if (event.key === "Home") setControl(name, info.low);
    else if (event.key === "End") setControl(name, info.high);
    else if (event.key === "Delete" || event.key === "Backspace") toDefault(name);
    else if (event.key === "Enter") learning.choose(name);
    else return;
    event.preventDefault();
  });
}

function build(info) {
  const svg = drawing(), cc = make("small", {className: "cc"});
  const element = make("div", {className: "knob", tabIndex: 0}, svg, make("b", {textContent: info.name}),
    make("small", {className: "ends"}, make("span", {textContent: info.less}), make("span", {textContent: info.more})), cc);
  for (const [name, value] of Object.entries({role: "slider", "aria-label": info.name, "aria-valuemin": info.low, "aria-valuemax": info.high}))
    element.setAttribute(name, value);
  element.title = `${info.less} … ${info.more}. Double-click: reset. Right-click: MIDI learn`;
  knobs[info.name] = {info, element, svg, cc};
  listen(element, info.name);
  return element;
}

subscribe({
  hello({controls}) {
    $("knobs").replaceChildren(...controls.filter(c => c.name !== "x" && c.name !== "y").map(build));
  },
  controls(values) {
    for (const name of Object.keys(values)) if (knobs[name]) show(name, values[name]);
  },
  session({map, learning: waiting}) {
    for (const [name, knob] of Object.entries(knobs)) {
      const numbers = Object.keys(map).filter(cc => map[cc] === name);
      knob.cc.textContent = numbers.length ? `CC ${numbers.join(" ")}` : "";
      knob.element.classList.toggle("waits", waiting === name);
    }
  },
});
