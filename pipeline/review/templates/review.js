// Decisions by keyboard. Text from documents and answers is only ever put in as text, never as HTML.
"use strict";
const meta = (name) => document.querySelector(`meta[name="review-${name}"]`).content;
const token = meta("token"), name = meta("document");
const editor = document.getElementById("editor"), typed = document.getElementById("typed"), told = document.getElementById("told");
const NAMES = { accept: "chấp nhận", reject: "trả lại như cũ", type: "gõ lại", note: "ghi chú" };
let same = null, glyphs = null, target = null, mode = "type", whole = false, watching = null, pending = 0;

// What happened last, and what is offered to do as well.
let said = "";
function tell(text, wrong = false) {
  said = text;
  const offers = [];
  if (same) offers.push(`Còn ${same.places.length} chỗ giống hệt: nhấn s để quyết định như thế. / ${same.places.length} equal places: press s.`);
  if (glyphs) {
    const all = glyphs.list.map((g) => `“${g.after}” (${g.font}: ${g.places} chỗ / places, ${g.documents} văn bản / documents)`);
    offers.push(`Hình chữ này ở đâu cũng là ${all.join(", ")}? Nhấn g. / Always so? Press g.`);
  }
  told.textContent = [text, ...offers].join(" ");
  told.classList.toggle("wrong", wrong);
}
function current() { return document.activeElement?.closest?.("[data-place]") || null; }

// A typed text stands for the words round a place, or for a line; the other actions are about the place itself.
async function decide(place, action, text = null, note = null, word = false) {
  const [raw, seen] = word ? [place.dataset.word, place.dataset.wordSeen] : [place.dataset.place, place.dataset.seen];
  const body = { document: name, action, kind: place.dataset.kind, place: raw.split("-").map(Number), seen, text, note };
  const made = await post("/decide", body);
  if (!made) return;
  record(place, made, word);
  if (!same || !same.running) {
    offer(place, action, text, word);
    glyphs = made.glyphs.length ? { list: made.glyphs, decision: made.id } : null;
    tell(said);
  }
}

// What the server made of it; null, and said on the page, where it was refused or is not there.
async function post(place, body) {
  pending += 1;
  try {
    const answer = await fetch(place, { method: "POST", body: JSON.stringify(body),
      headers: { "content-type": "application/json", "x-review-token": token } });
    const made = await answer.json();
    if (answer.ok) return made;
    tell(`Không ghi được: ${made.error}`, true);
  } catch (error) { tell(`Không ghi được: ${error.message}`, true); } finally { pending -= 1; }
  return null;
}

function record(place, made, word) {
  const line = document.createElement("li"), small = document.createElement("small");
  const after = made.after === null ? "" : ` → “${made.after}”`;
  line.textContent = `${NAMES[made.action]}: “${made.before}”${after}${made.note ? ` – ${made.note}` : ""} `;
  small.textContent = `${made.who}, ${made.when}`;
  line.append(small);
  document.getElementById("decisions").prepend(line);
  line.closest("details").open = true;
  const count = document.getElementById("count");
  count.textContent = Number(count.textContent) + 1;
  if (made.action === "note") { tell("Đã ghi chú."); return; }
  const key = word ? "word" : "place";
  for (const one of document.querySelectorAll(`[data-kind="${place.dataset.kind}"][data-${key}="${place.dataset[key]}"]`)) {
    one.classList.add("decided");
    if (one === place) one.dataset.now = made.action === "reject" ? made.before : made.after;
    one.classList.remove("doubt");
    one.setAttribute("tabindex", "-1");
  }
  tell("Đã ghi. Đang đọc lại văn bản…");
  watch();
}

// Elsewhere in this document: the same damaged word, or the same repair, not decided yet. Each is recorded on its own.
function offer(place, action, text, word) {
  same = null;
  if (action === "note" || place.dataset.kind === "line") return;
  const before = place.title.split(" (")[0], seen = new Map();
  for (const one of document.querySelectorAll('[data-kind="place"]:not(.decided)')) {
    const equal = word ? one.dataset.wordSeen === place.dataset.wordSeen : one.title.split(" (")[0] === before && one.dataset.seen === place.dataset.seen;
    if (equal) seen.set(word ? one.dataset.word : one.dataset.place, one);
  }
  // A hole looks like any other hole: without its word it says nothing about the others.
  if (!seen.size || (!word && place.dataset.seen.includes("\ufffd"))) return;
  same = { places: [...seen.values()], action, text, word, running: false };
}
async function repeat() {
  const now = same;
  if (!now || now.running) return;
  now.running = true;
  for (const one of now.places) await decide(one, now.action, now.text, null, now.word);
  same = null;
  tell(said);
}

