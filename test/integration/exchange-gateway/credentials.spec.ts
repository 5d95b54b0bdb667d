import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { createHash, randomBytes } from 'node:crypto';
import { Redis } from 'ioredis';
import { Client } from 'pg';
import { loadConfig } from '#config';
import { createLogger, HealthRegistry, Metrics, type RunningService } from '#observability';
import { TokenRepository } from '#persistence';
import { apiGatewayService } from '../../../apps/api-gateway/src/service.js';
import { openGatewayWorld, type GatewayWorld } from '../../support/gateway-world.js';
import { until } from '../../support/until.js';
import { assertDocumented } from '../api-gateway/documented-answers.js';

let world: GatewayWorld;
let api: RunningService;
let apiUrl: string;
const logged: string[] = [];
const token = randomBytes(20).toString('hex');
const trader = randomBytes(20).toString('hex');
const MARK = 'marked-secret-7f3a';

beforeAll(async () => {
  world = await openGatewayWorld();
  const { ledger } = world;
  const add = (of: string, scopes: ('read' | 'admin')[]): Promise<void> => {
    const hash = createHash('sha256').update(of).digest('hex');
    const { tenantId, userId } = ledger;
    return ledger.inTenant((tx) => new TokenRepository(tx).add(hash, { tenantId, userId: userId as never, scopes }));
  };
  await add(token, ['read', 'admin']);
  await add(trader, ['read']);
  const config = loadConfig(apiGatewayService.shape, {
    DATABASE_URL: ledger.stores.appUrl,
    REDIS_URL: ledger.stores.redisUrl,
    REDIS_PREFIX: ledger.stores.redisPrefix,
    PORT: '0',
  });
  const logger = createLogger('test', 'debug', { write: (line: string) => void logged.push(line) });
  api = await apiGatewayService.start(config, { logger, metrics: new Metrics(), health: new HealthRegistry() });
  apiUrl = new URL(api.urls?.['api'] ?? '').origin;
});
afterAll(async () => {
  await api.stop();
  await world.close();
});

async function call(
  method: string,
  path: string,
  body?: object,
  as = token,
): Promise<{ status: number; body: Answer }> {
  const reply = await fetch(`${apiUrl}/manage/v1/${path}`, {
    method,
    headers: { authorization: `Token ${as}`, ...(body && { 'content-type': 'application/json' }) },
    ...(body && { body: JSON.stringify(body) }),
  });
  const answer = (await reply.json()) as Answer;
  assertDocumented(method, `/manage/v1/${path}`, reply.status, answer);
  return { status: reply.status, body: answer };
}
type Answer = Readonly<Record<string, unknown>>;

/** A key at the exchange that may do as given. */
async function keyOf(name: string, restrictions: object): Promise<{ api_key: string; api_secret: string }> {
  const { apiKey, apiSecret } = await world.sim.openAccount(name, { USDT: '1000' });
  await world.sim.control('PUT', `accounts/${name}/restrictions`, restrictions);
  return { api_key: apiKey, api_secret: apiSecret };
}

it('opens an account, takes its key and says nothing of it again', async () => {
  const { venues } = (await call('GET', 'venues')).body as { venues: { id: string }[] };
  expect(venues.map(({ id }) => id)).toEqual(['sim', 'sim-usdm']);
  expect(await call('POST', 'accounts', { name: 'second', venue: 'sim' })).toMatchObject({
    status: 200,
    body: { name: 'second', venue: 'sim', exchange: 'MockExchange' },
  });
  const key = await keyOf('second', { enableWithdrawals: false, ipRestrict: true });
  const taken = await call('POST', 'accounts/second/credentials', { ...key, instruments: ['TESTUSDT'] });
  expect(taken).toMatchObject({
    status: 200,
    body: {
      outcome: 'accepted',
      version: 1,
      can_withdraw: false,
      ip_bound: true,
      warnings: [],
      instruments: ['TESTUSDT'],
    },
  });
  const list = await call('GET', 'accounts/second/credentials');
  expect(list.body).toMatchObject({
    account: 'second',
    credentials: [{ version: 1, key_hint: key.api_key.slice(-4) }],
  });
  expect(JSON.stringify([taken, list])).not.toContain(key.api_secret);
  // A gateway trades with it at once.
  const isTrading = async (): Promise<boolean> => (await statusOf('second')) === 'trading';
  await until(isTrading, { what: 'the new account trades' });
});

function statusOf(account: string): Promise<string | undefined> {
  return world.ledger.inTenant(async (tx) => {
    const [row] = await tx.query<{ status: string }[]>(
      'SELECT s.status FROM account_states s JOIN accounts a ON a.id = s.account_id WHERE a.name = $1',
      [account],
    );
    return row?.status;
  });
}

it('VE-A19 RL-S06 refuses a key that can withdraw, and keeps nothing of it', async () => {
  const key = await keyOf('greedy', { enableWithdrawals: true });
  await call('POST', 'accounts', { name: 'greedy', venue: 'sim' });
  expect(await call('POST', 'accounts/greedy/credentials', key)).toMatchObject({
    status: 422,
    body: { code: 'credential_refused', reason: 'WITHDRAWAL_ENABLED' },
  });
  expect((await call('GET', 'accounts/greedy/credentials')).body).toMatchObject({ credentials: [] });
});

