import { afterAll, beforeAll, beforeEach, expect, it } from '@jest/globals';
import type { ParentOrderId } from '#domain';
import { AccountSettingsRepository, OrderLeverageRepository, type LeverageStanding } from '#persistence';
import { openLedgerWorld, type LedgerWorld } from '../../support/ledger-world.js';

let world: LedgerWorld;
beforeAll(async () => {
  world = await openLedgerWorld();
});
afterAll(() => world.close());

const sql = <Row = unknown>(text: string, parameters: readonly unknown[] = []): Promise<Row[]> =>
  world.inTenant((tx) => tx.query<Row[]>(text, [...parameters]));
const keepMargin = (mode: string): Promise<unknown> =>
  sql('UPDATE accounts SET margin_mode = $2 WHERE id = $1', [world.accountId, mode]);
const setSymbol = (symbol: string, marginType: 'cross' | 'isolated'): Promise<void> =>
  world.inTenant((tx) =>
    new AccountSettingsRepository(tx, world.tenantId).setSymbol(world.accountId, symbol, { marginType }),
  );
const prepare = (id: ParentOrderId): Promise<LeverageStanding> =>
  world.inTenant((tx) => new OrderLeverageRepository(tx, world.tenantId).prepare(id));
const asked = (): Promise<unknown[]> =>
  sql('SELECT kind, symbol, argument FROM account_commands WHERE finished_at IS NULL ORDER BY kind DESC');
const finish = (kind: string, outcome: string, text = ''): Promise<unknown> =>
  sql(
    `UPDATE account_commands SET outcome = $2, outcome_text = $3, finished_at = clock_timestamp()
     WHERE kind = $1 AND finished_at IS NULL`,
    [kind, outcome, text],
  );

let symbol = '';
let count = 0;
beforeEach(async () => {
  await sql('UPDATE account_commands SET outcome = $1, finished_at = now() WHERE finished_at IS NULL', ['refused']);
  symbol = `T${count++}USDT`;
  await keepMargin('ISOLATED');
});
async function order(more: { leverage?: number; type?: string; reduceOnly?: boolean } = {}): Promise<ParentOrderId> {
  const id = await world.addParent({ symbol: 'TESTUSDT' });
  await sql(
    `UPDATE parent_orders SET symbol = $5, venues = NULL, symbols = NULL, market_type = $2, leverage = $3,
            params = params || jsonb_build_object('reduceOnly', $4::boolean) WHERE id = $1`,
    [id, more.type ?? 'perp', more.leverage ?? null, more.reduceOnly ?? false, symbol],
  );
  return id;
}
const MARGIN = (): object => ({ kind: 'set_margin_type', symbol, argument: 'isolated' });

it('isolates the margin of a derivative before its first order, and then its leverage', async () => {
  const id = await order({ leverage: 7 });
  expect(await prepare(id)).toMatchObject({ kind: 'waiting', setting: 'margin mode' });
  expect(await asked()).toEqual([MARGIN(), { kind: 'set_leverage', symbol, argument: '7' }]);
  await finish('set_margin_type', 'done');
  expect(await prepare(id)).toMatchObject({ kind: 'waiting', setting: 'leverage' });
  await finish('set_leverage', 'done');
  expect(await prepare(id)).toEqual({ kind: 'ready' });
});

it('ends an order whose venue refuses it', async () => {
  const id = await order();
  await prepare(id);
  await finish('set_margin_type', 'refused', `there is a position in ${symbol}`);
  expect(await prepare(id)).toEqual({
    kind: 'refused',
    setting: 'margin mode',
    text: `there is a position in ${symbol}`,
  });
});

it.each(['cross', 'isolated'] as const)('leaves a symbol alone that was set to %s', async (marginType) => {
  await setSymbol(symbol, marginType);
  expect([await prepare(await order()), await asked()]).toEqual([{ kind: 'ready' }, []]);
});

it('leaves spot alone, what only shrinks a position, and accounts with cross margin', async () => {
  for (const id of [await order({ type: 'spot' }), await order({ reduceOnly: true })])
    expect([await prepare(id), await asked()]).toEqual([{ kind: 'ready' }, []]);
  await keepMargin('CROSS');
  expect([await prepare(await order()), await asked()]).toEqual([{ kind: 'ready' }, []]);
});
