// What a script adds to pages that work without one: opinions show at once, every action can be undone,
// stars rate by one click, films are found while one types, and changes are said aloud.
"use strict";

const TOAST_MS = 8000;
const byId = (id) => document.getElementById(id);

function announce(text) {
  if (byId("announcer") && text) byId("announcer").textContent = text;
}

/* Opinions: one film may stand on a page several times, and all its buttons say the same. */

const isPressed = (button) => button.getAttribute("aria-pressed") === "true";
const opposite = (button) => (button.dataset.choice === "watch_later" ? "not_later" : "none");

function press(button, pressed) {
  if (button.hasAttribute("aria-pressed")) button.setAttribute("aria-pressed", String(pressed));
  if (button.dataset.choice !== "none") button.value = pressed ? opposite(button) : button.dataset.choice;
}

function showOpinion(movie, opinion, later) {
  for (const place of document.querySelectorAll(`[data-film="${movie}"]`)) place.dataset.opinion = opinion;
  for (const button of document.querySelectorAll(`[data-of="${movie}"][data-choice]`)) {
    press(button, button.dataset.choice === "watch_later" ? later : button.dataset.choice === opinion);
  }
}

function opinionOf(movie) {
  const pressed = [...document.querySelectorAll(`[data-of="${movie}"][aria-pressed="true"]`)].map((one) => one.dataset.choice);
  return { opinion: pressed.find((choice) => choice !== "watch_later") ?? "none", later: pressed.includes("watch_later") };
}

const before = new WeakMap(); // what a button's film was before the press, for failures
const unsaved = []; // presses that no answer has confirmed, in their order
const sent = (button) => (button.dataset.choice === "none" || !isPressed(button) ? opposite(button) : button.dataset.choice);

document.addEventListener("click", ({ target }) => {
  const button = target.closest?.("button[data-of][data-choice]");
  if (!button || !window.htmx) return;
  const { of: movie, choice } = button.dataset;
  const was = opinionOf(movie);
  before.set(button, was);
  if (choice === "watch_later") showOpinion(movie, "none", !was.later);
  else showOpinion(movie, isPressed(button) || choice === "none" ? "none" : choice, false);
  unsaved.push({ movie, opinion: sent(button) });
  document.dispatchEvent(new CustomEvent("opinion-shown", { detail: { movie, button } }));
}, true);

// What is sent is what shows, however many requests wait in the queue.
document.addEventListener("htmx:configRequest", ({ target, detail }) => {
  if (target.matches?.("button[data-of][data-choice]")) detail.parameters.opinion = sent(target);
});

document.addEventListener("htmx:afterRequest", ({ detail: { requestConfig } }) => {
  const { of: film, choice } = requestConfig?.elt?.dataset ?? {};
  const at = choice ? unsaved.findIndex(({ movie }) => movie === film) : -1;
  if (at >= 0) unsaved.splice(at, 1);
});

// A page that is left sends what still waits, together: requests of one visitor's first picks would not share a session.
addEventListener("pagehide", () => {
  if (!unsaved.length) return;
  const opinions = unsaved.splice(0).map(({ movie, opinion }) => `${movie}:${opinion}`).join(",");
  navigator.sendBeacon(byId("toasts").dataset.opinions, new URLSearchParams({ opinions, csrfmiddlewaretoken: token() }));
});

// Posters that are added begin with other motifs than the last ones have.
document.addEventListener("htmx:configRequest", ({ target, detail }) => {
  if (!target.matches?.("[data-more], [data-more-films]")) return;
  const posters = [...document.querySelectorAll("#wall-posters .poster, #results .grid:has(#more) .poster")];
  detail.headers["Posters-Before"] = posters.slice(-5).map((poster) => poster.dataset.motif ?? "").join(",");
});

for (const failure of ["htmx:responseError", "htmx:sendError", "htmx:timeout"]) {
  document.addEventListener(failure, ({ target, detail }) => {
    if (detail.requestConfig?.verb !== "post") return;
    const was = before.get(target);
    if (was) showOpinion(target.dataset.of, was.opinion, was.later);
    const { offline, failed, again } = byId("toasts").dataset;
    const isOffline = failure !== "htmx:responseError";
    const retry = { text: again, act: () => (target.matches("button") ? target.click() : target.requestSubmit?.()) };
    toast(isOffline ? offline : failed, isOffline ? retry : null, true);
    announce(isOffline ? offline : failed);
  });
}

/* Toasts */

function toast(text, button, isWrong = false) {
  const place = byId("toasts");
  if (!place || !text) return;
  const box = document.createElement("div");
  box.className = isWrong ? "toast toast--wrong" : "toast";
  const words = document.createElement("span");
  words.textContent = text;
  box.append(words);
  if (button) {
    const act = document.createElement("button");
    act.type = "button";
    act.textContent = button.text;
    act.addEventListener("click", () => {
      box.remove();
      button.act();
    });
    box.append(act);
  }
  place.replaceChildren(box);
  let timer = setTimeout(() => box.remove(), TOAST_MS);
  const wait = () => clearTimeout(timer);
  const goOn = () => { timer = setTimeout(() => box.remove(), TOAST_MS); };
  for (const begin of ["pointerenter", "focusin"]) box.addEventListener(begin, wait);
  for (const end of ["pointerleave", "focusout"]) box.addEventListener(end, goOn);
}

