// Taking a word about a glyph back. Text from answers is only ever put in as text.
"use strict";
const token = document.querySelector('meta[name="review-token"]').content;
for (const button of document.querySelectorAll("button[data-shape]")) {
  button.addEventListener("click", async () => {
    const told = document.getElementById("told");
    const { font, shape } = button.dataset;
    button.disabled = true;
    try {
      const answer = await fetch("/glyphs", { method: "POST", body: JSON.stringify({ glyphs: [{ font, shape, after: null }] }),
        headers: { "content-type": "application/json", "x-review-token": token } });
      const made = await answer.json();
      told.classList.toggle("wrong", !answer.ok);
      told.textContent = answer.ok ? `Đã rút lại; ${made.documents} văn bản đang được đọc lại. / Taken back.` : `Không ghi được: ${made.error}`;
    } catch (error) { told.textContent = `Không ghi được: ${error.message}`; }
  });
}
