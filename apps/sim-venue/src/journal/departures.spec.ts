import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { Departures } from './departures.js';

function world(writeDown: (seen: string[]) => void = (seen) => seen.push('written')) {
  const seen: string[] = [];
  const crashes: unknown[] = [];
  const departures = new Departures(
    () => writeDown(seen),
    (error) => crashes.push(error),
  );
  return { departures, seen, crashes };
}

describe('departures', () => {
  it('let nothing leave before it is written, and all of a turn after one write, in order', async () => {
    const { departures, seen } = world();
    departures.hold(() => seen.push('event'));
    departures.hold(() => seen.push('reply'));
    expect(seen).toEqual([]);
    await turn();
    expect(seen).toEqual(['written', 'event', 'reply']);
    departures.hold(() => seen.push('next'));
    await turn();
    expect(seen).toEqual(['written', 'event', 'reply', 'written', 'next']);
  });

  it('let nothing leave when it could not be written', () => {
    const { departures, seen } = world(() => {
      throw new Error('disk full');
    });
    departures.hold(() => seen.push('reply'));
    expect(() => departures.open()).toThrow('disk full');
    expect(seen).toEqual([]);
  });

  it('let the others leave when one cannot', () => {
    const { departures, seen, crashes } = world();
    departures.hold(() => {
      throw new Error('socket gone');
    });
    departures.hold(() => seen.push('reply'));
    departures.open();
    expect(seen).toEqual(['written', 'reply']);
    expect(crashes).toEqual([new Error('socket gone')]);
  });

  it('let what is held while they are open leave in the next turn', async () => {
    const { departures, seen } = world();
    departures.hold(() => departures.hold(() => seen.push('second')));
    departures.open();
    expect(seen).toEqual(['written']);
    await turn();
    expect(seen).toEqual(['written', 'written', 'second']);
  });
});
