import type { PositionSide } from '#domain';

/** What an alert asks for, whatever it calls it (signal-apis.md 4.3). */
export type ActionWord =
  /** `close` against the other side closes and no more. */
  | { readonly verb: 'enter'; readonly side: PositionSide | null; readonly againstLive: 'reverse' | 'close' }
  | { readonly verb: 'close'; readonly side: PositionSide | null }
  | { readonly verb: 'increase' | 'reduce' | 'reverse' }
  | { readonly verb: 'exit-all' };

const enter = (side: PositionSide | null, againstLive: 'reverse' | 'close' = 'reverse'): ActionWord => ({
  verb: 'enter',
  side,
  againstLive,
});
const close = (side: PositionSide | null): ActionWord => ({ verb: 'close', side });

const WORDS: ReadonlyMap<string, ActionWord> = new Map([
  ...['open', 'enter'].flatMap((word): [string, ActionWord][] => [
    [word, enter(null)],
    [`${word}-long`, enter('long')],
    [`${word}-short`, enter('short')],
  ]),
  ['long', enter('long')],
  ['short', enter('short')],
  ['buy', enter('long', 'close')],
  ['sell', enter('short', 'close')],
  ...['close', 'exit', 'flat'].flatMap((word): [string, ActionWord][] => [
    [word, close(null)],
    [`${word}-long`, close('long')],
    [`${word}-short`, close('short')],
  ]),
  ['increase', { verb: 'increase' }],
  ['add', { verb: 'increase' }],
  ['reduce', { verb: 'reduce' }],
  ['trim', { verb: 'reduce' }],
  ['reverse', { verb: 'reverse' }],
  ['flip', { verb: 'reverse' }],
  ['exit-all', { verb: 'exit-all' }],
  ['close-all', { verb: 'exit-all' }],
]);
const LONGEST_WORD = 20;

/** For error texts. */
export const KNOWN_WORDS = [...WORDS.keys()].join(', ');

/** In any case, with `-`, `_` or a space between parts; undefined for other words. */
export function actionNamed(text: string): ActionWord | undefined {
  const word = text.trim();
  return word.length > LONGEST_WORD ? undefined : WORDS.get(word.toLowerCase().replace(/[_\s]+/g, '-'));
}
