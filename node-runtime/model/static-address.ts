import { PlumpError } from '../base/errors.ts';
import { isHostAddress } from './ipv4.ts';

/** A fixed address for one NIC. */
export interface StaticAddress {
  readonly address: string;
  readonly prefix: number;
  readonly gateway?: string;
}

/** Reads `ADDRESS/PREFIX` and a gateway. @throws PlumpError PLUMP_CONFIG */
export function parseStaticAddress(cidr: string, gateway?: string): StaticAddress {
  const [, address = '', prefix = ''] = /^([\d.]+)\/(\d{1,2})$/.exec(cidr) ?? [];
  const length = Number(prefix);
  if (!isHostAddress(address) || length < 1 || length > 32)
    throw new PlumpError('PLUMP_CONFIG', `'${cidr}' is no address`, { hint: 'write it like 192.168.1.20/24' });
  if (gateway !== undefined && !isHostAddress(gateway))
    throw new PlumpError('PLUMP_CONFIG', `'${gateway}' is no gateway address`, { hint: 'write it like 192.168.1.1' });
  return { address, prefix: length, ...(gateway === undefined ? {} : { gateway }) };
}

/** Reads `plumpos.ip=IF:ADDR/PREFIX[:GW]`. @throws PlumpError PLUMP_CONFIG */
export function parseAddressArgument(text: string): StaticAddress & { readonly nic: string } {
  const [nic = '', cidr = '', gateway, more] = text.split(':');
  if (nic === '' || cidr === '' || more !== undefined)
    throw new PlumpError('PLUMP_CONFIG', `plumpos.ip=${text} is not IF:ADDRESS/PREFIX[:GATEWAY]`, {
      hint: 'for example plumpos.ip=eth0:192.168.1.20/24:192.168.1.1',
    });
  return { nic, ...parseStaticAddress(cidr, gateway) };
}
