const TOKEN = /"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;
/** Deeper than any vendor nests; a reply that is deeper is not one. */
const MAX_DEPTH = 32;

/**
 * JSON with every number kept as the text it was written in: a double has already lost digits of money and of
 * ids. Undefined when it is not JSON, or nested absurdly deep.
 */
export function readJson(text: string): unknown {
  try {
    JSON.parse(text); // only what is valid may be rewritten
    const value: unknown = JSON.parse(text.replace(TOKEN, (token) => (token.startsWith('"') ? token : `"${token}"`)));
    return depthOf(value) > MAX_DEPTH ? undefined : value;
  } catch {
    return undefined;
  }
}

function depthOf(value: unknown, above = 0): number {
  if (typeof value !== 'object' || value === null || above > MAX_DEPTH) return above;
  return Object.values(value).reduce<number>((most, one) => Math.max(most, depthOf(one, above + 1)), above + 1);
}
