import { Dec, toDecimalString, type Decimal } from '#domain';
import { renderClientOrderId, type ProtocolId } from '../client-order-id.js';
import type { Cause, PlaceRequest } from '../ports.js';
import type { RenderedOrder } from './protocol.js';

const PLAIN = /^(0|[1-9]\d*)(\.\d+)?$/;

/**
 * Compares the request that is about to leave with the order that was decided: the digits of quantity and price,
 * and everything else that would make it another order (venues.md A2, VE-A18).
 */
export function checkRendered(protocol: ProtocolId, request: PlaceRequest, found: RenderedOrder): Cause | null {
  const id = renderClientOrderId(protocol, request.clientOrderId);
  return (
    checkText('symbol', request.symbol, found.symbol) ??
    checkText('side', request.side, found.side) ??
    checkText('timeInForce', request.timeInForce, found.timeInForce) ??
    checkText('clientOrderId', id, found.clientOrderId) ??
    checkText('reduceOnly', String(request.reduceOnly === true), String(found.reduceOnly)) ??
    checkDigits({ orderQty: request.orderQty, price: request.price }, found)
  );
}

/** The digits of quantity and price alone: all that an amendment carries. */
export function checkDigits(
  wanted: { readonly orderQty: Decimal; readonly price: Decimal },
  found: Pick<RenderedOrder, 'orderQty' | 'price'>,
): Cause | null {
  for (const field of ['orderQty', 'price'] as const) {
    const text = found[field];
    if (text === null || !PLAIN.test(text) || !new Dec(text).eq(wanted[field])) {
      return differs(field, toDecimalString(wanted[field]), text);
    }
  }
  return null;
}

function checkText(field: string, wanted: string, found: string | null): Cause | null {
  return wanted === found ? null : differs(field, wanted, found);
}

function differs(field: string, wanted: string, found: string | null): Cause {
  return {
    code: 'RENDERED_ORDER_DIFFERS',
    text: `${field} must be sent as ${wanted}, was rendered as ${found ?? 'absent'}`,
  };
}
