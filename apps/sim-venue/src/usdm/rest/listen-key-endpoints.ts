import { Refusal } from '../../floor/refusal.js';
import type { FuturesCall, FuturesEndpoint, FuturesVenue } from './endpoint.js';

/** Making, extending and ending the key of a user stream: of whoever calls, no key needs to be named. */
export function listenKeyEndpoints({ listenKeys }: FuturesVenue): readonly FuturesEndpoint[] {
  const on = (method: 'POST' | 'PUT' | 'DELETE', answer: (call: FuturesCall) => unknown): FuturesEndpoint => ({
    method,
    path: '/fapi/v1/listenKey',
    security: 'USER_STREAM',
    weight: 1,
    // Clients of old sign the call or name the key; neither is needed.
    rules: {
      listenKey: { kind: 'text' },
      timestamp: { kind: 'integer' },
      recvWindow: { kind: 'decimal' },
      signature: { kind: 'text' },
    },
    prepare: (call) => () => answer(call),
  });
  return [
    on('POST', ({ account }) => ({ listenKey: listenKeys.create(account.id) })),
    on('PUT', ({ account, params }) => {
      const listenKey = listenKeys.extend(account.id, params.get('listenKey'));
      if (listenKey === null) throw unknownKey();
      return { listenKey };
    }),
    on('DELETE', ({ account, params }) => {
      if (!listenKeys.close(account.id, params.get('listenKey'))) throw unknownKey();
      return {};
    }),
  ];
}

function unknownKey(): Refusal {
  return new Refusal(-1125, 'This listenKey does not exist.');
}
