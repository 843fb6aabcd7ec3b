import type { RequestHandler } from 'express';
import helmet from 'helmet';

/** The page loads nothing from elsewhere, runs no inline script, and cannot be framed. */
export const securityHeaders: RequestHandler = helmet({
  contentSecurityPolicy: {
    useDefaults: false,
    directives: {
      defaultSrc: ["'none'"],
      scriptSrc: ["'self'"],
      styleSrc: ["'self'"],
      imgSrc: ["'self'", 'data:', 'blob:'],
      fontSrc: ["'self'"],
      connectSrc: ["'self'"],
      frameSrc: ["'self'"],
      objectSrc: ["'none'"],
      baseUri: ["'none'"],
      formAction: ["'self'"],
      frameAncestors: ["'none'"],
    },
  },
  // HSTS would apply to every port of this host, and other listeners are not ours.
  strictTransportSecurity: false,
  xFrameOptions: { action: 'sameorigin' },
  crossOriginResourcePolicy: { policy: 'same-origin' },
  referrerPolicy: { policy: 'no-referrer' },
});

/** The rest of a request body after the response: nobody reads it, and it must not hold the connection. */
const REST_MS = 1000;

/** Closes connections on which a body keeps coming after the response. */
export const dropUnreadBody: RequestHandler = (request, response, next) => {
  response.once('finish', () => {
    if (!request.complete) setTimeout(() => request.complete || request.socket.destroy(), REST_MS).unref();
  });
  next();
};

/** A small request whose body takes this long is meant to hold the connection. */
const BODY_MS = 10_000;

/** Closes connections whose small request does not arrive in time. However long the response takes is another matter. */
export const requireTimelyBody =
  (withinMs = BODY_MS): RequestHandler =>
  (request, response, next) => {
    // Not by 'end', which is only emitted when somebody reads: of a download nobody reads the body.
    const timer = setTimeout(() => request.complete || request.destroy(), withinMs);
    response.once('close', () => clearTimeout(timer));
    next();
  };
