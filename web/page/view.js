// SPDX-License-Identifier: GPL-3.0-or-later
// Waveform, spectrum and meters, drawn from the binary message described in web/scope.h.
import {$, subscribe} from "./app.js";

const WAVE = 19, WAVE_POINTS = 256, BANDS_AT = WAVE + WAVE_POINTS, BANDS = 128;
const wave = $("wave"), spectrum = $("spectrum"), bars = [...$("meter").children];
let bytes = null, scheduled = false, sound = "", faint = "";

// Matches the canvas to the screen's pixels and clears it.
export function fit(canvas) {
  const scale = Math.min(devicePixelRatio, 2);
  const width = Math.round(canvas.clientWidth * scale), height = Math.round(canvas.clientHeight * scale);
  if (canvas.width !== width || canvas.height !== height) [canvas.width, canvas.height] = [width, height];
  const context = canvas.getContext("2d");
  context.setTransform(scale, 0, 0, scale, 0, 0);
  context.clearRect(0, 0, canvas.clientWidth, canvas.clientHeight);
  return [context, canvas.clientWidth, canvas.clientHeight];
}

function drawWave() {
  const [context, width, height] = fit(wave);
  const points = new Int8Array(bytes.buffer, bytes.byteOffset + WAVE, WAVE_POINTS);
  const loudest = points.reduce((most, p) => Math.max(most, Math.abs(p)), 0);
  const scale = 0.46 * height / Math.max(loudest, 20); // quiet sounds are magnified
  context.strokeStyle = loudest ? sound : faint;
  context.lineWidth = 1.6;
  context.lineJoin = "round";
  context.beginPath();
  points.forEach((p, i) => context.lineTo(i / (WAVE_POINTS - 1) * width, height / 2 - p * scale));
  context.stroke();
}

function drawSpectrum() {
  const [context, width, height] = fit(spectrum);
  const y = i => height - 1 - bytes[BANDS_AT + i] / 255 * (height - 4);
  context.beginPath();
  context.moveTo(0, height);
  for (let i = 0; i < BANDS; i++) context.lineTo(i / (BANDS - 1) * width, y(i));
  context.lineTo(width, height);
  context.globalAlpha = 0.22;
  context.fillStyle = sound;
  context.fill();
  context.globalAlpha = 1;
  context.beginPath();
  for (let i = 0; i < BANDS; i++) context.lineTo(i / (BANDS - 1) * width, y(i));
  context.strokeStyle = sound;
  context.lineWidth = 1.4;
  context.lineJoin = "round";
  context.stroke();
}

function draw() {
  scheduled = false;
  const style = getComputedStyle(document.documentElement);
  sound = style.getPropertyValue("--sound");
  faint = style.getPropertyValue("--line");
  drawWave();
  drawSpectrum();
  bars.forEach((bar, i) => {
    bar.style.setProperty("--level", `${bytes[1 + i] / 2.55}%`);
    bar.classList.toggle("full", bytes[1 + i] > 250);
  });
}

function schedule() {
  if (bytes && !scheduled) scheduled = Boolean(requestAnimationFrame(draw));
}

for (const canvas of [wave, spectrum]) new ResizeObserver(() => bytes && draw()).observe(canvas); // drawn within the same frame
subscribe({
  scope(message) {
    bytes = message;
    schedule();
  },
  controls: schedule,
});
