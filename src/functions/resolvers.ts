import { existsSync, readFileSync } from 'node:fs'
import { isIPv4 } from 'node:net'

const stub = '/etc/resolv.conf'
/** What systemd-resolved asks itself: its stub answers on the host's loopback device alone. */
const behindStub = '/run/systemd/resolve/resolv.conf'

/** How instances resolve names: the file that is their `/etc/resolv.conf`, and the IPv4 addresses in it. */
export function resolvers(): { readonly path: string; readonly addresses: readonly string[] } {
  const own = nameservers(stub)
  const path = own.every((ip) => ip === '127.0.0.53') && existsSync(behindStub) ? behindStub : stub
  return { path, addresses: path === stub ? own : nameservers(path) }
}

function nameservers(path: string): string[] {
  if (!existsSync(path)) return []
  const found = [...readFileSync(path, 'utf8').matchAll(/^nameserver\s+(\S+)/gm)].map(([, ip = '']) => ip)
  // Of IPv6 there is none in an instance.
  return found.filter((ip) => isIPv4(ip))
}
