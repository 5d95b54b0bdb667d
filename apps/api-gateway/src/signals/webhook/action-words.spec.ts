import { expect, it } from '@jest/globals';
import { actionNamed, KNOWN_WORDS } from './action-words.js';

const enter = (side: string | null, againstLive = 'reverse') => ({ verb: 'enter', side, againstLive });

it.each([
  ['open', enter(null)],
  ['enter', enter(null)],
  ['long', enter('long')],
  ['short', enter('short')],
  ['enter-long', enter('long')],
  ['enter_short', enter('short')],
  ['ENTER LONG', enter('long')],
  ['open_long', enter('long')],
  ['buy', enter('long', 'close')],
  ['Sell', enter('short', 'close')],
  ['increase', { verb: 'increase' }],
  ['add', { verb: 'increase' }],
  ['reduce', { verb: 'reduce' }],
  ['trim', { verb: 'reduce' }],
  ['close', { verb: 'close', side: null }],
  ['exit', { verb: 'close', side: null }],
  ['flat', { verb: 'close', side: null }],
  ['exit-long', { verb: 'close', side: 'long' }],
  ['exit_short', { verb: 'close', side: 'short' }],
  ['close_long', { verb: 'close', side: 'long' }],
  ['reverse', { verb: 'reverse' }],
  ['flip', { verb: 'reverse' }],
  ['exit-all', { verb: 'exit-all' }],
  ['exit_all', { verb: 'exit-all' }],
  ['close-all', { verb: 'exit-all' }],
  [' EXIT_ALL ', { verb: 'exit-all' }],
])('knows the word %j', (word, meaning) => {
  expect(actionNamed(word)).toEqual(meaning);
});

it.each(['', 'hold', 'buying', 'long-enter', 'exit--all-', 'constructor', 'x'.repeat(100_000)])(
  'does not know %j',
  (word) => {
    expect(actionNamed(word)).toBeUndefined();
  },
);

it('tells all that it knows', () => {
  expect(KNOWN_WORDS.split(', ')).toHaveLength(27);
});
