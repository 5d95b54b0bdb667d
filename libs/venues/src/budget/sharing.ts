import { MAX_FAIR_WEIGHT, type ReserveRequest } from '#domain';
import type { ReserveOptions } from './budget.js';
import type { ShareSetting, SharingSettings } from './sharing-settings.js';

/** Whose turn it is, as the script is told. */
export type Sharing = Pick<ReserveRequest, 'parent' | 'direct'>;

const DEFAULT_WEIGHT = 1;
const DEFAULT_DIRECT_SHARE = 0.5;

type Asked = Pick<ReserveOptions, 'parentId' | 'turnOf' | 'weight' | 'strategyId' | 'isDirect'>;

/**
 * @param accountId whose call it is; absent where it is nobody's
 * @throws RangeError when a name or a weight cannot be
 */
export function sharingOf(asked: Asked, accountId?: string, settings: SharingSettings = {}): Sharing {
  const { parentId, turnOf, strategyId, isDirect } = asked;
  const ofStrategy = own(settings.strategies, strategyId);
  const ofAccount = own(settings.accounts, accountId);
  const weight = asked.weight ?? ofStrategy.weight ?? ofAccount.weight ?? DEFAULT_WEIGHT;
  if (!Number.isInteger(weight) || weight < 1 || weight > MAX_FAIR_WEIGHT) {
    throw new RangeError(`Weight must be a whole number from 1 to ${MAX_FAIR_WEIGHT}, was ${weight}`);
  }
  const id = parentId ?? turnOf;
  if (id === '') throw new RangeError('Whoever takes turns must have an id, was ""');
  const share = ofStrategy.directShare ?? ofAccount.directShare ?? settings.directShare ?? DEFAULT_DIRECT_SHARE;
  return {
    ...(id === undefined ? {} : { parent: { id, weight } }),
    ...(strategyId === undefined || isDirect !== true ? {} : { direct: { strategyId, share: thousandths(share) } }),
  };
}

function own(settings: Readonly<Record<string, ShareSetting>> = {}, id?: string): ShareSetting {
  return id !== undefined && Object.hasOwn(settings, id) ? (settings[id] as ShareSetting) : {};
}

/** Cut, but never to nothing. @throws RangeError when it cannot be a share */
function thousandths(share: number): number {
  if (!(share > 0 && share <= 1)) throw new RangeError(`directShare must be above 0 and at most 1, was ${share}`);
  return Math.max(1, Math.floor(share * 1_000));
}
