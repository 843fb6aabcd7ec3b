/**
 * Prefix of the agent API: for the command line on the site's loopback, and a part of it for the operator. It knows one
 * token and no users. The page has an API of its own, on another port (src/web/contract/page-api.ts).
 */
export const AGENT_API = '/api/v1';
