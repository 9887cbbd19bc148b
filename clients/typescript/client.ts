// A typed client of the Marquee API: openapi-fetch on the types that openapi-typescript generates.
import createClient, { type Client } from "openapi-fetch";
import type { paths } from "./schema";

export type { components, operations, paths } from "./schema";

/** Make a client; without a token it can read films and ask for ratings that it sends. */
export function marquee(baseUrl: string, token?: string): Client<paths> {
  return createClient<paths>({
    baseUrl,
    headers: token ? { Authorization: `Bearer ${token}` } : {},
  });
}