let said = ""; // what was done, until the page has said what follows from it

document.addEventListener("done", ({ detail }) => {
  const { text, movie, undo, opinion, later } = detail;
  if (opinion !== undefined) showOpinion(movie, opinion, later);
  const restore = undo && {
    text: byId("toasts").dataset.undo,
    act: () => htmx.ajax("POST", undo.url, { values: { restore: undo.restore, csrfmiddlewaretoken: token() }, swap: "none", source: "#toasts" }),
  };
  toast(text, restore);
  if (byId("your-ten")) said = text;
  else announce(text);
});

document.addEventListener("not-saved", ({ target, detail }) => {
  const was = before.get(target);
  if (was) showOpinion(target.dataset.of, was.opinion, was.later);
  toast(detail.text, null, true);
  announce(detail.text);
});

const token = () => document.querySelector("[name=csrfmiddlewaretoken]")?.value ?? "";

function takeSaid() {
  const text = said;
  said = "";
  return text;
}

document.addEventListener("htmx:afterSettle", ({ target }) => {
  if (target.closest("#your-ten, .cinema__ten")) return; // home.js says what changed
  announce(target.closest("[data-announce]")?.dataset.announce
    ?? target.querySelector?.("[data-announce]")?.dataset.announce
    ?? target.querySelector?.("[role=status]")?.textContent);
});

/* Stars: a pointer rates at once; arrow keys move over all ratings on their way, so they wait for Enter. */

let isPointing = false;
document.addEventListener("pointerdown", () => { isPointing = true; });
document.addEventListener("keydown", () => { isPointing = false; });
document.addEventListener("change", ({ target }) => {
  if (isPointing && target.matches("[data-rating] [type=radio]")) target.form.requestSubmit();
});

/* Of the two boxes of a chip, at most one is ticked. */

document.addEventListener("change", ({ target }) => {
  if (!target.checked || !target.matches("[data-one-of-chip]")) return;
  const boxes = target.closest(".chip").querySelectorAll("[data-one-of-chip]");
  for (const box of boxes) box.checked = box === target;
});

/* A link is copied by a button beside it, where the browser allows it. */

document.addEventListener("click", async ({ target }) => {
  const button = target.closest?.("[data-copy]");
  if (!button) return;
  const field = byId(button.dataset.copy);
  field.select();
  try {
    await navigator.clipboard.writeText(field.value);
  } catch {
    return; // the link is selected: it can be copied by hand
  }
  toast(button.dataset.copied);
  announce(button.dataset.copied);
});

/* Search boxes: "/" leads to the first in sight, Escape closes, a click elsewhere too. */

document.addEventListener("keydown", (event) => {
  const isTyping = event.target.matches("input:not([type=range], [type=radio], [type=checkbox]), textarea, select, [contenteditable]");
  if (event.key === "/" && !isTyping && !event.ctrlKey && !event.metaKey && !event.altKey) {
    const box = [...document.querySelectorAll(".finder__input, #search-query")].find((one) => one.checkVisibility());
    if (!box) return;
    event.preventDefault();
    box.focus();
    box.select();
  } else if (event.key === "Escape") {
    const finder = event.target.closest(".finder, .found")?.parentElement;
    if (finder?.querySelector(".found__inner")) {
      finder.querySelector(".found").replaceChildren();
      finder.querySelector("input").focus();
    }
  }
});

document.addEventListener("pointerdown", ({ target }) => {
  for (const found of document.querySelectorAll(".found")) {
    if (found.firstElementChild && !found.parentElement.contains(target)) found.replaceChildren();
  }
});

/* A press on a button under a film may bring a new list. The focus stays in it: on the same button of the same
   film or, where the film has gone, of the one that took its place. */

document.addEventListener("htmx:beforeSwap", ({ detail }) => {
  const { target } = detail;
  const here = document.activeElement;
  const film = target.id && target.contains(here) && !here.id ? here.closest("[data-film]") : null;
  if (!film) return;
  const place = [...target.querySelectorAll("[data-film]")].indexOf(film);
  const control = here.dataset.choice ? `[data-choice="${here.dataset.choice}"]` : "a";
  document.addEventListener("htmx:afterSettle", () => {
    const films = [...(byId(target.id)?.querySelectorAll("[data-film]") ?? [])];
    if (!films.length || byId(target.id).contains(document.activeElement)) return;
    const same = films.find((one) => one.dataset.film === film.dataset.film);
    const next = same ?? films[Math.min(place, films.length - 1)];
    next.querySelector(control)?.focus({ preventScroll: true });
  }, { once: true });
});

/* After a press on "more films" the focus goes to the first of them, not to the top of the page. */

document.addEventListener("htmx:beforeSwap", ({ detail }) => {
  const more = detail.target;
  if (more.id === "more" && more.contains(document.activeElement)) {
    const last = more.previousElementSibling;
    document.addEventListener("htmx:afterSettle", () => {
      last.nextElementSibling?.querySelector("a")?.focus({ preventScroll: true });
    }, { once: true });
  }
});

window.marquee = { announce, takeSaid };
