import { hash } from 'node:crypto';

/** What a draw is for; the label keeps draws with the same counter independent of each other. */
export type DrawLabel = 'time' | 'size' | 'iceberg' | 'account' | 'phase';

const LOW_BITS = 2 ** 21;

/**
 * The 53-bit integer behind a draw: the first 8 bytes of SHA-256("seed|label|n"), big-endian, shifted
 * right by 11 bits (algorithms.md 4.7).
 */
export function drawNumerator(seed: string, label: string, n: number): number {
  const digest = hash('sha256', `${seed}|${label}|${n}`, 'hex');
  const high = Number.parseInt(digest.slice(0, 8), 16);
  const low = Number.parseInt(digest.slice(8, 16), 16);
  return high * LOW_BITS + (low >>> 11);
}

/** One decision asks for the same few draws again and again; the last are kept. */
const MOST_KEPT = 64;
const kept = new Map<string, number>();

/**
 * A reproducible number in [0, 1). It depends on its counter alone and never on how many draws were
 * made before it, so a decision made twice draws the same numbers.
 */
export function draw(seed: string, label: DrawLabel, n: number): number {
  const key = `${label}|${n}|${seed}`;
  const known = kept.get(key);
  if (known !== undefined) return known;
  const drawn = drawNumerator(seed, label, n) / 2 ** 53;
  if (kept.size >= MOST_KEPT) kept.clear();
  kept.set(key, drawn);
  return drawn;
}

/** A draw spread over [-1, 1): 2r - 1. */
export function signedDraw(seed: string, label: DrawLabel, n: number): number {
  return 2 * draw(seed, label, n) - 1;
}
