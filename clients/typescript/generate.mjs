// Write schema.d.ts from the schema of a site: node generate.mjs https://films.example/api/v1/schema/
import { writeFile } from "node:fs/promises";
import { pathToFileURL } from "node:url";
import openapiTS, { astToString } from "openapi-typescript";
import ts from "typescript";

const [source, target = "schema.d.ts"] = process.argv.slice(2);
const url = /^https?:/.test(source) ? new URL(source) : pathToFileURL(source);
const BLOB = ts.factory.createTypeReferenceNode("Blob");

const types = await openapiTS(url, {
  defaultNonNullable: false,
  transform: (schema) => (schema.format === "binary" ? BLOB : undefined), // files that are sent
});
await writeFile(target, astToString(types));
