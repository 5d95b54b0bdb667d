import type { StreamKind } from './stream-name.js';
import { MAX_STREAMS, type StreamDoor } from './stream-socket.js';

const everything = (): boolean => true;

/** Kinds that the vendor serves at `/public`; all others of the market are at `/market`. */
const PUBLIC_KINDS: ReadonlySet<StreamKind | 'user'> = new Set(['trade', 'bookTicker', 'depth', 'partial']);
const USDM_PATHS: Readonly<Record<string, StreamDoor['serves']>> = {
  '': everything,
  '/public': (kind) => PUBLIC_KINDS.has(kind),
  '/market': (kind) => kind !== 'user' && !PUBLIC_KINDS.has(kind),
  '/private': (kind) => kind === 'user',
};

/**
 * Spot: `/ws`, `/ws/<stream>/<stream>`, `/stream?streams=<stream>/<stream>`.
 *
 * @returns null for an address that is none of streams, or that cannot be read
 */
export function spotDoor(url: URL): StreamDoor | null {
  return door(url.pathname, url.searchParams, everything);
}

/**
 * USD-M: as {@link spotDoor}, alone or behind `/public`, `/market` and `/private`, where only streams of that kind speak.
 * `listenKey` in the query is one more stream; `events` after it says which of its events are wanted.
 */
export function usdmDoor(url: URL): StreamDoor | null {
  const [, prefix = '', rest = ''] = /^(\/public|\/market|\/private)?(\/.*)$/.exec(url.pathname) ?? [];
  const serves = USDM_PATHS[prefix];
  return serves === undefined ? null : door(rest, url.searchParams, serves);
}

function door(path: string, query: URLSearchParams, serves: StreamDoor['serves']): StreamDoor | null {
  const combined = path === '/stream';
  if (!combined && path !== '/ws' && !path.startsWith('/ws/')) return null;
  const named = combined ? (query.get('streams') ?? '') : decoded(path.slice('/ws/'.length));
  if (named === null) return null;
  const { keys, only } = keysOf(query);
  const first = [...named.split('/').filter((name) => name !== ''), ...keys];
  return first.length > MAX_STREAMS ? null : { combined, first, serves, only };
}

function keysOf(query: URLSearchParams): { keys: string[]; only: Map<string, ReadonlySet<string>> } {
  const keys: string[] = [];
  const only = new Map<string, ReadonlySet<string>>();
  for (const [name, value] of query) {
    const last = keys.at(-1);
    if (name === 'listenKey' && value !== '') keys.push(value);
    else if (name === 'events' && last !== undefined) only.set(last, new Set(value.split('/')));
  }
  return { keys, only };
}

function decoded(text: string): string | null {
  try {
    return decodeURIComponent(text);
  } catch {
    return null;
  }
}
