export interface Bases {
  /** `http://host:port` that stands for Binance spot; without it its entries lead nowhere. */
  readonly spot?: string;
  /** The same for USD-M futures. */
  readonly usdm?: string;
}

/** Nothing listens on port 1: a call that we did not mean to make fails, and nothing leaves this host. */
export const NOWHERE = 'http://127.0.0.1:1';

const SPOT_HOSTS = new Set(['api', 'stream', 'ws-api']);
const USDM_HOSTS = new Set(['fapi', 'fstream', 'ws-fapi']);

/**
 * Rewrites every URL of a ccxt `urls.api` tree, at any depth, to the given bases and keeps the path (A2).
 * Entries of products without a base lead to {@link NOWHERE}.
 */
export function pointAt(api: Record<string, unknown>, bases: Bases): Record<string, unknown> {
  const walk = (node: unknown): unknown => {
    if (typeof node === 'string') return repoint(node, bases);
    if (Array.isArray(node)) return node.map(walk);
    if (typeof node === 'object' && node !== null) {
      return Object.fromEntries(Object.entries(node).map(([key, value]) => [key, walk(value)]));
    }
    return node;
  };
  return walk(api) as Record<string, unknown>;
}

function repoint(text: string, bases: Bases): string {
  const from = new URL(text);
  const host = from.hostname.split('.')[0] ?? '';
  const base = SPOT_HOSTS.has(host) ? bases.spot : USDM_HOSTS.has(host) ? bases.usdm : undefined;
  if (base === undefined) return NOWHERE;
  return withScheme(base, from.protocol.startsWith('ws')) + (from.pathname === '/' ? '' : from.pathname) + from.search;
}

/** `base` as a stream or as a plain URL, without a slash at the end. */
export function withScheme(base: string, stream: boolean): string {
  const url = new URL(base);
  const secure = url.protocol === 'https:' || url.protocol === 'wss:';
  const scheme = stream ? (secure ? 'wss' : 'ws') : secure ? 'https' : 'http';
  return `${scheme}://${url.host}${url.pathname === '/' ? '' : url.pathname.replace(/\/$/, '')}`;
}
