import { runService } from '#observability';
import { rateLimitTrackerService } from './service.js';

await runService(rateLimitTrackerService);
