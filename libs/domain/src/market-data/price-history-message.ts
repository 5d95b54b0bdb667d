import { price, toDecimalString } from '../numeric/decimal.js';
import { epochMs, type EpochMs } from '../time/clock.js';
import { InvalidPricesError } from './price-message.js';
import { secondOf, slotOf, type PriceHistory, type SecondRange, type WholeTime } from './price-seconds.js';

/** A hash: the newest number and the whole times in `now`, and each second in the field of its slot. */
export type HistoryFields = Readonly<Record<string, string>>;

const NOW = 'now';

/** @param whole null while seconds of it are still to be written: what was written of it before stands */
export function encodeHistory(
  seq: number,
  whole: readonly WholeTime[] | null,
  seconds: readonly SecondRange[],
): HistoryFields {
  const fields: Record<string, string> = {};
  for (const { second, low, high, seq: told } of seconds) {
    const row = [second, told, toDecimalString(low)];
    fields[slotOf(second)] = JSON.stringify(low.eq(high) ? row : [...row, toDecimalString(high)]);
  }
  if (whole !== null) fields[NOW] = JSON.stringify([seq, whole.map(({ from, to }) => [from, to])]);
  return fields;
}

/**
 * What is kept of seconds that are not before `since`, and that were told by updates above `seen`; null when nothing is.
 * @throws InvalidPricesError when a field is none of {@link encodeHistory}
 */
export function decodeHistory(
  fields: HistoryFields,
  since: EpochMs | null = null,
  seen: number | null = null,
): PriceHistory | null {
  const { [NOW]: now, ...slots } = fields;
  if (now === undefined) return null;
  const [from, above] = [since === null ? -Infinity : secondOf(since), seen ?? -Infinity];
  const seconds = Object.values(slots).flatMap((text) =>
    read(text, (row): SecondRange[] => {
      const [second, seq, low, high] = row;
      if (wholeOf(second) < from || wholeOf(seq) <= above) return [];
      const lowest = price(low as string);
      return [
        {
          second: wholeOf(second),
          low: lowest,
          high: high === undefined ? lowest : price(high as string),
          seq: wholeOf(seq),
        },
      ];
    }),
  );
  return read(now, ([seq, whole]) => ({
    seq: wholeOf(seq),
    whole: (whole as readonly (readonly unknown[])[]).map(([begin, end]) => ({
      from: wholeOf(begin),
      to: wholeOf(end),
    })),
    seconds,
  }));
}

function read<T>(text: string, parse: (row: readonly unknown[]) => T): T {
  try {
    return parse(JSON.parse(text) as readonly unknown[]);
  } catch {
    throw new InvalidPricesError(`a history of prices must be lists of numbers, was ${text.slice(0, 100)}`);
  }
}

const wholeOf = (value: unknown): EpochMs => epochMs(value as number);
