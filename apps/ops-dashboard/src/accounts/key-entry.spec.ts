import { describe, expect, it } from '@jest/globals';
import { ApiFailure, Unreachable } from '../api/api-client.js';
import type { KeySubmission } from '../api/types.js';
import {
  acceptedTexts,
  enterKey,
  KEY_FIELDS,
  keyPartsOf,
  keyRequest,
  messagesOf,
  NO_MESSAGES,
  onOneLine,
} from './key-entry.js';

const WAITING: KeySubmission = { submission_id: 's-1', outcome: 'waiting' };
const ACCEPTED: KeySubmission = { submission_id: 's-1', outcome: 'accepted' };
const refusal = new ApiFailure('the key must not be able to withdraw', 422, 'credential_refused', {});

/** Answers one after the other; the first to the entry, the others to the looks. */
function apiAnswering(...answers: (KeySubmission | Error)[]) {
  const asked: string[] = [];
  const next = (what: string): Promise<KeySubmission> => {
    asked.push(what);
    const answer = answers.shift()!;
    return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
  };
  const api = {
    enterKey: (account: string) => next(`enter ${account}`),
    keySubmission: (account: string, id: string) => next(`look ${account} ${id}`),
  };
  return { api, asked };
}
const always = (): Promise<boolean> => Promise.resolve(true);

describe('entering a venue key', () => {
  it('sends what was typed, and instruments only when some are named', () => {
    const entry = { apiKey: 'k', apiSecret: 's', passphrase: null, instruments: ' ' };
    expect(keyRequest(entry)).toBe('{"api_key":"k","api_secret":"s"}');
    expect(JSON.parse(keyRequest({ ...entry, passphrase: '', instruments: 'BTCUSDT, ETHUSDT\nSOLUSDT' }))).toEqual({
      api_key: 'k',
      api_secret: 's',
      passphrase: '',
      instruments: ['BTCUSDT', 'ETHUSDT', 'SOLUSDT'],
    });
  });

  it('asks for a passphrase where the venue has one, in the words of the venue', () => {
    expect(keyPartsOf('okx').passphrase).toBe('Passphrase');
    expect(keyPartsOf('binance-spot')).toEqual({ apiKey: 'API key', apiSecret: 'Secret', passphrase: null });
    expect(keyPartsOf('hyperliquid').apiKey).toBe('Account address');
  });

  it('keeps the line ends of a pasted key in PEM', () => {
    expect(onOneLine('-----BEGIN-----\r\nabc\n-----END-----\n')).toBe(String.raw`-----BEGIN-----\nabc\n-----END-----`);
  });

  it('is done when the verdict comes at once', async () => {
    const { api, asked } = apiAnswering(ACCEPTED);
    expect(await enterKey(api, 'mine', '{}', always)).toEqual({ kind: 'accepted', refused: [] });
    expect(asked).toEqual(['enter mine']);
  });

  it('looks for the verdict while the gateway asks the venue, also through an outage of the API', async () => {
    const { api, asked } = apiAnswering(
      WAITING,
      WAITING,
      new Unreachable('away'),
      new ApiFailure('down', 503, 'unavailable', {}),
      ACCEPTED,
    );
    expect(await enterKey(api, 'mine', '{}', always)).toEqual({ kind: 'accepted', refused: [] });
    expect(asked).toEqual(['enter mine', ...Array.from({ length: 4 }, () => 'look mine s-1')]);
  });

  it('names the venues of the account that did not take a key, and why', async () => {
    const refused = [{ venue: 'sim-usdm', reason: 'KEY_REFUSED', text: 'the venue refuses the key: no futures' }];
    const { api } = apiAnswering(WAITING, { ...ACCEPTED, refused });
    expect(await enterKey(api, 'mine', '{}', always)).toEqual({ kind: 'accepted', refused });
    expect(acceptedTexts(refused)).toEqual({
      note: 'Key accepted, but not at every venue of the account.',
      messages: { top: ['Not taken at sim-usdm: the venue refuses the key: no futures'], fields: {} },
    });
    expect(acceptedTexts([])).toEqual({ note: 'Key accepted.', messages: NO_MESSAGES });
  });

  it('says what the server refused, at once or later', async () => {
    const messages = { top: ['the key must not be able to withdraw'], fields: {} };
    expect(await enterKey(apiAnswering(refusal).api, 'mine', '{}', always)).toEqual({ kind: 'refused', messages });
    const later = apiAnswering(WAITING, refusal);
    expect(await enterKey(later.api, 'mine', '{}', always)).toEqual({ kind: 'refused', messages });
  });

  it('does not claim to know what became of a key without an answer', async () => {
    const outcome = await enterKey(apiAnswering(new Unreachable('away')).api, 'mine', '{}', always);
    expect(outcome).toMatchObject({
      kind: 'refused',
      messages: { top: [expect.stringContaining('not known whether')] },
    });
  });

  it('stops looking when nobody waits', async () => {
    const { api, asked } = apiAnswering(WAITING);
    expect(await enterKey(api, 'mine', '{}', () => Promise.resolve(false))).toEqual({ kind: 'open' });
    expect(asked).toHaveLength(1);
  });

  it('puts each text beside its field, and on top what the form has no field for', () => {
    const errors = { api_secret: ['api_secret is required'], tenant: ['unknown field'] };
    expect(messagesOf(new ApiFailure('api_secret is required', 400, 'invalid', errors), KEY_FIELDS)).toEqual({
      top: ['unknown field'],
      fields: { api_secret: ['api_secret is required'] },
    });
  });
});
