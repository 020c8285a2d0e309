// SPDX-License-Identifier: GPL-3.0-or-later
// The footer: load, voices, latency, gaps, device.
import {$, subscribe, make} from "./app.js";

const names = ["load", "voices", "latency", "gaps", "device"];
const texts = names.map(name => {
  const text = make("b");
  $("figures").append(make("span", {id: `figure-${name}`}, name === "device" ? "" : `${name} `, text));
  return text;
});

subscribe({
  live({load, worst, voices, latency, xruns, overruns, device, lost}) {
    const values = [`${Math.round(100 * load)} %`, voices, `${(1000 * latency).toFixed(1)} ms`, xruns, lost ? `lost; waiting for ${device}` : device];
    values.forEach((text, i) => (texts[i].textContent = text));
    texts[0].parentElement.title = `worst block ${Math.round(100 * worst)} %`;
    texts[3].parentElement.title = `reported by the device; caused by Timbrel: ${overruns}`;
    texts[0].parentElement.classList.toggle("bad", worst > 1);
    texts[4].parentElement.classList.toggle("bad", lost);
  },
});
