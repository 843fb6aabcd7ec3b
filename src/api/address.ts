import { isIP, isIPv6 } from 'node:net';
import { z } from 'zod';

export interface Endpoint {
  /** Name or address; IPv6 without brackets. */
  host: string;
  port: number;
}

/** A host starts with a letter or digit, never with "-": it becomes an argument of ssh. */
const ADDRESS_PATTERN = /^([A-Za-z0-9][A-Za-z0-9.-]{0,252}|\[[0-9A-Fa-f:.]{2,45}\]):[0-9]{1,5}$/;
const REASON = 'is not an address: write it as host:port, with IPv6 addresses in brackets';

/** `host:port`; an IPv6 address in brackets. */
export const Address = z
  .string()
  .max(300)
  .regex(ADDRESS_PATTERN, { error: REASON, abort: true })
  .refine((text) => !text.startsWith('[') || isIPv6(parseAddress(text).host), REASON)
  .refine((text) => {
    const { port } = parseAddress(text);
    return port >= 1 && port <= 65_535;
  }, 'has an invalid port: use 1 to 65535');

const RANGE_REASON = 'is not an address or range: write it like 10.0.0.7 or 10.0.0.0/8';

/** An IP address, or a range of them like 10.0.0.0/8. */
export const AddressRange = z
  .string()
  .max(50)
  .refine((text) => {
    const [address = '', bits, ...rest] = text.split('/');
    const family = isIP(address);
    if (family === 0 || rest.length > 0) return false;
    return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (family === 6 ? 128 : 32));
  }, RANGE_REASON);

/** @param text is a valid {@link Address} */
export function parseAddress(text: string): Endpoint {
  const colon = text.lastIndexOf(':');
  const host = text.slice(0, colon);
  return { host: host.startsWith('[') ? host.slice(1, -1) : host, port: Number(text.slice(colon + 1)) };
}

/** Whether the host is the machine itself. */
export function isLoopback({ host }: Endpoint): boolean {
  return host === 'localhost' || host === '::1' || /^127(\.[0-9]{1,3}){3}$/.test(host);
}

/** Whether two processes of one machine cannot listen on both: an address for all interfaces includes all others. */
export function addressesClash(a: Endpoint, b: Endpoint): boolean {
  const [one, other] = [bound(a), bound(b)];
  return a.port === b.port && (one === other || one === 'all' || other === 'all');
}

function bound({ host }: Endpoint): string {
  if (host === '0.0.0.0' || host === '::') return 'all';
  return host === 'localhost' ? '127.0.0.1' : host.toLowerCase();
}
