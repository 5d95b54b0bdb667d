import { Session } from 'node:inspector/promises';
import type { Profiler } from 'node:inspector';
import { Redis } from 'ioredis';
import pg from 'pg';
import { HttpClient } from '../../libs/venues/src/transport/http-client.js';

/** What the process asked of others since the last reset. */
export interface Counts {
  statements: number;
  /** Statements by the beginning of their text. */
  readonly byText: Record<string, number>;
  /** Redis commands by name; scripts by what they are called here. */
  readonly byCommand: Record<string, number>;
  commits: number;
  redisCommands: number;
  venueCalls: number;
  /** Wall time that someone waited for each, in ms; waits overlap, so they may add up to more than the run. */
  postgresMs: number;
  redisMs: number;
  venueMs: number;
}

const zero = (): Counts => ({
  statements: 0,
  byText: {},
  byCommand: {},
  commits: 0,
  redisCommands: 0,
  venueCalls: 0,
  postgresMs: 0,
  redisMs: 0,
  venueMs: 0,
});

let counts = zero();

export function takeCounts(): Counts {
  const taken = counts;
  counts = zero();
  return taken;
}

type Method = (this: unknown, ...parameters: unknown[]) => unknown;

function around(target: object, name: string, before: (first: unknown) => (() => void) | null): void {
  const owner = target as Record<string, Method>;
  const original = owner[name] as Method;
  owner[name] = function (this: unknown, ...parameters: unknown[]) {
    const after = before(parameters[0]);
    const result = original.apply(this, parameters);
    if (after !== null && result instanceof Promise) result.then(after, after);
    return result;
  };
}

/** Counts and times every statement, Redis command and venue call of this process. */
export function instrument(): void {
  const span = (field: 'postgresMs' | 'redisMs' | 'venueMs') => {
    const began = performance.now();
    return () => {
      counts[field] += performance.now() - began;
    };
  };
  around(pg.Client.prototype, 'query', (first) => {
    const text = typeof first === 'string' ? first : ((first as { text?: string } | null)?.text ?? '');
    counts.statements += 1;
    const beginning = text.replace(/\s+/g, ' ').slice(0, 90);
    counts.byText[beginning] = (counts.byText[beginning] ?? 0) + 1;
    if (text === 'COMMIT') counts.commits += 1;
    return span('postgresMs');
  });
  around(Redis.prototype, 'sendCommand', (first) => {
    counts.redisCommands += 1;
    const command = first as { name: string; promise: Promise<unknown> };
    counts.byCommand[command.name] = (counts.byCommand[command.name] ?? 0) + 1;
    if (command.name === 'bzpopmin' || command.name === 'subscribe') return null; // waiting is all they do
    const done = span('redisMs');
    command.promise.then(done, done);
    return null;
  });
  around(HttpClient.prototype, 'send', () => {
    counts.venueCalls += 1;
    return span('venueMs');
  });
}

/** Self time in ms by owner; what runs inside Node's own code belongs to the package that called it. */
export interface Profile {
  readonly byOwner: Readonly<Record<string, number>>;
  readonly top: readonly { readonly what: string; readonly ms: number }[];
}

const session = new Session();

export async function startProfile(): Promise<void> {
  session.connect();
  await session.post('Profiler.enable');
  await session.post('Profiler.setSamplingInterval', { interval: 500 });
  await session.post('Profiler.start');
}

export async function stopProfile(): Promise<Profile> {
  const { profile } = await session.post('Profiler.stop');
  session.disconnect();
  return aggregate(profile);
}

function ownerOf({ functionName, url }: Profiler.ProfileNode['callFrame']): string | null {
  if (functionName === '(idle)') return 'idle';
  if (functionName === '(garbage collector)') return 'garbage collection';
  // Its one write per turn is the driver's.
  if (url.endsWith('/libs/persistence/src/session.ts')) return 'pg';
  const name = /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(url)?.[1];
  if (name === undefined) return /\/(apps|libs)\//.test(url) ? 'our code' : null;
  if (/^(pg|pg-pool|pg-protocol|pg-types|pgpass|postgres-.*)$/.test(name)) return 'pg';
  if (/^(ioredis|redis-.*|@ioredis.*|standard-as-callback|denque|cluster-key-slot)$/.test(name)) return 'ioredis';
  if (/^(pino.*|sonic-boom|safe-stable-stringify|thread-stream)$/.test(name)) return 'pino';
  if (/^(fastify|avvio|find-my-way|light-my-request|@fastify.*|@nestjs.*|rxjs|secure-json-parse)$/.test(name))
    return 'http and nest';
  return name;
}

function aggregate(profile: Profiler.Profile): Profile {
  const nodes = new Map(profile.nodes.map((node) => [node.id, node]));
  const parents = new Map<number, number>();
  for (const node of profile.nodes) for (const child of node.children ?? []) parents.set(child, node.id);
  const owner = (id: number | undefined): string => {
    for (let at = id; at !== undefined; at = parents.get(at)) {
      const node = nodes.get(at);
      const found = node === undefined ? null : ownerOf(node.callFrame);
      if (found !== null) return found;
    }
    return 'node';
  };
  const byOwner: Record<string, number> = {};
  const byFunction = new Map<string, number>();
  profile.samples?.forEach((id, i) => {
    const ms = (profile.timeDeltas?.[i] ?? 0) / 1_000;
    const of = owner(id);
    byOwner[of] = (byOwner[of] ?? 0) + ms;
    const frame = nodes.get(id)?.callFrame;
    if (frame === undefined || of === 'idle') return;
    const what = `${frame.functionName || '(anonymous)'} ${frame.url.replace(/^.*\/(node_modules|libs|apps)\//, '$1/')} [${of}]`;
    byFunction.set(what, (byFunction.get(what) ?? 0) + ms);
  });
  const top = [...byFunction].map(([what, ms]) => ({ what, ms })).sort((a, b) => b.ms - a.ms);
  return { byOwner, top: top.slice(0, 25) };
}
