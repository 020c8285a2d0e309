// SPDX-License-Identifier: GPL-3.0-or-later
// A client that stays connected until it is killed: node look.mjs PORT. Prints "in" once it is accepted.
import {connectClient} from "./socket.mjs";

if (!await connectClient(Number(process.argv[2]))) {
  console.log("not accepted");
  process.exit(1);
}
console.log("in");
setInterval(() => {}, 1000);
