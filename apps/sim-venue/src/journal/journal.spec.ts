import { appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
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
    const journal = Journal.open(directory, lost);
    const operations = [...journal.operations()];
    journal.close();
    return operations;
  };

  it('gives back every operation in order', () => {
    const journal = Journal.open(directory, lost);
    journal.append([mark(1), mark(2)]);
    journal.append([mark(3)]);
    journal.close();
    expect(reopen()).toEqual([[mark(1), mark(2)], [mark(3)]]);
  });

  it('writes the operations of a turn at once: when asked, at its end, or when they are very many', async () => {
    const journal = Journal.open(directory, lost);
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
    const journal = Journal.open(directory, lost);
    journal.append([mark(1)]);
    journal.close();
    appendFileSync(join(directory, 'journal.jsonl'), '[{"k":"ids","symb');
    const second = Journal.open(directory, lost);
    expect([...second.operations()]).toEqual([[mark(1)]]);
    second.append([mark(2)]);
    second.close();
    expect(reopen()).toEqual([[mark(1)], [mark(2)]]);
  });

  it('refuses a damaged line in the middle', () => {
    appendFileSync(join(directory, 'journal.jsonl'), '[{"k":\n[]\n');
    expect(reopen).toThrow('line 1 is not JSON');
  });

  it('holds nothing but what replaced it, and goes on behind that', () => {
    const journal = Journal.open(directory, lost);
    journal.append([mark(1)]);
    journal.flush();
    journal.append([mark(2)]);
    journal.replace(Array.from({ length: 2_500 }, (_, trade) => mark(trade)));
    journal.append([mark(9)]);
    journal.close();
    const operations = reopen();
    expect(operations.map(({ length }) => length)).toEqual([1_000, 1_000, 500, 1]);
    expect(operations.flat().slice(-2)).toEqual([mark(2_499), mark(9)]);
    expect(readdirSync(directory)).toEqual(['journal.jsonl']);
  });

  it('stays as it was when what is to replace it cannot be written', () => {
    const journal = Journal.open(directory, lost);
    journal.append([mark(1)]);
    const endless: { self?: unknown } = {};
    endless.self = endless;
    expect(() => journal.replace([mark(2), endless as VenueRecord])).toThrow('circular');
    journal.append([mark(3)]);
    journal.close();
    expect(reopen()).toEqual([[mark(1)], [mark(3)]]);
    expect(readdirSync(directory)).toEqual(['journal.jsonl']);
  });

  it('has one writer', () => {
    const journal = Journal.open(directory, lost);
    expect(() => Journal.open(directory, lost)).toThrow('is in use by process');
    journal.close();
    reopen();
  });

  it('takes no notice of a replacement that a kill left half-way', () => {
    const journal = Journal.open(directory, lost);
    journal.append([mark(1)]);
    journal.close();
    appendFileSync(join(directory, 'journal.jsonl.new'), '[{"k":"ids"');
    const second = Journal.open(directory, lost);
    expect([...second.operations()]).toEqual([[mark(1)]]);
    second.replace([mark(2)]);
    second.close();
    expect(reopen()).toEqual([[mark(2)]]);
  });

  it('writes what happens together as one entry, also when it breaks off', () => {
    const journal = Journal.open(directory, lost);
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
