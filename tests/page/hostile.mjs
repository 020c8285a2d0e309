// SPDX-License-Identifier: GPL-3.0-or-later
// Hostile clients: access control, malformed messages, floods; the output must not be affected.
//
//   node hostile.mjs PAGE_HOST FOLDER [MESSAGES [VISITORS [slow]]]
import {randomBytes} from "node:crypto";
import {readFileSync} from "node:fs";
import {connect} from "node:net";
import {Host, check, conclude, seconds, until} from "./host.mjs";
import {level, readWav} from "./listen.mjs";
import {exchange, frame, request, upgrade, connectClient} from "./socket.mjs";

const [program, folder, messages = "100000", visitors = "100", pace] = process.argv.slice(2);
const MESSAGES = Number(messages), SLOW = Number(visitors), CLIENTS = 32, SILENT = 24, BURST = 900;
const FLAT = 3000, PEAK = 8000; // tolerated growth of memory in kilobytes: what repeats, and once

const host = await Host.start(program, folder, "local", "flute");
const {port} = host, here = `127.0.0.1:${port}`;
const status = answer => Number(answer.split(" ")[1] ?? 0);

/* ---- access control ---- */

const get = async (path, name = here) => status(await exchange(port, request("GET", path, name)));
const socket = async (name, origin, path) => status(await exchange(port, upgrade(name, origin, path), 0.7));

check(await get("/") === 200 && await get("/main.js") === 200, "the page is served");
check(await get("/", `localhost:${port}`) === 200, "to localhost by its name, too");
for (const name of [`evil.example:${port}`, "127.0.0.1", `127.0.0.1:${port + 1}`, `127.0.0.1.evil.example:${port}`, `192.0.2.7:${port}`, ""])
  check(await get("/", name) === 403, `refused: Host "${name}"`);
check(status(await exchange(port, `GET / HTTP/1.1\r\nHost: ${here}\r\nHost: evil.example\r\n\r\n`)) !== 200, "two Hosts");
check(status(await exchange(port, "GET / HTTP/1.0\r\n\r\n")) !== 200, "no Host");
for (const path of ["/../../etc/passwd", "/%2e%2e/%2e%2e/etc/passwd", "//etc/passwd", "/index.html/", "/presets", "/.git/config"])
  check(![200, 101].includes(await get(path)), `nothing at ${path}`);
check(status(await exchange(port, request("POST", "/", here, "Content-Length: 0\r\n"))) !== 200, "POST is refused");
check(status(await exchange(port, request("GET", "/", here, "Upgrade: h2c\r\nConnection: Upgrade, HTTP2-Settings\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n"))) !== 101, "no HTTP/2");
const answer = await exchange(port, request("GET", "/", here));
check(/content-security-policy: default-src 'none'; script-src 'self'/.test(answer) && /nosniff/.test(answer), "security headers are sent");
check((await exchange(port, request("HEAD", "/", here), 0.5)).split("\r\n\r\n")[1] === "", "HEAD has no body");

check(await socket(here, `http://${here}`) === 101, "a WebSocket of our own page is accepted");
for (const origin of ["http://evil.example", `https://${here}`, `http://${here}.evil.example`, `http://localhost:${port}`, "null", "", null])
  check(await socket(here, origin) !== 101, `refused: Origin ${origin}`);
check(await socket(`evil.example:${port}`, `http://evil.example:${port}`) !== 101, "refused: a foreign name for this machine (DNS rebinding)");
check(await socket(here, `http://${here}`, "/") !== 101 && await socket(here, `http://${here}`, "/socket2") !== 101, "refused: another path");

/* ---- access token ---- */

const open = await Host.start(program, folder, "listen", "seed:7");
const token = open.address.split("#")[1], there = new URL(open.address).host;
const withToken = async path => status(await exchange(open.port, upgrade(there, `http://${there}`, path), 0.7));
check(/^[0-9a-f]{32}$/.test(token), "the address has a token of 128 bits");
check(await withToken(`/socket?token=${token}`) === 101, "the token is accepted");
for (const wrong of ["", "?token=", `?token=${token.slice(1)}`, `?token=${token}0`, `?token=${token.replace(/.$/, c => c === "0" ? "1" : "0")}`, `?tokem=${token}`, `?token=%00${token}`])
  check(await withToken(`/socket${wrong}`) !== 101, `refused: ${wrong.replaceAll(token.slice(1, -1), "...")}`);
