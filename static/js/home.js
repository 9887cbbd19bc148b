// The home page: the ten turn over after every pick, the wall learns, arrow keys walk over it, and a film
// of the ten lights the picks that led to it.
"use strict";

const N_PASSED = 3;
const N_NEIGHBOURS = 5; // a row of six posters has six motifs
const SHIMMER_MS = 150;
const still = matchMedia("(prefers-reduced-motion: reduce)");
const docked = matchMedia("(width < 75rem) or (height < 40rem)");
const all = (selector, root = document) => [...root.querySelectorAll(selector)];
const ten = () => document.getElementById("your-ten");

/* What is asked with every new ten: the films on the wall, and which of them may give way. */

let lastPicked = null;
const gone = new Set(); // films that gave way: neither on the wall again nor among the ten

function passed() {
  if (!lastPicked?.isConnected) return [];
  const places = all(".wall__place");
  const at = places.indexOf(lastPicked);
  const isOpen = (place) => place.dataset.opinion === "none" && !place.matches(":hover, :focus-within");
  const inSight = places.filter((place) => isOpen(place) && place !== lastPicked && isInView(place));
  // The farther a poster was from the pick, the more surely it was passed over.
  inSight.sort((one, other) => Math.abs(places.indexOf(other) - at) - Math.abs(places.indexOf(one) - at));
  return inSight.slice(0, N_PASSED).map((place) => place.dataset.film);
}

const motifOf = (place) => place.querySelector(".poster").dataset.motif ?? "";

function motifsAround(places, at) {
  const near = places.slice(Math.max(0, at - N_NEIGHBOURS), at + N_NEIGHBOURS + 1);
  return near.filter((place) => place !== places[at]).map(motifOf).join(",");
}

function isInView(element) {
  const { top, bottom } = element.getBoundingClientRect();
  return bottom > 0 && top < innerHeight - (document.querySelector(".cinema__ten")?.offsetHeight ?? 0);
}

document.addEventListener("htmx:configRequest", ({ target, detail }) => {
  const isMore = target.matches("[data-more-films]");
  if (!isMore && !target.matches(".cinema__ten")) return;
  const places = all(".wall__place");
  const shown = places.map((place) => place.dataset.film);
  const giveWay = isMore ? [] : passed();
  for (const film of giveWay) gone.add(film);
  detail.parameters.shown = [...gone, ...shown].join(",");
  if (isMore) return;
  detail.parameters.passed = giveWay.join(",");
  // No two neighbours have a poster of the same motif, and those that stay keep theirs.
  detail.headers["Posters-Around"] = giveWay.map((film) => motifsAround(places, shown.indexOf(film))).join(";");
  detail.headers["Posters-Drawn"] = [...films()].map(([id, film]) => `${id}-${motifOf(film)}`).join(",");
  const dial = document.getElementById("novelty");
  if (dial?.dataset.isSet) detail.parameters.novelty = dial.value;
  lastPicked = null;
});

document.addEventListener("opinion-shown", ({ detail }) => {
  const place = detail.button.closest(".wall__place");
  if (place) lastPicked = place;
  const next = all(".bulb").find((bulb) => !bulb.classList.contains("bulb--lit"));
  if (next && detail.button.dataset.choice === "loved" && detail.button.getAttribute("aria-pressed") === "true") {
    next.classList.add("bulb--lit");
    next.dataset.litBy = detail.movie;
  }
  waiting();
});

/* Waiting: a shimmer, but only where the answer is not there at once. */

let timer = 0;
function waiting() {
  clearTimeout(timer);
  timer = setTimeout(() => ten()?.classList.add("is-waiting"), SHIMMER_MS);
}

for (const end of ["htmx:responseError", "htmx:sendError", "htmx:timeout", "not-saved"]) {
  document.addEventListener(end, ({ target }) => {
    clearTimeout(timer);
    for (const bulb of all(`.bulb[data-lit-by="${target.dataset?.of ?? ""}"]`)) bulb.classList.remove("bulb--lit");
    ten()?.classList.remove("is-waiting");
  });
}

/* The new ten: those that stay slide to their place; each new one is the back of a poster that leaves, and the
   two turn over together, one pair after another, while the bulbs of the sign run. */

const TURN_MS = 620;
const TURNS_APART_MS = 70;
const SLIDE = "cubic-bezier(0.2, 0.8, 0.3, 1)";

let was = null;

function films() {
  return new Map(all(".ten__film").map((film) => [film.dataset.movieId, film]));
}

