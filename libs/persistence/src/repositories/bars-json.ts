import { epochMs, notional, price, quantity, type MinuteBar, type MinuteBars } from '#domain';

type BoughtJson = readonly [base: string, quote: string, trades: number];
type MarkJson = readonly [id: string, at: number];

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
    /** These three are absent in what an older version wrote. */
    readonly bought?: BoughtJson | null;
    readonly first?: MarkJson | null;
    readonly last?: MarkJson | null;
    readonly complete: boolean;
  } | null;
  readonly over: number | null;
  readonly hole: boolean;
}

/** Without the bars that are over: these are rows of their own. */
export function barsAsJson({ open, over, hole }: MinuteBars): BarsJson {
  if (open === null) return { open, over, hole };
  const { minute, trades, bought, complete } = open;
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
      bought: bought && [bought.base.toFixed(), bought.quote.toFixed(), bought.trades],
      first: open.first && [open.first.id, open.first.at],
      last: open.last && [open.last.id, open.last.at],
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
      bought: boughtFrom(open.bought ?? null),
      first: markFrom(open.first ?? null),
      last: markFrom(open.last ?? null),
      complete: open.complete,
    },
    closed: [],
    over: over === null ? null : epochMs(over),
    hole,
  };
}

function boughtFrom(bought: BoughtJson | null): MinuteBar['bought'] {
  if (bought === null) return null;
  const [base, quote, trades] = bought;
  return { base: quantity(base), quote: notional(quote), trades };
}

function markFrom(mark: MarkJson | null): MinuteBar['first'] {
  return mark && { id: mark[0], at: epochMs(mark[1]) };
}
