import type { Connection } from './connection.js';
import type { KeyStreams } from './key-streams.js';
import type { MarketStreams } from './market-streams.js';
import type { Recipient } from './outbox.js';
import type { StreamGrammar, StreamKind } from './stream-name.js';

export const MAX_STREAMS = 1_024;
const ID_FORM = /^[A-Za-z0-9_-]{1,36}$/;
const KEY_FORM = /^[A-Za-z0-9]{64}$/;
const METHODS = '`SUBSCRIBE`, `UNSUBSCRIBE`, `LIST_SUBSCRIPTIONS`, `SET_PROPERTY`, `GET_PROPERTY`';

/** What the stream sockets of a product share. */
export interface StreamSource {
  readonly grammar: StreamGrammar;
  readonly market: MarketStreams;
  readonly keys: KeyStreams;
  /** Messages that a client may send in a second. */
  readonly messagesPerSecond: number;
}

/** What a connection asked for by its address. */
export interface StreamDoor {
  /** Messages wear `{stream, data}`. */
  readonly combined: boolean;
  readonly first: readonly string[];
  /** Streams of other kinds are accepted and stay silent, as at the vendor; `user` are those of listen keys. */
  readonly serves: (kind: StreamKind | 'user') => boolean;
  /** Types of user events, by listen key; a key that is not in here gets all. */
  readonly only: ReadonlyMap<string, ReadonlySet<string>>;
}

type Id = string | number | null;
/** What a client asked, or the code and text of what is wrong with it. */
type Answer = { readonly result: unknown } | { readonly code: number; readonly msg: string };

/** One connection to streams, and the requests by which its client chooses them. */
export class StreamSocket {
  /** What it listens to, with how to stop. */
  readonly #streams = new Map<string, () => void>();
  #combined: boolean;

  constructor(
    private readonly connection: Connection,
    private readonly source: StreamSource,
    private readonly door: StreamDoor,
  ) {
    this.#combined = door.combined;
    for (const name of door.first) this.#subscribe(name);
    connection.onMessage((text) => connection.send(this.#reply(text)), source.messagesPerSecond);
    connection.onClose(() => {
      for (const stop of this.#streams.values()) stop();
      this.#streams.clear();
    });
  }

  #reply(text: string | null): string {
    let message: unknown;
    try {
      if (text === null) throw new SyntaxError('expected a text frame, was binary');
      message = JSON.parse(text);
    } catch (error) {
      return JSON.stringify({ error: { code: 3, msg: `Invalid JSON: ${(error as Error).message}` } });
    }
    const request = typeof message === 'object' && message !== null ? (message as Record<string, unknown>) : {};
    const id = idOf(request['id']);
    if (id === undefined)
      return failure(null, wrong('request ID must be an unsigned integer, a string of up to 36 letters, or null'));
    const answer = this.#answer(request);
    return 'code' in answer ? failure(id, answer) : JSON.stringify({ result: answer.result, id });
  }

  #answer({ method, params }: Record<string, unknown>): Answer {
    switch (method) {
      case undefined:
        return wrong('missing field `method`');
      case 'LIST_SUBSCRIPTIONS':
        return { result: [...this.#streams.keys()] };
      case 'SUBSCRIBE':
      case 'UNSUBSCRIBE':
        return isNames(params) ? this.#choose(method, params) : wrong('params must be a list of stream names');
      case 'SET_PROPERTY':
      case 'GET_PROPERTY':
        return this.#property(method, Array.isArray(params) ? (params as unknown[]) : []);
      default:
        return wrong(`unknown variant \`${String(method).slice(0, 40)}\`, expected one of ${METHODS}`);
    }
  }

  #choose(method: 'SUBSCRIBE' | 'UNSUBSCRIBE', names: readonly string[]): Answer {
    if (method === 'UNSUBSCRIBE') {
      for (const name of names) {
        this.#streams.get(name)?.();
        this.#streams.delete(name);
      }
      return { result: null };
    }
    if (new Set([...this.#streams.keys(), ...names]).size > MAX_STREAMS)
      return wrong(`at most ${MAX_STREAMS} streams per connection`);
    for (const name of names) this.#subscribe(name);
    return { result: null };
  }

  #property(method: 'SET_PROPERTY' | 'GET_PROPERTY', params: readonly unknown[]): Answer {
    const [name, value] = params;
    if (typeof name !== 'string') return wrong('property name must be a string');
    if (name !== 'combined') return { code: 0, msg: 'Unknown property' };
    if (params.length > (method === 'SET_PROPERTY' ? 2 : 1)) return wrong('too many parameters');
    if (method === 'GET_PROPERTY') return { result: this.#combined };
    if (typeof value !== 'boolean') return { code: 1, msg: 'Invalid value type: expected Boolean' };
    this.#combined = value;
    return { result: null };
  }

  /** As at the vendor, a name that does not exist is accepted and stays silent. */
  #subscribe(name: string): void {
    if (this.#streams.has(name)) return;
    this.#streams.set(name, this.#listen(name));
  }

  /** @returns how to stop */
  #listen(name: string): () => void {
    const { grammar, market, keys } = this.source;
    const label = JSON.stringify(name);
    const recipient: Recipient = {
      connection: this.connection,
      frame: (text) => (this.#combined ? `{"stream":${label},"data":${text}}` : text),
    };
    const stream = grammar(name);
    if (stream !== null && this.door.serves(stream.kind)) {
      market.subscribe(stream, recipient);
      return () => market.unsubscribe(stream, recipient);
    }
    const stop =
      KEY_FORM.test(name) && this.door.serves('user')
        ? keys.listen(name, recipient, this.door.only.get(name) ?? null)
        : null;
    return stop ?? ((): void => undefined);
  }
}

function idOf(id: unknown): Id | undefined {
  if (id === undefined || id === null) return null;
  if (typeof id === 'number') return Number.isSafeInteger(id) ? id : undefined;
  return typeof id === 'string' && ID_FORM.test(id) ? id : undefined;
}

function isNames(params: unknown): params is string[] {
  return Array.isArray(params) && params.every((name) => typeof name === 'string');
}

const wrong = (what: string): { code: number; msg: string } => ({ code: 2, msg: `Invalid request: ${what}` });

function failure(id: Id, { code, msg }: { code: number; msg: string }): string {
  return JSON.stringify({ error: { code, msg }, id });
}
