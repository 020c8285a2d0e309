// SPDX-License-Identifier: GPL-3.0-or-later
// Somebody who looks at a page until he is killed: node look.mjs PORT. Says "in" when he has been let in.
import {visit} from "./socket.mjs";

if (!await visit(Number(process.argv[2]))) {
  console.log("not let in");
  process.exit(1);
}
console.log("in");
setInterval(() => {}, 1000);
