/** As much of the load tool's interface as is used here; it brings no types of its own. */
declare module 'autocannon' {
  export interface LoadRequest {
    method?: string;
    path?: string;
    headers?: Record<string, string>;
    setupRequest?: (request: LoadRequest) => LoadRequest;
  }

  export interface LoadClient {
    setRequests(requests: readonly LoadRequest[]): void;
  }

  export interface LoadOptions {
    url: string;
    connections: number;
    /** Seconds. */
    duration: number;
    /** How often results are sampled, ms. */
    sampleInt?: number;
    setupClient?: (client: LoadClient) => void;
  }

  export interface LoadResult {
    /** Milliseconds. */
    latency: { p50: number; p99: number; max: number };
    /** Completed requests. */
    requests: { total: number };
    /** Seconds. */
    duration: number;
    errors: number;
    timeouts: number;
    non2xx: number;
  }

  export default function autocannon(options: LoadOptions): Promise<LoadResult>;
}
