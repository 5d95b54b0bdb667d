import { createHash } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { EventLog } from './event-log.js';

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

describe('the log of what happened in the books', () => {
  it('has the hash of its lines, with lines of a tape in a row as one', () => {
    const log = new EventLog();
    log.add('one');
    for (const line of [7, 8, 9]) log.addTapeLine('BTCUSDT', line);
    log.add('trade');
    log.addTapeLine('BTCUSDT', 10);
    log.addTapeLine('ETHUSDT', 11);
    log.addTapeLine('ETHUSDT', 11);
    log.addTapeLine('ETHUSDT', 13);
    const text =
      'one\ntape BTCUSDT 7 to 9\ntrade\ntape BTCUSDT 10 to 10\n' +
      'tape ETHUSDT 11 to 11\ntape ETHUSDT 11 to 11\ntape ETHUSDT 13 to 13\n';
    expect(log.digest()).toEqual({ sha256: sha256(text), events: 9 });
  });

  it('does not depend on when somebody asks', () => {
    const [asked, silent] = [new EventLog(), new EventLog()];
    for (let line = 1; line <= 10; line += 1) {
      for (const log of [asked, silent]) log.addTapeLine('BTCUSDT', line);
      expect(asked.digest().sha256).toBe(sha256(`tape BTCUSDT 1 to ${line}\n`));
    }
    for (const log of [asked, silent]) log.add('end');
    expect(asked.digest()).toEqual(silent.digest());
    asked.addTapeLine('BTCUSDT', 1);
    asked.clear();
    expect(asked.digest()).toEqual(new EventLog().digest());
  });
});
