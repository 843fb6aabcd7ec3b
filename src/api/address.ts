import { z } from 'zod';
import type { Endpoint } from '../topology/site-plan.ts';

const ADDRESS_PATTERN = /^([A-Za-z0-9.-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\]):[0-9]{1,5}$/;

/** `host:port`; an IPv6 address in brackets. */
export const Address = z
  .string()
  .max(300)
  .regex(ADDRESS_PATTERN, { error: 'is no address: write it as host:port, an IPv6 address in brackets', abort: true })
  .refine((text) => portOf(text) >= 1 && portOf(text) <= 65_535, 'has a port outside of 1 to 65535');

const portOf = (text: string) => Number(text.slice(text.lastIndexOf(':') + 1));

export function parseAddress(text: string): Endpoint {
  const host = text.slice(0, text.lastIndexOf(':'));
  return { host: host.startsWith('[') ? host.slice(1, -1) : host, port: portOf(text) };
}
