// SPDX-License-Identifier: GPL-3.0-or-later
// The WebSocket to Timbrel, which is opened again whenever it breaks.
const FIRST_WAIT = 300, LONGEST_WAIT = 4000; // milliseconds

export class Link {
  constructor(told) {
    this.told = told;
    this.wait = FIRST_WAIT;
    this.turned = {};
  }

  open() {
    const token = encodeURIComponent(location.hash.slice(1));
    const socket = new WebSocket(`ws://${location.host}/socket${token ? "?token=" + token : ""}`, "timbrel");
    this.socket = socket;
    socket.binaryType = "arraybuffer";
    socket.onopen = () => {
      this.wait = FIRST_WAIT;
      this.told("link", true);
    };
    socket.onmessage = ({data}) => this.hear(data);
    socket.onclose = () => {
      this.turned = {};
      this.told("link", false);
      setTimeout(() => this.open(), this.wait);
      this.wait = Math.min(2 * this.wait, LONGEST_WAIT);
    };
  }

  hear(data) {
    if (typeof data !== "string") return this.told("heard", new Uint8Array(data));
    const [[kind, body]] = Object.entries(JSON.parse(data));
    this.told(kind, body);
  }

  say(message) {
    if (this.socket.readyState !== WebSocket.OPEN) return;
    this.flush(); // what was turned before it
    this.socket.send(JSON.stringify(message));
  }

  // Hands move faster than pictures: the latest value of each control goes with the next one.
  turn(name, value) {
    if (Object.keys(this.turned).length === 0) setTimeout(() => this.flush(), 15);
    this.turned[name] = +value.toFixed(5);
  }

  flush() {
    const set = this.turned;
    this.turned = {};
    if (Object.keys(set).length && this.socket.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify({set}));
  }
}
