// What HTML and htmx cannot do: showing a password to its owner. Without this file the button does not appear.
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

// Password managers recognize only a password field.
document.addEventListener("submit", (event) => {
  for (const button of event.target.querySelectorAll(".reveal.shown")) button.click();
});
