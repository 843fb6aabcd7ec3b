import { Router } from 'express';
import { type AuditLog, AuditQuery } from '../contract/audit.ts';
import { refuse } from '../contract/refusals.ts';
import type { Audit } from '../people/audit.ts';
import type { Guard } from '../people/guard.ts';

/** The audit log, for admins. */
export function auditRoutes(guard: Guard, audit: Audit): Router {
  const router = Router();
  router.get('/audit', async (request, response) => {
    if (!guard.person(response).user.admin) throw refuse('adminsOnly');
    const { cursor, limit } = AuditQuery.parse(request.query);
    const found = await audit.read(cursor, limit + 1);
    const next = found.length > limit ? String(cursor + limit) : null;
    response.json({ records: found.slice(0, limit), next } satisfies AuditLog);
  });
  return router;
}
