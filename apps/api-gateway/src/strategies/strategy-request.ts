import {
  DEFAULT_STRATEGY_SETTINGS,
  STRATEGY_KINDS,
  STRATEGY_MARKETS,
  type Instrument,
  type StrategyKind,
  type StrategyMarket,
  type VenueId,
} from '#domain';
import { isStorable, type JsonObject, shown } from '#order-intake';
import type { NewStrategy, Strategy, StrategyChange } from '#persistence';
import type { ListedVenue } from '../credentials/venue-list.js';
import { venueOfExchange } from './exchanges.js';
import { Faults, FieldReader } from './field-reader.js';
import { readAllowedIps } from './ip-allow-list.js';
import { readSymbols } from './read-symbols.js';
import { readSettings, type SigningChange } from './settings-fields.js';

/** What there is to trade. */
export interface StrategyWorld {
  readonly venues: readonly ListedVenue[];
  readonly instruments: readonly Instrument[];
}

/** Kinds that a secret of their own lets signals into. */
export type KeyedKind = 'signaler' | 'webhook';
export const isKeyed = (kind: StrategyKind): kind is KeyedKind => kind === 'signaler' || kind === 'webhook';

/** A strategy as it is asked for. */
export interface StrategyRequest extends Omit<NewStrategy, 'id' | 'publicId'> {
  readonly allowedIps: readonly string[];
  readonly signing: SigningChange | undefined;
}

/** What is asked to be changed of one. */
export interface StrategyChangeRequest {
  readonly change: StrategyChange;
  /** Undefined: as they are. */
  readonly allowedIps: readonly string[] | undefined;
  readonly signing: SigningChange | undefined;
}

/** Until signal-apis.md 3 is there. */
const NOT_ENABLED: readonly StrategyKind[] = ['dca'];
const ENABLED_KINDS = STRATEGY_KINDS.filter((kind) => !NOT_ENABLED.includes(kind));
const NEW_FIELDS = ['kind', 'name', 'description', 'market', 'exchanges', 'symbols', 'settings', 'allowed_ips'];
const CHANGE_FIELDS = ['name', 'description', 'symbols', 'settings', 'is_active', 'allowed_ips'];
/** What a strategy is cannot become something else. */
const FIXED_FIELDS = ['kind', 'market', 'exchanges'];
export const NAME_CHARS = [1, 100] as const;
export const DESCRIPTION_CHARS = [0, 1_000] as const;
export const MAX_EXCHANGES = 16;

/** Reads the body of `POST /manage/v1/strategies` (signal-apis.md 5.1). Pure. @throws ApiError naming every fault */
export function readNewStrategy(body: JsonObject, world: StrategyWorld): StrategyRequest {
  const faults = new Faults();
  const reader = new FieldReader(body, faults).only(NEW_FIELDS).need('name', 'exchanges', 'symbols');
  const kind = readKind(reader);
  const market = reader.choice('market', STRATEGY_MARKETS, true);
  const name = reader.text('name', NAME_CHARS);
  const description = reader.text('description', DESCRIPTION_CHARS) ?? '';
  const places = market === undefined ? undefined : readExchanges(reader, market, world.venues);
  const read = kind === undefined ? undefined : readSettings(reader.object('settings') ?? EMPTY(faults), kind);
  const settings = { ...DEFAULT_STRATEGY_SETTINGS, ...read?.settings };
  const symbols =
    market === undefined || places === undefined
      ? undefined
      : readSymbols(reader, { market, defaultQuote: settings.defaultQuote, places, instruments: world.instruments });
  const allowedIps = kind === undefined ? undefined : readIpsOf(reader, kind);
  if (faults.any || !kind || !market || !name || !places || !symbols) throw faults.toError();
  return {
    kind,
    name,
    description,
    market,
    exchanges: places.map(({ exchange }) => exchange),
    venues: places.map(({ venue }) => venue),
    symbols,
    settings,
    allowedIps: allowedIps ?? [],
    signing: read?.signing,
  };
}

