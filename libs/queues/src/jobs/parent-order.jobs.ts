import { z } from 'zod';
import { defineJob, envelope, WORK_OPTIONS } from '../job-contract.js';

/** An accepted order may begin: at once, or when its start time comes. */
export const activateParentOrder = defineJob({
  queue: 'parent-order.activate',
  name: 'activate-parent-order',
  payload: z.strictObject({ ...envelope, parentOrderId: z.uuid() }),
  options: WORK_OPTIONS,
});

/** Run `decide` for an order whose time has come, or to which something happened. */
export const wakeParentOrder = defineJob({
  queue: 'parent-order.wake',
  name: 'wake-parent-order',
  payload: z.strictObject({ ...envelope, parentOrderId: z.uuid() }),
  options: WORK_OPTIONS,
});
