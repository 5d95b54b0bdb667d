import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { ApiFailure, Unreachable } from '../api/api-client.js';
import {
  begin,
  hasUnanswered,
  MAX_OPEN,
  NONE_OPEN,
  outcomeOf,
  randomKey,
  readSubmissions,
  settle,
  type OpenSubmissions,
  type Outcome,
} from './submission.js';

const OUTCOMES: readonly Outcome[] = ['placed', 'refused', 'turned_away', 'unknown'];

/** A browser that sends requests one after the other. */
class Tab {
  submissions: OpenSubmissions = NONE_OPEN;
  private keys = 0;

  /** The key that the attempt was made with. */
  send(request: string, outcome: Outcome): string {
    const { submissions, submission } = begin(this.submissions, request, () => `k${++this.keys}`);
    this.submissions = settle(submissions, submission, outcome);
    return submission.key;
  }

  reload(): void {
    this.submissions = readSubmissions(JSON.stringify(this.submissions));
  }

  get warns(): boolean {
    return hasUnanswered(this.submissions);
  }
}

describe('placing once', () => {
  it('keeps the key of a request until it is answered; then another order is meant', () => {
    const tab = new Tab();
    expect(tab.send('a', 'unknown')).toBe('k1');
    expect(tab.send('a', 'unknown')).toBe('k1');
    expect(tab.send('a', 'placed')).toBe('k1');
    expect(tab.warns).toBe(false);
    expect(tab.send('a', 'placed')).toBe('k2');
  });

  it('goes back to a lost ticket with its first key, after another was refused or placed', () => {
    for (const outcome of OUTCOMES) {
      const tab = new Tab();
      const lost = tab.send('a', 'unknown');
      tab.send('b', outcome);
      expect(tab.warns).toBe(true);
      tab.reload();
      expect(tab.warns).toBe(true);
      expect(tab.send('a', 'placed')).toBe(lost);
      expect(tab.warns).toBe(outcome === 'unknown');
    }
  });

  it('keeps a lost ticket open when an attempt is turned away before its key is looked up', () => {
    const tab = new Tab();
    const lost = tab.send('a', 'unknown');
    expect(tab.send('a', 'turned_away')).toBe(lost);
    expect(tab.warns).toBe(true);
    expect(tab.send('a', 'refused')).toBe(lost);
    expect(tab.warns).toBe(false);
    expect(tab.send('b', 'turned_away')).not.toBe(lost);
    expect(tab.warns).toBe(false);
  });

  it('does not lose a ticket that is sent twice at a time, whatever comes first', () => {
    const first = begin(NONE_OPEN, 'a', () => 'k1');
    expect(hasUnanswered(first.submissions)).toBe(false);
    const second = begin(first.submissions, 'a', () => 'k2');
    expect(second.submission.key).toBe('k1');
    expect(settle(second.submissions, first.submission, 'turned_away').open).toHaveLength(1);
    const settled = settle(second.submissions, first.submission, 'refused');
    expect(settled.open).toEqual([]);
    expect(settle(settled, second.submission, 'unknown').open.map(({ key }) => key)).toEqual(['k1']);
  });

  it(`keeps ${MAX_OPEN} open ones, forgets the one tried longest ago, and goes on warning`, () => {
    const tab = new Tab();
    for (let n = 0; n < MAX_OPEN; n += 1) tab.send(`r${n}`, 'unknown');
    expect(tab.submissions.hasForgotten).toBe(false);
    tab.send('r0', 'unknown');
    tab.send('more', 'unknown');
    expect(tab.submissions.open).toHaveLength(MAX_OPEN);
    expect(tab.send('r0', 'placed')).toBe('k1');
    expect(tab.send('r2', 'placed')).toBe('k3');
    for (const { request } of tab.submissions.open) tab.send(request, 'placed');
    tab.reload();
    expect(tab.submissions.open).toEqual([]);
    expect(tab.warns).toBe(true);
  });

  it('never has two orders of one ticket but where the first was told of or forgotten', () => {
    const attempt = fc.record({
      request: fc.constantFrom('a', 'b', 'c'),
      outcome: fc.constantFrom(...OUTCOMES),
      wasPlaced: fc.boolean(),
      mustReload: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(attempt, { maxLength: 40 }), (attempts) => {
        const tab = new Tab();
        const placed = new Map<string, string>(); // key to request, as the server keeps them
        const untold = new Set<string>();
        for (const { request, outcome, wasPlaced, mustReload } of attempts) {
          const lost = [...untold].find((key) => placed.get(key) === request);
          // The server looks the key up: what it has placed it does not refuse.
          const told = lost !== undefined && outcome === 'refused' ? 'placed' : outcome;
          const key = tab.send(request, told);
          if (lost !== undefined) expect(key).toBe(lost);
          if (told === 'placed' || (told === 'unknown' && wasPlaced)) placed.set(key, request);
          if (told === 'placed') untold.delete(key);
          if (told === 'unknown' && wasPlaced) untold.add(key);
          if (mustReload) tab.reload();
          if (untold.size > 0) expect(tab.warns).toBe(true);
        }
      }),
    );
  });

  it('knows which answers settle a request', () => {
    const failure = (status: number, code: string): ApiFailure => new ApiFailure('no', status, code, {});
    expect(outcomeOf(failure(400, 'invalid'))).toBe('refused');
    expect(outcomeOf(failure(422, 'below_minimum'))).toBe('refused');
    expect(outcomeOf(failure(429, 'too_many_orders'))).toBe('refused');
    expect(outcomeOf(failure(503, 'no_market_data'))).toBe('refused');
    expect(outcomeOf(failure(401, 'unauthenticated'))).toBe('turned_away');
    expect(outcomeOf(failure(429, 'rate_limited'))).toBe('turned_away');
    expect(outcomeOf(failure(503, 'unavailable'))).toBe('unknown');
    expect(outcomeOf(failure(500, ''))).toBe('unknown');
    expect(outcomeOf(new Unreachable('gone'))).toBe('unknown');
    expect(outcomeOf('whatever')).toBe('unknown');
  });

  it('reads back what it kept, and nothing from whatever else stands in the storage', () => {
    const { submissions } = begin(NONE_OPEN, 'a', () => 'k');
    const kept = [{ request: 'a', key: 'k', isUnanswered: true }];
    expect(readSubmissions(JSON.stringify(submissions))).toEqual({ open: kept, hasForgotten: false });
    for (const text of [null, '', '{', '{}', '[]', '7', '{"open":7}', '{"open":[null,7,{"request":"a"}]}'])
      expect(readSubmissions(text)).toEqual(NONE_OPEN);
  });

  it('makes keys of 128 bits that the server takes', () => {
    const made = new Set(Array.from({ length: 100 }, randomKey));
    expect(made.size).toBe(100);
    for (const key of made) expect(key).toMatch(/^[0-9a-f]{32}$/);
  });
});
