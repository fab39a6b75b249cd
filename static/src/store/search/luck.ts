/** "1st", "2nd", "3rd", "11th", "22nd". */
export function ordinal(n: number): string {
  const teen = n % 100 >= 11 && n % 100 <= 13;
  return `${n}${teen ? "th" : (["th", "st", "nd", "rd"][n % 10] ?? "th")}`;
}

/** The place of one course among all at a point, the least loss first; what is no number comes last. */
export function placeAt(courses: readonly (readonly number[])[], own: readonly number[], at: number): number {
  const size = (x: number | undefined) => (x === undefined || Number.isNaN(x) ? Number.POSITIVE_INFINITY : x);
  return 1 + courses.filter((course) => size(course[at]) < size(own[at])).length;
}
