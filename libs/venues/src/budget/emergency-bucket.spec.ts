import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { EmergencyBucket, type EmergencyDraw } from './emergency-bucket.js';
import type { EmergencyHoldings, EmergencyLedger, EmergencyPortion } from './emergency-holdings.js';

const HOLD_MS = 15_000;
const WINDOW_MS = 60_000;
const weight: EmergencyDraw = { name: 'w:a', id: 'w', cost: 1, share: 40, isOfAddress: true, spanMs: WINDOW_MS };

/** Leases and notes as Postgres keeps them; `now` is everybody's clock. */
class Shared {
  now = 0;
  isUp = true;
  private readonly notes = new Map<string, { used: number; until: number }>();
  private readonly owners = new Map<string, { owner: number; epoch: number }>();

  give(portion: string, owner: number): void {
    const epoch = (this.owners.get(portion)?.epoch ?? 0) + 1;
    this.owners.set(portion, { owner, epoch });
  }

  held(portion: string, owner: number): EmergencyPortion | null {
    const held = this.owners.get(portion);
    return held?.owner === owner ? { id: portion, epoch: held.epoch } : null;
  }

  holdings(owner: number, slots = 4): EmergencyHoldings {
    const one = (kind: string) => [...this.owners.keys()].find((id) => id.startsWith(kind) && this.held(id, owner));
    const portion = (id: string | undefined) => (id === undefined ? null : this.held(id, owner));
    return {
      slots,
      slot: () => portion(one('slot:')),
      venue: () => portion(one('venue:')),
      account: (id) => this.held(`account:${id}`, owner),
    };
  }

  ledger(owner: number): EmergencyLedger {
    const asked = () => (this.isUp ? Promise.resolve() : Promise.reject(new Error('down')));
    return {
      useOf: async (name, portion) => {
        await asked();
        const note = this.notes.get(`${name}|${portion}`);
        return note && note.until > this.now ? { used: note.used, forMs: note.until - this.now } : null;
      },
      noteUse: async (name, portion, { used, forMs }) => {
        await asked();
        if (!this.held(portion, owner)) return false;
        this.notes.set(`${name}|${portion}`, { used, until: this.now + forMs });
        return true;
      },
    };
  }

  bucket(owner: number, slots = 4): EmergencyBucket {
    return new EmergencyBucket(this.holdings(owner, slots), () => this.now, this.ledger(owner));
  }
}

async function takeAll(bucket: EmergencyBucket, draw: EmergencyDraw, account?: string): Promise<number> {
  for (let count = 0; ; count += 1) {
    if (!(await bucket.take(`t${count}-${Math.floor(count / 7)}`, [draw], HOLD_MS, account)).taken) return count;
  }
}

