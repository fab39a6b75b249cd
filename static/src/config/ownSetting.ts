import type { Parameter } from "../api/types";

/** A setting that the studio asks for in its own words, where the catalog has none of its kind. */
export const setting = (
  name: string,
  title: string,
  kind: Parameter["kind"],
  description: string,
  more: Partial<Parameter> = {},
): Parameter => ({
  name,
  title,
  kind,
  description,
  default: null,
  minimum: null,
  maximum: null,
  exclusive_minimum: false,
  exclusive_maximum: false,
  choices: null,
  nullable: false,
  symbol: "",
  length: null,
  allowed: kind === "integer" ? "a whole number" : "a number",
  example: "",
  ...more,
});
