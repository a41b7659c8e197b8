// The HTTP server of one instance, for its own processes alone.
import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { createServer } from 'node:http'

/**
 * Starts the server. `routes`: `[method, pattern, handler(request, response, match)]`, asked in order.
 * `ownProcesses`: this instance runs in a sandbox, where users may be shared with other instances and processes are not
 * seen of any but this one. `user`: whose they are; default: this process's. Resolves to the port.
 */
export function startServer(routes, { ownProcesses, user = process.getuid?.() }) {
  const server = createServer({ requestTimeout: 0, headersTimeout: 0, keepAliveTimeout: 0 }, (request, response) => {
    const path = (request.url ?? '').replace(/\?.*$/, '').replace(/(.)\/$/, '$1')
    for (const [method, pattern, handler] of routes) {
      const match = request.method === method && pattern.exec(path)
      if (match) return void handler(request, response, match).catch(() => response.destroy())
    }
    refuse(response, 404, 'NotFound', `There is no ${request.method} ${request.url} here.`)
  })
  server.on('connection', (socket) => {
    if (!isOurs(socket, server.address().port, { ownProcesses, user })) socket.destroy()
  })
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server.address().port)))
}

/**
 * Whether the other end is a process of this instance's own user: where instances share a network, any of them could
 * connect. On hosts that do not say, all instances are one user and are not kept apart in any case.
 */
function isOurs(socket, port, { ownProcesses, user }) {
  let table
  try {
    table = ['/proc/net/tcp', '/proc/net/tcp6'].map((path) => readFileSync(path, 'latin1')).join('\n')
  } catch {
    return true
  }
  const hex = (number) => number.toString(16).toUpperCase().padStart(4, '0')
  for (const row of table.split('\n')) {
    const [, local = '', remote = '', , , , , uid, , inode] = row.trim().split(/\s+/)
    if (local.endsWith(`:${hex(socket.remotePort)}`) && remote.endsWith(`:${hex(port)}`)) {
      return Number(uid) === user && (!ownProcesses || isOpen(inode))
    }
  }
  return false
}

/** Whether a process here has the socket open: all that are seen are this instance's own. */
function isOpen(inode) {
  const name = `socket:[${inode}]`
  return readdirSync('/proc').some((pid) => {
    if (!/^\d+$/.test(pid)) return false
    try {
      return readdirSync(`/proc/${pid}/fd`).some((fd) => readlinkSync(`/proc/${pid}/fd/${fd}`) === name)
    } catch {
      // Ended meanwhile.
      return false
    }
  })
}

export function reply(response, status, body, headers = {}) {
  response.writeHead(status, { 'Content-Type': 'application/json', ...headers })
  response.end(JSON.stringify(body))
}

export function refuse(response, status, errorType, errorMessage) {
  reply(response, status, { errorMessage, errorType })
}

/** The body; undefined when it is larger than `maxBytes`. All of it is read in either case. */
export async function bodyOf(request, maxBytes) {
  const chunks = []
  let bytes = 0
  for await (const chunk of request) {
    bytes += chunk.length
    if (bytes <= maxBytes) chunks.push(chunk)
  }
  return bytes > maxBytes ? undefined : Buffer.concat(chunks)
}

/** JSON as a header can carry it. */
export function ascii(json) {
  return json.replaceAll(/[^\x20-\x7e]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`)
}
