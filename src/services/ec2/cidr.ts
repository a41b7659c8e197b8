const ipv4 = /^(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(?:\.(?!$)|$)){4}$/

/** A range of IPv4 addresses. */
export interface Cidr {
  readonly base: number
  readonly bits: number
}

/** Reads `10.0.0.0/8`; bits behind the prefix are dropped, as EC2 does. Undefined when it is none. */
export function parseCidr(text: string): Cidr | undefined {
  const [ip = '', length = '', ...more] = text.split('/')
  if (!ipv4.test(ip) || !/^\d{1,2}$/.test(length) || more.length > 0) return undefined
  const bits = Number(length)
  if (bits > 32) return undefined
  const address = ip.split('.').reduce((sum, part) => sum * 256 + Number(part), 0)
  const size = 2 ** (32 - bits)
  return { base: Math.floor(address / size) * size, bits }
}

export function formatCidr({ base, bits }: Cidr): string {
  const part = (shift: number) => Math.floor(base / 2 ** shift) % 256
  return `${part(24)}.${part(16)}.${part(8)}.${part(0)}/${bits}`
}

export const addressCount = ({ bits }: Cidr) => 2 ** (32 - bits)

export function contains(outer: Cidr, inner: Cidr): boolean {
  return inner.base >= outer.base && inner.base + addressCount(inner) <= outer.base + addressCount(outer)
}

export function overlaps(a: Cidr, b: Cidr): boolean {
  return a.base < b.base + addressCount(b) && b.base < a.base + addressCount(a)
}

/** Whether the text is a range of IPv6 addresses. */
export function isCidrV6(text: string): boolean {
  const [ip = '', length = '', ...more] = text.split('/')
  return /^\d{1,3}$/.test(length) && Number(length) <= 128 && more.length === 0 && URL.canParse(`http://[${ip}]/`)
}
