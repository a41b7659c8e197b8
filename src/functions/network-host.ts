import { execFile } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs'
import { type Addressing, addressing, blocks } from './network-rules.ts'

/**
 * The host's side of the instances' networks: a bridge, a table of nftables and forwarding between the bridge and the
 * world. All of it carries the bridge's name, and the bridge says whose it is, so that a node that was killed is
 * cleaned up after by the next one.
 */
export interface HostNetwork {
  readonly addressing: Addressing
  /** Removes everything that carries the name. May be called again. */
  close(): Promise<void>
}

/** Half of the blocks may be taken, and one is still found but once in 65,536 times. */
const claimAttempts = 16

/** Runs a program of the host as root; rejects with what it said. `input` is its standard input. */
export function run(file: string, args: readonly string[], input = ''): Promise<string> {
  return new Promise((resolve, reject) => {
    const env = { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin' }
    const child = execFile(file, args, { env, cwd: '/', timeout: 20_000 }, (error, stdout, stderr) => {
      if (!error) resolve(stdout)
      else
        reject(new Error(`${file}: ${stderr.trim().split('\n')[0] || error.message}`.slice(0, 300), { cause: error }))
    })
    child.stdin?.on('error', () => undefined) // it ended before it read all: its exit tells why
    child.stdin?.end(input)
  })
}

/** Makes a bridge that no other node of this host has. Rejects when the host does not let us. */
export async function openHostNetwork(): Promise<HostNetwork> {
  await removeStale()
  const found = await claim()
  const { bridge, gateway } = found
  try {
    await run('ip', ['-batch', '-'], `addr add ${gateway}/22 dev ${bridge}\nlink set ${bridge} up\n`)
    set(bridge, 'ipv4', 'route_localnet', '1')
    set(bridge, 'ipv4', 'forwarding', '1')
    await forwardAnswers()
  } catch (error) {
    await removeNetwork(bridge)
    throw error
  }
  let closing: Promise<void> | undefined
  return { addressing: found, close: () => (closing ??= removeNetwork(bridge)) }
}

async function claim(): Promise<Addressing> {
  for (let tries = 0; ; tries += 1) {
    const found = addressing(randomInt(blocks))
    try {
      await run('ip', ['link', 'add', found.bridge, 'type', 'bridge', 'forward_delay', '0'])
    } catch (error) {
      if (tries < claimAttempts && existsSync(`/sys/class/net/${found.bridge}`)) continue
      throw error
    }
    await run('ip', ['link', 'set', found.bridge, 'alias', owner(process.pid)])
    set(found.bridge, 'ipv6', 'disable_ipv6', '1')
    return found
  }
}

/** A process, told from another one that gets the same number later, and from those of other namespaces. */
function owner(pid: number | 'self'): string {
  const started = /\) .*?(?: \S+){18} (\d+)/.exec(readFileSync(`/proc/${pid}/stat`, 'latin1'))?.[1] ?? ''
  return `landfall ${readlinkSync('/proc/self/ns/pid')} ${pid} ${started}`
}

/** Removes what nodes that are gone have left. Those of other process namespaces can't be told to be gone. */
async function removeStale(): Promise<void> {
  for (const name of bridges()) {
    // Gone since it was listed: another node removes it as well.
    if (!existsSync(`/sys/class/net/${name}/ifalias`)) continue
    const alias = readFileSync(`/sys/class/net/${name}/ifalias`, 'utf8').trim()
    const [, space, pid] = /^landfall (\S+) (\d+) \d*$/.exec(alias) ?? []
    if (space === undefined || space !== readlinkSync('/proc/self/ns/pid')) continue
    if (!existsSync(`/proc/${pid}`) || owner(Number(pid)) !== alias) await removeNetwork(name)
  }
}

/** Namespaces and their devices first, then the bridge: while it stands, its name is not taken again. */
async function removeNetwork(bridge: string): Promise<void> {
  const namespaces = existsSync('/run/netns') ? readdirSync('/run/netns') : []
  try {
    for (const name of namespaces) if (name.startsWith(`${bridge}-`)) await run('ip', ['netns', 'delete', name])
    await run('nft', ['-f', '-'], `table ip landfall_${bridge} {}\ndelete table ip landfall_${bridge}\n`)
    await run('ip', ['link', 'delete', bridge])
  } catch (error) {
    // Two nodes that start together clean up after the same third one.
    if (bridges().includes(bridge)) throw error
  }
  if (bridges().length === 0) await forgetForwarding()
}

const bridges = () => readdirSync('/sys/class/net').filter((name) => /^lf\d{1,3}$/.test(name))

function set(device: string, family: 'ipv4' | 'ipv6', name: string, value: string): void {
  const path = `/proc/sys/net/${family}/conf/${device}/${name}`
  // A kernel without IPv6 has nothing to switch off.
  if (family === 'ipv4' || existsSync(path)) writeFileSync(path, value)
}

/**
 * Answers are handed on to instances only by devices that forward. Where the host forwards nothing, they are told to,
 * and kept from forwarding anything that is not ours; the table `landfall` remembers which, for all nodes.
 */
async function forwardAnswers(): Promise<void> {
  const closed = readdirSync('/proc/sys/net/ipv4/conf').filter(
    (name) => !/^(all|default|lo|v?lf\d.*)$/.test(name) && forwarding(name) === '0',
  )
  if (closed.length === 0) return
  const names = closed.map((name) => JSON.stringify(name)).join(', ')
  await run(
    'nft',
    ['-f', '-'],
    `table ip landfall {
  set opened {
    type ifname
    elements = { ${names} }
  }
  chain forward {
    type filter hook forward priority -20
  }
}
flush chain ip landfall forward
add rule ip landfall forward iifname @opened oifname != "lf*" drop
`,
  )
  for (const name of closed) set(name, 'ipv4', 'forwarding', '1')
}

function forwarding(device: string): string | undefined {
  try {
    return readFileSync(`/proc/sys/net/ipv4/conf/${device}/forwarding`, 'utf8').trim()
  } catch {
    // Devices come and go.
    return undefined
  }
}

async function forgetForwarding(): Promise<void> {
  const table = await run('nft', ['list', 'set', 'ip', 'landfall', 'opened']).catch(() => '')
  const elements = /elements = \{([^}]*)\}/.exec(table)?.[1] ?? ''
  const names = [...elements.matchAll(/"([^"]+)"/g)].map(([, name = '']) => name)
  const put = (value: string) => {
    for (const name of names) if (forwarding(name) !== undefined) set(name, 'ipv4', 'forwarding', value)
  }
  put('0')
  // A node that started meanwhile found them forwarding, and left it at that.
  if (bridges().length > 0) put('1')
  else if (table !== '') await run('nft', ['delete', 'table', 'ip', 'landfall'])
}
