// SPDX-License-Identifier: GPL-3.0-or-later
// The page in a browser: input on the page must be heard in the output. Needs playwright-core and Chromium.
//
//   node page.mjs PAGE_HOST FOLDER CHROMIUM
import {once} from "node:events";
import {existsSync} from "node:fs";
import {createServer} from "node:net";
import {chromium} from "playwright-core";
import {Host, check, conclude, seconds, until} from "./host.mjs";
import {centroid, centsFrom, level, readWav} from "./listen.mjs";

const [program, folder, executablePath] = process.argv.slice(2);
const RATE = 48000;
const started = process.hrtime.bigint();
const step = name => console.log(`---- ${name} (${Number((process.hrtime.bigint() - started) / 1000000n) / 1000} s)`);
const later = []; // checks of the output, run at the end

// A port that the system chooses: while Timbrel restarts, another one would take the first of Timbrel's usual ports.
const probe = createServer().listen(0, "127.0.0.1");
await once(probe, "listening");
const {port} = probe.address();
probe.close();
await once(probe, "close");

let host = await Host.start(program, folder, `local:${port}`, "flute", "trumpet");
const browser = await chromium.launch({executablePath, args: ["--no-sandbox"]}); // it only runs our own page
const complaints = [];

async function open(options) {
  const page = await (await browser.newContext(options)).newPage();
  page.setDefaultTimeout(120000); // the machine may be busy
  page.on("console", message => ["error", "warning"].includes(message.type()) && complaints.push(message.text()));
  page.on("pageerror", error => complaints.push(error.message));
  page.on("request", request => {
    const {host: there} = new URL(request.url());
    if (there !== new URL(host.address).host) complaints.push(`a foreign address: ${request.url()}`);
  });
  await page.goto(host.address);
  await page.waitForSelector(".knob[aria-valuenow]");
  return page;
}

const value = (page, name) => page.getAttribute(`.knob[aria-label=${name}]`, "aria-valuenow").then(Number);

// Records the output of the next `duration` seconds, after a short delay, for `judge`.
async function listen(duration, judge) {
  const from = await host.wait(0.25 * RATE), to = await host.wait(duration * RATE);
  later.push(samples => judge(samples.subarray(from, to)));
}

step("the page loads");
const page = await open({viewport: {width: 1280, height: 800}, colorScheme: "dark"});

step("the map is not distorted when its size changes late");
const scales = await page.evaluate(() => new Promise(resolve => requestAnimationFrame(() => {
  const map = document.getElementById("map");
  map.parentElement.style.height = "140px";
  new ResizeObserver(() => { // runs after the page's own observer, before this frame is shown
    resolve([map.width / map.clientWidth, map.height / map.clientHeight]);
    map.parentElement.style.height = "";
  }).observe(map);
})));
check(Math.abs(scales[0] - scales[1]) < 0.02, `pixels of the map are square in the frame of its new size: ${scales}`);

step("no text is cut off on small screens");
await until(async () => (await page.locator("#map-corners .chip:visible").count()) >= 2, "the map has corners");
for (const [width, height] of [[1024, 700], [1280, 800], [982, 700]]) {
  await page.setViewportSize({width, height});
  await seconds(0.2);
  const cut = await page.evaluate(() => [...document.querySelectorAll(".knob b, .ends span, header button, .chip span")]
    .filter(e => e.offsetParent && e.scrollWidth > e.clientWidth + 1 && getComputedStyle(e).display !== "inline")
    .map(e => e.textContent));
  const size = await page.evaluate(() => [document.documentElement.scrollWidth, document.documentElement.scrollHeight]);
  check(cut.length === 0, `${width}x${height}: no name is cut off: ${cut}`);
  check(size[0] <= width && size[1] <= height, `and all fits: ${size}`);
  await page.screenshot({path: `${folder}/desktop-${width}.png`});
}
await page.setViewportSize({width: 1280, height: 800});

step("a computer key plays its pitch");
await page.keyboard.down("h"); // A4
await listen(0.8, segment => {
  const cents = centsFrom(69, segment, RATE);
  check(level(segment) > 0.003 && Math.abs(cents) <= 5, `A4 is heard, ${cents} cents from its pitch`);
});
check((await host.state()).held === 1, "one key is down");
const lit = page.locator("#piano .on[aria-label=A4]");
await until(() => lit.count(), "the key is lit");
await page.setViewportSize({width: 700, height: 800});
await until(async () => (await page.locator("#piano [data-key]").count()) < 40, "a narrower window has fewer keys");
await page.keyboard.press("x");
check((await host.state()).held === 1, "and the note goes on, also when the octave changes");
await page.keyboard.press("z");
await page.setViewportSize({width: 1280, height: 800});
await until(async () => (await page.locator("#piano [data-key]").count()) > 50, "the piano is as wide as before");

