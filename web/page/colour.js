// SPDX-License-Identifier: GPL-3.0-or-later
// Each corner of the pad has a colour. A mix of sounds is shown everywhere in the same mix of the corners' colours.
import {subscribe, now} from "./app.js";

export const CORNERS = 4;
const MIDDLE = [0.03, 0.055, -0.035];
export const cornerNames = ["lower left", "lower right", "upper left", "upper right"];

// Oklab (Ottosson 2020): lightness, green-red, blue-yellow; perceptually uniform, so mixes look even.
const dark = [[0.74, -0.115, -0.03], [0.8, 0.03, 0.13], [0.68, 0.075, -0.125], [0.71, 0.165, 0.045]];
const light = [[0.6, -0.105, -0.03], [0.68, 0.045, 0.135], [0.56, 0.075, -0.14], [0.6, 0.175, 0.05]];
const isDark = matchMedia("(prefers-color-scheme: dark)");

export function labs() {
  return isDark.matches ? dark : light;
}

export function rgb([L, a, b]) {
  const l = (L + 0.3963377774 * a + 0.2158037573 * b) ** 3;
  const m = (L - 0.1055613458 * a - 0.0638541728 * b) ** 3;
  const s = (L - 0.0894841775 * a - 1.291485548 * b) ** 3;
  return [
    4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s,
    -1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s,
    -0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s,
  ].map(c => Math.round(255 * Math.min(Math.max(c <= 0.0031308 ? 12.92 * c : 1.055 * c ** (1 / 2.4) - 0.055, 0), 1)));
}

// As tb_pad_weights.
export function weights(n, x, y) {
  if (n === 1) return [1];
  if (n === 2) return [1 - x, x];
  if (n === 3) return [(1 - x) * (1 - y), x * (1 - y), y];
  return [(1 - x) * (1 - y), x * (1 - y), (1 - x) * y, x * y];
}

// The mean of four corners would be grey, so it is tinted.
export function mixedColour(n, x, y) {
  const w = weights(n, x, y), middle = n === CORNERS ? 16 * x * (1 - x) * y * (1 - y) : 0;
  return rgb([0, 1, 2].map(i => w.reduce((sum, weight, k) => sum + weight * labs()[k][i], middle * MIDDLE[i])));
}

function update() {
  const root = document.documentElement.style;
  labs().forEach((lab, i) => root.setProperty(`--corner-${i}`, `rgb(${rgb(lab)})`));
  const {x = 0.5, y = 0.5} = now.controls;
  root.setProperty("--sound", `rgb(${mixedColour(now.session.sounds.length || 1, x, y)})`);
}

isDark.addEventListener("change", update);
subscribe({
  controls(values) {
    if ("x" in values || "y" in values) update();
  },
  session: update,
});
update();
