import { expect, it } from '@jest/globals';
import { guardAgainstDuplicates, INTAKE_ROUTES, type Delivery, type IntakeRoute } from './duplicate-guard.js';
import { readSignalBody, type SignalBody } from './signal-body.js';
import { withoutSecrets } from './without-secrets.js';

const DAY_MS = 86_400_000;
const OPEN = '{"action":"open","pair":"BTCUSDT","api_key":"k1"}';

function bodyOf(text: string): SignalBody {
  const body = readSignalBody(new TextEncoder().encode(text));
  if (!body.ok) throw new Error(body.error.message);
  return withoutSecrets(body.value);
}

function guardOf(route: IntakeRoute, text: string, more: Partial<Delivery> = {}) {
  return guardAgainstDuplicates({ route, idempotencyKey: undefined, body: bodyOf(text), credential: 's', ...more });
}

function keyOf(route: IntakeRoute, text: string, more: Partial<Delivery> = {}): string {
  const guard = guardOf(route, text, more);
  if (!guard.ok || guard.value === null) throw new Error('no guard');
  expect(guard.value.key).toMatch(/^[0-9a-f]{64}$/);
  return guard.value.key;
}

const ROUTES = Object.keys(INTAKE_ROUTES) as IntakeRoute[];

it.each(ROUTES)('%s: the header counts for a day, and only with the same body', (route) => {
  const owner = INTAKE_ROUTES[route] === 'B' ? 'user' : 'strategy';
  const header = { idempotencyKey: 'k-1' };
  expect(guardOf(route, OPEN, header)).toMatchObject({
    ok: true,
    value: { windowMs: DAY_MS, owner, against: 'any', isBoundToBody: true },
  });
  expect(keyOf(route, OPEN, header)).toBe(keyOf(route, '{"other":1,"signal_id":"x"}', { ...header, credential: 't' }));
  expect(keyOf(route, OPEN, header)).not.toBe(keyOf(route, OPEN, { idempotencyKey: 'k-2' }));
});

it.each(ROUTES)('%s: so does a signal_id, whatever the body', (route) => {
  const id = '{"signal_id":"btc-17","action":"open"}';
  expect(guardOf(route, id)).toMatchObject({ ok: true, value: { windowMs: DAY_MS, isBoundToBody: false } });
  expect(keyOf(route, id)).toBe(keyOf(route, '{"signal_id":"btc-17"}'));
  expect(keyOf(route, '{"signal_id":17}')).toBe(keyOf(route, '{"signal_id":"17"}'));
  expect(keyOf(route, id)).not.toBe(keyOf(route, OPEN, { idempotencyKey: 'btc-17' }));
});

it('SA-26 takes the same body from a signaler within 10 s as one, if it is the latest of the pair', () => {
  expect(guardOf('wisdomise-signal', OPEN)).toMatchObject({
    ok: true,
    value: { windowMs: 10_000, against: 'latest_of_pair', owner: 'strategy', isBoundToBody: false },
  });
  expect(keyOf('wisdomise-signal', OPEN)).toBe(keyOf('wisdomise-signal', '{"pair":"BTCUSDT", "action":"open"}'));
  expect(keyOf('wisdomise-signal', OPEN)).not.toBe(keyOf('wisdomise-signal', OPEN, { credential: 'other' }));
});

it('SA-31 lets identical opens of the Mizar API be separate lots', () => {
  for (const route of ['mizar-open-position', 'mizar-close-position', 'mizar-close-all-positions'] as const)
    expect(guardOf(route, OPEN)).toEqual({ ok: true, value: null });
});

it('SA-41 takes what the Mizar webhook delivers again within 45 s as one, api_key or not', () => {
  expect(guardOf('mizar-execute-command', OPEN)).toMatchObject({
    ok: true,
    value: { windowMs: 45_000, against: 'any', owner: 'strategy' },
  });
  expect(keyOf('mizar-execute-command', OPEN)).toBe(
    keyOf('mizar-execute-command', '{"action":"open","pair":"BTCUSDT","api_key":"k2"}'),
  );
  expect(keyOf('mizar-execute-command', OPEN)).not.toBe(keyOf('webhook', OPEN));
});

it('SA-47 counts any earlier alert, not only the latest, and for a day when the body has a time', () => {
  for (const name of ['timestamp', 'timenow', 'alert_time', 'time'])
    expect(guardOf('webhook', `{"action":"buy","${name}":"2026-03-02T09:00:03Z"}`)).toMatchObject({
      ok: true,
      value: { windowMs: DAY_MS, against: 'any' },
    });
  expect(guardOf('webhook', '{"action":"buy","timestamp":null}')).toMatchObject({
    ok: true,
    value: { windowMs: 45_000 },
  });
});

it('SA-48 forgets a text without id after 45 s', () => {
  const reduce = guardOf('webhook', 'reduce BTCUSDT 0.5');
  expect(reduce).toMatchObject({ ok: true, value: { windowMs: 45_000, against: 'any' } });
  expect(keyOf('webhook', 'reduce BTCUSDT 0.5')).toBe(keyOf('webhook', ' reduce  BTCUSDT 0.5\n'));
  expect(guardOf('webhook', 'reduce BTCUSDT 0.5 id=r1', { textId: 'r1' })).toMatchObject({
    ok: true,
    value: { windowMs: DAY_MS },
  });
});

it.each([
  ['', 'Idempotency-Key: must be 1 to 128 printable ASCII characters'],
  ['x'.repeat(129), 'Idempotency-Key: must be 1 to 128 printable ASCII characters'],
  ['é', 'Idempotency-Key: must be 1 to 128 printable ASCII characters'],
])('refuses the header %j', (idempotencyKey, message) => {
  expect(guardOf('webhook', OPEN, { idempotencyKey })).toEqual({
    ok: false,
    error: { reason: 'rejected_schema', message },
  });
});

it('refuses a signal_id that is no short text', () => {
  for (const raw of ['{}', 'true', `"${'x'.repeat(129)}"`])
    expect(guardOf('webhook', `{"signal_id":${raw}}`)).toMatchObject({
      ok: false,
      error: { reason: 'rejected_schema', message: expect.stringMatching(/^signal_id: must be text of 1 to 128/) },
    });
});