/** Reads the body of `PATCH /manage/v1/strategies/{id}`: what is not named stays. Pure. @throws ApiError naming every fault */
export function readStrategyChange(
  body: JsonObject,
  strategy: Strategy,
  instruments: readonly Instrument[],
): StrategyChangeRequest {
  const faults = new Faults();
  const reader = new FieldReader(body, faults).only([...CHANGE_FIELDS, ...FIXED_FIELDS]);
  for (const field of FIXED_FIELDS)
    if (reader.has(field)) faults.fail(field, `${field} cannot be changed, make another strategy`);
  if (!CHANGE_FIELDS.some((field) => reader.has(field)) && !faults.any)
    faults.fail('strategy', `a change must name one of ${CHANGE_FIELDS.join(', ')}`);
  const { kind, market } = strategy;
  const name = reader.text('name', NAME_CHARS);
  const description = reader.text('description', DESCRIPTION_CHARS);
  const isActive = reader.flag('is_active');
  const given = reader.object('settings');
  const read = given === undefined ? undefined : readSettings(given, kind);
  const settings = { ...strategy.settings, ...read?.settings };
  const symbols = readSymbols(reader, {
    market,
    defaultQuote: settings.defaultQuote,
    places: strategy.exchanges.flatMap((exchange, i) => {
      const venue = strategy.venues[i];
      return venue === undefined ? [] : [{ exchange, venue }];
    }),
    instruments,
  });
  const allowedIps = readIpsOf(reader, kind);
  if (faults.any) throw faults.toError();
  return {
    change: {
      ...(name === undefined ? {} : { name }),
      ...(description === undefined ? {} : { description }),
      ...(isActive === undefined ? {} : { isActive }),
      ...(symbols === undefined ? {} : { symbols }),
      ...(read === undefined || Object.keys(read.settings).length === 0 ? {} : { settings }),
    },
    allowedIps,
    signing: read?.signing,
  };
}

const EMPTY = (faults: Faults): FieldReader => new FieldReader({}, faults, 'settings.');

function readKind(reader: FieldReader): StrategyKind | undefined {
  const raw = reader.raw('kind');
  if (NOT_ENABLED.some((kind) => kind === raw))
    return reader.faults.fail(
      'kind',
      `kind ${shown(raw ?? '')} is not enabled, must be one of ${ENABLED_KINDS.join(', ')}`,
    );
  return reader.choice('kind', ENABLED_KINDS, true);
}

function readExchanges(
  reader: FieldReader,
  market: StrategyMarket,
  venues: readonly ListedVenue[],
): readonly { exchange: string; venue: VenueId }[] | undefined {
  const { faults } = reader;
  const places = reader.list('exchanges', [1, MAX_EXCHANGES], (raw, path) => {
    if (typeof raw !== 'string' || !isStorable(raw))
      return faults.fail(path, `${path} must be the name of an exchange, was ${shown(raw)}`);
    const venue = venueOfExchange(raw, market, venues);
    if (!venue.ok) return faults.fail(path, `${path} must be ${venue.error}, was ${shown(raw)}`);
    return { exchange: raw.toLowerCase(), venue: venue.value };
  });
  places?.forEach(({ exchange, venue }, i) => {
    const first = places.findIndex((one) => one.venue === venue);
    const path = `exchanges[${i}]`;
    if (first < i)
      faults.fail(path, `${path} must be another venue than exchanges[${first}], '${exchange}' is ${venue} as well`);
  });
  return places;
}

function readIpsOf(reader: FieldReader, kind: StrategyKind): readonly string[] | undefined {
  if (reader.has('allowed_ips') && !isKeyed(kind))
    return reader.faults.fail('allowed_ips', `allowed_ips are of a secret, and a ${kind} strategy has none`);
  return readAllowedIps(reader);
}
