import { createServer, type Server } from 'node:net'
import { networkInterfaces } from 'node:os'
import { afterAll, describe, expect, test } from 'vitest'
import { makeWorld, others, outside } from './network.fixture.ts'
import { type Fixture, startRunner } from './runner.fixture.ts'

/**
 * What an instance reaches, tried from inside. "Outside" is a network namespace of the test's own behind a device pair,
 * so that nothing leaves this host.
 */

/** Who the node saw. */
const peers = new Set<string | undefined>()
const node = await listening('the node')
node.server.on('connection', (socket) => peers.add(socket.remoteAddress))
const secret = await listening('not for functions')
const everywhere = await listening('the whole host', '0.0.0.0')
// Before the node: answers come in by devices that it finds when it starts.
const world = process.getuid?.() === 0 ? await makeWorld().catch(() => undefined) : undefined
const f: Fixture = await startRunner({ endpoint: `http://127.0.0.1:${node.port}` })
const network = await f.runner.network()
const own = network.kind === 'own'
if (!own) console.warn(`network suite skipped: ${network.reason}`)

afterAll(async () => {
  await f[Symbol.asyncDispose]()
  for (const { server } of [node, secret, everywhere]) server.close()
  await world?.[Symbol.asyncDispose]()
})

/** Gives up a connection that is not made soon. One that is made is waited for, on a busy machine too. */
const soon = `socket.on('connect', () => socket.setTimeout(0))
      const giveUp = () => { if (!socket.connecting) return; resolve('no answer'); socket.destroy() }
      socket.on('timeout', () => setTimeout(giveUp, 100))`
/** Handler of an event `[host, port][]`: what each said, or how it failed. */
const code = {
  'index.js': `
    const net = require('net')
    const reach = ([host, port]) => new Promise((resolve) => {
      const socket = net.connect({ host, port, timeout: 400 })
      let text = ''
      socket.on('data', (data) => { text += data }).on('end', () => resolve(text)).on('error', (error) => resolve(error.code))
      ${soon}
    })
    let server
    exports.handler = async (event) => {
      if (event.listen) {
        server ??= await new Promise((resolve) => {
          const one = net.createServer((socket) => socket.end('a neighbour')).listen(0, () => resolve(one))
        })
        const { eth0 } = require('os').networkInterfaces()
        return { port: server.address().port, address: eth0[0].address }
      }
      return Promise.all(event.map(reach))
    }`,
}

/** Handler of `{ udp, tcp, waitMs }`: lists of `[host, port]`: what each said, or how it failed, and which devices have IPv6. */
const tries = {
  'index.js': `
    const net = require('net'), dgram = require('dgram'), os = require('os')
    const tcp = ([host, port]) => new Promise((resolve) => {
      const socket = net.connect({ host, port, timeout: 400 })
      socket.on('data', (data) => resolve(String(data))).on('error', (error) => resolve(error.code))
      ${soon}
    })
    const udp = (waitMs) => ([host, port]) => new Promise((resolve) => {
      const socket = dgram.createSocket('udp4', (data) => resolve(String(data)))
      const failed = (error) => error && resolve(error.code)
      socket.on('error', failed).bind(0, () => socket.setBroadcast(true) ?? socket.send('who', port, host, failed))
      setTimeout(() => { resolve('no answer'); socket.close() }, waitMs)
    })
    let server
    exports.handler = async (event) => {
      const all = os.networkInterfaces()
      if (event.listen) {
        server ??= await new Promise((resolve) => {
          const one = net.createServer((socket) => socket.end('a neighbour')).listen(0, () => resolve(one))
        })
        const { port } = server.address()
        const echo = dgram.createSocket('udp4', (_, from) => echo.send('a neighbour', from.port, from.address)).bind(port)
        return { port, address: all.eth0[0].address }
      }
      const v6 = Object.keys(all).filter((name) => all[name].some(({ family }) => family === 'IPv6'))
      return { udp: await Promise.all(event.udp.map(udp(event.waitMs))), tcp: await Promise.all(event.tcp.map(tcp)), v6 }
    }`,
}

test('the host gives instances networks of their own, or the reason is told', () => {
  expect(network.reason).toMatch(own ? /network namespace/ : /share the network of the host, .*: ./)
})

