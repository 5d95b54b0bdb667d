import { describe, expect, it } from '@jest/globals';
import { SubmissionLog } from './submission-log.js';
import { hasUnanswered } from './submission.js';

class Memory {
  isFull = false;
  private readonly values = new Map<string, string>();

  getItem(name: string): string | null {
    return this.values.get(name) ?? null;
  }

  setItem(name: string, value: string): void {
    if (this.isFull) throw new Error('QuotaExceededError');
    this.values.set(name, value);
  }
}

describe('the log of submissions', () => {
  it('knows after a reload what was sent before it, answered or not', () => {
    const memory = new Memory();
    const log = new SubmissionLog(memory);
    const lost = log.begin('a');
    log.settle(log.begin('b'), 'refused');
    const reloaded = new SubmissionLog(memory);
    expect(hasUnanswered(reloaded.open.get())).toBe(true);
    expect(reloaded.begin('a').key).toBe(lost.key);
    reloaded.settle(lost, 'placed');
    expect(new SubmissionLog(memory).open.get().open).toEqual([]);
  });

  it('refuses to begin what the browser cannot keep, and settles nevertheless', () => {
    const memory = new Memory();
    const log = new SubmissionLog(memory);
    const sent = log.begin('a');
    memory.isFull = true;
    expect(() => log.begin('b')).toThrow('Quota');
    expect(log.open.get().open).toEqual([sent]);
    log.settle(sent, 'placed');
    expect(log.open.get().open).toEqual([]);
    expect(hasUnanswered(new SubmissionLog(memory).open.get())).toBe(true);
  });
});
