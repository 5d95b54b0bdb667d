import { existsSync, readFileSync } from 'node:fs';
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

const ID = /^[a-z][a-z0-9]{1,40}$/;
const loaded = new Map<string, Promise<CcxtClass>>();

/**
 * One exchange's class of ccxt alone, by ccxt's own id (`okx`, `krakenfutures`). The package's entry loads every
 * exchange (94 MB and 0.5 s) and exports no other path, hence the file is addressed next to the entry.
 * @throws RangeError when the id is not a plain name; rejects when ccxt has no such exchange
 */
export function loadCcxtClass(id: string): Promise<CcxtClass> {
  return loadOnce(id, fileOf);
}

/** The same exchange's class with streams (`ccxt.pro`), which adds `watchOrders` and the like. */
export function loadCcxtProClass(id: string): Promise<CcxtClass> {
  return loadOnce(id, proFileOf);
}

function loadOnce(id: string, place: (id: string) => string): Promise<CcxtClass> {
  if (!ID.test(id)) {
    throw new RangeError(`Invalid ccxt exchange id: must be lower-case letters and digits, was ${JSON.stringify(id)}`);
  }
  const file = place(id);
  const known = loaded.get(file);
  if (known !== undefined) return known;
  const loading = (async () => {
    return ((await import(pathToFileURL(file).href)) as { default: CcxtClass }).default;
  })();
  loaded.set(file, loading);
  return loading;
}

/** Whether ccxt has a class of that name. */
export function hasCcxtClass(id: string): boolean {
  return ID.test(id) && existsSync(fileOf(id));
}

/** Where a class names no pause of its own: slower than nearly all that do. */
const UNNAMED_PAUSE_MS = 1_000;

/**
 * ccxt's `rateLimit` of an exchange: the pause between two calls, in ms. Limits are needed before any class can be
 * loaded, hence it is read from the class's own description, as text.
 */
export function ccxtPauseMs(id: string): number {
  const found = /'rateLimit':\s*(\d+(?:\.\d+)?)/.exec(readFileSync(fileOf(id), 'utf8'));
  return found === null ? UNNAMED_PAUSE_MS : Math.max(1, Number(found[1]));
}

function fileOf(id: string): string {
  return join(sources(), `${id}.js`);
}

function proFileOf(id: string): string {
  return join(sources(), 'pro', `${id}.js`);
}

function sources(): string {
  return join(dirname(createRequire(import.meta.url).resolve('ccxt')), '..', 'js', 'src');
}
