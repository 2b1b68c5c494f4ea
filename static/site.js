// What HTML and htmx cannot do: showing a password to its owner, copying a key, counting down. Without this file no button appears.
"use strict";

document.documentElement.classList.add("js");

document.addEventListener("click", (event) => {
  const button = event.target.closest(".reveal");
  if (!button) return;
  const input = document.getElementById(button.getAttribute("aria-controls"));
  const shown = input.type === "password";
  input.type = shown ? "text" : "password";
  button.classList.toggle("shown", shown);
});

// The clipboard is closed to pages without TLS; the older way works there.
document.addEventListener("click", async (event) => {
  const button = event.target.closest(".copy");
  if (!button) return;
  const input = document.getElementById(button.getAttribute("aria-controls"));
  input.select();
  try {
    await navigator.clipboard.writeText(input.value);
  } catch {
    if (!document.execCommand("copy")) return;
  }
  button.closest(".key").querySelector("[role=status]").textContent = button.dataset.done;
});

// Password managers recognize only a password field.
document.addEventListener("submit", (event) => {
  for (const button of event.target.querySelectorAll(".reveal.shown")) button.click();
});

// Countdowns to the end of a promise; the server writes the first text, and the units that it is written with.
const countDown = () => {
  for (const left of document.querySelectorAll("[data-until]")) {
    const seconds = Math.floor((new Date(left.dataset.until) - Date.now()) / 1000);
    const days = seconds >= 172800 ? Math.floor(seconds / 86400) : 0;
    const hours = Math.floor((seconds - days * 86400) / 3600);
    const minutes = days ? 0 : Math.floor((seconds % 3600) / 60);
    const parts = [[days, "days"], [hours, "hours"], [minutes, "minutes"]].filter(([number]) => number > 0);
    const time = (parts.length ? parts : [[0, "minutes"]]).map(([number, unit]) => left.dataset[unit].replace("{number}", number)).join(" ");
    left.textContent = seconds < 0 ? left.dataset.over : left.dataset.left.replace("{time}", time);
  }
};

setInterval(countDown, 15000);
