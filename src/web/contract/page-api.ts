/** Prefix of the page API, which the browser uses. Users sign in. The agent has an API of its own (src/base/agent-api.ts). */
export const PAGE_API = '/api/v1';
