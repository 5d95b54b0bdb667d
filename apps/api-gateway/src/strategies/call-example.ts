import type { StrategyKind, StrategySymbol } from '#domain';

interface Called {
  readonly kind: StrategyKind;
  readonly number: number;
  readonly publicId: string | null;
  readonly symbols: readonly StrategySymbol[];
}

const JSON_HEADER = `-H 'Content-Type: application/json'`;

/** A call that opens a position, for people to copy; null for strategies that take no signals. The secret is left to fill in. */
export function callExample({ kind, number, publicId, symbols }: Called): string | null {
  const [first] = symbols;
  if (first === undefined) return null;
  const { base, quote, symbol } = first;
  switch (kind) {
    case 'signaler':
      return (
        `curl -X POST https://HOST/v1/strategy/signal/${publicId ?? ''} -H 'Authorization: Bearer <secret>' ${JSON_HEADER} ` +
        `-d '{"action":"open","pair":"${base}/${quote}","position":{"type":"long"},"open_orders":{"items":[{"key":"in-1","amount":1}]}}'`
      );
    case 'mizar':
      return (
        `curl -X POST https://HOST/api/v1/open-position -H 'MIZAR-API-KEY: <key>' ${JSON_HEADER} ` +
        `-d '{"strategy_id":${number},"base_asset":"${base}","quote_asset":"${quote}","size":1,"is_long":true}'`
      );
    case 'webhook':
      return (
        `curl -X POST https://HOST/webhooks/<secret> ${JSON_HEADER} ` +
        `-d '{"action":"open","symbol":"${symbol}","side":"long","size":"1"}'`
      );
    case 'session':
    case 'dca':
      return null;
  }
}
