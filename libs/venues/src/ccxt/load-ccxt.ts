import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { FetchReply } from '../transport/call-context.js';

/** The surface of a ccxt class that we use on every venue; implicit endpoints are reached by their name. */
export interface CcxtExchange {
  readonly id: string;
  urls: Record<string, unknown>;
  hostname?: string;
  options: Record<string, unknown>;
  has: Record<string, unknown>;
  number: unknown;
  timeout: number;
  userAgent: string;
  fetchImplementation: (url: string, params: never) => Promise<FetchReply>;
  nonce: () => number;
  milliseconds: () => number;
  seconds: () => number;
  microseconds: () => number;
  [member: string]: unknown;
}

export type CcxtClass = new (config: Readonly<Record<string, unknown>>) => CcxtExchange;

const loaded = new Map<string, Promise<CcxtClass>>();

/**
 * One exchange's class of ccxt alone, by ccxt's own id (`okx`, `krakenfutures`). The package's entry loads every
 * exchange (94 MB and 0.5 s) and exports no other path, hence the file is addressed next to the entry.
 * @throws RangeError when the id is not a plain name; rejects when ccxt has no such exchange
 */
export function loadCcxtClass(id: string): Promise<CcxtClass> {
  if (!/^[a-z][a-z0-9]{1,40}$/.test(id)) {
    throw new RangeError(`Invalid ccxt exchange id: must be lower-case letters and digits, was ${JSON.stringify(id)}`);
  }
  const known = loaded.get(id);
  if (known !== undefined) return known;
  const loading = (async () => {
    const entry = createRequire(import.meta.url).resolve('ccxt');
    const file = join(dirname(entry), '..', 'js', 'src', `${id}.js`);
    return ((await import(pathToFileURL(file).href)) as { default: CcxtClass }).default;
  })();
  loaded.set(id, loading);
  return loading;
}
