import { nextChainStep, nextMultiStep, type TenantId } from '#domain';
import {
  ChainedOrderRepository,
  MultiOrderRepository,
  type LockedChain,
  type LockedMulti,
  type Tx,
} from '#persistence';
import type { OrderGroup } from './order-group.js';

/**
 * A member has ended: the group takes its next step, in the transaction that holds the group's lock. A step that was
 * taken already finds nothing left to do.
 */
export async function settleGroup(tx: Tx, tenantId: TenantId, group: OrderGroup): Promise<void> {
  if (group === null) return;
  if (group.kind === 'multi') await settleMulti(new MultiOrderRepository(tx, tenantId), group.multi);
  else await settleChain(new ChainedOrderRepository(tx, tenantId), group.chain);
}

async function settleMulti(multis: MultiOrderRepository, multi: LockedMulti): Promise<void> {
  const step = nextMultiStep(multi.status, await multis.legs(multi.id));
  if (step.kind === 'none') return;
  if (step.kind === 'complete') {
    await multis.end(multi.id, 'COMPLETE', '');
    return;
  }
  await multis.end(multi.id, 'CANCELED', step.reason);
  for (const id of step.live)
    await multis.endLeg(id, { reason: 'parent_canceled', text: 'the multi order was canceled: another leg ended' });
}

async function settleChain(chains: ChainedOrderRepository, chain: LockedChain): Promise<void> {
  const step = nextChainStep(chain.status, chain.currentPriority, await chains.members(chain.id));
  switch (step.kind) {
    case 'none':
      return;
    case 'start':
      return chains.beginTurn(chain.id, step.priority, step.ids);
    case 'complete':
      await chains.end(chain.id, 'COMPLETE', '');
      return;
    case 'stop':
      await chains.end(chain.id, 'CANCELED', 'chain_stopped');
      for (const id of step.live)
        await chains.endMember(id, { reason: 'chain_stopped', text: 'the chain stopped: a member was not filled' });
  }
}
