import { z } from 'zod';
import { defineJob, envelope, WORK_OPTIONS } from '../job-contract.js';

const payload = z.strictObject({ ...envelope, parentOrderId: z.uuid(), sequence: z.int().min(0) });

/** Reserve budget, claim and send one pending child order. */
export const submitChildOrder = defineJob({
  queue: 'child-order.submit',
  name: 'submit-child-order',
  payload,
  options: WORK_OPTIONS,
});

/** Cancel one child order at its venue. */
export const cancelChildOrder = defineJob({
  queue: 'child-order.cancel',
  name: 'cancel-child-order',
  payload,
  options: WORK_OPTIONS,
});

/** Change one working child order in place, or find out whether that was done. */
export const amendChildOrder = defineJob({
  queue: 'child-order.amend',
  name: 'amend-child-order',
  payload,
  options: WORK_OPTIONS,
});

/** Find out what became of a child order whose outcome is not known. */
export const resolveChildOrder = defineJob({
  queue: 'child-order.resolve',
  name: 'resolve-child-order',
  payload,
  options: WORK_OPTIONS,
});
