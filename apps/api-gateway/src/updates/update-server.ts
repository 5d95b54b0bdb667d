import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import type { OnApplicationBootstrap, OnModuleDestroy } from '@nestjs/common';
import type { HttpAdapterHost } from '@nestjs/core';
import { WebSocketServer, type WebSocket } from 'ws';
import type { UserId } from '#domain';
import {
  newestNumbers,
  OrderUpdateNumberer,
  RepeatingTask,
  TokenRepository,
  type Database,
  type DatabaseClock,
} from '#persistence';
import type { ServiceRuntime } from '#observability';
import { hashToken } from '../auth/authorization-header.js';
import type { TokenDirectory } from '../auth/token-directory.js';
import { CLOSE, type Closing, type SocketLimits } from './limits.js';
import { StoredUpdates } from './stored-updates.js';
import { judgeUpgrade, refuseUpgrade } from './upgrade.js';
import { updateMetrics, type UpdateMetrics } from './update-metrics.js';
import { UpdateSocket, type SocketEvents } from './update-socket.js';

export interface UpdateServerOptions {
  readonly db: Database;
  /** The same database, for a connection of its own that listens. */
  readonly url: string;
  readonly clock: DatabaseClock;
  readonly tokens: TokenDirectory;
  readonly runtime: Pick<ServiceRuntime, 'logger' | 'metrics'>;
  readonly limits: SocketLimits;
  /** Origins of pages that may connect, beside those of the host that they connect to. */
  readonly allowedOrigins: readonly string[];
}

/** `/ws/orders/`: every update of a user's orders to each of the user's connections (order-api.md 4.12). */
export class UpdateServer implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly sockets = new Set<UpdateSocket>();
  private readonly wss: WebSocketServer;
  private readonly source: StoredUpdates;
  private readonly numberer: OrderUpdateNumberer;
  private readonly metrics: UpdateMetrics;
  private tokenCheck: RepeatingTask | undefined;
  private isLeaving = false;

  constructor(
    private readonly http: Pick<HttpAdapterHost, 'httpAdapter'>,
    private readonly options: UpdateServerOptions,
  ) {
    const { db, url, runtime, limits } = options;
    this.metrics = updateMetrics(runtime.metrics);
    this.source = new StoredUpdates(db);
    this.wss = new WebSocketServer({ noServer: true, maxPayload: limits.frameBytes, perMessageDeflate: false });
    this.numberer = new OrderUpdateNumberer({
      db,
      url,
      keep: limits.keep,
      isUrgent: () => [...this.sockets].some((socket) => socket.isSubscribed),
      onNumbered: (count) => this.deliver(count),
      onError: (error) => this.report(error),
    });
  }

  /** Takes the upgrades of the HTTP server. */
  onApplicationBootstrap(): void {
    const server = this.http.httpAdapter.getHttpServer() as Server;
    server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
      socket.on('error', () => socket.destroy());
      this.upgrade(request, socket, head).catch((error: unknown) => {
        this.report(error);
        refuseUpgrade(socket, 'unavailable');
      });
    });
    this.numberer.start();
    this.tokenCheck = new RepeatingTask(
      () => this.closeRevoked(),
      this.options.limits.tokenCheckMs,
      (error) => this.report(error),
    ).start();
  }

  /** Says goodbye to every client and stops; who does not answer in time is cut off. Before the HTTP server closes. */
  async onModuleDestroy(): Promise<void> {
    this.isLeaving = true;
    await this.tokenCheck?.stop();
    await this.numberer.stop();
    for (const socket of this.sockets) socket.close(CLOSE.leaving);
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => (timer = setTimeout(resolve, this.options.limits.goodbyeMs)));
    await Promise.race([Promise.all([...this.wss.clients].map(closed)), late]);
    clearTimeout(timer);
    for (const client of this.wss.clients) client.terminate();
    this.wss.close();
  }

  private async upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    const judged = judgeUpgrade(request, this.options.allowedOrigins);
    if (this.isLeaving) return refuseUpgrade(socket, 'unavailable');
    if (judged.kind === 'refused') return refuseUpgrade(socket, judged.why);
    const tokenHash = hashToken(judged.token);
    const owner = judged.token === '' ? null : await this.options.tokens.ownerOf(tokenHash);
    if (socket.destroyed) return;
    this.wss.handleUpgrade(request, socket, head, (client) => {
      client.on('error', () => undefined); // ws closes the connection; a broken frame is the client's own business
      if (this.isLeaving) return this.turnAway(client, CLOSE.leaving);
      if (owner === null) return this.turnAway(client, CLOSE.badToken);
      if (!owner.scopes.includes('read')) return this.turnAway(client, CLOSE.forbidden);
      if (this.countOf(owner.userId) >= this.options.limits.connectionsPerUser)
        return this.turnAway(client, CLOSE.tooMany);
      const added = new UpdateSocket(client, owner, tokenHash, this.source, this.options.limits, this.events());
      this.sockets.add(added);
      this.metrics.connections.set(this.sockets.size);
      client.on('close', () => {
        this.sockets.delete(added);
        this.metrics.connections.set(this.sockets.size);
      });
    });
  }

  private turnAway(client: WebSocket, closing: Closing): void {
    this.metrics.closed.inc({ reason: closing.label });
    client.close(closing.code, closing.text);
  }

  private countOf(userId: UserId): number {
    return [...this.sockets].filter((socket) => socket.owner.userId === userId).length;
  }

  private events(): SocketEvents {
    return {
      onFrame: (direction) => this.metrics.frames.inc({ direction }),
      onUpdateSent: ({ at }) =>
        this.metrics.seconds.observe(Math.max(0, this.options.clock.now() - at / 1_000) / 1_000),
      onClosing: ({ label }) => this.metrics.closed.inc({ reason: label }),
      onError: (error) => this.report(error),
    };
  }

  /** Wakes every connection whose user has updates that it was not told. */
  private async deliver(count: number): Promise<void> {
    this.metrics.numbered.inc(count);
    const listening = [...this.sockets].filter((socket) => socket.isSubscribed);
    const newest = await newestNumbers(this.options.db, [...new Set(listening.map((socket) => socket.owner.userId))]);
    for (const socket of listening) if (socket.isBehind(newest.get(socket.owner.userId) ?? 0)) socket.wake();
  }

  /** A revoked token works no longer than 5 s (reliability.md S-01). */
  private async closeRevoked(): Promise<void> {
    const byTenant = new Map<UpdateSocket['owner']['tenantId'], UpdateSocket[]>();
    for (const socket of this.sockets)
      byTenant.set(socket.owner.tenantId, [...(byTenant.get(socket.owner.tenantId) ?? []), socket]);
    for (const [tenantId, sockets] of byTenant) {
      const live = await this.options.db.inTenant(tenantId, (tx) =>
        new TokenRepository(tx).liveOf([...new Set(sockets.map((socket) => socket.tokenHash))]),
      );
      for (const socket of sockets) if (!live.has(socket.tokenHash)) socket.close(CLOSE.badToken);
    }
  }

  private report(error: unknown): void {
    this.options.runtime.logger.warn({ err: error }, 'updates of orders are late');
  }
}

function closed(client: WebSocket): Promise<void> {
  return new Promise((resolve) => client.once('close', () => resolve()));
}
