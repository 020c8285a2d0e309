// SPDX-License-Identifier: GPL-3.0-or-later
// A radio group after the ARIA authoring practices: one tab stop, arrow keys choose.
export function radio(group, chosen) {
  const buttons = () => [...group.querySelectorAll("[role=radio]")].filter(b => !b.hidden);
  group.addEventListener("click", event => {
    const button = event.target.closest("[role=radio]");
    if (button) chosen(buttons().indexOf(button));
  });
  group.addEventListener("keydown", event => {
    const step = {ArrowLeft: -1, ArrowUp: -1, ArrowRight: 1, ArrowDown: 1}[event.key];
    const at = buttons().indexOf(event.target);
    if (!step || at < 0) return;
    event.preventDefault();
    const next = (at + step + buttons().length) % buttons().length;
    buttons()[next].focus();
    chosen(next);
  });
  return i => buttons().forEach((button, k) => {
    button.setAttribute("aria-checked", String(k === i));
    button.tabIndex = k === i ? 0 : -1;
  });
}
