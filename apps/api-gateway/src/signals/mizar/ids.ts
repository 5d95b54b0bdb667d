import type { Field } from '../common/field.js';

/** Ids that clients see are within 31 bits: no other can exist. */
const MAX_ID = 2 ** 31 - 1;

/** A required id, 12 or "12". One that cannot exist is no fault: it is looked for, and not found. */
export function readId(field: Field): number | undefined {
  return field.required()?.integer();
}

export function readOptionalId(field: Field): number | null {
  return field.integer() ?? null;
}

/** False: nothing has this id, and it is not to be asked for in a database. */
export function canExist(id: number): boolean {
  return id >= 1 && id <= MAX_ID;
}
