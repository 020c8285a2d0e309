// SPDX-License-Identifier: GPL-3.0-or-later
// Undo, compare, record, which part a small screen shows; and what goes wrong.
import {$, join, notice, now, say} from "./app.js";
import {radio} from "./radio.js";

$("undo").addEventListener("click", () => say({undo: true}));
$("redo").addEventListener("click", () => say({redo: true}));
$("record").addEventListener("click", () => say({record: !now.stage.recording}));
document.addEventListener("keydown", event => {
  if (!(event.ctrlKey || event.metaKey) || event.key.toLowerCase() !== "z" || event.target.closest("input")) return;
  event.preventDefault();
  say(event.shiftKey ? {redo: true} : {undo: true});
});

const showSide = radio($("side-a").parentElement, i => say({compare: "ab"[i]}));
const showView = radio($("show-pad").parentElement, i => {
  document.body.dataset.view = ["pad", "map"][i];
  showView(i);
});
document.body.dataset.view = "pad";

function time(seconds) {
  return `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, "0")}`;
}

let trouble = "", leftOut = "", deviceTrouble = "", recording = null;
join({
  link(up) {
    document.body.classList.toggle("lost", !up);
    notice(up ? "" : "No connection to Timbrel; trying again.", up ? 1 : 0);
  },
  stage(stage) {
    $("undo").disabled = !stage.undo;
    $("redo").disabled = !stage.redo;
    showSide(Number(stage.b));
    document.body.classList.toggle("loading", stage.loading);
    $("record").setAttribute("aria-pressed", String(stage.recording !== null));
    $("record").title = stage.recording ?? "Record what is heard";
    if (!stage.recording) $("record-text").textContent = "Record";
    if (stage.recording && !recording) notice(`Recording ${stage.recording}`);
    if (!stage.recording && recording) notice(`Recorded ${recording}`);
    if (stage.trouble && stage.trouble !== trouble) notice(stage.trouble, 9000);
    if (stage.left_out && stage.left_out !== leftOut) notice(stage.left_out, 9000);
    leftOut = stage.left_out;
    recording = stage.recording;
    trouble = stage.trouble;
  },
  live({recorded, trouble: wrong}) {
    if (wrong && wrong !== deviceTrouble) notice(wrong, 9000);
    deviceTrouble = wrong;
    if (recording) $("record-text").textContent = time(recorded);
  },
});
