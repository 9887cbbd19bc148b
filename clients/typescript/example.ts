// Ten films for a rating with the reasons for each, films with two of their fields, an import and an export.
import { marquee, type components } from "./client";

export async function ten(baseUrl: string): Promise<string[]> {
  const client = marquee(baseUrl);
  const { data, error } = await client.POST("/api/v1/recommendations/", {
    body: { ratings: [{ movie_id: 1, stars: 4.5 }], k: 10, expand: ["movie"] },
  });
  if (error) throw new Error(error.detail);
  return data.results.map(
    (result) => `${result.movie.title}, because of ${result.reasons[0]?.movie?.title ?? "you"}`,
  );
}

type Film = components["schemas"]["Movie"];
const FIELDS = ["id", "title"] as const satisfies readonly (keyof Film)[];

/** Films with the named fields alone, which is what the type says: the others are not in the answer. */
export async function titles(baseUrl: string): Promise<Pick<Film, (typeof FIELDS)[number]>[]> {
  const client = marquee(baseUrl);
  const { data, error } = await client.GET("/api/v1/movies/", {
    params: { query: { fields: [...FIELDS] } },
  });
  if (error) throw new Error(error.detail);
  return data.results;
}

/** Upload a file of ratings; the answer says what to confirm before they are imported. */
export async function upload(baseUrl: string, token: string, csv: string): Promise<number> {
  const { data, error } = await marquee(baseUrl, token).POST("/api/v1/me/imports/", {
    body: { file: new File([csv], "ratings.csv", { type: "text/csv" }) },
  });
  if (error) throw new Error(error.detail);
  return data.id;
}

/** Everything about the account, line by line as the lines come. */
export async function* exported(baseUrl: string, token: string): AsyncGenerator<unknown> {
  const { data, error } = await marquee(baseUrl, token).GET("/api/v1/export/ndjson/", {
    parseAs: "stream",
  });
  if (error) throw new Error(error.detail);
  if (!data) return;
  const reader = data.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (let next = await reader.read(); !next.done; next = await reader.read()) {
    const lines = (rest + next.value).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) yield JSON.parse(line);
  }
}
