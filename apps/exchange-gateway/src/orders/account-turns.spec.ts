import { expect, it } from '@jest/globals';
import type { AccountId } from '#domain';
import { AccountTurns } from './account-turns.js';

const [ONE, OTHER] = ['one', 'other'] as AccountId[] as [AccountId, AccountId];

/** Work that ends when it is told to. */
function piece(name: string, begun: string[]) {
  let end: (error?: Error) => void = () => undefined;
  const work = (): Promise<string> =>
    new Promise((resolve, reject) => {
      begun.push(name);
      end = (error) => (error === undefined ? resolve(name) : reject(error));
    });
  return { work, end: (error?: Error) => end(error) };
}
const settled = () => new Promise((resolve) => setImmediate(resolve));

it('does the work of one account one after another, a failed one included, and that of others beside it', async () => {
  const turns = new AccountTurns();
  const begun: string[] = [];
  const [a, b, c, d] = ['a', 'b', 'c', 'd'].map((name) => piece(name, begun)) as [Piece, Piece, Piece, Piece];
  const first = turns.take(ONE, a.work);
  const second = turns.take(ONE, b.work);
  const third = turns.take(ONE, c.work);
  const beside = turns.take(OTHER, d.work);
  await settled();
  expect(begun).toEqual(['a', 'd']);
  a.end();
  expect(await first).toBe('a');
  await settled();
  expect(begun).toEqual(['a', 'd', 'b']);
  b.end(new Error('the database is away'));
  await expect(second).rejects.toThrow('the database is away');
  await settled();
  expect(begun).toEqual(['a', 'd', 'b', 'c']);
  c.end();
  d.end();
  expect([await third, await beside]).toEqual(['c', 'd']);
});

it('lets no more than four wait or work for one account, and takes more when one has ended', async () => {
  const turns = new AccountTurns();
  const begun: string[] = [];
  const pieces = ['a', 'b', 'c', 'd'].map((name) => piece(name, begun));
  const line = pieces.map(({ work }) => turns.take(ONE, work));
  const late = piece('late', begun);
  expect(turns.take(ONE, late.work)).toBeNull();
  expect(turns.take(OTHER, late.work)).not.toBeNull();
  await settled();
  pieces[0]?.end();
  await line[0];
  expect(turns.take(ONE, late.work)).not.toBeNull();
});

type Piece = ReturnType<typeof piece>;
