import { describe, expect, it } from '@jest/globals';
import { FaultBook } from '../../../apps/sim-venue/src/faults/fault-book.js';
import { until } from '../../support/until.js';
import { useSpotDesk } from './spot-desk.js';

const desk = useSpotDesk();

const PLACE = { route: 'POST /api/v3/order' };
const inject = (rule: object) => desk.client.control('POST', 'faults', { match: PLACE, times: 1, ...rule });
const place = (more: Record<string, string> = {}) => desk.client.order(desk.key, 'BUY', '100', '1', more);
const orders = async (): Promise<readonly unknown[]> => (await desk.client.control('GET', 'ledger?account=a')).orders;
const fired = async (): Promise<number[]> =>
  (await desk.client.control('GET', 'faults')).faults.map((fault) => fault.fired);

describe('faults', () => {
  it('VE-C56 accepts the order, then resets: the ledger has it, the client saw nothing', async () => {
    await inject({ fault: 'drop_reply' });
    await expect(place({ newClientOrderId: 'lost' })).rejects.toThrow(/socket hang up|ECONNRESET/);
    expect(await orders()).toMatchObject([{ clientOrderId: 'lost', status: 'NEW', acceptedAt: expect.any(Number) }]);
    expect(await fired()).toEqual([1]);
    expect((await place()).status).toBe(200);
  });

  it('holds a reply back for ever', async () => {
    await inject({ fault: 'drop_reply', args: { how: 'hold' } });
    const pending = place().then(
      () => 'answered',
      () => 'closed',
    );
    const settled = await Promise.race([
      pending,
      desk.client
        .get('/api/v3/time')
        .then(() => desk.client.control('GET', 'faults'))
        .then(() => 'open'),
    ]);
    expect(settled).toBe('open');
    expect(await orders()).toHaveLength(1);
  });

  it('loses a request before it is handled', async () => {
    await inject({ fault: 'drop_request' });
    await expect(place()).rejects.toThrow(/socket hang up|ECONNRESET/);
    expect(await orders()).toEqual([]);
  });

  it.each([
    [{ fault: 'status', args: { status: 503, when: 'before' } }, 503, 0],
    [{ fault: 'status', args: { status: 503, when: 'before', code: -1008 } }, 503, 0],
    [{ fault: 'status', args: { status: 403 } }, 403, 0],
    [{ fault: 'status', args: { status: 500, when: 'after' } }, 500, 1],
    [{ fault: 'status', args: { status: 504, when: 'after' } }, 504, 1],
    [{ fault: 'timeout_code', args: { code: -1007, accepted: true } }, 408, 1],
    [{ fault: 'timeout_code', args: { code: -1006, accepted: false } }, 408, 0],
    [{ fault: 'limit', args: { status: 429, retryAfter: 7 } }, 429, 0],
    [{ fault: 'garble', args: { how: 'no_order_id' } }, 200, 1],
    [{ fault: 'garble', args: { how: 'empty' } }, 200, 1],
  ])('%j answers %d and leaves %d order(s)', async (rule, status, count) => {
    await inject(rule);
    const reply = await place();
    expect(reply.status).toBe(status);
    expect(reply.text).not.toContain('orderId":');
    expect(await orders()).toHaveLength(count);
  });

  it('cuts a reply short of being JSON', async () => {
    await inject({ fault: 'garble', args: { how: 'truncated' } });
    const reply = await place();
    expect(reply.status).toBe(200);
    expect(() => JSON.parse(reply.text) as unknown).toThrow(SyntaxError);
    expect(await orders()).toHaveLength(1);
  });

  it('delays a reply but not the order', async () => {
    await inject({ fault: 'delay', args: { minMs: 900, maxMs: 1_000 } });
    const startedAt = performance.now();
    let isAnswered = false;
    const reply = place().finally(() => (isAnswered = true));
    await until(async () => (await orders()).length === 1);
    expect(isAnswered).toBe(false);
    expect((await reply).status).toBe(200);
    expect(performance.now() - startedAt).toBeGreaterThanOrEqual(895);
  });

  it('matches by account, symbol, client id and count, and stops after times', async () => {
    await desk.client.control('POST', 'faults', {
      match: { clientOrderId: 'bad' },
      fault: 'status',
      args: { status: 500 },
    });
    await desk.client.control('POST', 'faults', {
      match: { ...PLACE, nth: 2 },
      fault: 'status',
      args: { status: 502 },
    });
    await desk.client.control('POST', 'faults', {
      match: { ...PLACE, account: 'somebody' },
      fault: 'status',
      args: { status: 503 },
    });
    expect((await place()).status).toBe(200);
    expect((await place()).status).toBe(502);
    expect((await place({ newClientOrderId: 'bad' })).status).toBe(500);
    expect((await place()).status).toBe(200);
    expect(await fired()).toEqual([1, 1, 0]);
    await desk.client.control('DELETE', 'faults');
    expect(await fired()).toEqual([]);
  });

  it.each([
    ['VE-C46 open-only', 'open-only', false, true],
    ['VE-C46 permanent', 'permanent', false, false],
    ['VE-C46 returns-existing', 'returns-existing', true, true],
    ['VE-C46 none', 'none', true, true],
  ])('%s: a client id again while its order is open, and after it filled', async (_name, rule, whileOpen, after) => {
    await desk.client.book([['99', '5']], [['101', '5']]);
    await desk.client.control('POST', 'faults', { match: { account: 'a' }, fault: 'id_rules', args: { rule } });
    const first = await place({ newClientOrderId: 'same' });
    const again = await place({ newClientOrderId: 'same' });
    expect(again.status === 200).toBe(whileOpen);
    const returned = rule === 'returns-existing';
    if (whileOpen) expect(again.body.orderId === first.body.orderId).toBe(returned);
    else expect(again.body).toEqual({ code: -2010, msg: 'Duplicate order sent.' });
    await desk.client.control('POST', 'markets/TESTUSDT/trade', { price: '100', qty: '50', side: 'sell' });
    const later = await place({ newClientOrderId: 'same' });
    expect(later.status === 200).toBe(after);
    if (after) expect(later.body.orderId === first.body.orderId).toBe(returned);
  });

  it.each([
    [{ fault: 'clock', args: { how: 'offset', ms: 5 }, match: { symbol: 'TESTUSDT' } }, 'match.symbol'],
    [{ fault: 'read_lag', args: { ms: 5 }, match: { route: 'GET *' } }, 'match.route'],
    [{ fault: 'maintenance', args: { how: 'restart' }, match: { account: 'a' } }, 'match.account'],
    [{ fault: 'maintenance', args: { how: 'break' }, times: 1, match: {} }, 'times'],
    [{ fault: 'latency', args: { ms: 5, p50: 1, p99: 2 } }, 'must have ms'],
    [{ fault: 'latency', args: { p50: 9, p99: 2 } }, 'must have ms'],
    [{ fault: 'status', args: { status: 500, code: -1008 } }, '-1008'],
    [{ fault: 'stream', args: { how: 'explode' } }, 'args.how'],
  ])('refuses %j, which could not do what it says', async (rule, names) => {
    await expect(desk.client.control('POST', 'faults', rule)).rejects.toThrow(names);
    expect(await fired()).toEqual([]);
  });

  it('ends by the time of the venue, and counts how often it came up', async () => {
    const rule = { fault: 'status', args: { status: 500 }, match: PLACE };
    await desk.client.control('POST', 'faults', { ...rule, untilMs: Date.now() - 1 });
    expect((await place()).status).toBe(200);
    await desk.client.control('POST', 'faults', { ...rule, untilMs: Date.now() + 60_000 });
    expect((await place()).status).toBe(500);
    expect(await fired()).toEqual([0, 1]);
  });

  it('draws lognormal delays whose median and 99th percentile are as asked', () => {
    const book = new FaultBook(7, Date.now);
    const drawn = Array.from({ length: 20_000 }, () => book.length({ p50: 100, p99: 900 })).sort((a, b) => a - b);
    expect((drawn[10_000] as number) / 100).toBeCloseTo(1, 1);
    expect(Math.abs((drawn[19_800] as number) / 900 - 1)).toBeLessThan(0.1);
  });

  it('draws chances from its seed: two runs have the same faults', async () => {
    const run = async (): Promise<number[]> => {
      await desk.client.control('POST', 'reset');
      await desk.client.control('POST', 'faults', {
        match: { route: 'GET /api/v3/ping', p: 0.3 },
        fault: 'status',
        args: { status: 500 },
      });
      const statuses = [];
      for (let i = 0; i < 40; i += 1) statuses.push((await desk.client.get('/api/v3/ping')).status);
      return statuses;
    };
    const first = await run();
    expect(first.filter((status) => status === 500).length).toBeGreaterThan(3);
    expect(first.filter((status) => status === 200).length).toBeGreaterThan(15);
    expect(await run()).toEqual(first);
  });
});
