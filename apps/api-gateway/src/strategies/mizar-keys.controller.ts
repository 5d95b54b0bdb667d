import { randomBytes } from 'node:crypto';
import { Controller, Delete, Get, HttpCode, Inject, Param, Post, Query } from '@nestjs/common';
import { isUuid } from '#domain';
import { type JsonObject, showName, uuidV7 } from '#order-intake';
import { DatabaseClock, SignalSecretRepository, type TokenOwner } from '#persistence';
import { Access, Caller } from '../auth/access.js';
import { hashToken } from '../auth/authorization-header.js';
import { ApiError } from '../http/api-error.js';
import { NeverKept } from '../http/idempotent-posts.js';
import { OptionalJsonBody } from '../http/request-body.js';
import { RequestDatabase } from '../http/request-database.js';
import type { Query as Values } from '../orders/list-query.js';
import { Faults, FieldReader } from './field-reader.js';
import { readAllowedIps } from './ip-allow-list.js';
import { cutPage, readPage } from './page-query.js';
import { showMizarKey } from './show-strategy.js';
import { hintOfSecret, newSignalSecret } from './signal-secret.js';

type View = Readonly<Record<string, unknown>>;

export const LABEL_CHARS = [0, 100] as const;

/** Keys of the Mizar dialect: each lets signals into every Mizar strategy of its user, and nothing else. */
@Controller('manage/v1/mizar-keys')
export class MizarKeysController {
  constructor(
    @Inject(RequestDatabase) private readonly db: RequestDatabase,
    @Inject(DatabaseClock) private readonly clock: DatabaseClock,
  ) {}

  @Post()
  @HttpCode(201)
  @Access('trade', 'writes')
  @NeverKept()
  async create(@Caller() caller: TokenOwner, @OptionalJsonBody() body: JsonObject): Promise<View> {
    const faults = new Faults();
    const reader = new FieldReader(body, faults).only(['label', 'allowed_ips']);
    const label = reader.text('label', LABEL_CHARS) ?? '';
    const allowedIps = readAllowedIps(reader) ?? [];
    if (faults.any) throw faults.toError();
    const { tenantId, userId } = caller;
    const secret = newSignalSecret();
    const hashHex = hashToken(secret.reveal());
    const id = uuidV7(this.clock.now(), randomBytes(10));
    const key = {
      id,
      hashHex,
      kind: 'mizar_key',
      strategyId: null,
      label,
      hint: hintOfSecret(secret),
      allowedIps,
    } as const;
    const added = await this.db.inTenant(tenantId, (tx) => new SignalSecretRepository(tx, tenantId).add(key, userId));
    return { ...showMizarKey(added), secret: secret.reveal() };
  }

  @Get()
  @Access('read', 'reads')
  async list(@Caller() { tenantId, userId }: TokenOwner, @Query() query: Values): Promise<View> {
    const faults = new Faults();
    const page = readPage(query, faults);
    if (faults.any) throw faults.toError();
    const found = await this.db.inTenant(tenantId, (tx) =>
      new SignalSecretRepository(tx, tenantId).mizarKeys(userId, { after: page.after, limit: page.limit + 1 }),
    );
    const { shown, nextCursor } = cutPage(found, page);
    return { mizar_keys: shown.map(showMizarKey), next_cursor: nextCursor };
  }

  /** It lets nothing in any more. */
  @Delete(':id')
  @Access('trade', 'writes')
  async revoke(@Caller() { tenantId, userId }: TokenOwner, @Param('id') id: string): Promise<View> {
    const revoked = await this.db.inTenant(tenantId, async (tx) =>
      isUuid(id) ? new SignalSecretRepository(tx, tenantId).revokeMizarKey(userId, id) : null,
    );
    if (revoked === null) throw new ApiError('not_found', `no Mizar key '${showName(id)}'`);
    return showMizarKey(revoked);
  }
}
