import { randomBytes } from 'node:crypto';
import { Controller, HttpCode, Inject, Post, Req } from '@nestjs/common';
import { audit, TokenRepository, type TokenOwner } from '#persistence';
import { RequestDatabase } from '../http/request-database.js';
import { ApiError } from '../http/api-error.js';
import { NeverKept } from '../http/idempotent-posts.js';
import { Access, Caller, type AuthenticatedRequest } from './access.js';
import { hashToken } from './authorization-header.js';
import { TokenDirectory } from './token-directory.js';

/** Changes the calling token for a new one of the same rights. */
@Controller('api')
export class ResetTokenController {
  constructor(
    @Inject(RequestDatabase) private readonly db: RequestDatabase,
    @Inject(TokenDirectory) private readonly tokens: TokenDirectory,
  ) {}

  /** The old token works no more: here at once, at other processes within seconds. */
  @Post('reset_auth_token')
  @HttpCode(200)
  @Access('read', 'writes')
  @NeverKept()
  async reset(
    @Caller() caller: TokenOwner,
    @Req() { tokenHash = '' }: AuthenticatedRequest,
  ): Promise<{ readonly new_token: string }> {
    const token = randomBytes(20).toString('hex');
    await this.db.inTenant(caller.tenantId, async (tx) => {
      const tokens = new TokenRepository(tx);
      // Of two at the same time one gets the new token; the other has none to change any more.
      if (!(await tokens.revoke(tokenHash)))
        throw new ApiError('unauthenticated', 'Invalid token.', { headers: { 'WWW-Authenticate': 'Token' } });
      await tokens.add(hashToken(token), caller);
      await audit(tx, caller.tenantId, [
        { entity: 'token', entityId: caller.userId, event: 'token_reset', data: { scopes: caller.scopes.join(' ') } },
      ]);
    });
    this.tokens.forget(tokenHash);
    return { new_token: token };
  }
}
