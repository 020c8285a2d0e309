// SPDX-License-Identifier: GPL-3.0-or-later
// Takes the screenshot for README.md.
//
//   node picture.mjs PAGE_HOST FOLDER CHROMIUM PICTURE.png
import {chromium} from "playwright-core";
import {Host, seconds} from "./host.mjs";

const [program, folder, executablePath, path] = process.argv.slice(2);
const host = await Host.start(program, folder, "local", "flute");
const browser = await chromium.launch({executablePath, args: ["--no-sandbox"]});
const page = await browser.newPage({viewport: {width: 1280, height: 800}, colorScheme: "dark"});
await page.goto(host.address);
await page.waitForSelector(".knob[aria-valuenow]");
await page.click("#preset-open");
await page.click(".entry:has-text('Four Winds')");
await seconds(15); // sounds and map are loaded
const pad = await page.locator("#pad").boundingBox();
await page.mouse.click(pad.x + 0.3 * pad.width, pad.y + 0.36 * pad.height);
for (const [name, key, times] of [["brightness", "ArrowUp", 9], ["warmth", "ArrowDown", 6], ["movement", "ArrowUp", 12]]) {
  await page.focus(`.knob[aria-label=${name}]`);
  for (let i = 0; i < times; i++) await page.keyboard.press(key);
}
await page.evaluate(() => document.activeElement.blur());
for (const key of ["a", "d", "g"]) await page.keyboard.down(key);
await seconds(0.6);
await page.screenshot({path});
await browser.close();
await host.quit();
