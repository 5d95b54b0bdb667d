import { Controller, Get, HttpCode, Inject, Param, Post, Query } from '@nestjs/common';
import { HALT_LEVELS, type HaltLevel, type TenantId } from '#domain';
import { isStorable, shown, type JsonObject } from '#order-intake';
import {
  AccountLeaseRepository,
  AccountRepository,
  HaltRepository,
  type Halt,
  type NewHalt,
  type TokenOwner,
  type Tx,
} from '#persistence';
import { Access, Caller } from '../auth/access.js';
import { ApiError } from '../http/api-error.js';
import { JsonBody } from '../http/request-body.js';
import { RequestDatabase } from '../http/request-database.js';

type View = Readonly<Record<string, unknown>>;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const FIELDS = ['level', 'scope', 'mode', 'cancel_open', 'reason'];

/** Names the tenant that halts for all; null where none is configured. */
export const OPERATOR_TENANT = Symbol('OPERATOR_TENANT');

/** The kill switch (reliability.md 5.3): halting is one step, releasing two. */
@Controller('manage/v1')
export class HaltsController {
  constructor(
    @Inject(RequestDatabase) private readonly db: RequestDatabase,
    @Inject(OPERATOR_TENANT) private readonly operator: TenantId | null,
  ) {}

  /** In force with the answer: no claim after it lets anything through. */
  @Post('halts')
  @HttpCode(200)
  @Access('halt', 'cancels')
  async halt(@Caller() caller: TokenOwner, @JsonBody() body: JsonObject): Promise<View> {
    const wanted = readHalt(body);
    return this.db.inTenant(caller.tenantId, async (tx) => {
      await this.mayHalt(tx, caller, wanted.level);
      const halts = new HaltRepository(tx, caller.tenantId);
      const id = await halts.add({ ...wanted, scope: await scopeOf(tx, caller, wanted) }, caller.userId);
      const added = await halts.find(id);
      if (added === null) throw new Error('A halt that was added must be there');
      return showHalt(added);
    });
  }

  @Get('halts')
  @Access('read', 'reads')
  async list(@Caller() caller: TokenOwner, @Query('all') all: string | undefined): Promise<View> {
    const halts = await this.db.inTenant(caller.tenantId, (tx) =>
      new HaltRepository(tx, caller.tenantId).list(all === 'true'),
    );
    return { halts: halts.map(showHalt) };
  }

  @Post('halts/:id/release')
  @HttpCode(200)
  @Access('halt', 'writes')
  release(@Caller() caller: TokenOwner, @Param('id') id: string): Promise<View> {
    return this.change(caller, id, async (halts) => {
      if (!(await halts.requestRelease(id, caller.userId))) throw new ApiError('not_found', 'Not found.');
    });
  }

  /** Within five minutes of the first step. */
  @Post('halts/:id/release/confirm')
  @HttpCode(200)
  @Access('halt', 'writes')
  confirm(@Caller() caller: TokenOwner, @Param('id') id: string): Promise<View> {
    return this.change(caller, id, async (halts) => {
      if (!(await halts.confirmRelease(id, caller.userId)))
        throw new ApiError('invalid', 'a release must be asked for in the five minutes before it is confirmed');
    });
  }

  /**
   * What holds for all is the operator's: no tenant stops the trading of another, or lets it go on.
   * @throws ApiError when the caller may not
   */
  private async mayHalt(tx: Tx, { scopes, tenantId }: TokenOwner, level: HaltLevel): Promise<void> {
    if (level !== 'global' && level !== 'venue') return;
    if (!scopes.includes('admin'))
      throw new ApiError('forbidden', `a halt of level ${level} needs the scope admin as well`);
    const isOperator =
      this.operator === null
        ? (await new AccountLeaseRepository(tx).tenants()).every((other) => other === tenantId)
        : this.operator === tenantId;
    if (!isOperator)
      throw new ApiError(
        'forbidden',
        `a halt of level ${level} holds for all tenants: it is for the one that OPERATOR_TENANT names`,
      );
  }

  private change(caller: TokenOwner, id: string, step: (halts: HaltRepository) => Promise<void>): Promise<View> {
    return this.db.inTenant(caller.tenantId, async (tx) => {
      const halts = new HaltRepository(tx, caller.tenantId);
      const before = UUID.test(id) ? await halts.find(id) : null;
      if (before === null || before.releasedAt !== null) throw new ApiError('not_found', 'Not found.');
      await this.mayHalt(tx, caller, before.level);
      await step(halts);
      const after = await halts.find(id);
      if (after === null) throw new Error('A halt that was changed must be there');
      return showHalt(after);
    });
  }
}

/** @throws ApiError with every fault */
function readHalt(body: JsonObject): NewHalt {
  const errors: Record<string, string[]> = {};
  const must = (ok: boolean, field: string, text: string): void => {
    if (!ok) (errors[field] ??= []).push(`${text}, was ${body[field] === undefined ? 'missing' : shown(body[field])}`);
  };
  for (const field of Object.keys(body)) must(FIELDS.includes(field), field, `${field} is not a field of a halt`);
  const { level, scope = '', mode, reason, cancel_open: cancelOpen = false } = body;
  must(
    typeof level === 'string' && (HALT_LEVELS as readonly string[]).includes(level),
    'level',
    `level must be one of ${HALT_LEVELS.join(', ')}`,
  );
  const isWhole = level === 'global' || level === 'tenant';
  must(
    typeof scope === 'string' && scope.length <= 128 && isStorable(scope) && (scope === '') === isWhole,
    'scope',
    'scope must name the account, venue or strategy, and be left out for global and tenant',
  );
  must(mode === 'REDUCING' || mode === 'HALTED', 'mode', 'mode must be REDUCING or HALTED');
  must(
    typeof cancelOpen === 'boolean' && (!cancelOpen || mode === 'HALTED'),
    'cancel_open',
    'cancel_open must be true or false, and true only with HALTED',
  );
  must(
    typeof reason === 'string' && reason.trim() !== '' && reason.length <= 500 && isStorable(reason),
    'reason',
    'reason must be a text of 1 to 500 whole characters other than U+0000',
  );
  if (Object.keys(errors).length > 0) throw ApiError.ofFields(errors);
  return {
    level: level as HaltLevel,
    scope: scope as string,
    mode: mode as NewHalt['mode'],
    cancelOpen: cancelOpen === true,
    reason: reason as string,
  };
}

/** Accounts are named by their name and kept by their id. */
async function scopeOf(tx: Tx, caller: TokenOwner, { level, scope }: NewHalt): Promise<string> {
  if (level !== 'account') return scope;
  const found = (await new AccountRepository(tx).ofUser(caller.userId)).find((account) => account.name === scope);
  if (found === undefined) throw ApiError.ofFields({ scope: [`you have no account ${scope}`] });
  return found.id;
}

function showHalt(halt: Halt): View {
  return {
    id: halt.id,
    level: halt.level,
    scope: halt.scope,
    mode: halt.mode,
    cancel_open: halt.cancelOpen,
    reason: halt.reason,
    created_at: halt.createdAt.toISOString(),
    release_requested_at: halt.releaseRequestedAt?.toISOString() ?? null,
    released_at: halt.releasedAt?.toISOString() ?? null,
    open_children: halt.open,
    canceling_children: halt.canceling,
  };
}
