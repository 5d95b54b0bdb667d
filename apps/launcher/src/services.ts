import type { ServiceDefinition } from '#observability';
import { apiGatewayService } from '../../api-gateway/src/service.js';
import { exchangeGatewayService } from '../../exchange-gateway/src/service.js';
import { feedHandler } from '../../feed-handler/src/service.js';
import { orderSchedulerService } from '../../order-scheduler/src/service.js';
import { rateLimitTrackerService } from '../../rate-limit-tracker/src/service.js';

/** Every service, in the order in which they start; they stop in the reverse order. */
export const SERVICES: readonly ServiceDefinition[] = [
  feedHandler,
  rateLimitTrackerService,
  exchangeGatewayService,
  orderSchedulerService,
  apiGatewayService,
];
