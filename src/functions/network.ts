import { lookup } from 'node:dns/promises'
import { createServer } from 'node:net'
import type { EgressRule } from '../kernel/functions.ts'
import type { Isolation } from './isolation.ts'
import { type HostNetwork, openHostNetwork, run } from './network-host.ts'
import { type Addressing, hostRules, instanceRules, type Services } from './network-rules.ts'
import { resolvers } from './resolvers.ts'

/** A network namespace that an instance is started in. */
export interface Network {
  /** Puts this before a command that starts the instance. */
  readonly enter: readonly string[]
  /** Replaces what may be reached outside: everything when undefined. The node and the resolver always may be. */
  restrict(egress: readonly EgressRule[] | undefined): Promise<void>
  /** Only once no process is left in it. */
  release(): Promise<void>
}

export interface Networks {
  /** A namespace for the instance of this slot: one that is left from an earlier instance, or a new one. */
  take(slot: number): Promise<Network>
  close(): Promise<void>
}

/** Namespaces kept for the next instance: making one takes ten times as long as using one again. */
const mostKept = 16
/** The slot that is taken first; what was found out in it serves the first instance. */
const firstSlot = 1

/**
 * Networks for the instances of this node, or a sentence on why there can be none. `endpoint` is asked for when the
 * first is taken: the node may listen later than that it finds out what the host can do.
 */
export async function openNetworks(endpoint: () => string): Promise<Networks | string> {
  if (process.getuid?.() !== 0) return 'only root can make networks for others'
  const names = resolvers().addresses
  let host: HostNetwork
  try {
    await run('nft', ['--version'])
    host = await openHostNetwork()
  } catch (error) {
    return (error as NodeJS.ErrnoException).message
  }
  const { addressing } = host
  const kept = new Map<number, Namespace>()
  let services: { readonly of: string; readonly found: Promise<Services> } | undefined
  const publish = async (found: Services) => {
    await run('nft', ['-f', '-'], hostRules(addressing, found))
    return found
  }
  const takeWith = async (slot: number, found: Services): Promise<Network> => {
    const before = kept.get(slot)
    kept.delete(slot)
    const space = before ?? (await makeNamespace(addressing, slot, found))
    if (space.services !== found) await space.apply(found, undefined)
    return {
      enter: ['nsenter', `--net=/run/netns/${space.name}`],
      restrict: (egress) => space.apply(found, egress),
      async release() {
        if (kept.size >= mostKept) return space.remove()
        if (space.restricted) await space.apply(found, undefined)
        kept.set(slot, space)
      },
    }
  }
  const failed = await probe((port) =>
    publish({ endpoint: { ip: '127.0.0.1', port }, resolvers: names }).then((found) => takeWith(firstSlot, found)),
  )
  if (failed !== undefined) {
    // What failed to make it may fail to remove it as well; the next node that can will.
    await host.close().catch(() => undefined)
    return failed
  }
  return {
    async take(slot) {
      const now = endpoint()
      if (services?.of !== now) {
        const found = endpointAddress(now).then((address) => publish({ endpoint: address, resolvers: names }))
        const made = { of: now, found }
        services = made
        // What failed is tried again for the next instance.
        found.catch(() => {
          if (services === made) services = undefined
        })
      }
      return takeWith(slot, await services.found)
    },
    close: () => host.close(),
  }
}

/** Networks as the node's configuration and the instances' isolation have it. */
export async function networksFor(
  isolation: Pick<Isolation, 'kind'>,
  wanted: 'own' | 'host',
  endpoint: () => string,
): Promise<Networks | string> {
  if (wanted === 'host') return 'the node was started with --host-network'
  if (isolation.kind !== 'bubblewrap') return 'only instances in bubblewrap get networks of their own'
  return openNetworks(endpoint)
}

/** What there is, for `landfall doctor` and for what depends on it. */
export function networkSaid(found: Networks | string): { kind: 'own' | 'shared'; reason: string } {
  if (typeof found === 'string')
    return { kind: 'shared', reason: `functions share the network of the host, its loopback included: ${found}` }
  return {
    kind: 'own',
    reason:
      'each instance has a network namespace; of the host it reaches the node alone, of the world what its security groups allow',
  }
}

