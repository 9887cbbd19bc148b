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

function setPicked(button, isPicked) {
  button.setAttribute("aria-pressed", String(isPicked));
  button.value = isPicked ? "" : "4.5";
}

const isPicked = (button) => button.getAttribute("aria-pressed") === "true";

// The request carries the button's old value: htmx reads it before this event.
document.addEventListener("htmx:beforeRequest", ({ detail, target }) => {
  const button = target.matches("[data-wall]") ? detail.requestConfig.triggeringEvent?.submitter : null;
  if (button?.matches("[aria-pressed]")) {
    detail.requestConfig.picked = button;
    setPicked(button, !isPicked(button));
  }
});

document.addEventListener("htmx:afterRequest", ({ detail }) => {
  const button = detail.requestConfig.picked;
  if (button && !detail.successful) {
    setPicked(button, !isPicked(button));
  }
});

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
