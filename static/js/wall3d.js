// The wall in three dimensions, over the grid of posters that the server rendered.
//
// The grid's buttons stay what they are: a click on a poster of the wall clicks its button, focus on a
// button lifts its poster, and what a button says (`aria-pressed`) is what the wall shows. Whatever goes
// wrong, the wall is taken down and the grid is there. `data-wall3d` says how it went: "on", or why not.

const NARROW = "(width < 700px)";
const POSTER = { width: 200, height: 300, pitch: 226 }; // as movies/wall3d/scene.py builds them
const LIFT = 90; // how far the poster under the pointer comes towards the camera
const TEXTURE_WIDTHS = { least: 200, most: 512 };
const [TEXTURE_WIDTH, TEXTURE_HEIGHT] = [400, 600]; // what marks are measured in
const TILT = 0.3; // radians, with the pointer at a poster's edge
const LOAD_MS = 20_000;
const TEXTURE_MS = 8_000;
const SLOWEST_FPS = 18;
const DRAG_PX = 6;
const TURNER_PX = 52; // at each side, for the buttons that turn the wall
const HEART = new Path2D("M12 20S3.5 14.6 3.5 8.8A4.6 4.6 0 0 1 12 6.4a4.6 4.6 0 0 1 8.5 2.4C20.5 14.6 12 20 12 20z");
const CHOICE = "wall3d"; // a cookie: the server reserves the wall's height for visitors who chose it
const SLOW = "marquee:slow-wall"; // found out, until the tab is closed

// Why there will be no wall, or "".
function refusal(root) {
  if (matchMedia("(prefers-reduced-motion: reduce)").matches) return "reduced-motion";
  if (navigator.connection?.saveData || matchMedia("(prefers-reduced-data: reduce)").matches) return "save-data";
  if (matchMedia(NARROW).matches) return "narrow";
  if (flag("sessionStorage", SLOW)) return "slow";
  const renderer = glRenderer();
  if (!renderer) return "no-webgl";
  const isSoftware = /swiftshader|llvmpipe|softpipe|software|basic render/i.test(renderer);
  return isSoftware && !("wall3dOnSoftware" in root.dataset) ? "software-gl" : "";
}

// Asked of a canvas that is thrown away: a context on the real one could not be changed any more.
function glRenderer() {
  const gl = document.createElement("canvas").getContext("webgl2");
  if (!gl) return "";
  const info = gl.getExtension("WEBGL_debug_renderer_info");
  const name = String(gl.getParameter(info ? info.UNMASKED_RENDERER_WEBGL : gl.RENDERER));
  gl.getExtension("WEBGL_lose_context")?.loseContext();
  return name;
}

