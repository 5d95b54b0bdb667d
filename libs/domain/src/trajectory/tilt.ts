import { pow } from '../numeric/elementary.js';
import type { Curve } from './curve.js';

/**
 * A planned share moved earlier (alpha in (0, 1]) or later (alpha in [-1, 0)); the ends stay fixed (algorithms.md 2.6):
 * F0^(1+2|a|) for a < 0, 1 - (1-F0)^(1+2a) for a > 0.
 */
export function tiltedShare(share: number, alpha: number): number {
  if (alpha === 0 || share <= 0 || share >= 1) return share;
  return alpha < 0 ? pow(share, 1 - 2 * alpha) : 1 - pow(1 - share, 1 + 2 * alpha);
}

/** The same for a whole curve. */
export function tilted(curve: Curve, alpha: number): Curve {
  return alpha === 0 ? curve : (u) => tiltedShare(curve(u), alpha);
}
