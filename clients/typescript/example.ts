// Ten films for two ratings with the reasons for each, and a list of films with two of their fields.
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
