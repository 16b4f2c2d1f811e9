"use strict";
document.documentElement.classList.add("scripted");
for (const button of document.querySelectorAll("button[data-copy]")) {
  button.hidden = false;
  button.addEventListener("click", async () => {
    const text = document.getElementById(button.dataset.copy).textContent;
    let done = true;
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      const area = document.createElement("textarea");
      area.value = text;
      document.body.append(area);
      area.select();
      done = document.execCommand("copy");
      area.remove();
      button.focus();
    }
    button.textContent = done ? button.dataset.done : button.dataset.failed;
  });
}
for (const tools of document.querySelectorAll(".tools")) {
  tools.hidden = false;
  const search = tools.querySelector("input"), word = tools.querySelector("select"), said = tools.querySelector("[role=status]");
  const rows = [...document.querySelectorAll(`#${tools.dataset.table} tbody tr`)];
  const texts = rows.map((row) => row.textContent.toLowerCase());
  const filter = () => {
    const wanted = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    rows.forEach((row, number) => {
      const fits = (!word.value || row.dataset.verdict === word.value) && wanted.every((part) => texts[number].includes(part));
      row.hidden = !fits;
      shown += fits;
    });
    said.textContent = said.dataset.said.replace("{shown}", shown).replace("{total}", rows.length);
  };
  search.addEventListener("input", filter);
  word.addEventListener("change", filter);
  filter();
}
