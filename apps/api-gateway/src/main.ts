import { runService } from '#observability';
import { apiGatewayService } from './service.js';

await runService(apiGatewayService);
