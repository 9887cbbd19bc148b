// A typed client of the Marquee API: openapi-fetch on the types that generate.mjs makes.
import createClient, { type Client, type Middleware } from "openapi-fetch";
import type { paths } from "./schema";

export type { components, operations, paths } from "./schema";

/** Make a client; without a token it can read films and ask for ratings that it sends. */
export function marquee(baseUrl: string, token?: string): Client<paths> {
  const client = createClient<paths>({
    baseUrl,
    headers: token ? { Authorization: `Bearer ${token}` } : {},
    bodySerializer,
  });
  client.use(LINES);
  return client;
}

/** Send a body with a file as a form, and any other as JSON. */
function bodySerializer(body: unknown): string | FormData {
  const entries = Object.entries(body as Record<string, unknown>);
  if (!entries.some(([, value]) => value instanceof Blob)) return JSON.stringify(body);
  const form = new FormData();
  for (const [name, value] of entries) {
    if (value !== undefined) form.append(name, value instanceof Blob ? value : String(value));
  }
  return form;
}

/** Return NDJSON as one text, as its type says; `parseAs: "stream"` gives the bytes as they come. */
const LINES: Middleware = {
  async onResponse({ response, options }) {
    const type = response.headers.get("Content-Type") ?? "";
    if (options.parseAs !== "json" || !type.startsWith("application/x-ndjson")) return undefined;
    const { status, headers } = response;
    return new Response(JSON.stringify(await response.text()), { status, headers });
  },
};