document.addEventListener("htmx:beforeSwap", ({ detail }) => {
  if (detail.target.id !== "your-ten") return;
  clearTimeout(timer);
  was = {
    places: new Map([...films()].map(([id, film]) => [id, film.getBoundingClientRect()])),
    posters: new Map([...films()].map(([id, film]) => [id, film.querySelector(".poster")])),
    isOpen: ten().classList.contains("is-open"),
    isLit: !ten().classList.contains("ten--unlit"),
    scroll: ten().querySelector(".ten__films").scrollLeft,
    dial: document.getElementById("novelty")?.dataset.isSet,
  };
});

document.addEventListener("htmx:afterSettle", ({ detail }) => {
  if (detail.target.id !== "your-ten" && detail.elt?.id !== "your-ten") return;
  for (const place of all(".wall__place")) place.id = `place-${place.dataset.film}`;
  rove();
  if (!was) return;
  const { places, posters, isOpen, scroll, dial, isLit } = was;
  was = null;
  const now = films();
  const fresh = [...now].filter(([id]) => !places.has(id)).map(([, film]) => film);
  if (isOpen) open(true);
  if (dial) document.getElementById("novelty").dataset.isSet = dial;
  ten().querySelector(".ten__films").scrollLeft = fresh.length && docked.matches && !isOpen ? 0 : scroll;
  move(now, places, fresh, posters, isLit);
  tell(fresh);
});

function move(now, places, fresh, posters, isLit) {
  if (still.matches) {
    for (const film of fresh) film.animate([{ opacity: 0 }, {}], 200);
    return;
  }
  for (const [id, film] of now) {
    const from = places.get(id);
    if (!from) continue;
    slide(film, from, 0);
    if (!isLit) film.animate([{ opacity: 0.4 }, {}], 300);
  }
  // A poster that leaves turns where it hangs, if a new one comes there; else it goes where one comes.
  const order = [...places.keys()];
  const leaving = new Set(order.filter((id) => !now.has(id)));
  const here = new Map([...now.keys()].map((id, place) => [id, order[place]]));
  const fronts = new Map(fresh.map(({ dataset: { movieId } }) => [movieId, here.get(movieId)]));
  for (const id of fronts.values()) leaving.delete(id);
  fresh.forEach((film, number) => {
    let front = fronts.get(film.dataset.movieId);
    if (!front || now.has(front)) {
      [front] = leaving;
      leaving.delete(front);
    }
    const delay = TURNS_APART_MS * number;
    if (front) slide(film, places.get(front), delay);
    turn(film, posters.get(front), isLit, delay);
  });
  if (!fresh.length) return;
  const run = { duration: TURN_MS + TURNS_APART_MS * fresh.length, pseudoElement: "::before" };
  ten().animate({ opacity: [1, 0.45, 1, 0.45, 1, 0.45, 1] }, run);
}

function slide(film, from, delay) {
  const to = film.getBoundingClientRect();
  const [x, y] = [from.left - to.left, from.top - to.top];
  if (!x && !y) return;
  film.animate([{ transform: `translate(${x}px, ${y}px)` }, {}], { duration: 320, delay, fill: "backwards", easing: SLIDE });
}

function turn(film, front, isLit, delay) {
  const poster = film.querySelector(".poster");
  const timing = { duration: TURN_MS, delay, fill: "both", easing: "cubic-bezier(0.45, 0.05, 0.3, 1)" };
  const face = (from, to) => [
    { transform: `perspective(640px) rotateY(${from}deg)` },
    { transform: `perspective(640px) translateY(-4%) rotateY(${(from + to) / 2}deg) scale(1.06)` },
    { transform: `perspective(640px) rotateY(${to}deg)` },
  ];
  poster.animate(face(180, 360), { ...timing, fill: "backwards" });
  poster.animate([{ filter: "brightness(0.4)" }, { filter: "brightness(1.3)", offset: 0.7 }, {}], { ...timing, fill: "backwards" });
  for (const text of film.querySelectorAll(".ten__name, .ten__why")) {
    text.animate([{ opacity: 0 }, {}], { duration: 200, delay: delay + TURN_MS / 2, fill: "backwards" });
  }
  if (!front) return;
  const leaving = front.cloneNode();
  leaving.classList.add("ten__leaving");
  leaving.classList.toggle("is-unlit", !isLit);
  poster.after(leaving);
  leaving.animate(face(0, 180), timing).finished.finally(() => leaving.remove());
}

function tell(fresh) {
  const { saidNew, saidSame, countNew } = ten().dataset;
  const names = fresh.map((film) => film.dataset.name);
  const news = names.length ? saidNew.replace("{films}", names.join(", ")) : saidSame;
  window.marquee.announce([window.marquee.takeSaid(), news].filter(Boolean).join(" "));
  const badge = ten().querySelector(".ten__news");
  if (names.length && names.length < 10) badge.textContent = countNew.replace("{n}", names.length);
}

