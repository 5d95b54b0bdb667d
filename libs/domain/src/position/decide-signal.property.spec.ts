import fc from 'fast-check';
import { describe, expect, it } from '@jest/globals';
import {
  AT,
  decided,
  entry,
  exitItem,
  signalInput,
  tick,
  wantedPosition,
} from '../../../../test/support/signal-positions.js';
import { Dec, decimal, price, ZERO } from '../numeric/decimal.js';
import { addMs } from '../time/clock.js';
import { isLive, type Position, type PositionState } from './contract.js';
import { decideSignal } from './decide-signal.js';
import { evaluatePrice } from './evaluate-price.js';
import { expirePosition } from './expire-position.js';
import { SIGNAL_REASONS } from './reason-codes.js';
import type { SignalInput } from './signal-decision.js';
import type { SignalIntent, WantedCloseItem, WantedOpenItem, WantedPosition } from './signal-intent.js';
import { sizeToCome } from './size.js';

const even = (min: number, max: number) => fc.noBias(fc.integer({ min, max }));
const level = even(80, 120).map(String);
const side = fc.constantFrom<'long' | 'short'>('long', 'short');
const ratio = fc.oneof(even(1, 100), fc.constant(100)).map((n) => new Dec(n).div(100).toFixed());

const openItem: fc.Arbitrary<WantedOpenItem> = fc
  .record({
    key: fc.constantFrom('a', 'b', 'c'),
    amount: even(0, 60).map((n) => new Dec(n).div(100).toFixed()),
    gate: fc.oneof(
      fc.constant(null),
      fc.tuple(fc.constantFrom('<=', '>='), level).map(([op, at]) => `${op} ${at}`),
    ),
    limit: fc.oneof(fc.constant(null), level),
  })
  .map(({ key, amount, gate, limit }) => entry(key, amount, gate, limit === null ? {} : { limit }));
const closeItem: fc.Arbitrary<WantedCloseItem> = fc
  .record({
    kind: fc.constantFrom<'take_profit' | 'stop_loss'>('take_profit', 'stop_loss'),
    key: fc.constantFrom('x', 'y'),
    ratio,
    at: level,
  })
  .map(({ kind, key, ratio: share, at }) => exitItem(kind, key, share, at));
const nameOf = ({ kind, key }: WantedCloseItem): string => `${kind} ${key}`;
const openItems = fc.oneof(
  { weight: 6, arbitrary: fc.uniqueArray(openItem, { minLength: 1, maxLength: 3, selector: ({ key }) => key }) },
  { weight: 1, arbitrary: fc.array(openItem, { minLength: 0, maxLength: 3 }) },
);
const closeItems = fc.uniqueArray(closeItem, { maxLength: 3, selector: nameOf });
const wanted: fc.Arbitrary<WantedPosition> = fc
  .tuple(side, openItems, closeItems, fc.constantFrom(null, 10_000))
  .map(([of, open, close, ms]) =>
    wantedPosition(of, open, close, { actionExpiresAt: ms === null ? null : addMs(AT, ms) }),
  );
const anySide = fc.oneof(fc.constant(null), side);

const intents: fc.Arbitrary<SignalIntent> = fc.oneof(
  { weight: 6, arbitrary: wanted.map((w): SignalIntent => ({ action: 'open', wanted: w })) },
  { weight: 2, arbitrary: wanted.map((w): SignalIntent => ({ action: 'open_lot', wanted: w })) },
  {
    weight: 8,
    arbitrary: fc.tuple(openItems, closeItems).map(([open, close]): SignalIntent => ({
      ...{ action: 'update', side: null, leverage: null, openItems: open, closeItems: close },
      ...{ orderExpiresAt: null, actionExpiresAt: null },
    })),
  },
  { weight: 1, arbitrary: anySide.map((of): SignalIntent => ({ action: 'close', side: of })) },
  { weight: 1, arbitrary: even(30, 36).map((number): SignalIntent => ({ action: 'close_lot', number })) },
  { weight: 1, arbitrary: fc.constant<SignalIntent>({ action: 'exit_all' }) },
  {
    weight: 2,
    arbitrary: fc.tuple(wanted, fc.boolean()).map(([w, turns]): SignalIntent => ({
      ...{ action: 'enter', wanted: w, againstLive: turns ? 'reverse' : 'close' },
    })),
  },
  { weight: 3, arbitrary: openItem.map((item): SignalIntent => ({ action: 'increase', side: null, item })) },
  {
    weight: 3,
    arbitrary: ratio.map((share): SignalIntent => ({ action: 'reduce', side: null, ratio: decimal(share) })),
  },
  {
    weight: 1,
    arbitrary: fc.tuple(anySide, wanted).map(([of, w]): SignalIntent => ({ action: 'reverse', side: of, wanted: w })),
  },
  {
    weight: 3,
    arbitrary: fc
      .tuple(fc.constantFrom<'long' | 'short' | 'flat'>('long', 'short', 'flat'), even(0, 4), even(0, 4), wanted)
      .map(([state, now, before, w]): SignalIntent => ({
        ...{ action: 'desired', state, wanted: w },
        change: { now: new Dec(now), before: new Dec(before) },
      })),
  },
);

