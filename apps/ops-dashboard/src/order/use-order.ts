import { useEffect, useState } from 'react';
import { ApiFailure } from '../api/api-client.js';
import type { FullOrder, Trajectory } from '../api/types.js';
import { useStore } from '../live/use-store.js';
import { useDesk } from '../session/desk-context.js';

export interface OrderState {
  readonly order: FullOrder | null;
  readonly plan: Trajectory | null;
  /** The server's word when there is no such order. */
  readonly problem: string | null;
}

/** Updates come in bursts; one reading shows all of them. */
const SOONEST_MS = 250;
/** Child orders come and go without an update of their order. */
const EVERY_MS = 2_000;
/** A long history is not read all the time. */
const REST = 8;

/** One order with its history and plan, read again when it changes, and now and then while it works. */
export function useOrder(id: string): OrderState {
  const desk = useDesk();
  const phase = useStore(desk.stream).phase;
  const [state, setState] = useState<OrderState>({ order: null, plan: null, problem: null });

  useEffect(() => {
    let isOver = false;
    let timer = 0;
    let dueAt = Infinity;
    let isReading = false;
    let planKey = '';
    let plan: Trajectory | null = null;

    const schedule = (ms: number): void => {
      const at = performance.now() + ms;
      if (isOver || at >= dueAt) return;
      dueAt = at;
      window.clearTimeout(timer);
      timer = window.setTimeout(() => {
        dueAt = Infinity;
        void read();
      }, ms);
    };

    const read = async (): Promise<void> => {
      if (isReading) return schedule(SOONEST_MS);
      isReading = true;
      const startedAt = performance.now();
      let isActive = true;
      try {
        const order = await desk.client.order(id);
        isActive = order.active || order.live_child_orders > 0;
        const key = [order.status, order.time_start, order.time_end, order.target_order_qty].join();
        if (key !== planKey) {
          // An order without a plan is shown without one.
          plan = await desk.client.trajectory(id).catch((error: unknown) => {
            if (error instanceof ApiFailure && !error.isOutage) return null;
            throw error;
          });
          planKey = key;
        }
        const found = plan;
        if (!isOver) setState({ order, plan: found, problem: null });
      } catch (error) {
        if (!isOver && error instanceof ApiFailure && error.status === 404)
          setState((last) => ({ ...last, problem: error.message }));
      } finally {
        isReading = false;
      }
      if (isActive) schedule(Math.max(EVERY_MS, REST * (performance.now() - startedAt)));
    };

    void read();
    const unsubscribe = desk.onOrder((changed) => {
      if (changed === id) schedule(SOONEST_MS);
    });
    return () => {
      isOver = true;
      window.clearTimeout(timer);
      unsubscribe();
    };
    // Read again when the stream is live again: something may have been missed.
  }, [desk, id, phase]);

  return state;
}