// Elsewhere in the archive: the same glyphs of the same fonts. One word about a glyph holds at all its places.
async function always() {
  const now = glyphs;
  if (!now) return;
  glyphs = null;
  const body = { document: name, decision: now.decision, glyphs: now.list.map(({ font, shape, after }) => ({ font, shape, after })) };
  const made = await post("/glyphs", body);
  if (!made) return;
  const line = document.createElement("li");
  line.textContent = `cả phông / whole font: ${now.list.map((g) => `“${g.after}”`).join(", ")}, ${made.documents} văn bản`;
  document.getElementById("decisions").prepend(line);
  tell(`Đã ghi cho ${made.documents} văn bản. Đang đọc lại…`);
  watch();
}

function watch() {
  if (watching) return;
  watching = setInterval(async () => {
    const answer = await fetch(`/state/${name}`).catch(() => null);
    if (!answer || !answer.ok) return;
    const { state } = await answer.json();
    if (state === "waiting" || state === "reading" || pending) return;
    clearInterval(watching);
    watching = null;
    if (state === "done") tell("Văn bản đã được đọc lại với các quyết định. Nhấn F5 để xem. / Read again: press F5.");
    else tell(`Không đọc lại được: ${state}`, true);
  }, 1000);
}

function open(place, wanted) {
  target = place;
  mode = wanted;
  document.getElementById("what").textContent = wanted === "note" ? "Ghi chú / note" : "Chữ đúng / right text";
  whole = wanted === "type" && Boolean(place.dataset.word);
  typed.value = wanted === "note" ? "" : whole ? place.dataset.wordSeen : place.dataset.seen;
  editor.hidden = false;
  typed.focus();
  typed.select();
}
function close() { editor.hidden = true; target?.focus(); }

editor.addEventListener("submit", (event) => {
  event.preventDefault();
  const place = target, text = typed.value;
  close();
  if (mode === "note") { if (text) decide(place, "note", null, text); } else decide(place, "type", text, null, whole);
});
document.getElementById("cancel").addEventListener("click", close);
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && !editor.hidden) { close(); return; }
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.matches("input, textarea")) return;
  if (event.key === "j" || event.key === "k") { travel('[data-kind="line"]', event.key === "j" ? 1 : -1); return; }
  if (event.key === "N" || event.key === "P") { travel('[data-kind="place"]', event.key === "N" ? 1 : -1); return; }
  if (event.key === "s") { repeat(); return; }
  if (event.key === "g") { always(); return; }
  const place = current();
  if (!place) return;
  const line = place.dataset.kind === "line", offers = JSON.parse(place.dataset.offers || "[]");
  const digit = "123456789".indexOf(event.key);
  if (event.key === "e" || event.key === "c") { event.preventDefault(); open(place, event.key === "e" ? "type" : "note"); }
  else if (line) return;
  else if (event.key === "a" && place.dataset.seen.includes("\ufffd")) {
    if (offers.length) decide(place, "accept", offers[0]); else tell("Chỗ trống không có gợi ý: nhấn e để gõ.", true);
  } else if (event.key === "a" && place.classList.contains("suggestion")) decide(place, "type", offers[0]);
  else if (event.key === "a") decide(place, "accept", place.dataset.seen);
  else if (event.key === "r") decide(place, "reject");
  else if (digit >= 0 && offers[digit]) decide(place, "type", offers[digit]);
});
document.addEventListener("click", (event) => event.target.closest("[data-place]")?.focus());

// Where the server has no picture of a page, what it says instead.
async function explain(image) {
  const answer = await fetch(image.src).catch(() => null);
  const kind = answer?.headers.get("content-type") || "";
  if (kind.startsWith("image/")) return;
  const found = kind.startsWith("application/json") ? await answer.json() : {};
  const line = document.createElement("p"), english = document.createElement("span");
  line.setAttribute("role", "note");
  english.lang = "en";
  line.textContent = `${found.vi || "Không có ảnh trang."} `;
  english.textContent = found.en || "No picture.";
  line.append(english);
  image.parentElement.classList.add("undrawn");
  image.replaceWith(line);
}
for (const image of document.querySelectorAll(".image img")) {
  if (image.complete && !image.naturalWidth) explain(image);
  else image.addEventListener("error", () => explain(image), { once: true });
}
if (meta("state") === "waiting" || meta("state") === "reading") { tell("Đang đọc lại văn bản…"); watch(); }
