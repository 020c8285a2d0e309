// SPDX-License-Identifier: GPL-3.0-or-later
// The WebSocket to the server; reconnects when it is lost.
const FIRST_WAIT = 300, MAX_WAIT = 4000; // milliseconds

export class Link {
  constructor(receive) {
    this.receive = receive;
    this.wait = FIRST_WAIT;
    this.pending = {};
  }

  open() {
    const token = encodeURIComponent(location.hash.slice(1));
    const socket = new WebSocket(`ws://${location.host}/socket${token ? "?token=" + token : ""}`, "timbrel");
    this.socket = socket;
    socket.binaryType = "arraybuffer";
    socket.onopen = () => {
      this.wait = FIRST_WAIT;
      this.receive("link", true);
    };
    socket.onmessage = ({data}) => this.handle(data);
    socket.onclose = () => {
      this.pending = {};
      this.receive("link", false);
      setTimeout(() => this.open(), this.wait);
      this.wait = Math.min(2 * this.wait, MAX_WAIT);
    };
  }

  handle(data) {
    if (typeof data !== "string") return this.receive("scope", new Uint8Array(data));
    const [[kind, body]] = Object.entries(JSON.parse(data));
    this.receive(kind, body);
  }

  send(message) {
    if (this.socket.readyState !== WebSocket.OPEN) return;
    this.flush(); // earlier control changes go first
    this.socket.send(JSON.stringify(message));
  }

  // Pointer events come faster than frames: only the latest value of each control is sent, every 15 ms.
  setControl(name, value) {
    if (Object.keys(this.pending).length === 0) setTimeout(() => this.flush(), 15);
    this.pending[name] = +value.toFixed(5);
  }

  flush() {
    const set = this.pending;
    this.pending = {};
    if (Object.keys(set).length && this.socket.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify({set}));
  }
}
