// Let each cell of a wide table know the heading of its column, for pages that are too narrow to show it above.
document.addEventListener("DOMContentLoaded", () => {
  for (const table of document.querySelectorAll("table.docutils")) {
    const headings = [...table.querySelectorAll("thead th")].map((cell) => cell.textContent.trim());
    if (headings.length < 3) continue;
    table.classList.add("as-paragraphs");
    for (const row of table.querySelectorAll("tbody tr")) {
      [...row.children].forEach((cell, place) => (cell.dataset.label = headings[place] ?? ""));
    }
  }
});
