// On a page that is too narrow for the headings of a table, each cell says itself which column it is of.
document.addEventListener("DOMContentLoaded", () => {
  for (const table of document.querySelectorAll("table.docutils")) {
    const headings = [...table.querySelectorAll("thead th")].map((cell) => cell.textContent.trim());
    table.classList.toggle("as-paragraphs", headings.length > 1);
    if (headings.length < 3) continue; // what the other column is, is plain
    for (const row of table.querySelectorAll("tbody tr")) {
      [...row.children].forEach((cell, place) => (cell.dataset.label = headings[place] ?? ""));
    }
  }
});

// Where a table is too wide for its page, the long names in it may be broken.
addEventListener("load", () => {
  for (const table of document.querySelectorAll(".table-wrapper > table.docutils")) {
    table.classList.toggle("breaks", table.parentElement.scrollWidth > table.parentElement.clientWidth);
  }
});
