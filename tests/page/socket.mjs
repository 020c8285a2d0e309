// SPDX-License-Identifier: GPL-3.0-or-later
// Raw HTTP and WebSockets, to send what no browser would.
import {randomBytes} from "node:crypto";
import {connect} from "node:net";

// Sends bytes and returns the answer, up to the end of the connection or a timeout in seconds.
export function exchange(port, bytes, timeout = 2) {
  return new Promise(resolve => {
    const socket = connect(port, "127.0.0.1");
    let got = "";
    const end = () => {
      socket.destroy();
      resolve(got);
    };
    const timer = setTimeout(end, 1000 * timeout);
    socket.on("data", data => {
      got += data.toString("latin1");
      if (/content-length: (\d+)\r\n/.test(got) && got.includes("\r\n\r\n") && got.split("\r\n\r\n")[1].length >= Number(RegExp.$1)) {
        clearTimeout(timer);
        end();
      }
    });
    socket.on("error", () => {});
    socket.on("close", () => {
      clearTimeout(timer);
      resolve(got);
    });
    socket.write(bytes);
  });
}

export const request = (method, path, host, more = "") => `${method} ${path} HTTP/1.1\r\nHost: ${host}\r\n${more}\r\n`;

export const upgrade = (host, origin, path = "/socket") => request("GET", path, host,
  "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: timbrel\r\n" +
  `Sec-WebSocket-Key: ${randomBytes(16).toString("base64")}\r\n${origin === null ? "" : `Origin: ${origin}\r\n`}`);

export function frame(payload, {opcode = 1, fin = true, masked = true, claimed = null} = {}) {
  const data = Buffer.from(payload), n = claimed ?? data.length;
  const head = [(fin ? 0x80 : 0) | opcode];
  if (n < 126) head.push((masked ? 0x80 : 0) | n);
  else if (n < 65536) head.push((masked ? 0x80 : 0) | 126, n >> 8, n & 255);
  else head.push((masked ? 0x80 : 0) | 127, 0, 0, 0, 0, (n >>> 24) & 255, (n >> 16) & 255, (n >> 8) & 255, n & 255);
  if (!masked) return Buffer.concat([Buffer.from(head), data]);
  const mask = randomBytes(4);
  return Buffer.concat([Buffer.from(head), mask, data.map((byte, i) => byte ^ mask[i & 3])]);
}

// An accepted WebSocket, or null. Its input is discarded, or not read if `silent`.
export function connectClient(port, silent = false) {
  return new Promise(resolve => {
    const socket = connect(port, "127.0.0.1");
    let head = "";
    socket.on("error", () => {});
    socket.on("close", () => {
      socket.gone = true;
      resolve(null);
    });
    socket.on("data", function begin(data) {
      head += data.toString("latin1");
      if (!head.includes("\r\n\r\n")) return;
      socket.off("data", begin);
      if (!head.startsWith("HTTP/1.1 101")) return resolve(null);
      if (silent) socket.pause();
      else socket.resume();
      resolve(socket);
    });
    socket.write(upgrade(`127.0.0.1:${port}`, `http://127.0.0.1:${port}`));
  });
}
