// Keyboard travel between doubts: n goes to the next, p to the one before; its place is framed on the page image.
"use strict";
const marker = document.createElement("div");
marker.className = "marker";

function frame(target) {
  const image = target.closest(".beside")?.querySelector(".image:not(.undrawn)");
  const box = (target.dataset.box || "").split(" ").map(Number);
  if (!image || box.length !== 4) { marker.remove(); return; }
  marker.style.left = `${box[0] - 0.4}%`;
  marker.style.top = `${box[1] - 0.3}%`;
  marker.style.width = `${box[2] - box[0] + 0.8}%`;
  marker.style.height = `${box[3] - box[1] + 0.6}%`;
  image.append(marker);
}

function travel(selector, step) {
  const places = [...document.querySelectorAll(selector)];
  if (!places.length) return;
  const active = document.activeElement;
  let here = places.indexOf(active);
  if (here < 0 && active !== document.body) {
    // From a place between two: the first after it, or the last before it.
    const after = places.findIndex((p) => active.compareDocumentPosition(p) & Node.DOCUMENT_POSITION_FOLLOWING);
    here = after < 0 ? (step > 0 ? -1 : 0) : step > 0 ? after - 1 : after;
  } else if (here < 0) here = step > 0 ? -1 : 0;
  const next = places[(here + step + places.length) % places.length];
  next.focus();
  next.scrollIntoView({ block: "center" });
}

document.addEventListener("focusin", (event) => { if (event.target.matches?.(".doubt")) frame(event.target); });
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.matches("input, textarea")) return;
  if (event.key === "n" || event.key === "p") travel(".doubt", event.key === "n" ? 1 : -1);
});
function toHash() {
  const place = location.hash.length > 1 && document.getElementById(location.hash.slice(1));
  if (place && place.matches(".doubt")) { place.focus(); place.scrollIntoView({ block: "center" }); }
}
addEventListener("hashchange", toHash);
toHash();
