import { Secret } from '#config';
import type { ListedVenue } from '../../../apps/api-gateway/src/credentials/venue-list.js';
import type { PositionQuestions } from '../../../apps/api-gateway/src/strategies/position-questions.js';
import { SigningSecrets } from '../../../apps/api-gateway/src/strategies/signing-secrets.js';
import { ApiHarness, type Answer, type RequestOptions, type User } from './api-harness.js';

const sim = (id: string, product: ListedVenue['product']): ListedVenue => ({
  id,
  exchange: 'MockExchange',
  product,
  tier: 1,
  cannotPromise: [],
});
const VENUES: readonly ListedVenue[] = [
  sim('sim', 'spot'),
  sim('sim-usdm', 'linear'),
  { id: 'kraken', exchange: 'Kraken', product: 'spot', tier: 2, cannotPromise: [] },
];

export const STRATEGIES = '/manage/v1/strategies';
export const SUBSCRIPTIONS = '/manage/v1/subscriptions';
export const MIZAR_KEYS = '/manage/v1/mizar-keys';
export const SIGNALER = {
  kind: 'signaler',
  name: 'Eth swings',
  market: 'FUTURES',
  exchanges: ['binance'],
  symbols: ['ETHUSDT'],
};

/** The API with simulated venues, and positions that a test makes up. */
export class StrategyWorld {
  /** Pairs of live positions, by strategy. */
  readonly live = new Map<string, string[]>();
  /** What legs were told to do. */
  readonly ended: [subscription: string, how: string][] = [];
  readonly signing = SigningSecrets.of(new Secret('5'.repeat(64)));
  api!: ApiHarness;

  static async start(): Promise<StrategyWorld> {
    const world = new StrategyWorld();
    const positions: PositionQuestions = {
      livePairs: (_, id) => Promise.resolve(world.live.get(id) ?? []),
      endLegs: (_, id, how) => {
        world.ended.push([id, how]);
        return Promise.resolve();
      },
    };
    world.api = await ApiHarness.start(undefined, { venues: VENUES, signing: world.signing, positions });
    return world;
  }

  ask(
    user: User,
    method: string,
    path: string,
    body?: object,
    options: Pick<RequestOptions, 'headers'> = {},
  ): Promise<Answer> {
    return this.api.request(method, path, { token: user.token, ...(body === undefined ? {} : { body }), ...options });
  }

  make(user: User, more: object = {}): Promise<Answer> {
    return this.ask(user, 'POST', STRATEGIES, { ...SIGNALER, ...more });
  }

  /** @returns its id */
  async made(user: User, more: object = {}): Promise<string> {
    const answer = await this.make(user, more);
    if (answer.status !== 201) throw new Error(`A strategy must be made, was ${answer.text}`);
    return String(answer.field('id'));
  }

  /** Events of the tenant's trail about entities of this kind, oldest first. */
  async trail(user: User, entity: string): Promise<string[]> {
    const found = await this.api.asTenant(user, (tx) =>
      tx.query<{ event: string }[]>('SELECT event FROM audit_log WHERE entity = $1 ORDER BY id', [entity]),
    );
    return found.map(({ event }) => event);
  }
}