check(status(await exchange(open.port, upgrade(`evil.example:${open.port}`, `http://evil.example:${open.port}`, `/socket?token=${token}`), 0.7)) !== 101, "refused: the token under a foreign name");
check(status(await exchange(open.port, request("GET", "/", there))) === 200, "the page's files need no token");
await open.quit();

/* ---- floods ---- */

const words = ["set", "note", "sustain", "sound", "load", "save", "remove", "undo", "redo", "compare", "learn", "record", "panic"];
const any = list => list[Math.floor(list.length * Math.random())];
const values = [null, [], {}, -1, 1e308, "x", [60], [60, 300], [128, 1], ["60", 1], [60, 1.5], {brightness: "1"}, {nothing: 1}, [0, "/etc/passwd"],
  [9, "flute"], [0, "../seed:1"], [0, "flute,/etc/passwd@0.5"], "../../etc/passwd", "/etc/passwd.json", {name: "../x", text: ""}, {name: "x"}, "c", 1];
const kinds = [
  () => frame(JSON.stringify({[any(words)]: any(values)}).replace(/"(undo|redo|panic|sustain|record)":1/, "\"$1\":2")),
  () => frame("[".repeat(4000)),
  () => frame(`{"set":{"brightness":${"9".repeat(400)}}}`),
  () => frame('{"set":{"brightness":NaN}}'),
  () => frame('{"note":[60,100],"note":[61,100]}'),
  () => frame('{"note":[60,100]} {"note":[61,100]}'),
  () => frame(`{"set":{${Array.from({length: 300}, (_, i) => `"x${i}":1`)}}}`),
  () => frame(""),
  () => frame('{"load":"\\u0000"}'),
  () => frame(JSON.stringify({learn: "x".repeat(3000)})),
  () => Buffer.concat([frame('{"note":', {fin: false}), frame("", {opcode: 0, fin: false}), frame("[60]}", {opcode: 0})]),
];
const deadly = [ // these end the connection
  () => frame("x".repeat(5000)),
  () => frame(randomBytes(50), {opcode: 2}),
  () => frame(Buffer.from([0xff, 0xfe, 0xc0, 0x80])),
  () => frame('{"undo":true}', {masked: false}),
  () => frame("x", {claimed: 2 ** 31}),
  () => frame("x", {opcode: 5}),
  () => randomBytes(200),
];

// CPU ticks: total, and stolen by the host of a virtual machine.
function ticks() {
  const all = readFileSync("/proc/stat", "latin1").split("\n")[0].trim().split(/ +/).slice(1, 9).map(Number);
  return {all: all.reduce((sum, x) => sum + x, 0), stolen: all[7]};
}

let sent = 0, visits = 0;
async function flood(many) {
  while (sent < many) {
    const visitor = await connectClient(port);
    if (!visitor) {
      await seconds(0.02);
      continue;
    }
    visits++;
    const messages = Array.from({length: BURST}, () => any(kinds)());
    if (visits % 3 === 0) messages.push(any(deadly)());
    sent += messages.length;
    visitor.write(Buffer.concat(messages));
    await Promise.race([new Promise(resolve => visitor.on("close", resolve)), seconds(0.3)]);
    visitor.destroy();
  }
}

// A request that never ends, sent at one byte per second.
function drip() {
  const visitor = connect(port, "127.0.0.1"), text = request("GET", "/", here, "X: y\r\n".repeat(100));
  let at = 0;
  const timer = setInterval(() => visitor.write(text[at++]), 1000);
  visitor.on("error", () => {});
  visitor.resume();
  return new Promise(resolve => visitor.on("close", () => {
    clearInterval(timer);
    resolve();
  }));
}

