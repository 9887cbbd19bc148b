// Ten films for two ratings, and the reasons for each.
import { marquee } from "./client";

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
