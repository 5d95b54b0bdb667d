import { runService } from '#observability';
import { orderSchedulerService } from './service.js';

await runService(orderSchedulerService);
