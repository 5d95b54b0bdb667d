export type StreamKind =
  | 'trade'
  | 'aggTrade'
  | 'bookTicker'
  | 'depth'
  | 'partial'
  | 'kline'
  | 'ticker'
  | 'miniTicker'
  | 'windowTicker'
  | 'avgPrice'
  | 'markPrice'
  | 'forceOrder';

/** A stream that is served, taken apart. */
export interface StreamName {
  readonly name: string;
  readonly kind: StreamKind;
  /** In capitals; null: all symbols. */
  readonly symbol: string | null;
  /** Shortest time between two messages, ms; 0: as it happens. */
  readonly everyMs: number;
  /** Levels of a partial book. */
  readonly levels: number;
  /** Of candles, and of a rolling window. */
  readonly interval: string;
  /** Of candles: how far their days begin before those of UTC, ms. */
  readonly offsetMs: number;
}

/** Takes a name apart. @returns null for a stream that is not served */
export type StreamGrammar = (name: string) => StreamName | null;

type Parts = Partial<Omit<StreamName, 'name' | 'kind' | 'symbol'>> & { readonly kind: StreamKind };
interface Rule {
  /** Group 1 is the symbol, where there is one. */
  readonly form: RegExp;
  readonly parts: (groups: readonly (string | undefined)[]) => Parts;
}

const SYMBOL = '([a-z0-9]{1,20})';
const INTERVAL = '([1-9][0-9]?[mhdwM])';
const EIGHT_HOURS = 8 * 3_600_000;

/** Of a symbol: `<symbol>@<rest>`. */
const one = (rest: string, parts: Rule['parts']): Rule => ({ form: new RegExp(`^${SYMBOL}@${rest}$`), parts });
/** Of all symbols: `!<rest>`. The empty group stands for the symbol. */
const all = (rest: string, parts: Rule['parts']): Rule => ({ form: new RegExp(`^()!${rest}$`), parts });
const speed = (text: string | undefined, fallback: number): number => (text === undefined ? fallback : Number(text));

const IMMEDIATE = one('(trade|aggTrade|bookTicker)', ([, kind]) => ({ kind: kind as StreamKind }));

const SPOT: readonly Rule[] = [
  IMMEDIATE,
  one('depth(?:@(100|1000)ms)?', ([, ms]) => ({ kind: 'depth', everyMs: speed(ms, 1_000) })),
  one('depth(5|10|20)(?:@(100|1000)ms)?', ([, levels, ms]) => ({
    kind: 'partial',
    levels: Number(levels),
    everyMs: speed(ms, 1_000),
  })),
  one(`kline_(1s|${INTERVAL.slice(1, -1)})(@\\+08:00)?`, ([, interval = '', zone]) => ({
    kind: 'kline',
    interval,
    everyMs: interval === '1s' ? 1_000 : 2_000,
    offsetMs: zone === undefined ? 0 : EIGHT_HOURS,
  })),
  one('(ticker|miniTicker|avgPrice)', ([, kind]) => ({ kind: kind as StreamKind, everyMs: 1_000 })),
  one('ticker_(1h|4h|1d)', ([, interval = '']) => ({ kind: 'windowTicker', interval, everyMs: 1_000 })),
  all('(ticker|miniTicker)@arr', ([, kind]) => ({ kind: kind as StreamKind, everyMs: 1_000 })),
  all('ticker_(1h|4h|1d)@arr', ([, interval = '']) => ({ kind: 'windowTicker', interval, everyMs: 1_000 })),
];

const USDM: readonly Rule[] = [
  IMMEDIATE,
  one('depth(?:@(0|100|250|500)ms)?', ([, ms]) => ({ kind: 'depth', everyMs: speed(ms, 250) })),
  one('depth(5|10|20)(?:@(0|100|250|500)ms)?', ([, levels, ms]) => ({
    kind: 'partial',
    levels: Number(levels),
    everyMs: speed(ms, 250),
  })),
  one(`kline_${INTERVAL}`, ([, interval = '']) => ({ kind: 'kline', interval, everyMs: 250 })),
  one('(ticker|miniTicker)', ([, kind]) => ({ kind: kind as StreamKind, everyMs: 2_000 })),
  one('markPrice(@1s)?', ([, fast]) => ({ kind: 'markPrice', everyMs: fast === undefined ? 3_000 : 1_000 })),
  one('forceOrder', () => ({ kind: 'forceOrder', everyMs: 1_000 })),
  all('(ticker|miniTicker)@arr', ([, kind]) => ({ kind: kind as StreamKind, everyMs: 1_000 })),
  all('bookTicker', () => ({ kind: 'bookTicker', everyMs: 5_000 })),
  all('markPrice@arr(@1s)?', ([, fast]) => ({ kind: 'markPrice', everyMs: fast === undefined ? 3_000 : 1_000 })),
  all('forceOrder@arr', () => ({ kind: 'forceOrder', everyMs: 1_000 })),
];

export const spotStreamName: StreamGrammar = (name) => parse(SPOT, name);
export const usdmStreamName: StreamGrammar = (name) => parse(USDM, name);

function parse(rules: readonly Rule[], name: string): StreamName | null {
  for (const { form, parts } of rules) {
    const match = form.exec(name);
    if (match === null) continue;
    const symbol = match[1] ?? '';
    return {
      name,
      symbol: symbol === '' ? null : symbol.toUpperCase(),
      everyMs: 0,
      levels: 0,
      interval: '',
      offsetMs: 0,
      ...parts(match.slice(1)),
    };
  }
  return null;
}