describe('the emergency share', () => {
  it('VE-B38 is divided among the slots of an address, and nothing without a slot', async () => {
    const shared = new Shared();
    shared.give('slot:e/0/4', 1);
    shared.give('slot:e/1/4', 2);
    expect(await takeAll(shared.bucket(1), { ...weight, share: 43 })).toBe(10);
    expect(await takeAll(shared.bucket(2), { ...weight, share: 43 })).toBe(10);
    expect(await takeAll(shared.bucket(3), weight)).toBe(0);
  });

  it('VE-B38 belongs whole to the holder of the account’s lease where the account is what is limited', async () => {
    const shared = new Shared();
    shared.give('slot:e/0/4', 1);
    shared.give('account:a', 2);
    const draw = { ...weight, isOfAddress: false };
    expect(await takeAll(shared.bucket(1), draw, 'a')).toBe(0);
    expect(await takeAll(shared.bucket(2), draw, 'a')).toBe(40);
    expect(await takeAll(shared.bucket(2), draw, 'b')).toBe(0);
  });

  it('VE-B38 goes to the holder of the venue’s lease where it is too small to be divided', async () => {
    const shared = new Shared();
    shared.give('slot:e/0/4', 1);
    shared.give('venue:v', 2);
    const draw = { ...weight, share: 3 };
    expect(await takeAll(shared.bucket(1), draw)).toBe(0);
    expect(await takeAll(shared.bucket(2), draw)).toBe(3);
    expect(await takeAll(shared.bucket(2), weight)).toBe(0); // large enough to be divided: that is for slots
  });

  it('counts what an earlier holder has spent, and what ran out with it', async () => {
    const shared = new Shared();
    shared.give('slot:e/0/4', 1);
    const first = shared.bucket(1);
    for (let i = 0; i < 3; i += 1) expect((await first.take(`a${i}`, [weight], HOLD_MS)).taken).toBe(true);
    shared.give('slot:e/0/4', 2);
    expect((await first.take('late', [weight], HOLD_MS)).taken).toBe(false);
    expect(await takeAll(shared.bucket(2), weight)).toBe(7);
    shared.now += 10_000 + HOLD_MS + WINDOW_MS;
    expect(await takeAll(shared.bucket(2), weight)).toBe(10);
  });

  it('notes again what is left of a block before a call that counts longer than the note', async () => {
    const shared = new Shared();
    shared.give('slot:e/0/4', 1);
    const first = shared.bucket(1);
    const draw = { ...weight, share: 80 };
    expect((await first.take('a', [draw], HOLD_MS)).taken).toBe(true);
    shared.now = 20_000;
    expect((await first.take('b', [draw], HOLD_MS)).taken).toBe(true); // may count until 95 s
    shared.now = 86_000;
    shared.give('slot:e/0/4', 2);
    expect(await takeAll(shared.bucket(2), draw)).toBeLessThan(20);
  });

  it('takes from all limits of a call or from none', async () => {
    const shared = new Shared();
    shared.give('slot:e/0/4', 1);
    const bucket = shared.bucket(1);
    const small = { ...weight, name: 'r:a', id: 'r', share: 8 };
    for (let i = 0; i < 2; i += 1) expect((await bucket.take(`a${i}`, [weight, small], HOLD_MS)).taken).toBe(true);
    expect(await bucket.take('c', [weight, small], HOLD_MS)).toMatchObject({ taken: false, limit: 'r' });
    expect(await takeAll(bucket, weight)).toBe(8);
  });

  it('gives back what was never sent, and frees a span after the answer', async () => {
    const shared = new Shared();
    shared.give('slot:e/0/4', 1);
    const bucket = shared.bucket(1);
    const full = { ...weight, cost: 10 };
    expect((await bucket.take('a', [full], HOLD_MS)).taken).toBe(true);
    bucket.giveBack('a');
    expect((await bucket.take('b', [full], HOLD_MS)).taken).toBe(true);
    shared.now += 1_000;
    bucket.settle('b');
    expect(await bucket.take('c', [full], HOLD_MS)).toEqual({ taken: false, limit: 'w', waitMs: WINDOW_MS });
    shared.now += WINDOW_MS;
    expect((await bucket.take('c', [full], HOLD_MS)).taken).toBe(true);
  });

  it('refuses while what it spends cannot be noted, and does not ask for each call again', async () => {
    const shared = new Shared();
    shared.give('slot:e/0/4', 1);
    const bucket = shared.bucket(1);
    shared.isUp = false;
    expect((await bucket.take('a', [weight], HOLD_MS)).taken).toBe(false);
    shared.isUp = true;
    expect((await bucket.take('b', [weight], HOLD_MS)).taken).toBe(false);
    shared.now += 250;
    expect((await bucket.take('b', [weight], HOLD_MS)).taken).toBe(true);
  });

  it('P1: no window of the venue ever holds more than the share, whoever holds the slots and whatever restarts', async () => {
    const step = fc.record({
      gap: fc.oneof({ weight: 8, arbitrary: fc.nat({ max: 800 }) }, { weight: 1, arbitrary: fc.nat({ max: 40_000 }) }),
      pod: fc.nat({ max: 3 }),
      transit: fc.nat({ max: HOLD_MS }),
      event: fc.oneof(
        { weight: 12, arbitrary: fc.constant('call' as const) },
        { weight: 1, arbitrary: fc.constantFrom('restart' as const, 'hand over' as const) },
      ),
    });
    let [granted, refused] = [0, 0];
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 100, maxLength: 250 }), fc.nat(59_999), async (steps, phase) => {
        const shared = new Shared();
        const slotOf = (pod: number) => `slot:e/${pod % 2}/2`;
        shared.give(slotOf(0), 0);
        shared.give(slotOf(1), 1);
        const buckets = [0, 1, 2, 3].map((pod) => shared.bucket(pod, 2));
        const windows = new Map<number, number>();
        let answers: { at: number; run: () => void }[] = [];
        for (const [i, { gap, pod, transit, event }] of steps.entries()) {
          shared.now += gap;
          for (const { run } of answers.filter(({ at }) => at <= shared.now)) run();
          answers = answers.filter(({ at }) => at > shared.now);
          if (event === 'restart') buckets[pod] = shared.bucket(pod, 2);
          if (event === 'hand over') shared.give(slotOf(pod), pod);
          const taken = await buckets[pod]!.take(`t${i}`, [{ ...weight, cost: 2, share: 80 }], HOLD_MS);
          if (!taken.taken) {
            refused += 1;
            continue;
          }
          granted += 1;
          const arrivesAt = shared.now + transit;
          const window = Math.floor((arrivesAt + phase) / WINDOW_MS);
          windows.set(window, (windows.get(window) ?? 0) + 2);
          const bucket = buckets[pod]!;
          if (transit % 3 > 0) answers.push({ at: arrivesAt, run: () => bucket.settle(`t${i}`) }); // else it is lost
        }
        expect(Math.max(0, ...windows.values())).toBeLessThanOrEqual(80);
      }),
      { numRuns: 80, endOnFailure: true },
    );
    expect(granted).toBeGreaterThan(1_000);
    expect(refused).toBeGreaterThan(500);
  });
});
