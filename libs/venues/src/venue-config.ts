import { z } from 'zod';
import type { VenueId } from '#domain';
import { ccxtVenues, ccxtVenuesProblem, type CcxtPlaceSetting } from './ccxt/generic/setting.js';
import type { ProtocolId } from './client-order-id.js';

/** The simulated exchange's spot product. */
export const SIM_VENUE_ID = 'sim' as VenueId;
/** Its USD-M futures. */
export const SIM_USDM_VENUE_ID = 'sim-usdm' as VenueId;

const OFF = 'off';
const url = z.url({ protocol: /^https?$/ });
const SIM_VENUES_FORM = 'must be id=url pairs separated by commas, each id of a-z, 0-9 and "-" and used once';

type Vendor = Exclude<ProtocolId, 'ccxt'>;

/** Vendors, each of which an operator must turn on. */
const VENDORS: readonly Vendor[] = [
  'binance-spot',
  'binance-usdm',
  'okx',
  'bybit',
  'kraken',
  'coinbase',
  'deribit',
  'hyperliquid',
];

/** Environment of every service that reaches a venue. */
export const venueConfig = {
  /** Base URL of the simulated exchange's spot product; REST and streams share the port. */
  SIM_VENUE_URL: url.default('http://127.0.0.1:7601'),
  /** The same of its USD-M futures; `off`: not used. */
  SIM_USDM_URL: z.union([z.literal(OFF), url], { error: 'must be a URL or off' }).default('http://127.0.0.1:7602'),
  /** Further simulated exchanges, `id=url,...`; ids that end in `-usdm` are futures. Default none. */
  SIM_VENUES: z
    .string()
    .refine((text) => simVenues(text) !== null, { error: SIM_VENUES_FORM })
    .optional(),
  /** Exchanges without an adapter of ours, `id=exchange[:spot|swap],...` by ccxt's class names. Default none. */
  CCXT_VENUES: z
    .string()
    .superRefine((text, context) => {
      const message = ccxtVenuesProblem(text, [SIM_VENUE_ID, SIM_USDM_VENUE_ID, ...VENDORS]);
      if (message !== null) context.addIssue({ code: 'custom', message });
    })
    .optional(),
  ...forEachVendor('ENABLED', () =>
    z
      .enum(['true', 'false'], { error: 'must be true or false' })
      .default('false')
      .transform((text) => text === 'true'),
  ),
  ...forEachVendor('URL', () => url.optional()),
};

type Settings = z.output<z.ZodObject<typeof venueConfig>>;

/** What decides which venues there are; what is left out is off. */
export type VenueConfig = Pick<Settings, 'SIM_VENUE_URL'> & {
  readonly [Name in keyof Settings]?: Settings[Name] | undefined;
};

/** A venue that this installation trades at. */
export interface ConfiguredVenue {
  readonly id: VenueId;
  readonly protocol: ProtocolId;
  /** 1: a simulated exchange, whose protocol is proven in every test run. 2: a vendor's. */
  readonly tier: 1 | 2;
  /** One address for everything, where it is not the vendor's own. */
  readonly url: string | null;
  /** Of protocol `ccxt`: which of its exchanges. */
  readonly ccxt?: CcxtPlaceSetting;
  /** Of protocol `ccxt`: the pause between two calls that ccxt keeps, in ms. */
  readonly pauseMs?: number;
}

/** The venues of an installation; their ids differ. */
export function configuredVenues(config: VenueConfig): ConfiguredVenue[] {
  const { SIM_USDM_URL = OFF } = config;
  return [
    sim(SIM_VENUE_ID, config.SIM_VENUE_URL),
    ...(SIM_USDM_URL === OFF ? [] : [sim(SIM_USDM_VENUE_ID, SIM_USDM_URL)]),
    ...(simVenues(config.SIM_VENUES ?? '') ?? []).map(([id, base]) => sim(id as VenueId, base)),
    ...VENDORS.flatMap((protocol): ConfiguredVenue[] =>
      config[variable(protocol, 'ENABLED')] === true
        ? [{ id: protocol as string as VenueId, protocol, tier: 2, url: config[variable(protocol, 'URL')] ?? null }]
        : [],
    ),
    ...ccxtVenues(config.CCXT_VENUES ?? '').map(({ id, pauseMs, ...ccxt }): ConfiguredVenue => {
      const venue = { id: id as VenueId, protocol: 'ccxt' as const, tier: 2 as const, url: null };
      return { ...venue, ccxt, pauseMs };
    }),
  ];
}

function sim(id: VenueId, base: string): ConfiguredVenue {
  return { id, protocol: id.endsWith('-usdm') ? 'binance-usdm' : 'binance-spot', tier: 1, url: base };
}

/** Null when the text is not of the form. */
function simVenues(text: string): readonly (readonly [string, string])[] | null {
  if (text === '') return [];
  const pairs = text.split(',').map((pair) => /^([a-z0-9][a-z0-9-]{0,31})=(.+)$/.exec(pair));
  const found: [string, string][] = [];
  for (const pair of pairs) {
    const [, id, base] = pair ?? [];
    if (id === undefined || base === undefined || !url.safeParse(base).success) return null;
    if (found.some(([other]) => other === id) || [SIM_VENUE_ID, SIM_USDM_VENUE_ID, ...VENDORS].includes(id as never)) {
      return null;
    }
    found.push([id, base]);
  }
  return found;
}

type Upper<P extends string> = P extends `${infer A}-${infer B}` ? `${Uppercase<A>}_${Uppercase<B>}` : Uppercase<P>;
type Variable<S extends string> = `VENUE_${Upper<Vendor>}_${S}`;

function variable<S extends string>(protocol: Vendor, suffix: S): Variable<S> {
  return `VENUE_${protocol.replaceAll('-', '_').toUpperCase()}_${suffix}` as Variable<S>;
}

function forEachVendor<S extends string, T>(suffix: S, make: () => T): Readonly<Record<Variable<S>, T>> {
  return Object.fromEntries(VENDORS.map((protocol) => [variable(protocol, suffix), make()])) as Record<Variable<S>, T>;
}
