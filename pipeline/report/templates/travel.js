// Keyboard travel between doubts: n goes to the next, p to the one before.
"use strict";
document.addEventListener("keydown", (event) => {
  if ((event.key !== "n" && event.key !== "p") || event.ctrlKey || event.metaKey || event.altKey) return;
  const doubts = [...document.querySelectorAll(".doubt")];
  if (!doubts.length) return;
  const here = doubts.indexOf(document.activeElement);
  const step = event.key === "n" ? 1 : -1;
  const next = doubts[(here + step + doubts.length) % doubts.length];
  next.focus();
  next.scrollIntoView({ block: "center" });
});