it('warns of a key that works from every address', async () => {
  const key = await keyOf('open', { enableWithdrawals: false, ipRestrict: false });
  await call('POST', 'accounts', { name: 'open', venue: 'sim' });
  expect((await call('POST', 'accounts/open/credentials', key)).body).toMatchObject({ warnings: ['NOT_IP_BOUND'] });
});

it('refuses a key that the venue does not know, with what the venue says', async () => {
  const answer = await call('POST', 'accounts/open/credentials', {
    api_key: 'x'.repeat(64),
    api_secret: 'y'.repeat(64),
  });
  expect(answer).toMatchObject({ status: 422, body: { reason: 'KEY_REFUSED' } });
  expect(String(answer.body['error'])).toContain('-2015');
});

it.each<[string, object, string, string]>([
  ['no secret', { api_key: 'a' }, 'api_secret', 'api_secret is required'],
  ['a number', { api_key: 12, api_secret: 's' }, 'api_key', 'was a number or an object'],
  ['an unknown field', { api_key: 'a', api_secret: 's', tenantId: 'x' }, 'tenantId', 'unknown field'],
  ['bad instruments', { api_key: 'a', api_secret: 's', instruments: [] }, 'instruments', 'list of 1 to 500'],
])('says what is wrong with %s', async (_, body, field, text) => {
  const answer = await call('POST', 'accounts/open/credentials', body);
  expect(answer.status).toBe(400);
  expect((answer.body['errors'] as Record<string, string[]>)[field]?.[0]).toContain(text);
});

it('asks for the right to administer, and knows the accounts of the caller only', async () => {
  expect((await call('GET', 'accounts/open/credentials', undefined, trader)).status).toBe(403);
  expect((await call('GET', 'accounts/nobody/credentials')).status).toBe(404);
  expect((await call('POST', 'accounts', { name: 'third', venue: 'nowhere' })).body).toMatchObject({
    errors: { venue: [expect.stringContaining(`must be one of sim`)] },
  });
});

it('revokes a key: within 5 s the gateway acts with it no more', async () => {
  const revoked = await call('DELETE', 'accounts/second/credentials/1');
  expect(revoked.body).toMatchObject({ version: 1, revoked_at: expect.any(String) });
  const again = await call('DELETE', 'accounts/second/credentials/1');
  expect(again.body).toEqual(revoked.body);
  expect((await call('DELETE', 'accounts/second/credentials/9')).status).toBe(404);
  await until(async () => (await statusOf('second')) === 'read_only', { timeoutMs: 15_000, what: 'the key is let go' });
});

it('VE-A19 no store, log or reply holds a marked secret', async () => {
  await call('POST', 'accounts', { name: 'marked', venue: 'sim' });
  const { apiKey } = await world.sim.openAccount('marked', {});
  const answers = [
    await call('POST', 'accounts/marked/credentials', { api_key: apiKey, api_secret: MARK }),
    await call('POST', 'accounts/marked/credentials', { api_key: MARK.repeat(3), api_secret: MARK, passphrase: MARK }),
    await call('POST', 'accounts/marked/credentials', { api_key: [MARK], api_secret: { a: MARK } }),
    await call('GET', 'accounts/marked/credentials'),
  ];
  expect(answers.map(({ status }) => status)).toEqual([422, 422, 400, 200]);
  expect(JSON.stringify(answers)).not.toContain(MARK);
  expect(logged.join('')).not.toContain(MARK);
  expect(await dumpOfPostgres()).not.toContain(MARK);
  expect(await dumpOfRedis()).not.toContain(MARK);
  // The dumps do see what is there.
  expect(await dumpOfPostgres()).toContain('credential_refused');
});

/** Every row of every table as text, bytes also as characters. */
async function dumpOfPostgres(): Promise<string> {
  const owner = new Client({ connectionString: world.ledger.stores.ownerUrl });
  await owner.connect();
  try {
    const { rows: tables } = await owner.query<{ name: string }>(
      `SELECT quote_ident(relname) AS name FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace`,
    );
    const texts: string[] = [];
    for (const { name } of tables) {
      const { rows } = await owner.query<Record<string, unknown>>(`SELECT * FROM ${name}`);
      for (const row of rows)
        for (const value of Object.values(row))
          texts.push(Buffer.isBuffer(value) ? value.toString('latin1') : JSON.stringify(value));
    }
    return texts.join('\n');
  } finally {
    await owner.end();
  }
}

async function dumpOfRedis(): Promise<string> {
  const redis = new Redis(world.ledger.stores.redisUrl);
  try {
    const texts: string[] = [];
    for (const key of await redis.keys('*')) texts.push(key, await redis.dump(key));
    return texts.join('\n');
  } finally {
    redis.disconnect();
  }
}
