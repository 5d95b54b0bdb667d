import { appendFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Journal } from './journal.js';
import type { VenueRecord } from './venue-record.js';

const lost = (error: unknown): void => {
  throw error;
};
const mark = (trade: number): VenueRecord => ({ k: 'ids', symbol: 'BTCUSDT', trade, update: 0 });

describe('journal', () => {
  let directory: string;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'journal-'));
  });
  afterEach(() => {
    rmSync(directory, { recursive: true });
  });

  const reopen = (): VenueRecord[][] => {
    const { journal, operations } = Journal.open(directory, lost);
    journal.close();
    return operations;
  };

  it('gives back every operation in order', () => {
    const { journal } = Journal.open(directory, lost);
    journal.append([mark(1), mark(2)]);
    journal.append([mark(3)]);
    journal.close();
    expect(reopen()).toEqual([[mark(1), mark(2)], [mark(3)]]);
  });

  it('writes the operations of a turn at once: when asked, at its end, or when they are very many', async () => {
    const { journal } = Journal.open(directory, lost);
    const written = () => readFileSync(join(directory, 'journal.jsonl'), 'utf8').split('\n').length - 1;
    journal.append([mark(1)]);
    journal.append([mark(2)]);
    expect(written()).toBe(0);
    journal.flush();
    expect(written()).toBe(2);
    journal.append([mark(3)]);
    await turn();
    expect(written()).toBe(3);
    journal.append(Array.from({ length: 40_000 }, (_, trade) => mark(trade)));
    expect(written()).toBe(4);
    journal.close();
    expect(reopen()).toHaveLength(4);
  });

  it('drops a line whose write never finished, and goes on after the one before it', () => {
    const { journal } = Journal.open(directory, lost);
    journal.append([mark(1)]);
    journal.close();
    appendFileSync(join(directory, 'journal.jsonl'), '[{"k":"ids","symb');
    const second = Journal.open(directory, lost);
    expect(second.operations).toEqual([[mark(1)]]);
    second.journal.append([mark(2)]);
    second.journal.close();
    expect(reopen()).toEqual([[mark(1)], [mark(2)]]);
  });

  it('refuses a damaged line in the middle', () => {
    appendFileSync(join(directory, 'journal.jsonl'), '[{"k":\n[]\n');
    expect(() => Journal.open(directory, lost)).toThrow('line 1 is not JSON');
  });

  it('starts anew after clear', () => {
    const { journal } = Journal.open(directory, lost);
    journal.append([mark(1)]);
    journal.clear();
    journal.append([mark(2)]);
    journal.close();
    expect(readFileSync(join(directory, 'journal.jsonl'), 'utf8')).toBe(`${JSON.stringify([mark(2)])}\n`);
  });

  it('writes what happens together as one entry, also when it breaks off', () => {
    const { journal } = Journal.open(directory, lost);
    journal.together(() => {
      journal.append([mark(1)]);
      journal.together(() => journal.append([mark(2)]));
    });
    const broken = () =>
      journal.together(() => {
        journal.append([mark(3)]);
        throw new Error('half-way');
      });
    expect(broken).toThrow('half-way');
    journal.close();
    expect(reopen()).toEqual([[mark(1), mark(2)], [mark(3)]]);
  });
});