interface Namespace {
  readonly name: string
  /** What its rules are made for. */
  readonly services: Services
  readonly restricted: boolean
  apply(services: Services, egress: readonly EgressRule[] | undefined): Promise<void>
  remove(): Promise<void>
}

/** Inside a namespace: no program that asks for any free port gets the endpoint's, where what it listens on is not reached. */
const setRules = `echo "$port" > /proc/sys/net/ipv4/ip_local_reserved_ports
exec nft -f -`

/** Its input are the rules. One program for all of it: each that the node itself starts holds its one thread up. */
const make = `set -eu
name=$1 bridge=$2 gateway=$3 address=$4 port=$5
ip netns add "$name"
ip -batch - << END
link add v$name type veth peer name eth0 netns $name
link set v$name master $bridge
link set v$name type bridge_slave isolated on
link set v$name up
END
export gateway address port
exec nsenter --net="/run/netns/$name" /bin/sh -c '
set -eu
if [ -d /proc/sys/net/ipv6 ]; then echo 1 > /proc/sys/net/ipv6/conf/eth0/disable_ipv6; fi
echo 1 > /proc/sys/net/ipv4/conf/eth0/route_localnet
ip -batch - << END
link set lo up
addr add $address dev eth0
link set eth0 up
route add default via $gateway
END
${setRules}'`

/**
 * One namespace with a device on the bridge, from which everything outside may be reached at first. Its device answers to
 * no other instance (the bridge's ports are isolated), has no IPv6, and lets loopback addresses out only as the rules
 * rewrite them.
 */
async function makeNamespace(addressing: Addressing, slot: number, services: Services): Promise<Namespace> {
  const { bridge, gateway, address } = addressing
  const name = `${bridge}-${slot}`
  const port = (of: Services) => String(of.endpoint.port)
  const remove = async () => void (await run('ip', ['netns', 'delete', name]))
  const made = ['-c', make, 'landfall', name, bridge, gateway, `${address(slot)}/22`, port(services)]
  try {
    await run('/bin/sh', made, instanceRules(addressing, slot, services, undefined))
  } catch (error) {
    await remove().catch(() => undefined) // it was not even added
    throw error
  }
  let current = services
  let restricted = false
  return {
    name,
    remove,
    get services() {
      return current
    },
    get restricted() {
      return restricted
    },
    async apply(next, egress) {
      const script = `set -eu\nport=$1\n${setRules}`
      const inside = [`--net=/run/netns/${name}`, '/bin/sh', '-c', script, 'landfall', port(next)]
      await run('nsenter', inside, instanceRules(addressing, slot, next, egress))
      current = next
      restricted = egress !== undefined
    },
  }
}

/** Whether a program in a namespace reaches what listens on the host's loopback, and only because it is let. */
async function probe(take: (port: number) => Promise<Network>): Promise<string | undefined> {
  const server = createServer((socket) => void socket.on('error', () => undefined).end('landfall'))
  try {
    await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as { port: number }
    const network = await take(port)
    const program = `require('net').connect(${port}, '127.0.0.1').setTimeout(5000, () => process.exit(1)).pipe(process.stdout)`
    const [file = '', ...args] = [...network.enter, process.execPath, '-e', program]
    const answer = await run(file, args)
    await network.release()
    return answer === 'landfall' ? undefined : 'the node is not reached from a network namespace'
  } catch (error) {
    return (error as Error).message
  } finally {
    server.close()
  }
}

async function endpointAddress(endpoint: string): Promise<Services['endpoint']> {
  const { hostname, port, protocol } = new URL(endpoint)
  const { address } = await lookup(hostname.replace(/^\[|\]$/g, ''), 4).catch(() => ({ address: '127.0.0.1' }))
  return { ip: address, port: Number(port) || (protocol === 'https:' ? 443 : 80) }
}
