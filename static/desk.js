// What HTML and htmx cannot do at the desk: keys to move by, polls that rest while nobody looks, who is writing, and
// which canned answer goes into the text. Without this file links, buttons and submits do the same.
"use strict";

// The names here are the desk's own; other scripts of a page have theirs.
{
  // ---- keys

  const KEYS_OFF = "ruhsat.desk.keys-off";
  const keysSwitch = document.getElementById("shortcuts-on");

  function keysOff() {
    try {
      return localStorage.getItem(KEYS_OFF) === "1";
    } catch {
      return false;
    }
  }

  if (keysSwitch) {
    keysSwitch.checked = !keysOff();
    keysSwitch.addEventListener("change", () => {
      try {
        if (keysSwitch.checked) localStorage.removeItem(KEYS_OFF);
        else localStorage.setItem(KEYS_OFF, "1");
      } catch {
        keysSwitch.checked = true;
      }
    });
  }

  function step(by) {
    const links = [...document.querySelectorAll(".queue-subject")];
    const at = links.findIndex((link) => link.closest(".queue-item").contains(document.activeElement));
    const next = links[Math.min(links.length - 1, Math.max(0, at + (at < 0 ? 1 : by)))];
    next?.focus();
    next?.scrollIntoView({ block: "nearest" });
  }

  function enter(id) {
    const spot = document.getElementById(id);
    if (!spot) return;
    spot.closest("details")?.setAttribute("open", "");
    spot.focus();
  }

  const KEYS = {
    j: () => step(1),
    k: () => step(-1),
    "/": () => enter("search"),
    r: () => enter("answer-body"),
    n: () => enter("note-body"),
    u: () => document.querySelector(".back a")?.click(),
  };

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || keysOff()) return;
    if (event.target.closest("input, textarea, select, [contenteditable]")) return;
    const act = KEYS[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  });

  // ---- polls

  const UNSEEN_EVERY_MS = 60_000;
  const asked = new WeakMap();

  document.addEventListener("htmx:before:request", (event) => {
    const poll = event.target;
    if (!poll.hasAttribute?.("data-poll")) return;
    const now = Date.now();
    // Who is signed out is told once, and nothing is asked for them any more.
    if (document.querySelector("#signed-out > *")) return event.preventDefault();
    if (document.hidden && now - (asked.get(poll) ?? 0) < UNSEEN_EVERY_MS) event.preventDefault();
    else asked.set(poll, now);
  });

  // ---- who is writing

  function tell() {
    const writing = document.getElementById("writing");
    const answer = document.getElementById("answer-body");
    if (writing && answer) writing.value = answer.value.trim() ? "true" : "";
  }

  document.addEventListener("input", tell);
  // A canned answer that was put into the text is a draft like one that was typed.
  document.addEventListener("htmx:after:swap", () => {
    const answer = document.getElementById("answer-body");
    if (answer?.closest("#answer-text")?.hasAttribute("data-filled")) {
      answer.closest("#answer-text").removeAttribute("data-filled");
      answer.dispatchEvent(new Event("input", { bubbles: true }));
      answer.focus();
    }
  });
  tell();
}