step("the pad and a knob move the brightness");
const brightness = {};
// Of a new note each time: one that is held has died away where the machine is slow.
const keep = async name => {
  await page.keyboard.up("h");
  await until(async () => (await host.state()).held === 0, "the key is up");
  await page.keyboard.down("h");
  await until(async () => (await host.state()).held === 1, `${name}: the key is down`);
  await listen(0.5, segment => (brightness[name] = centroid(segment, RATE)));
};
const field = await page.locator("#pad").boundingBox();
const drag = async (fromX, toX) => {
  await page.mouse.move(field.x + fromX * field.width, field.y + field.height / 2);
  await page.mouse.down();
  await page.mouse.move(field.x + toX * field.width, field.y + field.height / 2, {steps: 8});
  await page.mouse.up();
};
await drag(0.5, 0.01);
await keep("flute");
await drag(0.01, 0.99);
await until(async () => (await host.state()).x > 0.95, "the pad is at its right edge");
await keep("trumpet");
await page.focus(".knob[aria-label=brightness]");
await page.keyboard.press("End");
await keep("bright");
await page.keyboard.press("Home");
await keep("dark");
await page.dblclick(".knob[aria-label=brightness]");
await until(async () => (await value(page, "brightness")) === 0, "a double click puts the knob back");
await page.keyboard.up("h");
later.push(() => {
  const text = Object.entries(brightness).map(([name, hz]) => `${name} ${hz.toFixed(0)} Hz`).join(", ");
  check(brightness.trumpet > 1.2 * brightness.flute, `brightness follows the pad: ${text}`);
  check(brightness.bright > 1.2 * brightness.dark, "and the knob");
});

step("a preset is saved and loaded");
await page.focus(".knob[aria-label=warmth]");
await page.keyboard.press("PageUp");
await until(async () => (await value(page, "warmth")) > 0, "a key turns a knob");
const warmth = await value(page, "warmth");
const isBack = async what => {
  await until(async () => Math.abs((await value(page, "warmth")) - warmth) < 0.01, what);
  if (Math.abs((await value(page, "warmth")) - warmth) >= 0.01) console.log(`     ${await value(page, "warmth")}, not ${warmth}`);
};
await page.click("#preset-open");
await page.fill("#save-name", "Mine, of <b>tests</b>");
await page.keyboard.press("Enter");
await until(() => existsSync(`${folder}/presets`) && page.locator("#preset-name", {hasText: "Mine, of <b>tests"}).count(), "it is saved, and has its name");
await page.focus(".knob[aria-label=warmth]");
await page.keyboard.press("Home");
await until(() => page.locator("#preset-changed:not([hidden])").count(), "the page shows that it was changed");
await page.click("#preset-open");
await page.click(".entry:has-text('Mine, of')");
await isBack("it is loaded: the knob is back");
await page.click("#undo");
await until(async () => (await value(page, "warmth")) < -2.9, "undo");
await page.click("#redo");
await isBack("redo");
await page.click("#side-b");
await page.focus(".knob[aria-label=warmth]");
await page.keyboard.press("End");
await page.click("#side-a");
await isBack("A is unchanged by edits of B");

step("MIDI learn, and keys held on a MIDI keyboard");
await page.click(".knob[aria-label=hollowness]", {button: "right"});
await until(() => page.locator(".knob.waits[aria-label=hollowness]").count(), "the knob waits for a controller");
await page.keyboard.press("Escape");
await until(async () => !(await page.locator(".knob.waits").count()), "Escape cancels");
await page.click("#learn");
await page.click(".knob[aria-label=hollowness]");
await until(() => page.locator(".knob.waits[aria-label=hollowness]").count(), "the Learn button does the same");
for (let v = 0; v <= 120; v += 5) host.midi(0xb0, 21, v);
await until(() => page.locator(".knob[aria-label=hollowness] .cc", {hasText: "21"}).count(), "controller 21 is learned");
for (let v = 0; v <= 127; v++) host.midi(0xb0, 21, v);
await until(async () => (await value(page, "hollowness")) > 2.9, "and moves the knob");
host.midi(0x90, 64, 100);
await until(() => page.locator("#piano .on[aria-label=E4]").count(), "a key of a MIDI keyboard is lit");
host.midi(0x80, 64, 0);

step("a recording");
await page.click("#record");
await seconds(1.2);
await page.click("#record");
await until(() => page.locator("#notice", {hasText: "Recorded timbrel-"}).count(), "it is recorded");
const recorded = (await page.textContent("#notice")).split(" ").pop();
check(existsSync(`${folder}/${recorded}`), "and the file is there");

step("the map");
await until(() => page.locator("#map-part").isVisible(), "there is a map");
await page.focus("#map");
await until(async () => {
  await page.keyboard.press("ArrowRight");
  return (await page.getAttribute("#map", "aria-label")).includes(": ");
}, "arrow keys go from sound to sound");
const chosen = (await page.getAttribute("#map", "aria-label")).split(": ")[1];
await page.keyboard.press("Enter");
await until(() => page.locator("#pad-part .chip", {hasText: chosen}).count(), `Enter puts ${chosen} on the corner`);
const map = await page.locator("#map").boundingBox();
await page.mouse.click(map.x + map.width / 3, map.y + map.height / 3);
await until(() => page.locator("#pad-part .chip", {hasText: " + "}).count() || page.locator("#pad-part .chip", {hasText: "seed:"}).count(), "a click puts the sound or mix there");

