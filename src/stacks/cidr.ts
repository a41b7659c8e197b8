import { isIP } from 'node:net'
import { invalid } from './value.ts'

/**
 * `count` (1–256) consecutive blocks cut from `block`, each leaving `bits` host bits (default 8, or 64 for IPv6).
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference-cidr.html
 */
export function cidrBlocks(block: string, count: number, bits?: number): string[] {
  const [address = '', length = ''] = block.split('/')
  const family = isIP(address)
  const width = family === 6 ? 128 : 32
  const prefix = Number(length)
  const hostBits = bits ?? (family === 6 ? 64 : 8)
  const fault = `Template error: Fn::Cidr cannot cut ${count} blocks with ${hostBits} host bits from ${block}`
  // Node also knows IPv6 addresses with a zone, or that end as IPv4 does: no network is written like that.
  if (family === 6 && !/^[\da-f:]+$/i.test(address)) throw invalid(fault)
  if (family === 0 || !/^\d+$/.test(length) || prefix > width) throw invalid(fault)
  if (!Number.isInteger(count) || count < 1 || count > 256 || !Number.isInteger(hostBits)) throw invalid(fault)
  if (hostBits < 1 || hostBits > width - prefix) throw invalid(fault)
  if (BigInt(count) << BigInt(hostBits) > 1n << BigInt(width - prefix)) throw invalid(fault)
  const free = BigInt(width - prefix)
  const start = ((family === 6 ? parse6(address) : parse4(address)) >> free) << free
  return Array.from({ length: count }, (_, i) => {
    const at = start + (BigInt(i) << BigInt(hostBits))
    return `${family === 6 ? format6(at) : format4(at)}/${width - hostBits}`
  })
}

function parse4(address: string): bigint {
  return address.split('.').reduce((sum, part) => (sum << 8n) + BigInt(part), 0n)
}

function format4(value: bigint): string {
  return [24n, 16n, 8n, 0n].map((shift) => (value >> shift) & 255n).join('.')
}

function parse6(address: string): bigint {
  const [head = '', tail] = address.split('::')
  const left = head === '' ? [] : head.split(':')
  const right = tail === undefined || tail === '' ? [] : tail.split(':')
  const groups = [...left, ...Array<string>(8 - left.length - right.length).fill('0'), ...right]
  return groups.reduce((sum, group) => (sum << 16n) + BigInt(`0x${group}`), 0n)
}

function format6(value: bigint): string {
  const groups = Array.from({ length: 8 }, (_, i) => ((value >> BigInt(112 - 16 * i)) & 0xffffn).toString(16)).join(':')
  const zeros = [...groups.matchAll(/(?:^|:)0(?::0)+(?=:|$)/g)].sort((a, b) => b[0].length - a[0].length)[0]
  if (!zeros) return groups
  const before = groups.slice(0, zeros.index)
  const after = groups.slice(zeros.index + zeros[0].length).replace(/^:/, '')
  return `${before}::${after}`
}
