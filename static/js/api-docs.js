// Swagger UI over the site's own OpenAPI document, in the colours the visitor has chosen.

const place = document.getElementById("api-docs");
const dark = window.matchMedia("(prefers-color-scheme: dark)");

function paint() {
  document.documentElement.classList.toggle("dark-mode", dark.matches);
}

function csrfToken() {
  return document.cookie.match(/(?:^|; )csrftoken=([^;]+)/)?.[1] ?? "";
}

paint();
dark.addEventListener("change", paint);
window.SwaggerUIBundle({
  url: place.dataset.schema,
  domNode: place,
  deepLinking: true,
  defaultModelsExpandDepth: 0,
  displayRequestDuration: true,
  persistAuthorization: false,
  requestInterceptor(request) {
    // A session's changes need it; other sites' pages could not read the cookie.
    const isOwn = new URL(request.url, location.href).origin === location.origin;
    if (isOwn && !["GET", "HEAD"].includes(request.method ?? "GET")) {
      request.headers["X-CSRFToken"] = csrfToken();
    }
    return request;
  },
});
