/** Finds the address of the Service `kubernetes`, the first of the service range. Pure. */
import { isIPv6 } from 'node:net';

/** `10.96.0.0/16` → `10.96.0.1`. */
export function firstAddress(cidr: string): string {
  const [address = ''] = cidr.split('/');
  if (isIPv6(address)) return address.endsWith('::') ? `${address}1` : address;
  const parts = address.split('.').map(Number);
  return [...parts.slice(0, 3), (parts[3] ?? 0) + 1].join('.');
}
