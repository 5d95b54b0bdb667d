import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { StrategyId } from '#domain';
import { ownerOfSecret, SignalSecretRepository, SigningSecretRepository, type SecretOwner } from '#persistence';
import { hashToken } from '../../../apps/api-gateway/src/auth/authorization-header.js';
import type { Answer, User } from './api-harness.js';
import { MIZAR_KEYS, STRATEGIES, StrategyWorld } from './strategy-world.js';

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const SIGNING = 'whsec_that-nobody-ever-sees-again';

let world: StrategyWorld;
let user: User;
beforeAll(async () => {
  world = await StrategyWorld.start();
});
afterAll(() => world.api.stop());
beforeEach(async () => {
  user = await world.api.addUser(['read', 'trade']);
});

const ask = (method: string, path = '', body?: object, as = user): Promise<Answer> =>
  world.ask(as, method, `${STRATEGIES}${path}`, body);
const secretOf = async (more: object = {}): Promise<{ id: string; secret: string }> => {
  const { json } = await world.make(user, more);
  return { id: String(json.id), secret: String(json.secret) };
};
const ownerOf = (secret: string): Promise<SecretOwner | null> =>
  world.api.db.withTokenHash(hashToken(secret), (tx) => ownerOfSecret(tx, hashToken(secret)));

describe('a secret', () => {
  const rotate = (id: string, body?: object): Promise<Answer> => ask('POST', `/${id}/rotate-secret`, body);

  it('names its owner and strategy to whoever presents it, and nothing to others', async () => {
    const { id, secret } = await secretOf({ allowed_ips: ['203.0.113.7'] });
    expect(await ownerOf(secret)).toEqual({
      ...{ secretId: expect.stringMatching(UUID), tenantId: user.tenantId, userId: user.userId },
      ...{ kind: 'signaler', strategyId: id, allowedIps: ['203.0.113.7'] },
    });
    expect(await ownerOf(`${secret}x`)).toBeNull();
    const seen = await world.api.db.withTokenHash(hashToken('another'), (tx) =>
      Promise.all([ownerOfSecret(tx, hashToken(secret)), tx.query('SELECT 1 FROM signal_secrets')]),
    );
    expect(seen).toEqual([null, []]);
    const all = await world.api.db.withTokenHash(hashToken(secret), (tx) =>
      tx.query<{ strategy_id: string }[]>('SELECT strategy_id FROM signal_secrets'),
    );
    expect(all.map(({ strategy_id: of }) => of)).toEqual([id]);
  });

  it('SA-62 that is rotated without grace is unknown at once, and the new one is known', async () => {
    const { id, secret } = await secretOf({ allowed_ips: ['203.0.113.7'] });
    const { status, json } = await rotate(id, { grace_s: 0 });
    expect([status, json]).toEqual([
      200,
      {
        ...{ id, signaler_id: expect.stringMatching(/^eth-swings-/), secret: expect.stringMatching(/^trn_live_/) },
        ...{ previous_expires_at: expect.stringMatching(/Z$/), signal_api_call_example: expect.any(String) },
      },
    ]);
    expect([await ownerOf(secret), await ownerOf(String(json.secret))]).toMatchObject([
      null,
      { strategyId: id, allowedIps: ['203.0.113.7'] },
    ]);
    expect(await world.trail(user, 'signal_secret')).toEqual(['secret_added', 'secret_retired', 'secret_added']);
  });

  it('goes on for its grace, and no longer', async () => {
    const { id, secret } = await secretOf();
    const second = String((await rotate(id, { grace_s: 600 })).json.secret);
    expect([await ownerOf(secret), await ownerOf(second)]).toMatchObject([{ strategyId: id }, { strategyId: id }]);
    const { secrets } = (await ask('GET', `/${id}`)).json as { secrets: { hint: string; expires_at: string | null }[] };
    expect(secrets.map(({ hint, expires_at: at }) => [hint, at === null])).toEqual([
      [second.slice(-4), true],
      [secret.slice(-4), false],
    ]);
    const elapse = (hash: string) =>
      world.api.asTenant(user, (tx) =>
        tx.query(
          `UPDATE signal_secrets SET expires_at = expires_at - interval '600 seconds' WHERE secret_hash = decode($1, 'hex')`,
          [hash],
        ),
      );
    await elapse(hashToken(secret));
    expect([await ownerOf(secret), await ownerOf(second)]).toMatchObject([null, { strategyId: id }]);
  });

  it('that runs out sooner is given no more time by another rotation, and by one without grace none at all', async () => {
    const { id, secret } = await secretOf();
    const first = Date.parse(String((await rotate(id, { grace_s: 60 })).json.previous_expires_at));
    await rotate(id, { grace_s: 86_400 });
    const { secrets } = (await ask('GET', `/${id}`)).json as { secrets: { hint: string; expires_at: string | null }[] };
    const oldest = secrets.find(({ hint }) => hint === secret.slice(-4));
    expect(Date.parse(String(oldest?.expires_at))).toBe(first);
    await rotate(id);
    expect((await ask('GET', `/${id}`)).json.secrets).toHaveLength(1);
    expect(await ownerOf(secret)).toBeNull();
  });

  it.each([
    [{ grace_s: 86_401 }, 'grace_s', 'grace_s must be a whole number from 0 to 86400, was 86401'],
    [{ grace: 5 }, 'grace', 'grace is not a field here, must be one of grace_s'],
  ])('is not rotated by %j', async (body, field, text) => {
    const { id, secret } = await secretOf();
    const { status, json } = await rotate(id, body);
    expect([status, json]).toEqual([400, { code: 'invalid', message: text, fields: { [field]: [text] } }]);
    expect(await ownerOf(secret)).not.toBeNull();
  });

  it.each([
    ['mizar', 'a mizar strategy has no secret of its own: keys for Mizar strategies are under /manage/v1/mizar-keys'],
    ['session', 'a session strategy has no secret of its own'],
  ])('is nothing that a %s strategy has', async (kind, message) => {
    const { status, json } = await rotate(await world.made(user, { kind }));
    expect([status, json]).toEqual([400, { code: 'invalid', message, fields: {} }]);
  });

  it('is remembered to have been used, at most once a minute', async () => {
    const { id, secret } = await secretOf();
    const secretId = (await ownerOf(secret))?.secretId ?? '';
    const note = () =>
      world.api.asTenant(user, (tx) => new SignalSecretRepository(tx, user.tenantId).noteUse(secretId));
    expect([await note(), await note()]).toEqual([true, false]);
    expect((await ask('GET', `/${id}`)).json.secrets[0].last_used_at).toMatch(/Z$/);
  });
});