await Promise.all(Array.from({length: CLIENTS}, () => flood(20000))); // one-time allocations, also of many clients at once
sent = visits = 0;
host.midi(0x90, 69, 90);
await seconds(3);
const calm = [await host.mark()], before = await host.state();
await seconds(2);
calm.push(await host.mark());
const begun = Date.now(), stormy = [calm[1]], first = ticks();
const drips = Array.from({length: SLOW - SILENT}, drip);
const silent = await Promise.all(Array.from({length: SILENT}, () => connectClient(port, true)));
await Promise.all([
  ...Array.from({length: CLIENTS - SILENT}, () => flood(MESSAGES)),
  Promise.race([Promise.all(drips), seconds(12)]).then(all => check(Array.isArray(all), `${drips.length} slow requests time out`)),
  until(async () => (await get("/")) === 200, "the page is served during the flood"),
  seconds(16),
]);
for (let i = 0; i < 3; i++) { // a client that does not read notices the disconnection only when it writes
  for (const visitor of silent) visitor.write(frame("{}"));
  await seconds(0.2);
}
check(silent.every(visitor => visitor.gone), `${SILENT} pages that never read are disconnected`);
stormy.push(await host.mark());
const during = await host.state();
console.log(`${sent} hostile messages in ${visits} visits; ${(Date.now() - begun) / 1000} s; latest block ${during.late} s late (before: ${before.late} s)`);
await seconds(2);
const after = await host.state(), last = ticks();
const stolen = (last.stolen - first.stolen) / (last.all - first.all), over = after.overruns - before.overruns;
// Stolen time counts as work of the block. A host may also pause a virtual processor without reporting it, which hits
// single blocks; work that is too much would show in many.
const blocks = (stormy[1] - stormy[0]) / 128, excused = (stolen < 0.01 ? 0.001 : 0.01) * blocks;
check(pace === "slow" || over <= excused, `blocks that took too long: ${over}; stolen CPU time ${(100 * stolen).toFixed(1)} %`);
check(after.lost === before.lost && after.held === 1 && after.brightness === 0 && after.sounds === 1, "hostile messages have no effect");
const kilobytes = [before.kilobytes, after.kilobytes];
if (kilobytes[1] - kilobytes[0] >= FLAT) { // more at once than ever before; what leaks does so again
  sent = visits = 0;
  await Promise.all(Array.from({length: CLIENTS}, () => flood(MESSAGES)));
  await seconds(2);
  kilobytes.push((await host.state()).kilobytes);
}
check(pace === "slow" || (kilobytes.at(-1) - kilobytes.at(-2) < FLAT && kilobytes[1] - kilobytes[0] < PEAK), `memory: ${kilobytes.join(", then ")} kB`);

const many = (await Promise.all(Array.from({length: 2 * CLIENTS}, () => connectClient(port)))).filter(Boolean);
check(many.length === CLIENTS, `${many.length} pages at once are accepted`);
for (const visitor of many) visitor.destroy();
await seconds(0.3);

// More connections than the server takes at a time: others wait until the silent ones time out.
const idle = Array.from({length: 160}, () => connect(port, "127.0.0.1").on("error", () => {}));
await seconds(0.3);
check(status(await exchange(port, request("GET", "/", here), 20)) === 200, `a request behind ${idle.length} silent connections is answered`);
for (const connection of idle) connection.destroy();
await seconds(0.3);

/* ---- fast but legitimate clients ---- */

const quick = await connectClient(port);
for (let i = 0; i < 20; i++) {
  quick.write(Buffer.concat(Array.from({length: 20}, (_, k) => frame(JSON.stringify({set: {brightness: k / 20}})))));
  await seconds(0.05);
}
check(!quick.gone, "400 movements per second are accepted");
await until(async () => Math.abs((await host.state()).brightness - 0.95) < 0.001, "and the last one arrives");
quick.write(frame('{"note":[72,100]}'));
await until(async () => (await host.state()).held === 2, "a note");
quick.write(Buffer.concat(Array.from({length: 3000}, () => frame('{"set":{"brightness":0}}'))));
await until(() => quick.gone, "3000 messages at once are too many");
await until(async () => (await host.state()).held === 1, "and the client's note ends");
await host.quit();

/* ---- the output ---- */

const {samples} = readWav(`${folder}/output.wav`);
// A discontinuity has a far larger second difference than a steady tone.
function roughest([from, to]) {
  let most = 0;
  for (let i = from + 2; i < to; i++) most = Math.max(most, Math.abs(samples[i] - 2 * samples[i - 1] + samples[i - 2]));
  return most;
}
const levels = span => Array.from({length: Math.floor((span[1] - span[0]) / 4800)}, (_, i) => level(samples.subarray(span[0] + 4800 * i, span[0] + 4800 * (i + 1))));
const [quietest, loudest] = [Math.min(...levels(stormy)), Math.max(...levels(calm))];
check(loudest > 0.003 && quietest > 0, `a note sounds throughout (${quietest.toFixed(4)} .. ${loudest.toFixed(4)})`);
check(roughest(stormy) < 1.5 * roughest(calm), `without clicks (${roughest(calm).toExponential(1)} before, ${roughest(stormy).toExponential(1)} during the flood)`);
conclude();