step("by keyboard alone");
await page.evaluate(() => document.activeElement.blur());
const reached = [];
for (let i = 0; i < 60; i++) {
  await page.keyboard.press("Tab");
  reached.push(await page.evaluate(() => {
    const e = document.activeElement;
    if (e === document.body) return "the browser's own";
    return `${e.id || e.getAttribute("aria-label")}${getComputedStyle(e).outlineStyle === "none" ? " (invisible)" : ""}`;
  }));
}
const needed = ["preset-open", "undo", "learn", "record", "panic", "pad", "brightness", "movement", "volume", "width", "map", "hold"];
check(needed.every(name => reached.includes(name)), `Tab reaches all controls; missing: ${needed.filter(name => !reached.includes(name))}`);
const unseen = reached.filter(name => name.includes("(invisible"));
check(unseen.length === 0, `and the focus is visible: ${unseen}`);
await page.focus("#piano [tabindex='0']");
await page.keyboard.down("Enter");
await until(async () => (await host.state()).held === 1, "Enter plays the key that has the focus");
await page.keyboard.up("Enter");
await until(async () => (await host.state()).held === 0, "while it is down");
await page.focus("#pad");
await page.keyboard.press("Shift+ArrowLeft");
await until(async () => Math.abs((await host.state()).x - 0.89) < 0.02, "arrows move the pad");

step("no note hangs");
await page.keyboard.down("a");
await page.keyboard.down("d");
await until(async () => (await host.state()).held === 2, "two keys are down");
await page.evaluate(() => dispatchEvent(new Event("blur")));
await until(async () => (await host.state()).held === 0, "they end when the window loses focus");
await page.keyboard.up("a");
await page.keyboard.down("g");
await until(async () => (await host.state()).held === 1, "another is down");
await page.screenshot({path: `${folder}/desktop.png`});
await page.close();
await until(async () => (await host.state()).held === 0, "it ends when the page is closed");

step("on a phone");
const phone = await open({viewport: {width: 390, height: 844}, isMobile: true, hasTouch: true, deviceScaleFactor: 2, colorScheme: "dark"});
const keys = await phone.locator("#piano .white").all();
const boxes = await Promise.all([0, 2, 4].map(i => keys[i].boundingBox()));
const cdp = await phone.context().newCDPSession(phone);
const touchPoints = boxes.map((box, id) => ({x: box.x + box.width / 2, y: box.y + 0.9 * box.height, id}));
await cdp.send("Input.dispatchTouchEvent", {type: "touchStart", touchPoints});
await until(async () => (await host.state()).held === 3, "three touches hold three keys");
await phone.screenshot({path: `${folder}/phone.png`});
await cdp.send("Input.dispatchTouchEvent", {type: "touchEnd", touchPoints: []});
await until(async () => (await host.state()).held === 0, "and release them");
for (const [width, height, name] of [[390, 844, "upright"], [844, 390, "across"], [360, 640, "small"], [320, 568, "smallest"]]) {
  await phone.setViewportSize({width, height});
  await seconds(0.2);
  const over = await phone.evaluate(() => document.documentElement.scrollWidth) - width;
  check(over <= 0, `${name}: nothing is wider than the screen (${over})`);
  const cut = await phone.evaluate(() => [...document.querySelectorAll(".knob b, .tools button")]
    .filter(e => e.offsetParent && e.scrollWidth > e.clientWidth + 1).map(e => e.textContent));
  check(cut.length === 0, `${name}: no name is cut off: ${cut}`);
  await phone.screenshot({path: `${folder}/phone-${name}.png`});
}

step("Timbrel restarts");
await host.quit();
const output = readWav(`${folder}/output.wav`).samples;
await until(() => phone.locator("body.lost").count(), "the page says that the connection is lost");
await until(() => phone.locator("#notice", {hasText: "No connection"}).count(), "in words");
const isOurs = text => !/WebSocket connection|ERR_CONNECTION_REFUSED/.test(text); // logged by the browser while the server is down
host = await Host.start(program, folder, `local:${port}`, "seed:7");
check(host.port === port, "it is served on the same port");
await until(async () => !(await phone.locator("body.lost").count()), "the page reconnects");
await until(() => phone.locator("#pad-part .chip", {hasText: "seed:7"}).count(), "and shows the new state");
await browser.close();
await host.quit();

step("the output");
for (const judge of later) judge(output);
complaints.splice(0, complaints.length, ...complaints.filter(isOurs));
check(complaints.length === 0, `no errors, no foreign addresses: ${complaints}`);
conclude();
