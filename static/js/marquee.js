// What a script adds to pages that work without one: picks show at once, stars rate by one click,
// and changes are said aloud.
"use strict";

document.documentElement.classList.add("is-scripted");

const announcer = () => document.getElementById("announcer");

function announce(text) {
  if (announcer() && text) {
    announcer().textContent = text;
  }
}

const isPicked = (button) => button.getAttribute("aria-pressed") === "true";

function setPicked(button, picked) {
  button.setAttribute("aria-pressed", String(picked));
  button.value = picked ? "" : "4.5";
}

// A pick shows at once; what is sent is what shows, however many requests wait in the queue.
document.addEventListener("click", ({ target }) => {
  const button = target.closest?.("[data-wall] [aria-pressed]");
  if (button && window.htmx) {
    setPicked(button, !isPicked(button));
    // The hand is on the wall: the tray may hang anew what suits this pick. It keeps still otherwise.
    const offered = document.querySelector("#offers [name=offered]");
    if (offered) offered.value = "";
  }
}, true);

document.addEventListener("htmx:configRequest", ({ target, detail }) => {
  if (target.matches("[data-wall] [aria-pressed]")) {
    detail.parameters.stars = isPicked(target) ? "4.5" : "";
  }
});

for (const failure of ["htmx:responseError", "htmx:sendError"]) {
  document.addEventListener(failure, ({ target }) => {
    if (target.matches("[data-wall] [aria-pressed]")) {
      setPicked(target, !isPicked(target));
    }
  });
}

document.addEventListener("htmx:afterSettle", ({ target }) => {
  announce(target.closest("[data-announce]")?.dataset.announce ?? target.querySelector?.("[role=status]")?.textContent);
});

// A pointer rates at once; arrow keys move over all ratings on their way, so they wait for Enter.
let isPointing = false;
document.addEventListener("pointerdown", () => { isPointing = true; });
document.addEventListener("keydown", () => { isPointing = false; });
document.addEventListener("change", ({ target }) => {
  if (isPointing && target.matches("[data-rating] [type=radio]")) {
    target.form.requestSubmit();
  }
});

// Whoever pressed the button that brings more films stands on the first of them, not at the top.
document.addEventListener("htmx:beforeSwap", ({ detail }) => {
  const more = detail.target;
  if (more.id === "more" && more.contains(document.activeElement)) {
    const last = more.previousElementSibling;
    document.addEventListener("htmx:afterSettle", () => {
      last.nextElementSibling?.querySelector("a")?.focus({ preventScroll: true });
    }, { once: true });
  }
});
