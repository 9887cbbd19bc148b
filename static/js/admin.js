// Mends what keeps screen readers and keyboards from Django's own admin pages.

function letKeyboardsScroll() {
  for (const region of document.querySelectorAll(".inline-group, .results")) {
    if (region.scrollWidth > region.clientWidth) region.tabIndex = 0;
    else region.removeAttribute("tabindex");
  }
}

addEventListener("load", () => {
  for (const heading of document.querySelectorAll("th:empty")) {
    const cell = document.createElement("td");
    cell.className = heading.className;
    heading.replaceWith(cell);
  }
  for (const choice of document.querySelectorAll("#changelist-filter a:empty")) choice.append("–");
  for (const icon of document.querySelectorAll("span[aria-label]:not([role])")) icon.role = "img";
  const search = document.getElementById("searchbar");
  if (search) search.ariaLabel = search.labels[0]?.querySelector("img")?.alt ?? "";
  letKeyboardsScroll();
});
addEventListener("resize", letKeyboardsScroll);