/** An update that repeats what has triggered, or but one item of it, beside other items. */
interface Revision {
  readonly open: readonly WantedOpenItem[];
  readonly close: readonly WantedCloseItem[];
  readonly forgets: boolean;
}
type Act =
  | { readonly signal: SignalIntent }
  | { readonly revise: Revision }
  | { readonly price: string }
  | { readonly expire: number };
const acts: fc.Arbitrary<Act[]> = fc.array(
  fc.oneof(
    { weight: 4, arbitrary: fc.record({ signal: intents }) },
    {
      weight: 2,
      arbitrary: fc.record({
        revise: fc.record({ open: openItems, close: closeItems, forgets: fc.constantFrom(false, false, true) }),
      }),
    },
    { weight: 3, arbitrary: fc.record({ price: level }) },
    { weight: 1, arbitrary: fc.record({ expire: fc.constantFrom(5_000, 20_000, 90_000_000) }) },
  ),
  { minLength: 5, maxLength: 20 },
);
const settings = fc.record({
  market: fc.constantFrom<'SPOT' | 'FUTURES'>('FUTURES', 'FUTURES', 'SPOT'),
  onOpenWhileLive: fc.constantFrom<'reject' | 'replace'>('reject', 'replace'),
  pyramiding: fc.boolean(),
  subscriptions: fc.constantFrom(0, 1, 2),
  entryRefusal: fc.constantFrom(null, null, null, 'halted'),
  mid: fc.constantFrom('100', '100', '90', null),
});

/** Which state may follow another (signal-apis.md 6.1). */
const NEXT: Readonly<Record<PositionState, readonly PositionState[]>> = {
  armed: ['armed', 'opening', 'open', 'closing', 'closed', 'cancelled'],
  opening: ['opening', 'open', 'closing', 'closed', 'cancelled'],
  open: ['open', 'closing', 'closed', 'cancelled'],
  closing: ['closing'],
  closed: ['closed'],
  cancelled: ['cancelled'],
};

interface Happening {
  readonly intent: SignalIntent | null;
  readonly before: Position | null;
  readonly after: Position;
}

function freeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    Object.values(value).forEach(freeze);
  }
  return value;
}

function revised({ open, close, forgets }: Revision, positions: readonly Position[]): SignalIntent | null {
  const live = positions.find(({ state }) => isLive(state));
  if (live === undefined) return null;
  const fired = live.openItems.filter(({ state }) => state !== 'armed');
  const gone = live.closeItems.filter(({ state }) => state !== 'armed');
  const keys = new Set(fired.map(({ key }) => key));
  const names = new Set(gone.map(nameOf));
  return {
    ...{ action: 'update', side: null, leverage: null, orderExpiresAt: null, actionExpiresAt: null },
    openItems: [...(forgets ? fired.slice(1) : fired), ...open.filter(({ key }) => !keys.has(key))],
    closeItems: [...gone, ...close.filter((item) => !names.has(nameOf(item)))],
  };
}

/** Signals, prices and expiries on the positions of one pair; each change is told. */
function play(
  setting: typeof settings extends fc.Arbitrary<infer T> ? T : never,
  list: readonly Act[],
  tell: (happening: Happening) => void,
): void {
  const positions = new Map<string, Position>();
  let last: string | null = null;
  const put = (intent: SignalIntent | null, after: Position): void => {
    const before = positions.get(after.id) ?? null;
    if (before !== after) tell({ intent, before, after });
    positions.set(after.id, freeze(after));
  };
  for (const act of list) {
    const all = [...positions.values()];
    const intent = 'signal' in act ? act.signal : 'revise' in act ? revised(act.revise, all) : null;
    if (intent !== null) {
      const { decision, input } = judge(setting, intent, all);
      expect(decideSignal(input)).toEqual(decision);
      for (const { position } of decision.changes) put(intent, position);
    } else if ('price' in act) {
      const step = tick(last, act.price, { subscriptions: setting.subscriptions });
      for (const position of all) put(null, evaluatePrice(position, step).position);
      last = act.price;
    } else if ('expire' in act)
      for (const position of all) put(null, expirePosition(position, addMs(AT, act.expire)).position);
  }
}

function judge(
  {
    market,
    onOpenWhileLive,
    pyramiding,
    subscriptions,
    entryRefusal,
    mid,
  }: typeof settings extends fc.Arbitrary<infer T> ? T : never,
  intent: SignalIntent,
  positions: readonly Position[],
) {
  const more: Partial<SignalInput> = {
    ...{ subscriptions, entryRefusal, mid: mid === null ? null : price(mid) },
    strategy: { ...signalInput(intent).strategy, market, onOpenWhileLive, pyramiding },
  };
  const input = freeze(signalInput(intent, positions, more));
  return { input, decision: decideSignal(input) };
}

