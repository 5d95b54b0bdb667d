import { stringify } from 'lossless-json';

/** JSON text; a number that is not finite is a bug and throws. */
export function jsonText(value: unknown): string {
  const text = stringify(value, (_key, item: unknown) => {
    if (typeof item === 'number' && !Number.isFinite(item))
      throw new RangeError(`A JSON number must be finite, was ${item}`);
    return item;
  });
  if (text === undefined) throw new TypeError('An answer must be JSON');
  return text;
}