describe('a signing secret', () => {
  const open = async (id: string): Promise<string[]> => {
    const strategyId = id as StrategyId;
    const boxes = await world.api.asTenant(user, (tx) => new SigningSecretRepository(tx, user.tenantId).of(strategyId));
    return boxes.map((box) => world.signing.open({ tenantId: user.tenantId, strategyId }, box).reveal());
  };

  it('is read again by the API alone, replaced with and without grace, and taken away', async () => {
    const id = await world.made(user, { kind: 'webhook', settings: { signing_secret: SIGNING } });
    expect((await ask('GET', `/${id}`)).json.has_signing_secret).toBe(true);
    expect(await open(id)).toEqual([SIGNING]);
    const put = (settings: object): Promise<Answer> => ask('PATCH', `/${id}`, { settings });
    await put({ signing_secret: `${SIGNING}2`, signing_secret_grace_s: 60 });
    expect(await open(id)).toEqual([`${SIGNING}2`, SIGNING]);
    await put({ signing_secret: `${SIGNING}3` });
    expect(await open(id)).toEqual([`${SIGNING}3`]);
    await put({ pyramiding: true });
    expect(await open(id)).toEqual([`${SIGNING}3`]);
    const removed = await put({ signing_secret: '' });
    expect([removed.json.has_signing_secret, await open(id)]).toEqual([false, []]);
    const alone = await put({ signing_secret_grace_s: 5 });
    expect(alone.json.fields).toEqual({ 'settings.signing_secret': ['settings.signing_secret is required'] });
  });

  it('is refused where there is no key to keep it with', async () => {
    const { url, close } = await world.api.addReplica({});
    const id = await world.made(user, { kind: 'webhook' });
    const body = { settings: { signing_secret: SIGNING } };
    const { status, json } = await world.api.request('PATCH', `${STRATEGIES}/${id}`, { token: user.token, url, body });
    const text = 'settings.signing_secret cannot be kept: this installation has no SIGNAL_SECRETS_KEY';
    expect([status, json.fields]).toEqual([400, { 'settings.signing_secret': [text] }]);
    await close();
  });
});

