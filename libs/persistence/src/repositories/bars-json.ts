import { epochMs, notional, price, quantity, type MinuteBars } from '#domain';

/** Amounts are plain decimal strings. */
export interface BarsJson {
  readonly open: {
    readonly minute: number;
    readonly open: string;
    readonly high: string;
    readonly low: string;
    readonly close: string;
    readonly base: string;
    readonly quote: string;
    readonly trades: number;
    readonly complete: boolean;
  } | null;
  readonly over: number | null;
  readonly hole: boolean;
}

/** Without the bars that are over: these are rows of their own. */
export function barsAsJson({ open, over, hole }: MinuteBars): BarsJson {
  if (open === null) return { open, over, hole };
  const { minute, trades, complete } = open;
  return {
    open: {
      minute,
      open: open.open.toFixed(),
      high: open.high.toFixed(),
      low: open.low.toFixed(),
      close: open.close.toFixed(),
      base: open.base.toFixed(),
      quote: open.quote.toFixed(),
      trades,
      complete,
    },
    over,
    hole,
  };
}

export function barsFromJson({ open, over, hole }: BarsJson): MinuteBars {
  return {
    open: open && {
      minute: epochMs(open.minute),
      open: price(open.open),
      high: price(open.high),
      low: price(open.low),
      close: price(open.close),
      base: quantity(open.base),
      quote: notional(open.quote),
      trades: open.trades,
      complete: open.complete,
    },
    closed: [],
    over: over === null ? null : epochMs(over),
    hole,
  };
}
