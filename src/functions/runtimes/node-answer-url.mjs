// Providers of custom resources commonly answer by https.request, with port 443 and only host and path taken from their
// event's ResponseURL. When that URL is of plain HTTP (a node on this machine), such a request for it is sent there.
import module from 'node:module'

const waiting = new Set()
let patched = false

/** Has requests for exactly this path of this host go by the URL's own scheme and port. */
export function reachOverHttps(responseUrl) {
  const url = URL.canParse(responseUrl) ? new URL(responseUrl) : undefined
  if (url?.protocol !== 'http:') return
  waiting.add(url.href)
  // A function serves many requests in its life, and answers each soon.
  if (waiting.size > 100) waiting.delete(waiting.values().next().value)
  if (!patched) patch()
}

function patch() {
  patched = true
  // Only now: loading them would slow down the start of every instance.
  const require = module.createRequire(import.meta.url)
  const http = require('node:http')
  const https = require('node:https')
  const request = https.request
  https.request = function (...args) {
    const [first, second] = args
    const options = typeof first === 'string' || first instanceof URL ? second : first
    if (typeof options === 'object' && options !== null && typeof first === 'object' && !(first instanceof URL)) {
      const host = options.hostname ?? options.host
      for (const href of waiting) {
        const url = new URL(href)
        if (url.hostname !== host || url.pathname + url.search !== options.path) continue
        const { agent: _, port: __, protocol: ___, ...rest } = options
        return http.request({ ...rest, hostname: url.hostname, port: url.port || 80 }, ...args.slice(1))
      }
    }
    return request.apply(this, args)
  }
  module.syncBuiltinESMExports()
}