/* The dial asks at once. */

document.addEventListener("change", ({ target }) => {
  if (target.id !== "novelty") return;
  target.dataset.isSet = "1";
  waiting();
  htmx.trigger(document.body, "ratings-changed");
});

/* On small screens the sign opens by its button or by a drag of its head. */

function open(isOpen) {
  const sign = ten();
  sign.classList.toggle("is-open", isOpen);
  sign.querySelector("[data-ten-open]").setAttribute("aria-expanded", String(isOpen));
  if (!isOpen) sign.scrollTop = 0;
}

document.addEventListener("click", ({ target }) => {
  if (target.closest("[data-ten-open]")) open(!ten().classList.contains("is-open"));
});

document.addEventListener("keydown", ({ key }) => {
  if (key === "Escape" && ten()?.classList.contains("is-open")) {
    open(false);
    ten().querySelector("[data-ten-open]").focus();
  }
});

let dragFrom = null;
document.addEventListener("pointerdown", ({ target, clientY, pointerType }) => {
  const handle = pointerType === "mouse" ? ".ten__head" : ".ten__head, .ten:not(.is-open) .ten__films";
  const isHandle = target.closest(handle) && !target.closest("input, select, textarea");
  dragFrom = docked.matches && isHandle ? clientY : null;
});
document.addEventListener("pointermove", ({ clientY }) => {
  if (dragFrom === null || Math.abs(clientY - dragFrom) < 36) return;
  open(clientY < dragFrom);
  dragFrom = null;
});
for (const end of ["pointerup", "pointercancel"]) document.addEventListener(end, () => { dragFrom = null; });

/* A film of the ten lights the picks behind it. */

function light(film) {
  const causes = new Set((film?.dataset.because ?? "").split(" ").filter(Boolean));
  const places = all(".wall__place, .picks__one");
  for (const place of places) {
    place.classList.toggle("is-cause", causes.has(place.dataset.film ?? place.dataset.of));
  }
  const isSeen = places.some((place) => place.matches(".wall__place.is-cause") && isInView(place));
  document.querySelector(".wall__posters")?.classList.toggle("has-cause", isSeen);
  sayWhy(film);
}

// The pick may hang out of sight, or not on the wall at all: the sign itself names it.
function sayWhy(film) {
  const how = document.querySelector(".ten__how");
  if (!how) return;
  how.dataset.how ??= how.textContent;
  const text = film?.dataset.why || how.dataset.how;
  if (how.textContent !== text) how.textContent = text;
  how.classList.toggle("is-cause", Boolean(film?.dataset.why));
}

for (const begin of ["pointerover", "focusin"]) {
  document.addEventListener(begin, ({ target }) => light(target.closest?.(".ten__film")));
}

/* One Tab stop for the whole wall; arrow keys move over it. */

function rove(to) {
  const picks = all(".pick");
  const current = to ?? document.activeElement?.closest?.(".wall__place")?.querySelector(".pick") ?? picks.find((pick) => pick.tabIndex === 0 && pick.dataset.roves) ?? picks[0];
  for (const place of all(".wall__place")) {
    const isHere = place.contains(current);
    for (const button of all("button", place)) button.tabIndex = isHere ? 0 : -1;
    place.querySelector(".pick").dataset.roves = "1";
  }
}

function columns() {
  const posters = document.getElementById("wall-posters");
  return getComputedStyle(posters).gridTemplateColumns.split(" ").length;
}

document.addEventListener("keydown", (event) => {
  const pick = event.target.closest?.(".pick");
  if (!pick || event.altKey || event.ctrlKey || event.metaKey) return;
  const picks = all(".pick");
  const at = picks.indexOf(pick);
  const isLeft = document.dir === "rtl" ? 1 : -1;
  const goals = { ArrowLeft: at + isLeft, ArrowRight: at - isLeft, ArrowUp: at - columns(), ArrowDown: at + columns(), Home: 0, End: picks.length - 1 };
  const goal = picks[goals[event.key]];
  if (!goal) return;
  event.preventDefault();
  rove(goal);
  goal.focus();
});

document.addEventListener("focusin", ({ target }) => {
  const pick = target.closest?.(".wall__place")?.querySelector(".pick");
  if (pick) rove(pick);
});

/* More films: none of them stays among the ten. */

document.addEventListener("htmx:afterSettle", ({ detail }) => {
  if (detail.target.id !== "wall-posters") return;
  rove();
  const onWall = new Set(all(".wall__place").map((place) => place.dataset.film));
  if ([...films().keys()].some((id) => onWall.has(id))) htmx.trigger(document.body, "ratings-changed");
});

rove();