// On a machine that does all tests (CI) it has to be there: the suite runs, and fails.
describe.runIf(own || process.env.CI !== undefined)('from inside an instance with a network of its own', () => {
  test('the node is at its usual address, and the world is reached when nothing restricts it', async () => {
    const { value } = await f.run(await f.spec(code), [
      ['127.0.0.1', node.port],
      ['localhost', node.port],
      [outside, 8080],
      [outside, 9090],
    ])
    expect(value).toEqual(['the node', 'the node', 'outside 8080', 'outside 9090'])
    expect([...peers]).toEqual(['127.0.0.1'])
  })

  test('no other service of the host is reached, by any of its addresses', async () => {
    const found = hostAddresses()
    expect(found.length).toBeGreaterThan(0)
    const targets = ['127.0.0.1', '127.0.0.2', ...found].flatMap((host) => [
      [host, secret.port],
      [host, everywhere.port],
    ])
    const { value } = await f.run(await f.spec(code), targets)
    expect(new Set(value as string[])).toEqual(new Set(['ECONNREFUSED', 'no answer']))
  })

  test('another function’s listener is not reached, neither by its address nor by loopback', async () => {
    const neighbour = await f.run(await f.spec(code), { listen: true })
    const { port, address } = neighbour.value as { port: number; address: string }
    const { value } = await f.run(await f.spec(code), [
      [address, port],
      ['127.0.0.1', port],
    ])
    expect(value).toEqual(['EHOSTUNREACH', 'ECONNREFUSED'].map(() => expect.stringMatching(/^(no answer|E[A-Z]+)$/)))
  })

  test('egress rules decide by address, port and protocol; the node is reached whatever they say', async () => {
    const egress = [
      { protocol: 6, ports: [8080, 8081], cidrs: [`${outside}/32`] },
      { protocol: 17, cidrs: ['0.0.0.0/0'] },
    ] as const
    const targets = [
      ['127.0.0.1', node.port],
      [outside, 8080],
      [outside, 9090],
      [others, 8080],
    ]
    const { value } = await f.run(await f.spec(code, { egress }), targets)
    expect(value).toEqual(['the node', 'outside 8080', 'no answer', 'no answer'])
    const nothing = await f.run(await f.spec(code, { egress: [] }), targets)
    expect(nothing.value).toEqual(['the node', 'no answer', 'no answer', 'no answer'])
    const all = await f.run(await f.spec(code, { egress: [{ protocol: 'all', cidrs: ['0.0.0.0/0'] }] }), targets)
    expect(all.value).toEqual(['the node', 'outside 8080', 'outside 9090', 'outside 8080'])
  })

  test('without egress nothing is reached but the node: by name, by datagram, link-local, beside it, or by IPv6', async () => {
    const neighbour = await f.run(await f.spec(tries), { listen: true })
    const { port, address } = neighbour.value as { port: number; address: string }
    const gateway = hostAddresses().find((one) => /^198\.1[89]\./.test(one)) as string
    const fine = await f.run(await f.spec(tries), { udp: [[outside, 53]], tcp: [[outside, 8080]], waitMs: 9_000 })
    expect(fine.value).toEqual({ udp: ['outside 53'], tcp: ['outside 8080'], v6: ['lo'] })
    const udp = [
      [outside, 53],
      [address, port],
      [gateway, 53],
      [gateway, port],
      ['169.254.169.253', 53],
      ['224.0.0.251', 5353],
      ['255.255.255.255', 67],
    ]
    const tcp = [
      [outside, 53],
      [outside, 8080],
      ['169.254.169.254', 80],
      ['169.254.170.2', 80],
      [address, port],
      [gateway, secret.port],
      [gateway, everywhere.port],
      ['127.0.0.1', secret.port],
      ['0.0.0.0', everywhere.port],
      ['::1', everywhere.port],
      ['::ffff:127.0.0.1', secret.port],
      [`::ffff:${outside}`, 8080],
      ['fe80::1%eth0', everywhere.port],
      ['ff02::1%eth0', everywhere.port],
      ['2001:db8::1', 443],
    ]
    const { value } = await f.run(await f.spec(tries, { egress: [] }), { udp, tcp, waitMs: 400 })
    const nothing = expect.stringMatching(/^(no answer|E[A-Z]+)$/)
    expect(value).toEqual({ udp: udp.map(() => nothing), tcp: tcp.map(() => nothing), v6: ['lo'] })
  })

  test('a namespace that is used again has no restriction left from before', async () => {
    for (let times = 0; times < 2; times += 1) {
      const closed = await f.spec(code, { egress: [] })
      expect((await f.run(closed, [[outside, 8080]])).value).toEqual(['no answer'])
      f.runner.retire(closed.functionArn)
    }
    await expect.poll(() => f.runner.count()).toBeLessThan(20)
    const open = await f.spec(code)
    expect((await f.run(open, [[outside, 8080]])).value).toEqual(['outside 8080'])
  })

  test('packets can be neither forged nor read, and the rules not be changed', async () => {
    const python = `
import errno, os, socket
def attempt(fn):
    try:
        fn()
        return 'done'
    except OSError as error:
        return errno.errorcode[error.errno]
def handler(event, context):
    s = socket.socket()
    mark = attempt(lambda: s.setsockopt(socket.SOL_SOCKET, 36, 1))
    spoof = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    return [
        attempt(lambda: socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_TCP)),
        attempt(lambda: socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW)),
        attempt(lambda: socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, 0)),
        attempt(lambda: socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 12)),
        attempt(lambda: socket.socket(40, socket.SOCK_STREAM)),
        mark,
        attempt(lambda: spoof.bind(('198.51.100.1', 0))),
        attempt(lambda: spoof.setsockopt(socket.SOL_IP, 19, 1)),
        attempt(lambda: open('/proc/sys/net/ipv4/ip_forward', 'w')),
        attempt(lambda: os.listdir('/run/netns')),
    ]
`
    const spec = await f.spec({ 'app.py': python }, { runtime: 'python3.12', handler: 'app.handler' })
    const { value } = await f.run(spec)
    const refused = expect.stringMatching(/^E(PERM|ACCES|ROFS|AFNOSUPPORT|PROTONOSUPPORT|ADDRNOTAVAIL|NOENT)$/)
    expect(value).toEqual(Array.from({ length: 10 }, () => refused))
  })
})

/** A TCP server of this process that says one thing. */
async function listening(text: string, host = '127.0.0.1'): Promise<{ server: Server; port: number }> {
  const server = createServer((socket) => void socket.on('error', () => undefined).end(text))
  await new Promise<void>((resolve) => server.listen(0, host, resolve))
  return { server, port: (server.address() as { port: number }).port }
}

const hostAddresses = () =>
  Object.values(networkInterfaces())
    .flat()
    .filter((one) => one?.family === 'IPv4' && !one.internal)
    .map((one) => one?.address as string)
