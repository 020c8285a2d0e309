// SPDX-License-Identifier: GPL-3.0-or-later
// Reads a mono 32-bit float WAV file and measures segments of it.
import {readFileSync} from "node:fs";

export function readWav(path) {
  const bytes = readFileSync(path), view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 12, rate = 0;
  for (; at + 8 <= bytes.length; at += 8 + view.getUint32(at + 4, true) + (view.getUint32(at + 4, true) & 1)) {
    const kind = bytes.toString("latin1", at, at + 4), size = view.getUint32(at + 4, true);
    if (kind === "fmt ") rate = view.getUint32(at + 12, true);
    if (kind === "data") return {rate, samples: Float32Array.from({length: size / 4}, (_, i) => view.getFloat32(at + 8 + 4 * i, true))};
  }
  throw new Error(`${path} has no samples`);
}

export const level = segment => Math.sqrt(segment.reduce((sum, x) => sum + x * x, 0) / segment.length);

const hann = (i, n) => 0.5 - 0.5 * Math.cos(2 * Math.PI * (i + 0.5) / n);

function amplitude(segment, frequency, rate) {
  let re = 0, im = 0;
  segment.forEach((x, i) => {
    const phase = 2 * Math.PI * frequency * i / rate;
    re += x * hann(i, segment.length) * Math.cos(phase);
    im += x * hann(i, segment.length) * Math.sin(phase);
  });
  return Math.hypot(re, im);
}

// The fundamental's deviation from a key in cents, searched within half a semitone in steps of half a cent.
export function centsFrom(key, segment, rate) {
  const steps = Array.from({length: 201}, (_, i) => (i - 100) / 2);
  const loud = steps.map(cents => amplitude(segment, 440 * 2 ** ((key - 69 + cents / 100) / 12), rate));
  return steps[loud.indexOf(Math.max(...loud))];
}

// The spectral centroid, by amplitude, in Hz.
export function centroid(segment, rate) {
  const size = 4096;
  let sum = 0, weighted = 0;
  for (let from = 0; from + size <= segment.length; from += size) {
    const spectrum = transform(segment.subarray(from, from + size).map((x, i) => x * hann(i, size)));
    spectrum.forEach((a, k) => {
      sum += a;
      weighted += a * k * rate / size;
    });
  }
  return weighted / sum;
}

// The magnitude spectrum up to half the sample rate (recursive radix-2 FFT).
function transform(x) {
  const [re, im] = split(x, new Float64Array(x.length));
  return re.slice(0, x.length / 2).map((r, k) => Math.hypot(r, im[k]));
}

function split(re, im) {
  const n = re.length;
  if (n === 1) return [[re[0]], [im[0]]];
  const half = odd => split(re.filter((_, i) => i % 2 === odd), im.filter((_, i) => i % 2 === odd));
  const [er, ei] = half(0), [or, oi] = half(1), outRe = new Array(n), outIm = new Array(n);
  for (let k = 0; k < n / 2; k++) {
    const c = Math.cos(2 * Math.PI * k / n), s = -Math.sin(2 * Math.PI * k / n);
    const r = c * or[k] - s * oi[k], i = c * oi[k] + s * or[k];
    [outRe[k], outIm[k], outRe[k + n / 2], outIm[k + n / 2]] = [er[k] + r, ei[k] + i, er[k] - r, ei[k] - i];
  }
  return [outRe, outIm];
}
