import { Refusal } from '../../floor/refusal.js';
import type { ParamRules } from '../../rest/params.js';
import type { SpotCall, SpotEndpoint, SpotVenue } from './endpoint.js';

const PATH = '/api/v3/userDataStream';
const NAMED: ParamRules = { listenKey: { kind: 'text', mandatory: true } };

/** The user streams of old, which the vendor has taken away: only served where the venue is set to. */
export function listenKeyEndpoints({ listenKeys, settings }: SpotVenue): readonly SpotEndpoint[] {
  const on = (
    method: 'POST' | 'PUT' | 'DELETE',
    rules: ParamRules,
    answer: (call: SpotCall) => unknown,
  ): SpotEndpoint => ({
    method,
    path: PATH,
    security: 'USER_STREAM',
    weight: 2,
    rules,
    isServed: () => settings.legacyListenKey,
    prepare: (call) => () => answer(call),
  });
  return [
    on('POST', {}, ({ account }) => ({ listenKey: listenKeys.create(account.id) })),
    on('PUT', NAMED, ({ account, params }) => {
      if (listenKeys.extend(account.id, params.get('listenKey')) === null) throw unknownKey();
      return {};
    }),
    on('DELETE', NAMED, ({ account, params }) => {
      if (!listenKeys.close(account.id, params.get('listenKey'))) throw unknownKey();
      return {};
    }),
  ];
}

/** Why a route of old is not served; null when it is another route. */
export function goneListenKeys(route: string, { settings }: SpotVenue): Refusal | null {
  if (!route.endsWith(` ${PATH}`) || settings.legacyListenKey) return null;
  return new Refusal(-1000, 'Gone: user data streams are subscribed to through the WebSocket API.', 410);
}

function unknownKey(): Refusal {
  return new Refusal(-1125, 'This listenKey does not exist.');
}