describe('decideSignal, over any signals, prices and expiries', () => {
  it('keeps sizes within 0 and 1, never reopens what has ended, and leaves alone what has triggered', () => {
    const seen = { updated: 0, resized: 0, ended: 0, fired: 0 };
    fc.assert(
      fc.property(settings, acts, (setting, list) => {
        play(setting, list, ({ intent, before, after }) => {
          expect(after.size.gte(ZERO) && after.size.lte(1)).toBe(true);
          expect(after.size.add(isLive(after.state) ? sizeToCome(after.openItems) : 0).lte('1.000000002')).toBe(true);
          expect(after.paper.size.eq(after.size)).toBe(true);
          if (!isLive(after.state)) expect([after.size.toFixed(), after.endReason === null]).toEqual(['0', false]);
          if (after.state === 'closed' || after.state === 'cancelled') expect(after.closedAt).not.toBeNull();
          if (before === null) return;
          expect(NEXT[before.state]).toContain(after.state);
          expect([after.id, after.side, after.leverage, after.follows]).toEqual([
            before.id,
            before.side,
            before.leverage,
            before.follows,
          ]);
          if (!isLive(after.state)) seen.ended += 1;
          const triggered = (position: Position) => [
            ...position.openItems.filter(({ state }) => state !== 'armed'),
            ...position.closeItems.filter(({ state }) => state !== 'armed'),
          ];
          if (intent?.action === 'update') {
            seen.updated += 1;
            seen.fired += triggered(before).length;
            expect(triggered(after)).toEqual(triggered(before));
            expect(after.size).toBe(before.size);
          } else {
            if (intent?.action === 'reduce' || intent?.action === 'increase') seen.resized += 1;
            const keys = (position: Position): string[] =>
              triggered(position).map(({ key, appliedAt }) => `${key} ${appliedAt}`);
            expect(keys(after)).toEqual(expect.arrayContaining(keys(before)));
          }
        });
      }),
      { numRuns: 250 },
    );
    expect(seen.updated).toBeGreaterThan(30);
    expect(seen.fired).toBeGreaterThan(10);
    expect(Math.min(seen.resized, seen.ended)).toBeGreaterThan(20);
  });

  it('gives one reason of the list, and changes only when the signal took effect; at most one position per pair is live but for lots', () => {
    const seen = new Map<string, number>();
    const effects = new Set<string>(SIGNAL_REASONS.effect);
    const all = new Set<string>(Object.values(SIGNAL_REASONS).flat());
    fc.assert(
      fc.property(settings, acts, (setting, list) => {
        let positions: readonly Position[] = [];
        for (const act of list) {
          if (!('signal' in act) || act.signal.action === 'open_lot') continue;
          const { decision } = judge(setting, act.signal, positions);
          seen.set(decision.reason, (seen.get(decision.reason) ?? 0) + 1);
          expect(all.has(decision.reason)).toBe(true);
          expect(decision.changes.length > 0).toBe(effects.has(decision.reason));
          expect(decision.message).not.toBe('');
          const changed = new Map(decision.changes.map(({ position }) => [position.id, position]));
          const known = positions.map((position) => changed.get(position.id) ?? position);
          positions = [...known, ...[...changed.values()].filter(({ id }) => !positions.some((p) => p.id === id))];
          expect(positions.filter(({ state }) => isLive(state)).length).toBeLessThanOrEqual(1);
        }
      }),
      { numRuns: 250 },
    );
    const often = ['opened', 'armed', 'updated', 'increased', 'reduced', 'closed', 'reversed', 'exited_all'];
    const rare = [
      'rejected_live_position',
      'rejected_triggered_item',
      'rejected_side',
      'rejected_risk',
      'rejected_schema',
    ];
    expect([...often, ...rare].filter((reason) => !seen.has(reason))).toEqual([]);
  });

  it('accepts every close, reduction and exit-all of what is live whatever the trading state and the market', () => {
    const exits: readonly SignalIntent[] = [
      { action: 'close', side: null },
      { action: 'exit_all' },
      { action: 'reduce', side: null, ratio: decimal('0.5') },
      { action: 'reduce', side: null, ratio: decimal('1') },
    ];
    let held = 0;
    fc.assert(
      fc.property(wanted, fc.constantFrom(...exits), (w, intent) => {
        const made = decided({ action: 'open', wanted: w }).changes[0]?.position;
        if (made === undefined || made.size.isZero()) return;
        held += 1;
        const never = { entryRefusal: 'halted', mid: null, lastPrice: null };
        const { strategy } = signalInput(intent);
        const { reason } = decided(intent, [made], { ...never, strategy: { ...strategy, isActive: false } });
        expect(['closed', 'exited_all', 'reduced']).toContain(reason);
      }),
      { numRuns: 300 },
    );
    expect(held).toBeGreaterThan(30);
  });
});
