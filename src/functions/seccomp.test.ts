import { describe, expect, test } from 'vitest'
import { seccompFilter } from './seccomp.ts'
import { type SyscallTable, syscallTables } from './syscalls.ts'

const allowed = 'allowed'
const killed = 'killed'

/** Runs a filter as the kernel would, on one call. */
function filtered(filter: Buffer, audit: number, number: number, args: readonly number[] = []): string {
  const call = Buffer.alloc(64)
  call.writeUInt32LE(number, 0)
  call.writeUInt32LE(audit, 4)
  for (const [i, arg] of args.entries()) call.writeUInt32LE(arg, 16 + 8 * i)
  let accumulator = 0
  for (let at = 0; at < filter.length / 8; at += 1) {
    const code = filter.readUInt16LE(at * 8)
    const k = filter.readUInt32LE(at * 8 + 4)
    const skip = (holds: boolean) => filter.readUInt8(at * 8 + (holds ? 2 : 3))
    if (code === 0x20) accumulator = call.readUInt32LE(k)
    else if (code === 0x54) accumulator = (accumulator & k) >>> 0
    else if (code === 0x15) at += skip(accumulator === k)
    else if (code === 0x35) at += skip(accumulator >= k)
    else if (code === 0x45) at += skip((accumulator & k) !== 0)
    else if (code === 0x06) return answer(k)
    else throw new Error(`no such instruction: ${code}`)
  }
  throw new Error('the filter ends without an answer')
}

function answer(k: number): string {
  if (k === 0x7fff0000) return allowed
  if (k === 0x80000000) return killed
  return `errno ${k & 0xffff}`
}

/** Numbers of calls that have to pass, by architecture. */
const usual = { x64: { read: 0, futex: 202, execve: 59 }, arm64: { read: 63, futex: 98, execve: 221 } }

describe.each(['x64', 'arm64'] as const)('the filter for %s', (arch) => {
  const table = syscallTables[arch] as SyscallTable
  const filter = seccompFilter(arch) as Buffer
  const told = (call: string, ...args: number[]) => filtered(filter, table.audit, table.numbers[call] as number, args)

  test('refuses every call of the table, but for those that are told apart by their arguments', () => {
    const byArgument = ['clone', 'clone3', 'mknod', 'mknodat', 'socket', 'ioctl', 'personality']
    const calls = Object.keys(table.numbers).filter((call) => !byArgument.includes(call))
    expect(calls.filter((call) => told(call) !== 'errno 1')).toEqual([])
    expect(calls.length).toBeGreaterThan(50)
  })

  test('passes what is not in it', () => {
    for (const number of Object.values(usual[arch])) expect(filtered(filter, table.audit, number)).toBe(allowed)
  })

  test('ends callers of another architecture', () => {
    expect(filtered(filter, 0x40000003, 0)).toBe(killed)
  })

  test('lets clone make threads and processes, and no namespaces; clone3, which hides its flags, is not there', () => {
    expect(told('clone', 0x3d0f00)).toBe(allowed)
    expect(told('clone', 17)).toBe(allowed)
    for (const flag of [0x02000000, 0x04000000, 0x08000000, 0x10000000, 0x20000000, 0x40000000, 0x00020000])
      expect(told('clone', flag | 17)).toBe('errno 1')
    expect(told('clone3')).toBe('errno 38')
  })

  test('lets pipes and files be made, and no devices', () => {
    expect(told('mknodat', 0, 0, 0o010644)).toBe(allowed)
    expect(told('mknodat', 0, 0, 0o100644)).toBe(allowed)
    expect(told('mknodat', 0, 0, 0o020644)).toBe('errno 1')
    expect(told('mknodat', 0, 0, 0o060644)).toBe('errno 1')
  })

  test('knows sockets by family, type and protocol', () => {
    const nonBlocking = 0o4000
    for (const family of [1, 2, 10]) {
      expect(told('socket', family, 1 | nonBlocking)).toBe(allowed)
      expect(told('socket', family, 2)).toBe(allowed)
      expect(told('socket', family, 3 | nonBlocking)).toBe('errno 1')
    }
    expect(told('socket', 16, 3, 0)).toBe(allowed)
    expect(told('socket', 16, 3, 9)).toBe('errno 1')
    for (const family of [0, 9, 17, 31, 38, 40, 44]) expect(told('socket', family, 2)).toBe('errno 97')
  })

  test('keeps terminals from being typed into, and the layout of memory as it is', () => {
    expect(told('ioctl', 0, 0x5413)).toBe(allowed)
    expect(told('ioctl', 0, 0x5412)).toBe('errno 1')
    expect(told('ioctl', 0, 0x541c)).toBe('errno 1')
    expect(told('personality', 0)).toBe(allowed)
    expect(told('personality', 0xffffffff)).toBe(allowed)
    expect(told('personality', 0x40000)).toBe('errno 1')
  })
})

test('x32 calls, which are other calls of the same architecture, are not there', () => {
  expect(filtered(seccompFilter('x64') as Buffer, 0xc000003e, 0x40000000 + 39)).toBe('errno 38')
})

test('there is none for an architecture that nobody wrote one for', () => {
  expect(seccompFilter('s390x')).toBeUndefined()
})
