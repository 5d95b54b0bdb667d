/** `value` with its field number `at`, counted through, replaced by `junk`. */
export function mangle(value: unknown, at: number, junk: unknown): unknown {
  let left = at;
  const walk = (node: unknown): unknown => {
    left -= 1;
    if (left < 0) {
      left = Infinity;
      return junk;
    }
    if (Array.isArray(node)) return node.map(walk);
    if (typeof node === 'object' && node !== null) {
      return Object.fromEntries(Object.entries(node).map(([key, one]) => [key, walk(one)]));
    }
    return node;
  };
  return walk(value);
}

/** How many fields a value has, itself counted. */
export function placesIn(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 1;
  return Object.values(value).reduce<number>((sum, one) => sum + placesIn(one), 1);
}
