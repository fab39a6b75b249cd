import type { ValueName } from "../../api/types";
import type { Names } from "../../common/valueNames";

/** Names for tests, taken apart as the server does: a proxy knows every name. */
export const NAMES: Names = new Proxy({}, { get: (_, value) => parsed(String(value)), has: () => true });

const SHAPE =
  /^(?:([a-z_\d]+?\d|optimizer|loss(?=\.outputs))\.)?([a-z_]+|[a-z]+\d)(?:\.(update|exp_avg))?(?:\.(grad))?(?:\.(\d+))?(\.next)?$/;

function parsed(value: string): ValueName {
  const [, layer = "", own = value, derived = "", gradient = "", part, next] = SHAPE.exec(value) ?? [];
  const [, key = own, moment] = (layer && /^([a-z]+)(\d+)$/.exec(own)) || [];
  return {
    subject: layer ? `${layer}.${own}` : own,
    layer,
    key,
    moment: moment ? { number: Number(moment), piece: null, held: false } : null,
    derived,
    gradient: gradient as ValueName["gradient"],
    part: part ? Number(part) : null,
    next: next !== undefined,
  };
}
