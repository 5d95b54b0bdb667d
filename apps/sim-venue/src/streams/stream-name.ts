export type StreamKind = 'trade' | 'aggTrade' | 'bookTicker' | 'depth' | 'partial';

export interface StreamName {
  readonly name: string;
  readonly symbol: string;
  readonly kind: StreamKind;
  /** Levels of a partial book, 0 otherwise. */
  readonly levels: number;
  readonly speed: 'fast' | 'slow';
}

const FORM = /^([a-z0-9]{1,20})@(?:(trade|aggTrade|bookTicker)|depth(5|10|20)?(@100ms)?)$/;

/** @returns null for a stream that is not served */
export function parseStreamName(name: string): StreamName | null {
  const match = FORM.exec(name);
  if (match === null) return null;
  const [, symbol = '', plain, levels, speed] = match;
  return {
    name,
    symbol: symbol.toUpperCase(),
    kind: plain !== undefined ? (plain as StreamKind) : levels !== undefined ? 'partial' : 'depth',
    levels: Number(levels ?? 0),
    speed: speed === '@100ms' ? 'fast' : 'slow',
  };
}
