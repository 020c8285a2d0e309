// SPDX-License-Identifier: GPL-3.0-or-later
// Runs tests/page_host as a process and exchanges commands and answers with it.
import {spawn} from "node:child_process";
import {createInterface} from "node:readline";

export class Host {
  // Resolves when the page is served at host.address.
  static start(program, folder, mode, ...sounds) {
    const host = new Host(), child = spawn(program, [folder, mode, ...sounds], {stdio: ["pipe", "pipe", "inherit"]});
    host.child = child;
    host.waiting = new Map();
    host.ended = new Promise(resolve => child.on("exit", code => resolve(code)));
    return new Promise((resolve, reject) => {
      host.ended.then(code => reject(new Error(`page_host exited at once: ${code}`)));
      createInterface({input: child.stdout}).on("line", line => {
        const [kind, name, ...rest] = line.split(" ");
        if (line.startsWith("http:")) {
          host.address = line;
          host.port = Number(new URL(line).port);
          resolve(host);
        } else {
          host.waiting.get(`${kind} ${name}`)?.(rest.join(" "));
        }
      });
    });
  }

  ask(kind) {
    this.asked = (this.asked ?? 0) + 1;
    const order = `${kind} q${this.asked}`;
    this.child.stdin.write(`${order}\n`);
    return new Promise(resolve => this.waiting.set(order, resolve));
  }

  // The current position in the output, in samples.
  async mark() {
    return Number(await this.ask("mark"));
  }

  // Waits until this many more samples have been rendered, possibly slower than real time; returns the new position.
  async wait(samples) {
    const from = await this.mark();
    let now = from;
    for (const last = Date.now() + 1000 * 120; now < from + samples; now = await this.mark()) {
      if (Date.now() > last) throw new Error(`page_host plays no more after ${now} samples`);
      await seconds(0.02);
    }
    return now;
  }

  async state() {
    return JSON.parse(await this.ask("state"));
  }

  midi(...bytes) {
    this.child.stdin.write(`midi ${bytes.join(" ")}\n`);
  }

  async quit() {
    this.child.stdin.write("quit\n");
    const code = await this.ended;
    if (code !== 0) throw new Error(`page_host exited with status ${code}`);
  }
}

export const seconds = n => new Promise(resolve => setTimeout(resolve, 1000 * n));

let failures = 0;
export function check(good, what) {
  if (!good) failures++;
  console.log(`${good ? "ok  " : "FAIL"} ${what}`);
}

// Retries until the condition holds, for at most three minutes, since the machine may be busy.
export async function until(holds, what) {
  const end = Date.now() + 1000 * 180;
  let last;
  while (!(last = await holds()) && Date.now() < end) await seconds(0.1);
  check(Boolean(last), what);
}

export function conclude() {
  console.log(failures ? `${failures} failed` : "all passed");
  process.exit(failures ? 1 : 0);
}
