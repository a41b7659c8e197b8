import { once } from 'node:events'
import { createServer } from 'node:net'

/**
 * A free port for a node that goes away and comes back on it: below those that a system gives to whoever asks for any
 * (32768 and up, `net.ipv4.ip_local_port_range`), so that nobody is given it meanwhile.
 */
export async function lastingPort(): Promise<string> {
  // Each worker of Vitest has a thousand of its own; where in them does not matter, but two runs beside each other should differ.
  const first = 20_000 + 1_000 * Number(process.env.VITEST_POOL_ID ?? 0)
  for (let tried = 0; tried < 1_000; tried++) {
    const port = first + ((process.pid + tried) % 1_000)
    if (given.has(port) || !(await isFree(port))) continue
    given.add(port)
    return String(port)
  }
  throw new Error(`No port from ${first} to ${first + 999} is free.`)
}

const given = new Set<number>()

async function isFree(port: number): Promise<boolean> {
  const server = createServer()
  try {
    await once(server.listen(port, '127.0.0.1'), 'listening')
    return true
  } catch {
    return false
  } finally {
    server.close()
  }
}
