import type { Derivation } from "../../api/types";
import { format } from "../../common/format";

type Check = NonNullable<Derivation["check"]>;

/** Fewer digits in common than this say little: the difference is then as large as what it is uncertain by. */
const TELLING = 2;

/** What the comparison of a gradient with a finite difference came to, in words; relative, never a bare difference. */
export function checkWords({ kink, agrees, reason, digits, uncertainty, central_difference }: Check): string {
  if (kink) return "at a kink: no finite difference to compare with";
  if (agrees === null) return `finite difference cannot tell: ${reason}`;
  if (!agrees) return `finite difference says ${format(central_difference, Math.max(4, (digits ?? 0) + 2))}`;
  if (digits === null) return "finite difference is 0 too";
  if (digits < TELLING)
    return `finite difference agrees within its own uncertainty, ${format(uncertainty, 1)}`;
  return `finite difference agrees to ${digits} digits`;
}
