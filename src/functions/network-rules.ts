import { isIPv4 } from 'node:net'
import type { EgressRule } from '../kernel/functions.ts'

/** Addresses of one node's instances. */
export interface Addressing {
  /** The bridge of the host, and the prefix of the names of all that belongs to it. */
  readonly bridge: string
  /** `198.18.8.0/22` */
  readonly subnet: string
  /** The host's own address on the bridge. */
  readonly gateway: string
  /** The address of the instance in this slot. */
  address(slot: number): string
}

/** Where instances may go whatever their policy is. */
export interface Services {
  /** The node's own endpoint. */
  readonly endpoint: { readonly ip: string; readonly port: number }
  /** What resolves names, as in the instances' `/etc/resolv.conf`. */
  readonly resolvers: readonly string[]
}

/**
 * A quarter of 198.18.0.0/15, which is set aside for networks that are not on the Internet (RFC 2544): 128 nodes on one
 * host have blocks of 1,022 instances.
 */
export function addressing(block: number): Addressing {
  const base = 198 * 2 ** 24 + 18 * 2 ** 16 + block * 1024
  const text = (ip: number) => [ip >>> 24, (ip >>> 16) & 255, (ip >>> 8) & 255, ip & 255].join('.')
  return {
    bridge: `lf${block}`,
    subnet: `${text(base)}/22`,
    gateway: text(base + 1),
    address: (slot) => text(base + 1 + slot),
  }
}

export const blocks = 128

const loopback = (ip: string) => ip.startsWith('127.')

/**
 * nftables for the host. Traffic of instances leaves under the host's address; what comes in are answers. Of the host
 * itself they reach the endpoint and its resolver alone, as programs of the host would (a connection that never leaves
 * the machine counts as one that nobody can read); of link-local addresses (the credentials of a cloud's machine
 * are behind one) none.
 */
export function hostRules({ bridge, subnet, gateway }: Addressing, { endpoint, resolvers }: Services): string {
  const local = [
    ...(loopback(endpoint.ip) ? [`tcp dport ${endpoint.port} dnat to ${endpoint.ip}`] : []),
    ...resolvers.filter(loopback).flatMap((ip) => [`udp dport 53 dnat to ${ip}`, `tcp dport 53 dnat to ${ip}`]),
  ]
  const named = resolvers.filter((ip) => !loopback(ip))
  const names = ['udp', 'tcp'].flatMap((kind) => named.map((ip) => `ip daddr ${ip} ${kind} dport 53 accept`))
  const endpointAccept = loopback(endpoint.ip) ? [] : [`ip daddr ${endpoint.ip} tcp dport ${endpoint.port} accept`]
  return `table ip landfall_${bridge} {}
delete table ip landfall_${bridge}
table ip landfall_${bridge} {
  chain prerouting {
    type nat hook prerouting priority -100
${lines(local.map((rule) => `iifname "${bridge}" ip daddr ${gateway} ${rule}`))}
  }
  chain arriving {
    type nat hook input priority 100
    iifname "${bridge}" ip daddr 127.0.0.0/8 snat to 127.0.0.1
  }
  chain postrouting {
    type nat hook postrouting priority 100
    ip saddr ${subnet} oifname != "${bridge}" masquerade
  }
  chain input {
    type filter hook input priority -10
    iifname "${bridge}" ct state established,related accept
    iifname "${bridge}" ct status dnat accept
${lines([...endpointAccept, ...names].map((rule) => `iifname "${bridge}" ${rule}`))}
    iifname "${bridge}" drop
  }
  chain forward {
    type filter hook forward priority -10
    iifname "${bridge}" oifname "lf*" drop
${lines(names.map((rule) => `iifname "${bridge}" ${rule}`))}
    iifname "${bridge}" ip daddr 169.254.0.0/16 drop
    iifname "${bridge}" accept
    oifname "${bridge}" ct state established,related accept
    oifname "${bridge}" drop
  }
}
`
}

/**
 * nftables for the inside of an instance's namespace, which the instance has no right to change. The node is at its
 * usual address there. `egress` undefined: everything outside may be reached. What may not be is dropped without an
 * answer, as security groups do it; connections that stand stay, as those they track do.
 */
export function instanceRules(
  { gateway, address }: Addressing,
  slot: number,
  { endpoint, resolvers }: Services,
  egress: readonly EgressRule[] | undefined,
): string {
  const ports = [
    ...(loopback(endpoint.ip) ? [`ip daddr ${endpoint.ip} tcp dport ${endpoint.port}`] : []),
    ...resolvers.filter(loopback).flatMap((ip) => ['udp', 'tcp'].map((kind) => `ip daddr ${ip} ${kind} dport 53`)),
  ]
  const always = [
    loopback(endpoint.ip)
      ? `ip daddr ${gateway} tcp dport ${endpoint.port}`
      : `ip daddr ${endpoint.ip} tcp dport ${endpoint.port}`,
    ...resolvers
      .map((ip) => (loopback(ip) ? gateway : ip))
      .flatMap((ip) => ['udp', 'tcp'].map((kind) => `ip daddr ${ip} ${kind} dport 53`)),
  ]
  const allowed = egress === undefined ? ['accept'] : egress.flatMap(matches).map((match) => `${match} accept`)
  return `flush ruleset
table ip landfall {
  chain aim {
    type nat hook output priority -100
${lines(ports.map((match) => `${match} dnat to ${gateway}`))}
  }
  chain leave {
    type nat hook postrouting priority 100
    oifname "eth0" ip saddr 127.0.0.0/8 snat to ${address(slot)}
  }
  chain input {
    type filter hook input priority 0
    policy drop
    iifname "lo" accept
    ct state established,related accept
  }
  chain output {
    type filter hook output priority 0
    policy drop
    oifname "lo" accept
    ct state established,related accept
${lines([...always.map((match) => `${match} accept`), ...allowed])}
  }
}
`
}

/** One rule of a security group as matches, one for each range of addresses. */
function matches({ protocol, ports, icmp, cidrs }: EgressRule): string[] {
  const what = protocolMatch(protocol, ports, icmp)
  return cidrs.map((cidr) => {
    const [ip = '', bits = ''] = cidr.split('/')
    if (!isIPv4(ip) || !/^\d{1,2}$/.test(bits)) throw new Error(`not a range of IPv4 addresses: ${cidr}`)
    return cidr === '0.0.0.0/0' ? what : `ip daddr ${cidr} ${what}`
  })
}

function protocolMatch(protocol: EgressRule['protocol'], ports: EgressRule['ports'], icmp: EgressRule['icmp']): string {
  if (protocol === 'all') return ''
  if (protocol === 6 || protocol === 17) {
    const name = protocol === 6 ? 'tcp' : 'udp'
    return ports ? `${name} dport ${Number(ports[0])}-${Number(ports[1])}` : `meta l4proto ${name}`
  }
  if (protocol === 1) {
    const type = icmp ? `icmp type ${Number(icmp.type)}` : 'meta l4proto icmp'
    return icmp?.code === undefined ? type : `${type} icmp code ${Number(icmp.code)}`
  }
  return `meta l4proto ${Number(protocol)}`
}

const lines = (rules: readonly string[]) => rules.map((rule) => `    ${rule}`).join('\n')
