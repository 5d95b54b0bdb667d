import { createHash, randomUUID } from 'node:crypto';
import type { AccountId, TenantId, UserId, VenueId } from '#domain';
import type { Database, Tx } from '../database.js';
import { audit } from '../outbox/audit.js';
import { row, theRow } from '../sql.js';
import { AccountRepository } from './account.repository.js';
import { TokenRepository, type Scope } from './token.repository.js';

export class UserRepository {
  constructor(private readonly tx: Tx) {}

  /** Does nothing when the tenant exists. */
  async addTenant(tenantId: TenantId, name: string): Promise<void> {
    await this.tx.query('INSERT INTO tenants (id, name) VALUES ($1, $2) ON CONFLICT (id) DO NOTHING', [tenantId, name]);
  }

  /** @returns the id of the user of that name, old or new */
  async addUser(tenantId: TenantId, name: string): Promise<UserId> {
    await this.tx.query(
      'INSERT INTO users (tenant_id, name) VALUES ($1, $2) ON CONFLICT (tenant_id, name) DO NOTHING',
      [tenantId, name],
    );
    const found = await theRow<{ id: string }>(this.tx, 'SELECT id FROM users WHERE tenant_id = $1 AND name = $2', [
      tenantId,
      name,
    ]);
    return found.id as UserId;
  }

  async find(tenantId: TenantId, name: string): Promise<UserId | null> {
    const found = await row<{ id: string }>(this.tx, 'SELECT id FROM users WHERE tenant_id = $1 AND name = $2', [
      tenantId,
      name,
    ]);
    return found === null ? null : (found.id as UserId);
  }
}

export interface TenantUserSeed {
  readonly tenant: string;
  readonly user: string;
  /** SHA-256 of the user's token, 64 hex digits. */
  readonly tokenHashHex: string;
  readonly scopes: readonly Scope[];
}

/** Who may log in, and the account that every user has from creation (order-api.md 8). */
export interface TenantUser {
  readonly tenantId: TenantId;
  readonly userId: UserId;
  readonly accountId: AccountId;
  /** Its hidden sub-account at the simulated futures. */
  readonly perpAccountId: AccountId;
}

/** The account on the simulated exchange that every user has: spot. */
export const MOCK_ACCOUNT = Object.freeze({ name: 'mock', venue: 'sim' as VenueId, exchange: 'MockExchange' });
/** What reaches the perpetuals of that exchange, hidden behind it. */
const MOCK_PERP_VENUE = 'sim-usdm' as VenueId;

/** A new tenant with one user, token and account `mock`. @throws the driver's error when the tenant's name is taken */
export function createTenantWithUser(db: Database, seed: TenantUserSeed): Promise<TenantUser> {
  return seedTenant(db, randomUUID() as TenantId, seed);
}

/** The tenant `demo` with its user, token and account `mock`; run again it finds what it made and adds what is missing. */
export function seedDemo(db: Database, seed: Pick<TenantUserSeed, 'tokenHashHex'>): Promise<TenantUser> {
  return seedTenant(db, tenantIdOf('demo'), {
    ...seed,
    tenant: 'demo',
    user: 'demo',
    scopes: ['read', 'trade', 'cancel', 'admin', 'halt'],
  });
}

/** A new user beside the demo user, with token and account `mock`; null when the name is taken. */
export function addDemoUser(db: Database, seed: Omit<TenantUserSeed, 'tenant'>): Promise<TenantUser | null> {
  const tenantId = tenantIdOf('demo');
  return db.inTenant(tenantId, async (tx) => {
    const users = new UserRepository(tx);
    if ((await users.find(tenantId, seed.user)) !== null) return null;
    const userId = await users.addUser(tenantId, seed.user);
    await addToken(tx, tenantId, userId, seed);
    return { tenantId, userId, ...(await addMockAccount(tx, tenantId, userId)) };
  });
}

/** Another token for a user of that tenant; false when there is none of that name. */
export function addDemoToken(db: Database, seed: Omit<TenantUserSeed, 'tenant'>): Promise<boolean> {
  const tenantId = tenantIdOf('demo');
  return db.inTenant(tenantId, async (tx) => {
    const userId = await new UserRepository(tx).find(tenantId, seed.user);
    if (userId !== null) await addToken(tx, tenantId, userId, seed);
    return userId !== null;
  });
}

/** Whether that tenant has a user of that name. */
export function isDemoUser(db: Database, user: string): Promise<boolean> {
  const tenantId = tenantIdOf('demo');
  return db.inTenant(tenantId, async (tx) => (await new UserRepository(tx).find(tenantId, user)) !== null);
}

async function addToken(
  tx: Tx,
  tenantId: TenantId,
  userId: UserId,
  { tokenHashHex, scopes }: Omit<TenantUserSeed, 'tenant'>,
): Promise<void> {
  await new TokenRepository(tx).add(tokenHashHex, { tenantId, userId, scopes });
  await audit(tx, tenantId, [
    { entity: 'token', entityId: userId, event: 'token_added', data: { scopes: scopes.join(' ') } },
  ]);
}

function seedTenant(db: Database, tenantId: TenantId, seed: TenantUserSeed): Promise<TenantUser> {
  return db.inTenant(tenantId, async (tx) => {
    const users = new UserRepository(tx);
    await users.addTenant(tenantId, seed.tenant);
    const userId = await users.addUser(tenantId, seed.user);
    await new TokenRepository(tx).add(seed.tokenHashHex, { tenantId, userId, scopes: seed.scopes });
    return { tenantId, userId, ...(await addMockAccount(tx, tenantId, userId)) };
  });
}

/** The account `mock` of a user and its sub-account; what is there already is left as it is. */
export async function addMockAccount(
  tx: Tx,
  tenantId: TenantId,
  userId: UserId,
): Promise<Pick<TenantUser, 'accountId' | 'perpAccountId'>> {
  const accounts = new AccountRepository(tx);
  const accountId = await accounts.add({ id: randomUUID() as AccountId, tenantId, userId, ...MOCK_ACCOUNT });
  const perpAccountId = await accounts.addRoute(accountId, randomUUID() as AccountId, MOCK_PERP_VENUE);
  return { accountId, perpAccountId };
}

/** Row security hides a tenant until its id is known, so an id that must be found again is derived from the name. */
function tenantIdOf(name: string): TenantId {
  const hex = createHash('sha256').update(`tenant\0${name}`).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}` as TenantId;
}
