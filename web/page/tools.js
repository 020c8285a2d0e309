// SPDX-License-Identifier: GPL-3.0-or-later
// Undo, compare, record, the view on small screens, and error messages.
import {$, subscribe, notice, now, send} from "./app.js";
import {radio} from "./radio.js";

$("undo").addEventListener("click", () => send({undo: true}));
$("redo").addEventListener("click", () => send({redo: true}));
$("record").addEventListener("click", () => send({record: !now.session.recording}));
document.addEventListener("keydown", event => {
  if (!(event.ctrlKey || event.metaKey) || event.key.toLowerCase() !== "z" || event.target.closest("input")) return;
  event.preventDefault();
  send(event.shiftKey ? {redo: true} : {undo: true});
});

const showSide = radio($("side-a").parentElement, i => send({compare: "ab"[i]}));
const showView = radio($("show-pad").parentElement, i => {
  document.body.dataset.view = ["pad", "map"][i];
  showView(i);
});
document.body.dataset.view = "pad";

function time(seconds) {
  return `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, "0")}`;
}

let error = "", errors = 0, presetFaults = "", deviceError = "", recording = null;
subscribe({
  link(up) {
    document.body.classList.toggle("lost", !up);
    notice(up ? "" : "No connection to Timbrel; trying again.", up ? 1 : 0);
  },
  session(session) {
    $("undo").disabled = !session.undo;
    $("redo").disabled = !session.redo;
    showSide(Number(session.b));
    document.body.classList.toggle("loading", session.loading);
    $("record").setAttribute("aria-pressed", String(session.recording !== null));
    $("record").title = session.recording ?? "Record the output";
    if (!session.recording) $("record-text").textContent = "Record";
    if (session.recording && !recording) notice(`Recording ${session.recording}`);
    else if (session.recording && session.recording !== recording) notice(`The recording continues in ${session.recording}`);
    if (!session.recording && recording) notice(`Recorded ${recording}`);
    if (session.error && (session.error !== error || session.errors !== errors)) notice(session.error, 9000);
    if (session.preset_faults && session.preset_faults !== presetFaults) notice(session.preset_faults, 9000);
    presetFaults = session.preset_faults;
    recording = session.recording;
    error = session.error;
    errors = session.errors;
  },
  live({recorded, error: lost}) {
    if (lost && lost !== deviceError) notice(lost, 9000);
    deviceError = lost;
    if (recording) $("record-text").textContent = time(recorded);
  },
});
