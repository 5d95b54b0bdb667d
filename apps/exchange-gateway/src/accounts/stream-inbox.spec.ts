import { expect, it } from '@jest/globals';
import { decimal, epochMs } from '#domain';
import type { UserEvent } from '#venues';
import { StreamInbox } from './stream-inbox.js';

type Balances = Extract<UserEvent, { kind: 'balances' }>;
const balances = (venueAt: number, ...assets: [string, string][]): Balances => ({
  kind: 'balances',
  balances: assets.map(([asset, free]) => ({ asset, free: decimal(free), locked: decimal('0') })),
  venueAt: epochMs(venueAt),
});
const order = (executionId: string) => ({ kind: 'order', executionId }) as unknown as UserEvent;
const nameOf = (event: UserEvent): string =>
  event.kind === 'balances'
    ? event.balances.map(({ asset, free }) => `${asset} ${free.toFixed()}`).join(', ')
    : 'executionId' in event
      ? event.executionId
      : event.kind;

/** An inbox whose first event is held until `go`. */
function heldInbox() {
  let go = (): void => undefined;
  const held = new Promise<void>((resolve) => (go = resolve));
  const handled: UserEvent[] = [];
  const inbox = new StreamInbox(async (event) => {
    handled.push(event);
    if (handled.length === 1) await held;
  });
  return { inbox, handled, go };
}

it('handles orders one after the other in the order they came', async () => {
  const { inbox, handled, go } = heldInbox();
  for (const id of ['1', '2', '3']) inbox.push(order(id));
  await Promise.resolve();
  expect(handled.map(nameOf)).toEqual(['1']);
  go();
  await inbox.settled();
  expect(handled.map(nameOf)).toEqual(['1', '2', '3']);
});

it('keeps the newest balance of each asset while orders wait, and handles it after them', async () => {
  const { inbox, handled, go } = heldInbox();
  inbox.push(order('1'));
  inbox.push(balances(1, ['USDT', '10'], ['BTC', '1']));
  inbox.push(order('2'));
  inbox.push(balances(2, ['USDT', '9']));
  go();
  await inbox.settled();
  expect(handled.map(nameOf)).toEqual(['1', '2', 'BTC 1', 'USDT 9']);
});

it('keeps the time of each balance: what was told earlier must not overwrite what another source told since', async () => {
  const { inbox, handled, go } = heldInbox();
  inbox.push(order('1'));
  inbox.push(balances(1, ['USDT', '10'], ['BTC', '1']));
  inbox.push(balances(2, ['USDT', '9']));
  go();
  await inbox.settled();
  expect(handled.slice(1)).toMatchObject([{ venueAt: 1 }, { venueAt: 2 }]);
});

it('a balance that comes out of order takes the place of no newer one', async () => {
  const { inbox, handled, go } = heldInbox();
  inbox.push(order('1'));
  inbox.push(balances(2, ['USDT', '9']));
  inbox.push(balances(1, ['USDT', '10']));
  go();
  await inbox.settled();
  expect(handled.slice(1).map(nameOf)).toContain('USDT 9');
});

it('balances are handled although orders go on coming', async () => {
  let now = 0;
  const handled: string[] = [];
  const inbox = new StreamInbox(
    async (event) => {
      handled.push(nameOf(event));
      now += 300;
      if (handled.length < 8) inbox.push(order(String(handled.length)));
      await Promise.resolve();
    },
    () => now,
  );
  inbox.push(order('0'));
  inbox.push(balances(1, ['USDT', '10']));
  await inbox.settled();
  expect(handled.indexOf('USDT 10')).toBe(2);
});

it('goes on after it was empty', async () => {
  const handled: string[] = [];
  const inbox = new StreamInbox(async (event) => {
    handled.push(nameOf(event));
    await Promise.resolve();
  });
  inbox.push(order('1'));
  await inbox.settled();
  inbox.push(order('2'));
  await inbox.settled();
  expect(handled).toEqual(['1', '2']);
});
