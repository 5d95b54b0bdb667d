import type { CcxtExchange } from './load-ccxt.js';
import { NOWHERE, withScheme } from './point-at.js';

/**
 * Points a ccxt instance at one place (venues.md A2): of its `urls.api` only the named entries stay, with their
 * paths, at `base` or, without one, at the vendor's own address; every other URL at any depth, sandboxes and
 * streams included, becomes {@link NOWHERE}.
 */
export function redirect(exchange: CcxtExchange, entries: readonly string[], base: string | null): void {
  const { api, ...others } = exchange.urls;
  const named = (node: unknown, keep: boolean): unknown =>
    mapStrings(node, (url) => (keep ? repoint(url, exchange.hostname ?? '', base) : NOWHERE));
  exchange.urls = {
    ...(mapStrings(others, () => NOWHERE) as Record<string, unknown>),
    api:
      typeof api === 'string'
        ? named(api, entries.includes('api'))
        : Object.fromEntries(
            Object.entries((api ?? {}) as Record<string, unknown>).map(([key, node]) => [
              key,
              named(node, entries.includes(key)),
            ]),
          ),
  };
  if (base !== null) exchange.hostname = new URL(base).host;
}

/** Every entry of an instance's `urls.api`. */
export function entriesOf({ urls: { api } }: CcxtExchange): readonly string[] {
  return typeof api === 'string' ? ['api'] : Object.keys(api ?? {});
}

/** True when `url` leads where {@link redirect} pointed: the last check before a request leaves. */
export function leadsTo(url: string, origins: ReadonlySet<string>): boolean {
  return URL.canParse(url) && origins.has(new URL(url).origin);
}

/** Origins that the named entries of a redirected instance lead to. */
export function originsOf(exchange: CcxtExchange, entries: readonly string[]): ReadonlySet<string> {
  const found = new Set<string>();
  const { api } = exchange.urls;
  const nodes = typeof api === 'string' ? [api] : entries.map((key) => (api as Record<string, unknown>)[key]);
  for (const node of nodes) mapStrings(node, (url) => (found.add(new URL(url).origin), url));
  found.delete(new URL(NOWHERE).origin);
  return found;
}

function repoint(text: string, hostname: string, base: string | null): string {
  const from = new URL(text.replaceAll('{hostname}', hostname));
  const path = (from.pathname === '/' ? '' : from.pathname.replace(/\/$/, '')) + from.search;
  // Places that ccxt fills in itself stay as they are.
  return (
    withScheme(base ?? from.origin, from.protocol.startsWith('ws')) + path.replace(/%7B/gi, '{').replace(/%7D/gi, '}')
  );
}

function mapStrings(node: unknown, change: (text: string) => string): unknown {
  if (typeof node === 'string') return change(node);
  if (Array.isArray(node)) return node.map((one) => mapStrings(one, change));
  if (typeof node === 'object' && node !== null) {
    return Object.fromEntries(Object.entries(node).map(([key, one]) => [key, mapStrings(one, change)]));
  }
  return node;
}
