import type { Customer } from '../accounts/customer.js';
import { Refusal } from '../floor/refusal.js';
import type { Endpoint } from '../rest/endpoint.js';
import type { Security } from '../rest/security.js';
import { SESSION_METHODS, type WsMethods } from './ws-methods.js';

/**
 * What a WebSocket API asks of its own: security, weight and parameters stand here, what becomes of the session is the
 * connection's.
 *
 * @param methods what the product's WebSocket API has
 * @param customerOf whose call it is
 */
export function sessionEndpoints<Owner>(
  methods: WsMethods,
  customerOf: (owner: Owner) => Customer,
): readonly Endpoint<Owner>[] {
  const endpoint = (path: string, security: Security, more: Partial<Endpoint<Owner>> = {}): Endpoint<Owner> => ({
    method: 'WS',
    path,
    security,
    weight: 2,
    rules: {},
    prepare: () => () => ({}),
    ...more,
  });
  const all = [
    endpoint(SESSION_METHODS.logon, 'USER_DATA', {
      prepare: ({ account }) => {
        if (customerOf(account).keyType !== 'ED25519')
          throw new Refusal(-4056, 'HMAC_SHA256 API key is not supported.');
        return () => ({});
      },
    }),
    endpoint(SESSION_METHODS.status, 'NONE'),
    endpoint(SESSION_METHODS.logout, 'NONE'),
    endpoint(SESSION_METHODS.subscriptions, 'NONE'),
    endpoint(SESSION_METHODS.subscribe, 'USER_STREAM'),
    endpoint(SESSION_METHODS.subscribeSigned, 'USER_DATA'),
    endpoint(SESSION_METHODS.unsubscribe, 'NONE', { rules: { subscriptionId: { kind: 'integer' } } }),
  ];
  return all.filter(({ path }) => Object.hasOwn(methods, path));
}
