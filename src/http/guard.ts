import { awsError } from '../kernel/errors.ts'

/** The Host header's name without port, lower case; brackets of an IPv6 literal removed. */
export function hostnameOf(header: string | undefined): string {
  if (!header) return ''
  const text = header.toLowerCase()
  if (text.startsWith('[')) return text.slice(1, text.indexOf(']'))
  const colon = text.lastIndexOf(':')
  return colon === -1 ? text : text.slice(0, colon)
}

/**
 * True for names that are ours. A page that rebinds its own name to this address (DNS rebinding) sends that name;
 * an address literal, localhost and AWS's own names can't be rebound by anybody else.
 */
export function isOwnHost(hostname: string, own: readonly string[]): boolean {
  return (
    hostname === 'localhost' ||
    hostname.endsWith('.localhost') ||
    hostname.endsWith('.amazonaws.com') ||
    own.includes(hostname) ||
    /^\d+\.\d+\.\d+\.\d+$/.test(hostname) ||
    hostname.includes(':')
  )
}

/** True when a browser sent the request from a page that is not ours. `Origin: null` (a sandboxed page) is foreign. */
export function isForeignOrigin(origin: string | undefined, host: string | undefined): boolean {
  if (origin === undefined) return false
  return origin !== `http://${host}` && origin !== `https://${host}`
}

export function refuseHost(hostname: string): Error {
  return awsError(
    'AccessDenied',
    `The Host "${hostname}" is not one of this node's names, so the request may come from a rebound page. Use 127.0.0.1 or localhost, or start the node with --name ${hostname} if that is its name.`,
    { status: 403 },
  )
}

export function refuseOrigin(origin: string): Error {
  return awsError(
    'AccessDenied',
    `Pages of ${origin} may not call this API: a web page could otherwise use the keys of this machine. Call it from a program, or allow the origin in the CORS configuration of the bucket or API.`,
    { status: 403 },
  )
}
