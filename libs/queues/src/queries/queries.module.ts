import { Inject, Module, type DynamicModule, type OnApplicationShutdown } from '@nestjs/common';
import { ClientRedis, ServerRedis, type RedisOptions } from '@nestjs/microservices';
import type { Redis } from 'ioredis';
import { ignoreElements, lastValueFrom, of, take, throwError, timeout, timer, type Observable } from 'rxjs';
import { leaveReplicas } from '../redis-master.js';
import { LateReplyError, QueryClient, type QuestionCarrier } from './query-client.js';
import { QueryServer, type QuestionSource } from './query-server.js';

export interface QueriesOptions {
  readonly url: string;
  /** `REDIS_PREFIX`: in front of every channel. */
  readonly prefix: string;
  /** Default 5,000 ms: how often is asked whether the server is a master still. */
  readonly askRoleEveryMs?: number;
}

type TransportOptions = NonNullable<RedisOptions['options']>;

const RECONNECT_MS = 500;

function transportOptions(url: string): TransportOptions {
  const { protocol, hostname, port, username, password, pathname } = new URL(url);
  return {
    host: hostname.replace(/^\[|\]$/g, ''),
    port: Number(port === '' ? 6379 : port),
    ...(username === '' ? {} : { username: decodeURIComponent(username) }),
    ...(password === '' ? {} : { password: decodeURIComponent(password) }),
    db: Number(pathname.slice(1)) || 0,
    ...(protocol === 'rediss:' ? { tls: {} } : {}),
    connectTimeout: 2_000,
    retryAttempts: Number.MAX_SAFE_INTEGER,
    retryDelay: RECONNECT_MS,
    // What waits for a connection must not fail where nobody listens: askers have a limit of their own.
    maxRetriesPerRequest: null,
  };
}

/** A promise that the transport leaves alone must not end the process when it is rejected. */
function unheard<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => undefined);
  return promise;
}

function lookAfter(client: Redis): Redis {
  const publish = client.publish.bind(client) as (...args: unknown[]) => Promise<number>;
  const unsubscribe = client.unsubscribe.bind(client) as (...args: unknown[]) => Promise<unknown>;
  client.publish = (...args: unknown[]) => unheard(publish(...args));
  client.unsubscribe = (...args: unknown[]) => unheard(unsubscribe(...args));
  return client;
}

/** Told by every question that fails; a line for each attempt to reconnect would help nobody. */
const ignoreErrors = (client: Redis): void => {
  client.on('error', () => undefined);
};

/** What is published or heard at a replica is lost, and no error tells so. */
class TransportClient extends ClientRedis {
  private readonly stopAsking: () => void;

  constructor(options: TransportOptions, askRoleEveryMs?: number) {
    super(options);
    const all = () => [this.pubClient, this.subClient] as (Redis | null)[];
    this.stopAsking = leaveReplicas(() => all()[0], all, askRoleEveryMs);
  }

  override async createClient(): Promise<Redis> {
    return lookAfter((await super.createClient()) as Redis);
  }

  override registerErrorListener(client: Redis): void {
    ignoreErrors(client);
  }

  /** `close` would wait for a Redis that is away. */
  disconnect(): void {
    this.isManuallyClosed = true;
    this.stopAsking();
    for (const client of [this.pubClient, this.subClient] as (Redis | null)[]) client?.disconnect();
  }
}

/** As for {@link TransportClient}. */
class TransportServer extends ServerRedis {
  private readonly stopAsking: () => void;

  constructor(options: TransportOptions, askRoleEveryMs?: number) {
    super(options);
    const all = () => [this.pubClient, this.subClient] as (Redis | undefined)[];
    this.stopAsking = leaveReplicas(() => all()[0], all, askRoleEveryMs);
  }

  /** Its `connect` waits for Redis for as long as it takes: the transport subscribes only after it. */
  override async createRedisClient(): Promise<Redis> {
    const client = lookAfter((await super.createRedisClient()) as Redis);
    const connect = client.connect.bind(client);
    const subscribe = client.subscribe.bind(client) as (...args: unknown[]) => Promise<unknown>;
    client.subscribe = (...args: unknown[]) => unheard(subscribe(...args));
    client.connect = () =>
      new Promise((resolve) => {
        client.once('ready', resolve);
        connect().catch(() => undefined);
      });
    return client;
  }

  override registerErrorListener(client: Redis): void {
    ignoreErrors(client);
  }

  disconnect(): void {
    this.isManuallyClosed = true;
    this.stopAsking();
    for (const client of [this.pubClient, this.subClient] as (Redis | undefined)[]) client?.disconnect();
  }
}

/** Connects at the first question. */
class RedisCarrier implements QuestionCarrier {
  constructor(private readonly client: TransportClient) {}

  send(channel: string, data: unknown, limitMs: number): Promise<unknown> {
    const replies = this.client
      .send<unknown>(channel, data)
      .pipe(take(1), timeout({ first: limitMs, with: () => throwError(() => new LateReplyError()) }));
    return lastValueFrom(replies, { defaultValue: undefined });
  }

  async emit(channel: string, data: unknown): Promise<void> {
    await lastValueFrom(this.client.emit<unknown>(channel, data), { defaultValue: undefined });
  }

  close(): Promise<void> {
    this.client.disconnect();
    return Promise.resolve();
  }
}

class RedisSource implements QuestionSource {
  private listening: Promise<void> | undefined;

  constructor(private readonly server: TransportServer) {}

  onQuestion(channel: string, silentMs: number, handle: (data: unknown) => Promise<object | undefined>): void {
    this.server.addHandler(channel, async (data: unknown): Promise<Observable<unknown>> => {
      const told = await handle(data);
      // The transport must end each exchange with a word; this one comes when nobody listens any more.
      return told === undefined ? timer(silentMs).pipe(ignoreElements()) : of(told);
    });
  }

  onMessage(channel: string, handle: (data: unknown) => void): void {
    this.server.addHandler(
      channel,
      (data: unknown) => {
        handle(data);
        return Promise.resolve();
      },
      true,
    );
  }

  start(): void {
    this.listening ??= this.server.listen(() => undefined);
  }

  async close(): Promise<void> {
    await this.listening; // its connections exist then, connected or not
    this.server.disconnect();
  }
}

/** The query client over the Redis transport, for whom no Nest module is at hand. */
export function openQueryClient({ url, prefix, askRoleEveryMs }: QueriesOptions): QueryClient {
  return new QueryClient(new RedisCarrier(new TransportClient(transportOptions(url), askRoleEveryMs)), prefix);
}

/** The query server over the Redis transport. */
export function openQueryServer({ url, prefix, askRoleEveryMs }: QueriesOptions): QueryServer {
  return new QueryServer(new RedisSource(new TransportServer(transportOptions(url), askRoleEveryMs)), prefix);
}

/** Gives a service its questions and answers, over the Redis transport of `@nestjs/microservices`. */
@Module({})
export class QueriesModule implements OnApplicationShutdown {
  constructor(
    @Inject(QueryClient) private readonly client: QueryClient,
    @Inject(QueryServer) private readonly server: QueryServer,
  ) {}

  static register(options: QueriesOptions): DynamicModule {
    return {
      module: QueriesModule,
      global: true,
      providers: [
        { provide: QueryClient, useFactory: () => openQueryClient(options) },
        { provide: QueryServer, useFactory: () => openQueryServer(options) },
      ],
      exports: [QueryClient, QueryServer],
    };
  }

  async onApplicationShutdown(): Promise<void> {
    await Promise.all([this.client.close(), this.server.close()]);
  }
}
