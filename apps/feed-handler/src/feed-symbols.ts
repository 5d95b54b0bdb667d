import type { Instrument, VenueId } from '#domain';
import { ConfigError } from '#config';

/** A venue's own name of an instrument, ours (`BTC-USDT`), or base and quote in one (`BTCUSDT`). */
const NAME = /^[A-Za-z0-9][A-Za-z0-9._:/-]{0,63}$/;
const MAX_NAMES = 100;
/** Names that a message offers. */
const OFFERED = 5;

/** What is wrong with a list of names, the value found and what was expected; null when nothing is. */
export function namesProblem(text: string): string | null {
  const names = text.split(',');
  if (names.length > MAX_NAMES) return `must name at most ${MAX_NAMES} instruments, was ${names.length}`;
  const bad = names.find((name) => !NAME.test(name));
  if (bad === undefined) return null;
  return `must be names of instruments separated by commas, each of letters, digits and "._:/-", was ${JSON.stringify(bad)}`;
}

/** The same of `venue=name,name;venue=name`. */
export function namesByVenueProblem(text: string): string | null {
  const venues = new Set<string>();
  for (const entry of text.split(';')) {
    const [venue = '', names, ...rest] = entry.split('=');
    if (venue === '' || names === undefined || rest.length > 0) {
      return `must be venue=name,name pairs separated by ";", was ${JSON.stringify(entry)}`;
    }
    if (venues.has(venue)) return `must name each venue once, was ${JSON.stringify(venue)} again`;
    venues.add(venue);
    const problem = namesProblem(names);
    if (problem !== null) return `of ${venue} ${problem}`;
  }
  return null;
}

export const readNames = (text: string): readonly string[] => [...new Set(text.split(','))];

export function readNamesByVenue(text: string): ReadonlyMap<string, readonly string[]> {
  return new Map(
    text.split(';').map((entry) => {
      const [venue = '', names = ''] = entry.split('=');
      return [venue, readNames(names)] as const;
    }),
  );
}

export interface FeedSymbolsConfig {
  readonly FEED_SYMBOLS: readonly string[];
  readonly FEED_SYMBOLS_BY_VENUE?: ReadonlyMap<string, readonly string[]> | undefined;
}

/** Which instruments are followed at which venue: its own list, else the one for all. */
export class FeedSymbols {
  /** @throws ConfigError when a list is of a venue that there is not */
  constructor(
    private readonly config: FeedSymbolsConfig,
    venues: Iterable<VenueId>,
  ) {
    const known: readonly string[] = [...venues];
    const unknown = [...(config.FEED_SYMBOLS_BY_VENUE?.keys() ?? [])].filter((venue) => !known.includes(venue));
    if (unknown.length === 0) return;
    throw new ConfigError(
      unknown.map(
        (venue) =>
          `FEED_SYMBOLS_BY_VENUE: must name venues that are on (${known.join(', ')}), was ${JSON.stringify(venue)}`,
      ),
    );
  }

  /** The instruments to follow, and what is wrong with names that mean none. */
  of(venue: VenueId, listed: readonly Instrument[]): { readonly found: Instrument[]; readonly problems: string[] } {
    const own = this.config.FEED_SYMBOLS_BY_VENUE?.get(venue);
    const variable = own === undefined ? 'FEED_SYMBOLS' : 'FEED_SYMBOLS_BY_VENUE';
    const found = new Set<Instrument>();
    const problems: string[] = [];
    for (const name of own ?? this.config.FEED_SYMBOLS) {
      const [instrument, ...others] = namedBy(name, listed);
      if (instrument !== undefined && others.length === 0) found.add(instrument);
      else {
        const offered = instrument === undefined ? alike(name, listed) : [instrument, ...others];
        const names = offered.slice(0, OFFERED).map(({ symbol }) => symbol);
        const meant = instrument === undefined ? 'an instrument' : 'one instrument alone';
        problems.push(
          `${variable}: must name ${meant} of ${venue}, such as ${names.join(', ')}, was ${JSON.stringify(name)}`,
        );
      }
    }
    return { found: [...found], problems };
  }
}

/** By the venue's own name before ours, and that before base and quote. */
function namedBy(name: string, listed: readonly Instrument[]): Instrument[] {
  const ways: ((one: Instrument) => string)[] = [(one) => one.symbol, (one) => one.pair, (one) => one.base + one.quote];
  for (const way of ways) {
    const matching = listed.filter((one) => way(one) === name);
    if (matching.length > 0) return matching;
  }
  return [];
}

/** Those that begin as the name does, or whatever there is. */
function alike(name: string, listed: readonly Instrument[]): readonly Instrument[] {
  const start = name.slice(0, 3).toUpperCase();
  const near = listed.filter(({ symbol, base }) => symbol.toUpperCase().startsWith(start) || base === start);
  return near.length > 0 ? near : listed;
}
