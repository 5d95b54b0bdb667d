import { once } from 'node:events';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { TokenRepository } from '#persistence';
import { hashToken } from '../../../apps/api-gateway/src/auth/authorization-header.js';
import { until } from '../../support/until.js';
import { ApiHarness, P, type User } from './api-harness.js';
import { assertDocumented } from './documented-answers.js';
import { DETAIL_KEYS, ROW_KEYS } from './documented-keys.js';

let api: ApiHarness;
let user: User;
beforeAll(async () => {
  api = await ApiHarness.start();
  user = await api.addUser();
});
afterAll(() => api.stop());

const ERROR_KEYS = ['error', 'message', 'detail', 'code', 'errors', 'request_id'];

describe('who may call', () => {
  it.each([
    ['nothing', {}],
    ['Token None', { Authorization: 'Token None' }],
    ['an unknown token', { Authorization: `Token ${'0'.repeat(40)}` }],
    ['another scheme', { Authorization: 'Basic dXNlcjpwYXNz' }],
    ['a scheme without a token', { Authorization: 'Token' }],
  ])('OA-5 answers %s with 401', async (_, headers: Record<string, string>) => {
    const answer = await api.request('GET', '/api/orders/', { headers });
    expect([answer.status, answer.headers.get('www-authenticate')]).toEqual([401, 'Token']);
    expect(answer.keys).toEqual(ERROR_KEYS);
    expect(answer.json).toMatchObject({ error: 'Invalid token.', code: 'unauthenticated', errors: {} });
  });

  it('OA-6 takes both schemes in any case', async () => {
    for (const scheme of ['Bearer', 'token', 'Token', 'BEARER']) {
      const answer = await api.request('GET', '/api/orders/', {
        headers: { Authorization: `${scheme} ${user.token}` },
      });
      expect([scheme, answer.status]).toEqual([scheme, 200]);
    }
  });

  it('OA-56 changes the calling token for a new one of the same rights', async () => {
    const { token } = await api.addUser(['read', 'cancel']);
    const reset = await api.request('POST', '/api/reset_auth_token/', { token });
    expect([reset.status, reset.keys]).toEqual([200, ['new_token']]);
    const fresh = String(reset.field('new_token'));
    expect(fresh).toMatch(/^[0-9a-f]{40}$/);
    const old = await api.request('GET', '/api/orders/', { token });
    expect([old.status, old.json.error, old.headers.get('www-authenticate')]).toEqual([401, 'Invalid token.', 'Token']);
    expect((await api.request('POST', '/api/reset_auth_token', { token })).status).toBe(401);
    expect((await api.request('GET', '/api/orders/', { token: fresh })).status).toBe(200);
    expect((await api.place({ ...user, token: fresh })).status).toBe(403);
  });

  it('gives one new token to two that reset the same at once', async () => {
    const { token } = await api.addUser(['read']);
    const both = await Promise.all([0, 1].map(() => api.request('POST', '/api/reset_auth_token/', { token })));
    expect(both.map(({ status }) => status).sort()).toEqual([200, 401]);
  });

  it('asks each route for its scope (S-02)', async () => {
    const reader = await api.addUser(['read']);
    const canceler = await api.addUser(['cancel']);
    const id = '7d430be0-b31b-46b5-ad35-c2fe9f3ba8ab';
    const statusOf = async (token: string, method: string, path: string, body?: unknown): Promise<number> =>
      (await api.request(method, path, { token, ...(body === undefined ? {} : { body }) })).status;
    const matrix = async (token: string): Promise<number[]> => [
      await statusOf(token, 'POST', '/api/orders/', P),
      await statusOf(token, 'GET', '/api/orders/'),
      await statusOf(token, 'GET', '/api/active_orders/'),
      await statusOf(token, 'GET', `/api/order/${id}`),
      await statusOf(token, 'DELETE', `/api/order/${id}`),
      await statusOf(token, 'GET', `/api/order_summary/${id}`),
      await statusOf(token, 'POST', '/api/order_messages/', { order_ids: [id] }),
      await statusOf(token, 'GET', '/api/balances/'),
    ];
    expect(await matrix(reader.token)).toEqual([403, 200, 200, 404, 403, 404, 200, 200]);
    expect(await matrix(canceler.token)).toEqual([403, 403, 403, 403, 404, 403, 403, 403]);
    const refused = await api.place(reader);
    expect(refused.json.error).toBe('You do not have permission to perform this action.');
    expect(await api.count(reader, 'parent_orders')).toBe(0);
  });

  it('forgets a revoked token within 5 s (S-01)', async () => {
    const gone = await api.addUser();
    const status = async (): Promise<number> => (await api.request('GET', '/api/orders/', gone)).status;
    expect(await status()).toBe(200);
    await api.asTenant(gone, (tx) => new TokenRepository(tx).revoke(hashToken(gone.token)));
    await until(async () => (await status()) === 401, { timeoutMs: 15_000 });
  });
});

