import { loadCcxtClass, type CcxtExchange } from '../load-ccxt.js';
import type { AnyExchange } from './profile.js';

interface Features {
  readonly createOrder?: { readonly timeInForce?: Readonly<Record<string, unknown>> | null } | null;
}

/** Whether ccxt lists that time in force for the product. */
export function takes({ features }: CcxtExchange, { product }: AnyExchange, timeInForce: 'gtx' | 'ioc'): boolean {
  const all = features as { spot?: Features; swap?: { linear?: Features } } | undefined;
  const { createOrder } = (product === 'spot' ? all?.spot : all?.swap?.linear) ?? {};
  return createOrder?.timeInForce?.[timeInForce === 'gtx' ? 'PO' : 'IOC'] === true;
}

/** Whether an exchange takes orders that may only rest, as far as ccxt says. Loads its class. */
export async function takesPostOnly(place: AnyExchange): Promise<boolean> {
  const Exchange = await loadCcxtClass(place.exchange);
  return takes(new Exchange({}), place, 'gtx');
}
