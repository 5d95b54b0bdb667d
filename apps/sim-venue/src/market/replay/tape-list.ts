import type { ProductName } from '../../floor/product.js';

/** A capture to replay from the start. */
export interface TapeEntry {
  readonly product: ProductName;
  /** null: the first one in the file. */
  readonly symbol: string | null;
  readonly file: string;
}

const ENTRY = /^(?:(spot|usdm):)?(?:([A-Z0-9]{5,20}):)?(?!(?:spot|usdm|[A-Z0-9]{5,20}):)(.+)$/;

/**
 * Reads `[product:][symbol:]file`, several of them with commas between; without a product it is spot.
 *
 * @returns null when it is not of that form
 */
export function parseTapeList(text: string): readonly TapeEntry[] | null {
  const entries: TapeEntry[] = [];
  for (const part of text.split(',')) {
    const [, product = 'spot', symbol = null, file = ''] = ENTRY.exec(part.trim()) ?? [];
    if (file === '') return null;
    entries.push({ product: product as ProductName, symbol, file });
  }
  return entries;
}