function within(promise, ms, what) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what}: nothing after ${ms} ms`)), ms);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

function flag(storage, name) {
  try {
    return window[storage].getItem(name) !== null;
  } catch {
    return false; // storage may be forbidden
  }
}

function setFlag(storage, name) {
  try {
    window[storage].setItem(name, "1");
  } catch {
    // It lasts as long as the page.
  }
}

function remember(isChosen) {
  const secure = location.protocol === "https:" ? "; secure" : "";
  document.cookie = `${CHOICE}=1; path=/; samesite=lax; max-age=${isChosen ? 31_536_000 : 0}${secure}`;
}

function onScreen(element) {
  return new Promise((resolve) => {
    const observer = new IntersectionObserver((entries) => {
      if (!entries.some((entry) => entry.isIntersecting)) return;
      observer.disconnect();
      resolve();
    });
    observer.observe(element);
  });
}

// The page comes first: the runtime is fetched when all else is there and the browser idle.
async function quietMoment() {
  if (document.readyState !== "complete") {
    await new Promise((resolve) => addEventListener("load", resolve, { once: true }));
  }
  await new Promise((resolve) => (window.requestIdleCallback ?? setTimeout)(resolve, { timeout: 2000 }));
}

// A poster as a picture for the wall. The runtime takes no SVG as texture, and what marks a poster in the
// grid (the ring, the heart, the focus) is CSS there and has to be painted here, on a poster 400 wide.
async function paint(image, width, { isPicked, isFocused }) {
  const source = new Image();
  source.sizes = `${Math.ceil(width / devicePixelRatio)}px`;
  source.srcset = image.srcset;
  source.src = image.src;
  await within(source.decode(), TEXTURE_MS, image.src);
  const canvas = document.createElement("canvas");
  canvas.width = width;
  canvas.height = 1.5 * width;
  const pen = canvas.getContext("2d");
  pen.drawImage(source, 0, 0, canvas.width, canvas.height);
  const unit = width / TEXTURE_WIDTH;
  pen.scale(unit, unit);
  const colour = (name) => getComputedStyle(image).getPropertyValue(name);
  const ring = (inset, width, stroke) => {
    pen.lineWidth = width;
    pen.strokeStyle = stroke;
    pen.beginPath();
    const place = inset + width / 2;
    pen.roundRect(place, place, TEXTURE_WIDTH - 2 * place, TEXTURE_HEIGHT - 2 * place, 14);
    pen.stroke();
  };
  if (isPicked) {
    ring(0, 16, colour("--bulb"));
    ring(16, 5, colour("--curtain"));
    pen.fillStyle = colour("--bulb");
    pen.beginPath();
    pen.arc(TEXTURE_WIDTH - 66, TEXTURE_HEIGHT - 66, 44, 0, 2 * Math.PI);
    pen.fill();
    pen.fillStyle = colour("--curtain");
    pen.save();
    pen.translate(TEXTURE_WIDTH - 66 - 25.2, TEXTURE_HEIGHT - 66 - 26);
    pen.scale(2.1, 2.1);
    pen.fill(HEART);
    pen.restore();
  }
  if (isFocused) {
    ring(isPicked ? 21 : 0, 14, colour("--focus"));
    ring(isPicked ? 35 : 14, 5, "white");
  }
  const blob = await new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", 0.92));
  if (!blob) throw new Error(`${image.src} cannot be painted`);
  return URL.createObjectURL(blob);
}

// One place on the wall and the button whose poster hangs there.
class Slot {
  constructor(app, index) {
    const name = String(index).padStart(2, "0");
    this.app = app;
    this.empty = app.findObjectByName(`slot-${name}`);
    this.poster = app.findObjectByName(`poster-${name}`);
    this.layer = this.poster.material.layers.find((layer) => layer.type === "texture");
    const { x, z } = this.empty.position;
    this.angle = Math.atan2(x, -z);
    this.radius = Math.hypot(x, z);
    this.button = null;
    this.shown = "";
    this.isFocused = false;
    this.isRaised = false;
    this.queue = Promise.resolve();
  }

  get isPicked() {
    return this.button.getAttribute("aria-pressed") === "true";
  }

  // Show what the button says by now. One after another: the latest word has to win.
  sync(button = this.button) {
    this.button = button;
    if (!button) return this.queue;
    if (this.isPicked !== this.isRaised) {
      this.isRaised = this.isPicked;
      this.empty.transition({ to: this.isRaised ? "Picked" : null, duration: 350, easing: 3 });
    }
    this.queue = this.queue.then(() => this.hang()).catch((error) => {
      // The slot keeps its last picture, or its empty frame.
      console.warn("A poster is missing on the wall:", error.message);
    });
    return this.queue;
  }

  async hang() {
    const image = this.button.querySelector("img");
    const look = { isPicked: this.isPicked, isFocused: this.isFocused };
    const width = this.textureWidth();
    const wanted = [image.src, width, look.isPicked, look.isFocused].join(" ");
    if (wanted === this.shown) return;
    const url = await paint(image, width, look);
    try {
      // It never settles when the picture does not load.
      await within(this.layer.updateTexture(url), TEXTURE_MS, "texture");
    } finally {
      URL.revokeObjectURL(url);
    }
    this.shown = wanted;
    this.app.requestRender();
  }

  // As many pixels as the screen has for a poster that is lifted, at the side of the wall.
  textureWidth() {
    const { canvas, _camera: camera } = this.app;
    const seen = 2 * camera.position.z * Math.tan((camera.fov * Math.PI) / 360);
    const width = Math.ceil((1.25 * devicePixelRatio * POSTER.width * canvas.clientHeight) / seen / 16) * 16;
    return Math.min(TEXTURE_WIDTHS.most, Math.max(TEXTURE_WIDTHS.least, width));
  }
}

// How far the wall is turned (radians), and how it gets there.
class Turn {
  constructor(app, slots) {
    this.app = app;
    this.slots = slots;
    this.wall = app.findObjectByName("wall");
    this.at = 0;
    this.goal = 0;
    this.frame = 0;
    this.tell = () => {}; // where the wall goes to, for those who show it
    this.turned = () => {};
  }

  get slope() {
    return Math.tan((this.app._camera.fov * Math.PI) / 360);
  }

  // Where a place on the cylinder is seen: from the middle of the canvas, in halves of its height.
  seen(angle) {
    const { radius } = this.slots[0];
    const depth = this.app._camera.position.z - radius * (1 - Math.cos(angle));
    const unit = 1 / (this.slope * depth);
    return { x: radius * Math.sin(angle) * unit, y: this.wall.position.y * unit, unit };
  }

  // How many whole columns fit between the buttons that turn the wall. The outer edge of a poster is nearer than its middle.
  get nColumns() {
    const { clientWidth, clientHeight } = this.app.canvas;
    const half = (clientWidth - 2 * TURNER_PX) / clientHeight;
    const { radius } = this.slots[0];
    const edge = POSTER.width / 2;
    const fits = (n) => {
      const angle = ((n - 1) / 2) * this.pitch;
      const depth = this.app._camera.position.z - radius * (1 - Math.cos(angle)) - edge * Math.sin(angle);
      const unit = 1 / (this.slope * depth);
      const isHigh = (POSTER.height / 2 + Math.abs(this.wall.position.y)) * unit > 1;
      return !isHigh && (radius * Math.sin(angle) + edge * Math.cos(angle)) * unit < half;
    };
    let number = 1;
    while (number < this.slots.length && fits(number + 1)) number += 1;
    return number;
  }

  get pitch() {
    return POSTER.pitch / this.slots[0].radius;
  }

  get reach() {
    return ((this.nColumns - 1) / 2) * this.pitch;
  }

  // The first and the last angle at which only whole columns are seen.
  get rests() {
    const angles = this.slots.filter((slot) => slot.button).map((slot) => slot.angle);
    const [first, last] = [angles[0] + this.reach, angles.at(-1) - this.reach];
    return first < last ? [first, last] : [(first + last) / 2, (first + last) / 2];
  }

  set(angle, isResting = false) {
    this.at = angle;
    this.wall.rotation.y = angle;
    const limit = this.reach + (isResting ? 0.1 : 1.5) * this.pitch;
    for (const slot of this.slots) slot.empty.visible = Boolean(slot.button) && Math.abs(slot.angle - angle) < limit;
    this.app.requestRender();
    this.turned();
  }

  // The poster that is seen at a point of the canvas. The runtime's own test lags behind the picture: while
  // the wall turns, it names the poster that was there some frames ago.
  slotAt({ offsetX, offsetY }) {
    const { canvas, _camera: camera } = this.app;
    const half = canvas.clientHeight / 2;
    const right = ((offsetX - canvas.clientWidth / 2) / half) * this.slope;
    const up = ((half - offsetY) / half) * this.slope;
    const back = camera.position.z - this.wall.position.z; // from the axis to the camera
    let [nearest, hit] = [Infinity, null];
    for (const slot of this.slots) {
      if (!slot.empty.visible) continue;
      const { x, y, z } = slot.empty.position;
      const radius = Math.hypot(x, z) - slot.poster.position.z;
      const square = 1 + right * right;
      const depth = (back + Math.sqrt(back * back - square * (back * back - radius * radius))) / square;
      const angle = Math.atan2(depth * right, depth - back) - (slot.angle - this.at);
      const height = depth * up - this.wall.position.y - y - slot.poster.position.y;
      const isHit = Math.abs(angle) * radius <= POSTER.width / 2 && Math.abs(height) <= POSTER.height / 2;
      if (isHit && depth < nearest) [nearest, hit] = [depth, slot];
    }
    return hit;
  }

  to(angle, isDragged = false) {
    const [first, last] = this.rests;
    const rest = isDragged ? angle : first + Math.round((angle - first) / this.pitch) * this.pitch;
    this.goal = Math.min(last, Math.max(first, rest));
    this.tell([first, last], this.goal);
    if (!this.frame) {
      this.time = performance.now();
      this.frame = requestAnimationFrame((now) => this.step(now));
    }
  }

  step(now) {
    const share = 1 - Math.exp(-(now - this.time) / 170);
    this.time = now;
    const way = this.goal - this.at;
    const isThere = Math.abs(way) < 0.0005;
    this.set(isThere ? this.goal : this.at + way * share, isThere);
    this.frame = isThere ? 0 : requestAnimationFrame((next) => this.step(next));
  }

  show(slot) {
    const { reach } = this;
    if (slot.angle - this.goal > reach + 1e-6) this.to(slot.angle - reach * 0.5);
    else if (this.goal - slot.angle > reach + 1e-6) this.to(slot.angle + reach * 0.5);
  }

  stop() {
    cancelAnimationFrame(this.frame);
    this.frame = 0;
  }
}

// The poster under the pointer comes nearer and turns towards it, and back when it is left. The poster that
// has the keyboard's focus comes nearer.
class Motion {
  constructor(app, turn) {
    this.app = app;
    this.turn = turn;
    this.moves = new Map(); // slot: { x, y, lift, goal: { x, y, lift } }
    this.focused = null;
    this.over = null;
    this.frame = 0;
  }

  point(slot, at) {
    this.over = slot;
    this.start();
    if (!slot) return;
    const { clientWidth, clientHeight } = this.app.canvas;
    const { x, y, unit } = this.turn.seen(slot.angle - this.turn.at);
    const half = clientHeight / 2;
    const share = (way, size) => Math.min(1, Math.max(-1, way / (half * unit * size)));
    const [right, down] = [at.offsetX - clientWidth / 2 - x * half, at.offsetY - half + y * half];
    const { goal } = this.moves.get(slot);
    goal.x = TILT * share(down, POSTER.height / 2);
    goal.y = TILT * share(right, POSTER.width / 2);
  }

  focus(slot) {
    this.focused = slot;
    this.start();
  }

  start() {
    for (const slot of [this.over, this.focused]) {
      if (slot && !this.moves.has(slot)) this.moves.set(slot, { x: 0, y: 0, lift: 0, goal: { x: 0, y: 0, lift: 0 } });
    }
    for (const [slot, { goal }] of this.moves) {
      if (slot !== this.over) [goal.x, goal.y] = [0, 0];
      goal.lift = slot === this.over || slot === this.focused ? 1 : 0;
    }
    if (this.frame) return;
    this.time = performance.now();
    this.frame = requestAnimationFrame((now) => this.step(now));
  }

  step(now) {
    const share = 1 - Math.exp(-(now - this.time) / 90);
    this.time = now;
    let isMoving = false;
    for (const [slot, move] of this.moves) {
      const { goal } = move;
      const isThere = ["x", "y", "lift"].every((part) => Math.abs(goal[part] - move[part]) < 0.002);
      for (const part of ["x", "y", "lift"]) move[part] += (goal[part] - move[part]) * (isThere ? 1 : share);
      isMoving ||= !isThere;
      slot.poster.rotation.x = move.x;
      slot.poster.rotation.y = move.y;
      slot.poster.position.z = LIFT * move.lift;
      if (isThere && !goal.lift) this.moves.delete(slot);
    }
    this.app.requestRender();
    this.frame = isMoving ? requestAnimationFrame((next) => this.step(next)) : 0;
  }

  stop() {
    cancelAnimationFrame(this.frame);
    this.frame = 0;
  }
}

class Wall {
  constructor(root, top) {
    this.root = root;
    this.top = top;
    this.pointer = null; // where it is on the canvas
    this.end = new AbortController(); // every listener goes with the wall
    const parts = root.querySelector("[data-wall3d-parts]").content.cloneNode(true);
    this.stage = parts.querySelector(".wall3d");
    this.caption = parts.querySelector(".wall3d__caption");
    this.canvas = parts.querySelector("canvas");
    root.querySelector("form").before(this.stage);
  }

  get buttons() {
    return [...this.root.querySelectorAll("button[data-movie-id]")];
  }

  async raise() {
    const { wall3dRuntime, wall3dScene } = this.root.dataset;
    this.root.classList.add("is-loading"); // the runtime measures the stage
    await onScreen(this.top);
    const { Application } = await within(import(new URL(wall3dRuntime, location.href)), LOAD_MS, "runtime");
    this.end.signal.throwIfAborted();
    this.app = new Application(this.canvas, { renderer: "webgl", htmlContentMode: "none" });
    await within(this.app.load(wall3dScene), LOAD_MS, "scene");
    // The runtime declares its colours wide-gamut without converting them: posters would glow.
    const gl = this.canvas.getContext("webgl2");
    if (gl && "drawingBufferColorSpace" in gl) gl.drawingBufferColorSpace = "srgb";
    this.slots = [];
    while (this.app.findObjectByName(`slot-${String(this.slots.length).padStart(2, "0")}`)) {
      this.slots.push(new Slot(this.app, this.slots.length));
    }
    this.turn = new Turn(this.app, this.slots);
    this.motion = new Motion(this.app, this.turn);
    await this.sync();
    await onScreen(this.top); // whoever reads further down keeps the grid until they are back
    await this.sync();
    this.end.signal.throwIfAborted();
    this.listen();
    this.root.classList.replace("is-loading", "is-3d");
    this.root.dataset.wall3d = "on";
    this.enter();
  }

  // Hang the grid's posters, in its order, wherever they changed.
  sync() {
    const { buttons } = this;
    if (buttons.length > this.slots.length) throw new Error(`${buttons.length} posters, ${this.slots.length} slots`);
    this.byButton = new Map(buttons.map((button, index) => [button, this.slots[index]]));
    return Promise.all(this.slots.map((slot, index) => slot.sync(buttons[index] ?? null)));
  }

  // The wall swings in, and shows on the way whether this machine is quick enough for it.
  enter() {
    const [first] = this.turn.rests;
    this.turn.set(first + 0.2);
    this.turn.to(first);
    if ("wall3dOnSoftware" in this.root.dataset) return;
    let nFrames = 0;
    const begin = performance.now();
    const count = (now) => {
      nFrames += 1;
      if (now - begin < 1500) requestAnimationFrame(count);
      else if (!document.hidden && nFrames < 1.5 * SLOWEST_FPS) {
        setFlag("sessionStorage", SLOW);
        remember(false);
        this.fall("slow");
      }
    };
    requestAnimationFrame(count);
  }

  listen() {
    const { signal } = this.end;
    this.listenToPointer(signal);
    this.listenToFocus(signal);
    const turners = [...this.stage.querySelectorAll("[data-turn]")].map((turner) => [turner, Number(turner.dataset.turn)]);
    for (const [turner, way] of turners) {
      turner.addEventListener("click", () => this.turn.to(this.turn.goal + way * this.turn.reach), { signal });
    }
    this.turn.tell = ([first, last], goal) => {
      for (const [turner, way] of turners) turner.disabled = way < 0 ? goal <= first : goal >= last;
    };
    this.canvas.addEventListener("webglcontextlost", () => this.fall("context-lost"), { signal });
    const changes = new MutationObserver(() => this.attempt(() => this.sync()));
    changes.observe(this.root.querySelector("form"), {
      subtree: true, childList: true, attributes: true, attributeFilter: ["aria-pressed", "src"],
    });
    let isSeen = true;
    const seen = new IntersectionObserver(([entry]) => {
      isSeen = entry.isIntersecting;
      play();
    });
    seen.observe(this.stage);
    const play = () => {
      const shouldPlay = isSeen && !document.hidden;
      if (shouldPlay && this.app.isStopped) this.app.play();
      else if (!shouldPlay && !this.app.isStopped) this.app.stop();
    };
    document.addEventListener("visibilitychange", play, { signal });
    const size = new ResizeObserver(() => this.turn.to(this.turn.goal));
    size.observe(this.stage);
    signal.addEventListener("abort", () => [changes, seen, size].forEach((observer) => observer.disconnect()));
  }

  listenToPointer(signal) {
    let drag = null;
    const on = (type, listener, options) => this.canvas.addEventListener(type, listener, { signal, ...options });
    this.turn.turned = () => { if (this.pointer) this.point(this.pointer); };
    on("pointerdown", (event) => {
      drag = event.button === 0 ? { x: event.clientX, from: this.turn.goal, isReal: false } : null;
    }, { capture: true });
    on("pointermove", (event) => {
      this.point({ offsetX: event.offsetX, offsetY: event.offsetY });
      this.stage.style.setProperty("--light", `${(100 * event.offsetX) / this.canvas.clientWidth}%`);
      if (event.buttons === 0) drag = null;
      if (!drag) return;
      const way = event.clientX - drag.x;
      drag.isReal ||= Math.abs(way) > DRAG_PX;
      if (drag.isReal) {
        this.canvas.setPointerCapture(event.pointerId);
        this.turn.to(drag.from - (2 * this.turn.reach * way) / this.canvas.clientWidth, true);
      }
    });
    on("click", (event) => {
      if (drag?.isReal) this.turn.to(this.turn.goal);
      else this.turn.slotAt(event)?.button.click();
      drag = null;
    });
    on("pointercancel", () => { drag = null; });
    on("wheel", (event) => {
      if (Math.abs(event.deltaX) <= Math.abs(event.deltaY)) return;
      event.preventDefault();
      this.turn.to(this.turn.goal + event.deltaX / 1500, true);
    }, { passive: false });
    on("pointerleave", () => this.point(null));
  }

  // The poster under the pointer, which may rest while the wall turns.
  point(at) {
    this.pointer = at;
    const slot = at && this.turn.slotAt(at);
    this.say(slot ?? this.motion.focused);
    this.motion.point(slot, at);
  }

  listenToFocus(signal) {
    const focused = (event, isFocused) => {
      const slot = this.byButton.get(event.target.closest("button"));
      if (!slot) return;
      slot.isFocused = isFocused && event.target.matches(":focus-visible");
      this.motion.focus(isFocused ? slot : null);
      slot.sync();
      this.point(null);
      if (isFocused) this.turn.show(slot);
    };
    this.root.addEventListener("focusin", (event) => focused(event, true), { signal });
    this.root.addEventListener("focusout", (event) => focused(event, false), { signal });
    if (this.root.contains(document.activeElement)) focused({ target: document.activeElement }, true);
  }

  say(slot) {
    this.caption.textContent = slot?.button?.querySelector(".pick__name")?.textContent ?? "";
    this.stage.classList.toggle("is-over", Boolean(slot));
  }

  async attempt(act) {
    try {
      await act();
    } catch (error) {
      if (this.end.signal.aborted) {
        this.dispose();
      } else {
        console.warn("The grid stays:", error);
        this.fall("error");
      }
    }
  }

  fall(reason) {
    if (this.end.signal.aborted) return;
    this.end.abort();
    this.turn?.stop();
    this.motion?.stop();
    delete this.root.dataset.wall3dChosen; // its height goes to the grid
    this.root.classList.remove("is-loading", "is-3d");
    this.root.dataset.wall3d = reason;
    this.stage.remove();
    this.dispose();
  }

  dispose() {
    try {
      this.app?.dispose();
    } catch {
      // It was not complete, or its context is gone.
    }
  }
}

// The visitor's own choice between wall and grid; it is remembered.
function offerChoice(root) {
  const choice = root.querySelector("[data-wall3d-parts]").content.querySelector("[data-wall3d-choice]").cloneNode(true);
  const button = choice.querySelector("button");
  let wall = null;
  const show = (shown) => {
    wall = shown;
    button.textContent = wall ? button.dataset.toGrid : button.dataset.toWall;
  };
  const raise = async () => {
    const next = new Wall(root, root);
    show(next);
    next.end.signal.addEventListener("abort", () => show(null));
    await next.attempt(() => next.raise());
  };
  button.addEventListener("click", () => {
    remember(wall === null);
    if (wall) wall.fall("choice");
    else raise();
  });
  root.querySelector(".wall__more").after(choice);
  show(null);
  return raise;
}

async function start(root) {
  const reason = refusal(root);
  if (reason) {
    root.dataset.wall3d = reason;
    delete root.dataset.wall3dChosen;
    return;
  }
  const raise = offerChoice(root);
  if (!("wall3dChosen" in root.dataset)) {
    root.dataset.wall3d = "choice";
    return;
  }
  await quietMoment();
  await raise();
}

const root = document.querySelector("[data-wall3d]");
if (root) start(root);
