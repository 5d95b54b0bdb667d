import { describe, expect, it } from '@jest/globals';
import { ApiClient, ApiFailure, Unreachable, type ApiClientOptions } from './api-client.js';

interface Sent {
  readonly url: string;
  readonly init: RequestInit;
}

function clientAnswering(status: number, body: string, more: Partial<ApiClientOptions> = {}): [ApiClient, Sent[]] {
  const sent: Sent[] = [];
  const client = new ApiClient({
    token: 'abc',
    fetch: (url, init) => {
      sent.push({ url, init });
      return Promise.resolve(new Response(body, { status, headers: { date: 'Mon, 02 Mar 2026 10:15:00 GMT' } }));
    },
    ...more,
  });
  return [client, sent];
}

const refusal = {
  error: "side must be 'buy' or 'sell'",
  code: 'invalid',
  errors: { side: ["side must be 'buy' or 'sell'"], duration: ['duration out of range'] },
};

describe('the client of the order API', () => {
  it('names the token in the header and never in the address', async () => {
    const [client, sent] = clientAnswering(200, '{"orders":[]}');
    await client.orders({ pageSize: 50, statuses: ['ACTIVE', 'PAUSED'], before: '2026-03-02T10:15:00.104211Z' });
    expect(sent[0]?.url).toBe(
      '/api/orders/?page_size=50&statuses=ACTIVE%2CPAUSED&before=2026-03-02T10%3A15%3A00.104211Z',
    );
    expect(sent[0]?.init.headers).toMatchObject({ Authorization: 'Token abc' });
  });

  it('sends the body as it stands, with its idempotency key', async () => {
    const [client, sent] = clientAnswering(200, '{"id":"1"}');
    await client.place('{"base_asset_qty":"0.10"}', 'key-1');
    expect(sent[0]).toMatchObject({
      url: '/api/orders/',
      init: { method: 'POST', body: '{"base_asset_qty":"0.10"}', headers: { 'Idempotency-Key': 'key-1' } },
    });
  });

  it('lists the keys of every venue of an account, its own first, and revokes one at all or at the venue named', async () => {
    const [own, usdm] = [
      { venue: 'sim', credentials: [{ version: 2 }] },
      { venue: 'sim-usdm', credentials: [{ version: 5 }] },
    ];
    const [client, sent] = clientAnswering(200, JSON.stringify({ account: 'mock', ...own, further_venues: [usdm] }));
    expect(await client.keys('mock')).toEqual([own, usdm]);
    await client.revokeKey('mock', 2, null);
    await client.revokeKey('mock', 5, 'sim-usdm');
    expect(sent.map(({ url, init }) => `${init.method} ${url}`)).toEqual([
      'GET /manage/v1/accounts/mock/credentials',
      'DELETE /manage/v1/accounts/mock/credentials/2',
      'DELETE /manage/v1/accounts/mock/credentials/5?venue=sim-usdm',
    ]);
  });

  it('keeps every message of a refusal beside its field', async () => {
    const [client] = clientAnswering(400, JSON.stringify(refusal));
    const failure = await client.place('{}', 'key').catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(ApiFailure);
    expect(failure).toMatchObject({ status: 400, code: 'invalid', message: refusal.error, errors: refusal.errors });
    expect((failure as ApiFailure).isOutage).toBe(false);
  });

  it('tells a server that is down from one that refuses', async () => {
    const seen: (string | null)[] = [];
    const onHealth = (problem: string | null): number => seen.push(problem);
    const ask = (client: ApiClient): Promise<unknown> => client.order('x').catch((error: unknown) => error);
    expect(await ask(clientAnswering(404, '{"error":"Not found.","code":"not_found"}', { onHealth })[0])).toMatchObject(
      {
        status: 404,
      },
    );
    expect(await ask(clientAnswering(503, '{"error":"busy","code":"unavailable"}', { onHealth })[0])).toMatchObject({
      isOutage: true,
    });
    expect(await ask(clientAnswering(502, '<html>', { onHealth })[0])).toBeInstanceOf(Unreachable);
    const broken = new ApiClient({ token: 'abc', fetch: () => Promise.reject(new TypeError('failed')), onHealth });
    expect(await ask(broken)).toBeInstanceOf(Unreachable);
    expect(await ask(clientAnswering(200, '{"id":"x"}', { onHealth })[0])).toEqual({ id: 'x' });
    expect(seen).toEqual([null, 'busy', 'the API answered 502 without JSON', 'the API does not answer', null]);
  });

  it('says when the token is no longer taken, and what time the server has', async () => {
    const messages: string[] = [];
    const times: number[] = [];
    const [client] = clientAnswering(401, '{"error":"Invalid token.","code":"unauthenticated"}', {
      onUnauthorized: (message) => messages.push(message),
      onServerTime: (at) => times.push(at),
    });
    await expect(client.accounts()).rejects.toThrow('Invalid token.');
    expect(messages).toEqual(['Invalid token.']);
    expect(times).toEqual([Date.UTC(2026, 2, 2, 10, 15, 0)]);
  });
});