describe('Mizar keys', () => {
  it('are shown once, listed by their ends, and revoked', async () => {
    const made = await world.ask(user, 'POST', MIZAR_KEYS, { label: 'laptop', allowed_ips: ['203.0.113.0/24'] });
    const { secret, ...shown } = made.json as Record<string, unknown>;
    expect([made.status, shown]).toEqual([
      201,
      {
        ...{ id: expect.stringMatching(UUID), label: 'laptop', hint: String(secret).slice(-4) },
        ...{ allowed_ips: ['203.0.113.0/24'], created_at: expect.stringMatching(/Z$/), last_used_at: null },
      },
    ]);
    expect(await ownerOf(String(secret))).toMatchObject({
      ...{ kind: 'mizar_key', strategyId: null, userId: user.userId, allowedIps: ['203.0.113.0/24'] },
    });
    const other = await world.ask(user, 'POST', MIZAR_KEYS);
    const listed = await world.ask(user, 'GET', `${MIZAR_KEYS}?limit=1`);
    expect(listed.json).toEqual({ mizar_keys: [shown], next_cursor: shown['id'] });
    const next = await world.ask(user, 'GET', `${MIZAR_KEYS}?cursor=${String(listed.json.next_cursor)}`);
    expect([next.json.mizar_keys[0].id, next.json.next_cursor]).toEqual([other.json.id, null]);

    const revoked = await world.ask(user, 'DELETE', `${MIZAR_KEYS}/${String(shown['id'])}`);
    expect([revoked.status, revoked.json]).toEqual([200, shown]);
    expect(await ownerOf(String(secret))).toBeNull();
    const again = await world.ask(user, 'DELETE', `${MIZAR_KEYS}/${String(shown['id'])}`);
    expect([again.status, again.json]).toEqual([
      404,
      { code: 'not_found', message: `no Mizar key '${String(shown['id'])}'`, fields: {} },
    ]);
    expect((await world.ask(user, 'GET', MIZAR_KEYS)).json.mizar_keys).toHaveLength(1);
    expect(await world.trail(user, 'signal_secret')).toEqual(['secret_added', 'secret_added', 'secret_revoked']);
  });

  it.each([
    [{ name: 'x' }, 'name', 'name is not a field here, must be one of label, allowed_ips'],
    [{ label: 5 }, 'label', 'label must be text of 0 to 100 printable characters, was 5'],
    [
      { allowed_ips: ['203.0.113.0/40'] },
      'allowed_ips[0]',
      `allowed_ips[0] must be an address or a CIDR block such as 203.0.113.0/24, was '203.0.113.0/40'`,
    ],
  ])('are refused with %j', async (body, field, text) => {
    const { status, json } = await world.ask(user, 'POST', MIZAR_KEYS, body);
    expect([status, json]).toEqual([400, { code: 'invalid', message: text, fields: { [field]: [text] } }]);
  });

  it('are of their user alone', async () => {
    const { json } = await world.ask(user, 'POST', MIZAR_KEYS);
    const colleague = await world.api.addColleague(user, ['read', 'trade']);
    expect((await world.ask(colleague, 'GET', MIZAR_KEYS)).json.mizar_keys).toEqual([]);
    expect((await world.ask(colleague, 'DELETE', `${MIZAR_KEYS}/${String(json.id)}`)).status).toBe(404);
  });
});

it('S-04 are not seen by another tenant without any filter, nor written', async () => {
  const { secret } = await secretOf({ kind: 'webhook', settings: { signing_secret: SIGNING } });
  const other = await world.api.addUser();
  for (const table of ['strategies', 'signal_secrets', 'signing_secrets']) {
    const seen = (as: User) => world.api.asTenant(as, (tx) => tx.query<unknown[]>(`SELECT 1 FROM ${table}`));
    expect([table, (await seen(user)).length, (await seen(other)).length]).toEqual([table, 1, 0]);
  }
  await world.api.asTenant(other, (tx) => tx.query('UPDATE signal_secrets SET revoked_at = clock_timestamp()'));
  expect(await ownerOf(secret)).not.toBeNull();
  const plant = world.api.asTenant(other, (tx) =>
    tx.query(
      `INSERT INTO signal_secrets (id, secret_hash, tenant_id, user_id, kind, label, hint, allowed_ips)
       VALUES (gen_random_uuid(), sha256('x'), $1, $2, 'mizar_key', '', '', '{}')`,
      [user.tenantId, user.userId],
    ),
  );
  await expect(plant).rejects.toThrow(/row-level security/);
});

it('S-01 leaves no secret in the database', async () => {
  const { id, secret } = await secretOf({ kind: 'webhook', settings: { signing_secret: SIGNING } });
  const rotated = String((await ask('POST', `/${id}/rotate-secret`, { grace_s: 60 })).json.secret);
  const key = String(
    (await world.ask(user, 'POST', MIZAR_KEYS, { label: 'k' }, { headers: { 'Idempotency-Key': 'k' } })).json.secret,
  );
  const tables = [
    'strategies',
    'signal_secrets',
    'signing_secrets',
    'subscriptions',
    'audit_log',
    'idempotency_keys',
    'outbox',
  ];
  let rows = '';
  await world.api.asOwner(async (query) => {
    for (const table of tables) {
      const found = (await query(`SELECT to_jsonb(t)::text AS text FROM ${table} t`)) as { rows: { text: string }[] };
      rows += found.rows.map(({ text }) => text).join('\n');
    }
  });
  expect(rows).toContain(id);
  for (const shown of [secret, rotated, key, SIGNING]) {
    expect(shown.length).toBeGreaterThan(24);
    expect(rows).not.toContain(shown);
    expect(rows).not.toContain(Buffer.from(shown).toString('hex'));
  }
});
