import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { afterAll, describe, expect, test } from 'vitest'
import { openNetworks } from './network.ts'
import { run } from './network-host.ts'
import { addressing, hostRules, instanceRules } from './network-rules.ts'

const own = await openNetworks(() => 'http://127.0.0.1:4566')
afterAll(async () => {
  if (typeof own !== 'string') await own.close()
})
if (typeof own === 'string') console.warn(`network tests skipped: ${own}`)

const bridges = () => readdirSync('/sys/class/net').filter((name) => /^lf\d+$/.test(name))
const services = { endpoint: { ip: '127.0.0.1', port: 4566 }, resolvers: ['127.0.0.1', '9.9.9.9'] }

describe('rules', () => {
  test('a range that is none is refused before it becomes part of a rule', () => {
    const rules = (cidr: string) => () =>
      instanceRules(addressing(3), 2, services, [{ protocol: 'all', cidrs: [cidr] }])
    expect(rules('10.0.0.0/8')).not.toThrow()
    for (const bad of ['10.0.0.0', '::/0', '1.2.3.4/8 accept', '10.0.0.0/8\naccept', 'x/8']) {
      expect(rules(bad)).toThrow('not a range of IPv4 addresses')
    }
  })

  test('addresses of link-local networks, where clouds keep credentials, are not reached', () => {
    expect(hostRules(addressing(3), services)).toMatch(/ip daddr 169\.254\.0\.0\/16 drop[\s\S]* accept/)
  })

  test('blocks of different nodes do not overlap, and end where the range does', () => {
    expect(addressing(0)).toMatchObject({ subnet: '198.18.0.0/22', gateway: '198.18.0.1' })
    expect(addressing(1).subnet).toBe('198.18.4.0/22')
    expect(addressing(127).address(1021)).toBe('198.19.255.254')
  })
})

// On a machine that does all tests (CI) it has to be there: the suite runs, and fails.
describe.runIf(typeof own !== 'string' || process.env.CI !== undefined)('networks of this host', () => {
  test('the next node removes what a node that was killed has left, and nothing of one that runs', async () => {
    const killed = await otherNode()
    const running = await otherNode()
    expect(bridges()).toEqual(expect.arrayContaining([killed.bridge, running.bridge]))
    killed.child.kill('SIGKILL')
    await once(killed.child, 'exit')
    const next = await openNetworks(() => 'http://127.0.0.1:4566')
    try {
      expect(bridges()).toContain(running.bridge)
      expect(bridges()).not.toContain(killed.bridge)
      expect(readdirSync('/run/netns').filter((name) => name.startsWith(`${killed.bridge}-`))).toEqual([])
      expect(await run('nft', ['list', 'tables'])).not.toContain(`landfall_${killed.bridge}\n`)
    } finally {
      if (typeof next !== 'string') await next.close()
      running.child.stdin?.end()
      await once(running.child, 'exit')
    }
    expect(bridges()).not.toContain(running.bridge)
  })

  test('more namespaces than are kept for later are removed when they are given back', async () => {
    if (typeof own === 'string') return
    const taken = []
    for (let slot = 1; slot <= 18; slot += 1) taken.push(await own.take(slot))
    for (const one of taken) await one.release()
    const mine = (taken[0]?.enter[1] ?? '').replace(/^.*\/(lf\d+)-\d+$/, '$1')
    expect(readdirSync('/run/netns').filter((name) => name.startsWith(`${mine}-`))).toHaveLength(16)
  })

  test('what listens at the endpoint’s address is reached from inside, and goes when the node does', async () => {
    const server = createServer((socket) => void socket.on('error', () => undefined).end('node'))
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as { port: number }
    const networks = await openNetworks(() => `http://localhost:${port}`)
    if (typeof networks === 'string') throw new Error(networks)
    const { enter } = await networks.take(1)
    const program = `require('net').connect(${port}, '127.0.0.1').pipe(process.stdout)`
    expect(await run(enter[0] as string, [...enter.slice(1), process.execPath, '-e', program])).toBe('node')
    server.close()
    const bridge = /(lf\d+)-/.exec(enter[1] ?? '')?.[1] ?? ''
    expect(readFileSync(`/sys/class/net/${bridge}/ifalias`, 'utf8')).toMatch(/^landfall /)
    await networks.close()
    expect(bridges()).not.toContain(bridge)
  })
})

/** Another process with networks of its own, one of them in use; it ends when its input does. */
async function otherNode(): Promise<{ child: ChildProcess; bridge: string }> {
  const program = `import { openNetworks } from ${JSON.stringify(new URL('network.ts', import.meta.url).href)}
    const networks = await openNetworks(() => 'http://127.0.0.1:4566')
    const { enter } = await networks.take(1)
    console.log(enter[1])
    process.stdin.on('end', () => networks.close()).resume()`
  const child = spawn(process.execPath, ['--input-type=module', '-e', program], { stdio: ['pipe', 'pipe', 'inherit'] })
  const [said] = (await once(child.stdout, 'data')) as [Buffer]
  const bridge = /(lf\d+)-/.exec(said.toString())?.[1]
  if (!bridge) throw new Error(`no network: ${said}`)
  return { child, bridge }
}
