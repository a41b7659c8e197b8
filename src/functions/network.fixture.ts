import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { run } from './network-host.ts'

/** Test files that run at the same time share the host's network: each worker has eight addresses of its own (RFC 5737). */
const block = 8 * (Number(process.env.VITEST_POOL_ID ?? 0) % 32)
const address = (n: number) => `203.0.113.${block + n}`
const gateway = address(1)

/** Addresses of the world that `makeWorld` makes. */
export const outside = address(2)
export const others = address(3)
const world = `lftest-${process.pid}`

/** A namespace with two of these addresses, each with servers that say their port, and one for datagrams at 53. */
export async function makeWorld(): Promise<AsyncDisposable> {
  const device = `lt${process.pid}`
  await run('ip', ['netns', 'add', world])
  await run(
    'ip',
    ['-batch', '-'],
    `link add ${device} type veth peer name eth0 netns ${world}
addr add ${gateway}/29 dev ${device}
link set ${device} up
`,
  )
  const inside = ['nsenter', `--net=/run/netns/${world}`]
  const addresses = `link set lo up
addr add ${outside}/29 dev eth0
addr add ${others}/29 dev eth0
link set eth0 up
`
  await run(inside[0] as string, [...inside.slice(1), 'ip', '-batch', '-'], addresses)
  const program = `let open = 3
    const names = require('dgram').createSocket('udp4', (_, from) => names.send('outside 53', from.port, from.address))
    names.bind(53, () => --open || console.log('open'))
    for (const port of [8080, 9090]) require('net').createServer((s) => s.end('outside ' + port)).listen(port, () => --open || console.log('open'))`
  const child = spawn(inside[0] as string, [...inside.slice(1), process.execPath, '-e', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  await once(child.stdout, 'data')
  return {
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL')
      await run('ip', ['netns', 'delete', world])
    },
  }
}
