import { BlockList, isIP } from 'node:net';

/**
 * Whether a peer is a proxy of ours: only what such a one says of the address of a client (X-Forwarded-For) is believed, and it
 * may open any number of connections, because all clients are behind it. Pure.
 * @param addresses addresses, and ranges like 10.0.0.0/8
 */
export function trustedProxies(addresses: readonly string[]): (peer: string) => boolean {
  const list = new BlockList();
  for (const text of addresses) {
    const [address = '', bits] = text.split('/');
    const family = isIP(address) === 6 ? 'ipv6' : 'ipv4';
    if (bits === undefined) list.addAddress(address, family);
    else list.addSubnet(address, Number(bits), family);
  }
  return (peer) => isIP(peer) !== 0 && list.check(peer, isIP(peer) === 6 ? 'ipv6' : 'ipv4');
}
