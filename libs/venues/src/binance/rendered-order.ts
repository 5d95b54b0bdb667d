import { Dec, toDecimalString } from '#domain';
import { renderClientOrderId } from '../client-order-id.js';
import type { Cause, PlaceRequest } from '../ports.js';

const PLAIN = /^(0|[1-9]\d*)(\.\d+)?$/;

/** A field of the body and its only value; null: it must not be there. */
export type WantedFields = readonly (readonly [string, string | null])[];

/** What makes a spot order the order it is, besides its digits. */
export function spotFields(request: PlaceRequest): WantedFields {
  return [
    ['symbol', request.symbol],
    ['side', request.side === 'buy' ? 'BUY' : 'SELL'],
    ['type', request.timeInForce === 'gtx' ? 'LIMIT_MAKER' : 'LIMIT'],
    ['timeInForce', request.timeInForce === 'gtx' ? null : request.timeInForce.toUpperCase()],
    ['newClientOrderId', renderClientOrderId('binance-spot', request.clientOrderId)],
  ];
}

/** The same of a USD-M order. A position side already says what may be reduced: the vendor takes only one of the two. */
export function usdmFields(request: PlaceRequest): WantedFields {
  const { positionSide } = request;
  return [
    ['symbol', request.symbol],
    ['side', request.side === 'buy' ? 'BUY' : 'SELL'],
    ['type', 'LIMIT'],
    ['timeInForce', request.timeInForce.toUpperCase()],
    ['positionSide', positionSide === undefined ? null : positionSide.toUpperCase()],
    ['reduceOnly', positionSide === undefined && request.reduceOnly === true ? 'true' : null],
    ['newClientOrderId', renderClientOrderId('binance-usdm', request.clientOrderId)],
  ];
}

/**
 * Compares the body that is about to be sent with the order that was decided: the digits of quantity and
 * price, and everything else that would make it another order (venues.md A2, VE-A18).
 */
export function checkRenderedOrder(
  want: WantedFields,
  request: Pick<PlaceRequest, 'orderQty' | 'price'>,
  body: string,
): Cause | null {
  const sent = new URLSearchParams(body);
  for (const [field, value] of want) {
    const all = sent.getAll(field);
    if (all.length > 1 || (all[0] ?? null) !== value)
      return changed(field, value ?? 'absent', all.join(',') || 'absent');
  }
  for (const [field, value] of [
    ['quantity', request.orderQty],
    ['price', request.price],
  ] as const) {
    const all = sent.getAll(field);
    const [text = ''] = all;
    if (all.length !== 1 || !PLAIN.test(text) || !new Dec(text).eq(value)) {
      return changed(field, toDecimalString(value), all.join(',') || 'absent');
    }
  }
  return null;
}

function changed(field: string, wanted: string, found: string): Cause {
  return { code: 'RENDERED_ORDER_DIFFERS', text: `${field} must be sent as ${wanted}, was rendered as ${found}` };
}