describe('routes', () => {
  it('OA-2 serves at the host root: a prefix in the base URL is the client’s to drop', async () => {
    const balances = new URL('/api/balances/', `${api.url}/some/prefix`);
    expect((await api.request('GET', balances.pathname, user)).status).toBe(200);
    expect((await api.request('GET', '/some/prefix/api/balances/', user)).status).toBe(404);
  });

  it('OA-3 answers every path with and without a slash, never with a redirect', async () => {
    const { json } = await api.place(user);
    for (const path of [
      '/api/orders',
      '/api/active_orders',
      '/api/balances',
      `/api/order/${json.id}`,
      `/api/order_summary/${json.id}`,
    ]) {
      const [bare, slashed] = [await api.request('GET', path, user), await api.request('GET', `${path}/`, user)];
      expect([path, bare.status, slashed.status]).toEqual([path, 200, 200]);
      expect(slashed.text).toBe(bare.text);
    }
  });

  it.each([
    '/api/nothing',
    '/',
    '/api',
    '/api/order',
    '/api/order/x/y',
    '/api/%zz',
    '/api/amend_orders/',
    '/api/multi_orderx/',
  ])('OA-7 answers the unknown route %s with 404', async (path) => {
    const answer = await api.request('GET', path, user);
    expect([answer.status, answer.json.error, answer.json.code]).toEqual([404, 'Not found.', 'not_found']);
    expect(answer.keys).toEqual(ERROR_KEYS);
    expect(answer.json.request_id).toBe(answer.headers.get('x-request-id'));
  });

  it.each([
    ['PATCH', '/api/orders/', 'GET, HEAD, POST'],
    ['DELETE', '/api/orders', 'GET, HEAD, POST'],
    ['POST', '/api/order/7d430be0-b31b-46b5-ad35-c2fe9f3ba8ab', 'DELETE, GET, HEAD'],
    ['PUT', '/api/balances/', 'GET, HEAD'],
    ['GET', '/api/order_messages/', 'POST'],
  ])('OA-8 answers %s %s with 405 and what is allowed', async (method, path, allowed) => {
    const answer = await api.request(method, path, user);
    expect([answer.status, answer.json.code, answer.headers.get('allow')]).toEqual([
      405,
      'method_not_allowed',
      allowed,
    ]);
    expect(answer.keys).toEqual(ERROR_KEYS);
  });

  it('answers what is not HTTP in the same shape', async () => {
    const socket = connect(Number(new URL(api.url).port), '127.0.0.1');
    let text = '';
    socket.on('data', (chunk) => (text += chunk.toString()));
    socket.write('BROKEN\r\n\r\n');
    await once(socket, 'close');
    expect(text).toMatch(/^HTTP\/1\.1 400 Bad Request\r\nContent-Type: application\/json/);
    expect(Object.keys(JSON.parse(text.split('\r\n\r\n')[1]!) as object)).toEqual(ERROR_KEYS);
  });

  it('shows documents to anyone, and every route in them', async () => {
    const page = await fetch(`${api.url}/docs`);
    expect([page.status, page.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8']);
    const text = await page.text();
    for (const named of ['POST /api/orders/', `ws://${new URL(api.url).host}/ws/orders/?token=`])
      expect(text).toContain(named);
    const { json } = await api.request('GET', '/docs/openapi.json');
    expect(json.openapi).toBe('3.1.0');
    const documented = Object.entries(json.paths as Record<string, object>).flatMap(([path, verbs]) =>
      Object.keys(verbs).map((verb) => `${verb.toUpperCase()} ${path.replace(/\{(\w+)\}/g, ':$1').replace(/\/$/, '')}`),
    );
    const served = api.routes
      .filter(({ method, path }) => method !== 'HEAD' && /^\/(api|manage)\//.test(path))
      .map(({ method, path }) => `${method} ${path}`);
    expect(documented.sort()).toEqual(served.sort());
    expect(json.components.schemas.OrderRequest.required).toEqual(['accounts', 'pair', 'side', 'strategy']);
    const operations = Object.values(json.paths as Record<string, object>).flatMap(
      (verbs) => Object.values(verbs) as { operationId: string; parameters: { name: string }[] }[],
    );
    expect(new Set(operations.map(({ operationId }) => operationId)).size).toBe(documented.length);
    const named = operations.find(({ operationId }) => operationId === 'post_api_orders');
    expect(named?.parameters.map(({ name }) => name)).toEqual(['Idempotency-Key']);
    const references = [...JSON.stringify(json).matchAll(/"#\/components\/schemas\/(\w+)"/g)].map(
      ([, name = '']) => name,
    );
    const keysOf = (name: string): string[] => Object.keys(json.components.schemas[name].properties as object).sort();
    expect(keysOf('Order')).toEqual([...DETAIL_KEYS, 'amend_pending'].sort());
    expect(keysOf('OrderRow')).toEqual([...ROW_KEYS].sort());
    expect(references.filter((name) => !Object.hasOwn(json.components.schemas as object, name))).toEqual([]);
  });
});

describe('the document', () => {
  const judge = (method: string, path: string, status: number, body: unknown) => () =>
    assertDocumented(method, path, status, body);

  it('is broken by another route, status, type, and by keys too many or too few', async () => {
    const page = { orders: [], page: 1, page_size: 100, has_more: false };
    expect(judge('GET', '/api/orders/?page=1', 200, page)).not.toThrow();
    expect(judge('GET', '/api/nothing', 200, page)).toThrow('GET /api/nothing answered 200, of which the document');
    expect(judge('PATCH', '/api/orders/', 404, page)).toThrow('PATCH /api/orders answered 404');
    expect(judge('GET', '/api/orders/', 202, page)).toThrow('GET /api/orders answered 202');
    expect(judge('GET', '/api/orders/', 200, { ...page, page: '1' })).toThrow(
      '  /page must be integer {"type":"integer"}, was "1"',
    );
    expect(judge('GET', '/api/orders/', 200, { ...page, total: 0 })).toThrow('{"additionalProperty":"total"}');
    const { has_more: _, ...less } = page;
    expect(judge('GET', '/api/orders/', 200, less)).toThrow("the body must have required property 'has_more'");
    const { json } = await api.request('GET', '/api/nothing');
    expect(judge('DELETE', '/api/nothing', 404, json)).not.toThrow();
    expect(judge('GET', '/api/orders/', 401, json)).toThrow('/code must be equal to one of the allowed values');
  });

  it('is broken in the middle of a list', async () => {
    await api.place(user);
    const { json } = await api.request('GET', '/api/orders/?page_size=1', user);
    const spoiled = (more: object) => ({ ...json, orders: [{ ...json.orders[0], ...more }] });
    expect(judge('GET', '/api/orders/', 200, spoiled({ executed_qty: '1e3' }))).toThrow('/orders/0/executed_qty');
    expect(judge('GET', '/api/orders/', 200, spoiled({ created_at: 'today' }))).toThrow('/orders/0/created_at');
  });
});

describe('bodies', () => {
  const post = (rawBody: string | Uint8Array, headers: Record<string, string> = {}) =>
    api.request('POST', '/api/orders/', { token: user.token, rawBody, headers });

  it('OA-9 names the position of what is not JSON', async () => {
    const answer = await post('{"accounts":');
    expect([answer.status, answer.json.code, answer.json.error]).toEqual([
      400,
      'malformed_json',
      'body is not valid JSON at 12',
    ]);
  });

  it('OA-10 refuses 65,537 bytes and takes 65,536', async () => {
    const body = JSON.stringify({ ...P, side: 'wrong', notes: '' });
    const padded = (bytes: number): string =>
      body.replace('"notes":""', `"notes":"${'x'.repeat(bytes - body.length)}"`);
    const large = await post(padded(65_537));
    expect([large.status, large.json.code, large.json.error]).toEqual([
      413,
      'too_large',
      'body is larger than 65536 bytes',
    ]);
    expect(large.keys).toEqual(ERROR_KEYS);
    expect((await post(padded(65_536))).json.error).toBe("side must be 'buy' or 'sell'");
  });

  it.each([
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'Application/X-WWW-Form-Urlencoded',
  ])('refuses a form (%s) with 415', async (type) => {
    const answer = await post(JSON.stringify(P), { 'Content-Type': type });
    expect([answer.status, answer.json.code]).toEqual([415, 'unsupported_type']);
    expect(answer.keys).toEqual(ERROR_KEYS);
  });

  it('takes any other content type, or none', async () => {
    for (const type of ['application/json', 'text/plain', 'application/vnd.x+json', '']) {
      const answer = await post(new TextEncoder().encode(JSON.stringify(P)), { 'Content-Type': type });
      expect([type, answer.status]).toEqual([type, 200]);
    }
  });

  it.each([
    ['nothing', '', 400, 'body is not valid JSON at 0'],
    ['a list', '[]', 400, 'body must be a JSON object'],
    ['a repeated key', '{"side":"buy","side":"sell"}', 400, "body has the key 'side' twice, again at 14"],
    ['17 levels', '['.repeat(17) + ']'.repeat(17), 400, 'body is nested deeper than 16 levels'],
    ['60,000 levels', '['.repeat(60_000), 400, 'body is nested deeper than 16 levels'],
  ])('refuses %s', async (_, body, status, error) => {
    const answer = await post(body);
    expect([answer.status, answer.json.error]).toEqual([status, error]);
  });

  it('is not moved by keys of prototypes', async () => {
    const answer = await post(JSON.stringify(P).replace('{', '{"__proto__":{"side":"sell"},"constructor":1,'));
    expect([answer.status, answer.json.side]).toEqual([200, 'buy']);
    expect(answer.json.warnings).toEqual([
      "unknown field '__proto__' was ignored",
      "unknown field 'constructor' was ignored",
    ]);
    expect(({} as { side?: string }).side).toBeUndefined();
  });

  it('takes a DELETE with a body and a JSON content type', async () => {
    const { json } = await api.place(user);
    const answer = await api.request('DELETE', `/api/order/${json.id}`, { token: user.token, rawBody: '{}' });
    expect(answer.status).toBe(200);
  });
});

it('OA-60 slows one token down and lets its cancels pass', async () => {
  const busy = await api.addUser();
  const { json } = await api.place(busy);
  // However long it takes here: the limits see half a second.
  const clock = performance.now.bind(performance);
  const end = clock() + 500;
  const held = jest.spyOn(performance, 'now').mockImplementation(() => Math.min(clock(), end));
  const answers = await Promise.all(Array.from({ length: 80 }, () => api.place(busy)));
  const canceled = await api.request('DELETE', `/api/order/${json.id}`, busy);
  const more = await Promise.all(
    Array.from({ length: 29 }, () => api.request('DELETE', `/api/order/${json.id}`, busy)),
  );
  held.mockRestore();

  const limited = answers.filter((a) => a.status === 429);
  // 40 at once, one of which the order before took, and at most 10 in half a second: more than the 25 of the vector.
  expect(limited.length).toBeGreaterThanOrEqual(80 - 39 - 10);
  expect(limited.length).toBeLessThanOrEqual(80 - 39);
  for (const answer of limited) {
    expect(answer.headers.get('retry-after')).toBe('1');
    expect(answer.json).toMatchObject({ code: 'rate_limited', error: 'too many requests, retry in 1 s' });
  }
  // A busy database may not get through forty orders at once, and says that; those it took are there.
  const taken = answers.filter((a) => a.status === 200).length;
  const unavailable = answers.filter((a) => a.status === 503).length;
  expect([taken > 0, taken + unavailable + limited.length]).toEqual([true, 80]);
  expect(await api.count(busy, 'parent_orders')).toBe(1 + taken);
  expect([canceled.status, canceled.json.status]).toEqual([200, 'CANCELED']);
  // Nor is one of them slowed down.
  expect(new Set(more.map((a) => a.status).filter((status) => status !== 503))).toEqual(new Set([200]));
  expect((await api.place(await api.addUser())).status).toBe(200);
});
