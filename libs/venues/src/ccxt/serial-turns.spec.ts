import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { CallKind } from './classify.js';
import { PATIENCE, SerialTurns } from './serial-turns.js';

const ORDER: readonly (readonly CallKind[])[] = [['cancel', 'cancelMany'], ['lookup'], ['place', 'amend'], ['read']];
const KINDS = ORDER.flat();
const rankOf = (kind: CallKind): number => ORDER.findIndex((kinds) => kinds.includes(kind));

interface Call {
  readonly number: number;
  readonly rank: number;
}

/** Turns whose calls end when they are told to. */
class Desk {
  readonly begun: Call[] = [];
  readonly results: Promise<unknown>[] = [];
  private readonly turns = new SerialTurns();
  private end: (() => void) | undefined;
  private readonly here: Call[] = [];

  arrive(kind: CallKind, fails = false): void {
    const call = { number: this.results.length, rank: rankOf(kind) };
    this.here.push(call);
    const done = this.turns.take(
      kind,
      () =>
        new Promise<number>((resolve, reject) => {
          if (this.end !== undefined) throw new Error('two calls at once');
          this.begun.push(call);
          this.end = () => (fails ? reject(new Error(String(call.number))) : resolve(call.number));
        }),
    );
    this.results.push(done.catch((error: unknown) => Number((error as Error).message)));
  }

  get waiting(): readonly Call[] {
    return this.here.filter((call) => !this.begun.includes(call));
  }

  get isBusy(): boolean {
    return this.end !== undefined;
  }

  async endOne(): Promise<void> {
    const end = this.end;
    this.end = undefined;
    end?.();
    await new Promise((resolve) => setImmediate(resolve));
  }
}

it('takes cancels first, then look-ups, then what is fenced, then lists, and settles as the work does', async () => {
  const desk = new Desk();
  const kinds = ['read', 'read', 'place', 'lookup', 'amend', 'cancel', 'lookup', 'cancel'] as const;
  kinds.forEach((kind, at) => desk.arrive(kind, at === 2));
  while (desk.isBusy) await desk.endOne();
  expect(desk.begun.map(({ number }) => kinds[number])).toEqual([
    'read', // it was alone when it came
    'cancel',
    'cancel',
    'lookup',
    'lookup',
    'place',
    'amend',
    'read',
  ]);
  expect(await Promise.all(desk.results)).toEqual(kinds.map((_, at) => at));
});

it('goes on when a call cannot even begin', async () => {
  const turns = new SerialTurns();
  const failed = turns.take('place', () => {
    throw new Error('not rendered');
  });
  await expect(failed).rejects.toThrow('not rendered');
  expect(await turns.take('cancel', () => Promise.resolve(7))).toBe(7);
});

describe('for any calls in any order', () => {
  it('lets none wait for ever, and passes over a better one only when patience has ended', async () => {
    const step = fc.oneof(
      { weight: 6, arbitrary: fc.constant<CallKind>('cancel') },
      { weight: 4, arbitrary: fc.constantFrom(...KINDS) },
      { weight: 9, arbitrary: fc.constant(null) },
    );
    let letThrough = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 50, maxLength: 300, size: 'max' }), async (steps) => {
        const desk = new Desk();
        /** Per rank: calls of better ranks taken since it waits without being taken. */
        const better = [0, 0, 0, 0];
        const others = [0, 0, 0, 0];
        const seeEnd = async (): Promise<void> => {
          const before = desk.waiting;
          const count = desk.begun.length;
          await desk.endOne();
          const taken = desk.begun[count];
          if (taken === undefined) return expect(before).toEqual([]);
          expect(desk.begun).toHaveLength(count + 1);
          const { rank } = taken;
          expect(before.find((one) => one.rank === rank)).toBe(taken);
          if (before.some((one) => one.rank < rank)) {
            letThrough += 1;
            expect(better[rank]).toBeGreaterThanOrEqual(PATIENCE);
          }
          [0, 1, 2, 3].forEach((one) => {
            const waits = before.some((call) => call.rank === one) && one !== rank;
            better[one] = !waits ? 0 : (better[one] ?? 0) + (rank < one ? 1 : 0);
            others[one] = !waits ? 0 : (others[one] ?? 0) + 1;
            expect(others[one]).toBeLessThanOrEqual(PATIENCE + ORDER.length - 1);
          });
        };
        for (const one of steps) {
          if (one === null) await seeEnd();
          else desk.arrive(one);
        }
        while (desk.isBusy) await seeEnd();
        expect(desk.waiting).toEqual([]);
        expect(await Promise.all(desk.results)).toEqual(desk.results.map((_, at) => at));
      }),
      { numRuns: 60 },
    );
    expect(letThrough).toBeGreaterThan(20);
  });
});
