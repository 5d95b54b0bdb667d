import type { ClientOrderId } from '#domain';

/** How a venue writes our 128-bit id, and how long it keeps two orders from sharing one (venues.md A3). */
export interface ClientOrderIdForm {
  readonly field: string;
  readonly rendering: 'hex' | 'uuid' | '0x';
  /** What the venue accepts. */
  readonly accepts: RegExp;
  readonly uniqueness: 'open-only' | 'permanent' | 'returns-existing' | 'none';
}

export type ProtocolId =
  'binance-spot' | 'binance-usdm' | 'okx' | 'bybit' | 'kraken' | 'coinbase' | 'deribit' | 'hyperliquid' | 'ccxt';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

export const CLIENT_ORDER_ID_FORMS: Readonly<Record<ProtocolId, ClientOrderIdForm>> = {
  'binance-spot': {
    field: 'newClientOrderId',
    rendering: 'hex',
    accepts: /^[a-zA-Z0-9-_]{1,36}$/,
    uniqueness: 'open-only',
  },
  'binance-usdm': {
    field: 'newClientOrderId',
    rendering: 'hex',
    accepts: /^[.A-Z:/a-z0-9_-]{1,36}$/,
    uniqueness: 'open-only',
  },
  okx: { field: 'clOrdId', rendering: 'hex', accepts: /^[a-zA-Z0-9]{1,32}$/, uniqueness: 'open-only' },
  bybit: { field: 'orderLinkId', rendering: 'hex', accepts: /^[A-Za-z0-9_-]{1,36}$/, uniqueness: 'permanent' },
  kraken: { field: 'cl_ord_id', rendering: 'hex', accepts: /^[0-9a-f]{32}$/, uniqueness: 'open-only' },
  coinbase: { field: 'client_order_id', rendering: 'uuid', accepts: UUID, uniqueness: 'returns-existing' },
  deribit: { field: 'label', rendering: 'hex', accepts: /^.{1,64}$/, uniqueness: 'none' },
  // Whatever the exchange calls it; that it promises anything is not assumed.
  ccxt: { field: 'clientOrderId', rendering: 'hex', accepts: /^[0-9a-f]{32}$/, uniqueness: 'none' },
  hyperliquid: { field: 'cloid', rendering: '0x', accepts: /^0x[0-9a-f]{32}$/, uniqueness: 'open-only' },
};

const HEX = /^[0-9a-f]{32}$/;

/** Our id as the venue wants to see it. @throws RangeError when it is not 32 lower-case hex digits */
export function renderClientOrderId(protocol: ProtocolId, id: ClientOrderId): string {
  if (!HEX.test(id)) {
    throw new RangeError(`Invalid client order id: must be 32 lower-case hex digits, was ${JSON.stringify(id)}`);
  }
  switch (CLIENT_ORDER_ID_FORMS[protocol].rendering) {
    case 'hex':
      return id;
    case '0x':
      return `0x${id}`;
    case 'uuid':
      return `${id.slice(0, 8)}-${id.slice(8, 12)}-${id.slice(12, 16)}-${id.slice(16, 20)}-${id.slice(20)}`;
  }
}

/** Our id in a venue's answer; null when it is not one of ours: an external order. */
export function parseClientOrderId(protocol: ProtocolId, text: string): ClientOrderId | null {
  const form = CLIENT_ORDER_ID_FORMS[protocol].rendering;
  let hex = text;
  if (form === '0x') {
    if (!text.startsWith('0x')) return null;
    hex = text.slice(2);
  } else if (form === 'uuid') {
    if (!UUID.test(text)) return null;
    hex = text.replaceAll('-', '');
  }
  return HEX.test(hex) ? (hex as ClientOrderId) : null;
}
