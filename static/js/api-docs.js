// Sends an operation of the API as its form says, and shows what comes back.

const LONGEST = 50_000;
const form = document.querySelector(".try");
const status = form.querySelector(".try__status");
const answer = form.querySelector(".try__answer");
const { method, path } = form.dataset;

function request() {
  const query = new URLSearchParams();
  const headers = new Headers({ Accept: "application/json" });
  let address = path;
  for (const field of form.querySelectorAll("[data-in]")) {
    const place = field.dataset.in;
    const values = "many" in field.dataset ? field.value.split(",") : [field.value];
    for (const value of values.map((one) => one.trim()).filter(Boolean)) {
      if (place === "path") address = address.replace(`{${field.name}}`, encodeURIComponent(value));
      else if (place === "query") query.append(field.name, value);
      else if (place === "header") headers.set(field.name, value);
    }
  }
  const { body, token, csrfmiddlewaretoken } = form.elements;
  if (body) headers.set("Content-Type", "application/json");
  if (token?.value) headers.set("Authorization", `Bearer ${token.value.trim()}`);
  else headers.set("X-CSRFToken", csrfmiddlewaretoken.value);
  return new Request(query.size ? `${address}?${query}` : address, {
    method,
    headers,
    body: body?.value,
    credentials: token?.value ? "omit" : "same-origin",
  });
}

function readable(text) {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}

async function send() {
  const start = performance.now();
  const response = await fetch(request());
  const text = await response.text();
  const milliseconds = Math.round(performance.now() - start);
  status.textContent = `${response.status} ${response.statusText} · ${milliseconds} ms`;
  const whole = readable(text);
  answer.textContent = whole.length > LONGEST ? `${whole.slice(0, LONGEST)} …` : whole;
  answer.hidden = !whole;
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  form.ariaBusy = "true";
  try {
    await send();
  } catch {
    status.textContent = status.dataset.unreachable;
    answer.hidden = true;
  }
  form.ariaBusy = "false";
});
