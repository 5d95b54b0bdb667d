import { expect } from '@jest/globals';

/** Fails unless `holds`. For checks that run a hundred thousand times: `expect` costs more than what it looks at. */
export function must(holds: boolean, what: string): void {
  if (!holds) throw new Error(`does not hold: ${what}`);
}

/** `toEqual` for plain data that is compared a hundred thousand times: what reads alike is not looked at again. */
export function mustEqual(actual: unknown, expected: unknown): void {
  if (JSON.stringify(actual) !== JSON.stringify(expected)) expect(actual).toEqual(expected);
}
