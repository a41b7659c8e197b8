import { endianness } from 'node:os'
import { type SyscallTable, syscallTables } from './syscalls.ts'

/** Errors that a refused call fails with (asm-generic/errno). */
const EPERM = 1
const ENOSYS = 38
const EAFNOSUPPORT = 97

/** What the filter answers (linux/seccomp.h). */
const allow = 0x7fff0000
const killProcess = 0x80000000
const fail = (errno: number) => 0x00050000 | errno

/** Instructions of classic BPF (linux/bpf_common.h) that a filter needs. */
const load = 0x20 // A = 32 bits of the call's description at k
const and = 0x54 // A &= k
const ifEqual = 0x15
const ifAtLeast = 0x35
const ifAnyBit = 0x45
const answer = 0x06

/** Where linux/seccomp.h puts a call's number, architecture and arguments; of an argument, its lower half. */
const numberAt = 0
const archAt = 4
const argumentAt = (index: number) => 16 + 8 * index

/** Calls that no function has a use for and that reach past it: refused as if it had not the right, which it has not. */
const refused = [
  // Mounts, namespaces, and the root of the file system.
  ...['mount', 'umount2', 'pivot_root', 'chroot', 'open_tree', 'open_tree_attr', 'move_mount', 'fsopen', 'fsconfig'],
  ...['fsmount', 'fspick', 'mount_setattr', 'statmount', 'listmount', 'unshare', 'setns'],
  // Other processes' memory and descriptors.
  ...['ptrace', 'process_vm_readv', 'process_vm_writev', 'process_madvise', 'pidfd_getfd', 'kcmp'],
  ...['move_pages', 'migrate_pages', 'mbind', 'set_mempolicy', 'set_mempolicy_home_node'],
  // Large parts of the kernel that most holes have been found in.
  ...['bpf', 'perf_event_open', 'userfaultfd', 'io_uring_setup', 'io_uring_enter', 'io_uring_register'],
  ...['add_key', 'request_key', 'keyctl', 'fanotify_init', 'open_by_handle_at', 'name_to_handle_at', 'lookup_dcookie'],
  // The host itself.
  ...['init_module', 'finit_module', 'delete_module', 'create_module', 'get_kernel_syms', 'query_module'],
  ...['kexec_load', 'kexec_file_load', 'reboot', 'swapon', 'swapoff', 'acct', 'quotactl', 'quotactl_fd', 'syslog'],
  ...['settimeofday', 'clock_settime', 'clock_adjtime', 'adjtimex', 'sethostname', 'setdomainname', 'vhangup'],
  ...['iopl', 'ioperm', 'modify_ldt', 'uselib', 'ustat', 'sysfs', '_sysctl', 'nfsservctl'],
]

/** CLONE_NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID, NEWNET, NEWNS (linux/sched.h). */
const newNamespaces = 0x7e020000
/** Terminal ioctls that type for the user who watches. */
const TIOCSTI = 0x5412
const TIOCLINUX = 0x541c
const deviceBits = 0o020000 // set in the modes of character and block devices, and of nothing else that mknod makes
const domain = { unix: 1, inet: 2, inet6: 10, netlink: 16 }
const netlinkRoute = 0
const rawSocket = 3

interface Instruction {
  readonly code: number
  readonly k: number
  /** Instructions to pass over when the condition holds, and when it does not. */
  readonly whenTrue: number
  readonly whenFalse: number
}

/** A condition that, when it holds, goes on with the next instruction, and else passes over `skip` of them. */
const when = (code: number, k: number, skip: number): Instruction => ({ code, k, whenTrue: 0, whenFalse: skip })
const unless = (code: number, k: number, skip: number): Instruction => ({ code, k, whenTrue: skip, whenFalse: 0 })
const plain = (code: number, k: number): Instruction => ({ code, k, whenTrue: 0, whenFalse: 0 })

/** Checks `call` by its arguments: what `body` does not answer is allowed. */
function inspected(table: SyscallTable, call: string, body: readonly Instruction[]): Instruction[] {
  const number = table.numbers[call]
  if (number === undefined) return []
  return [when(ifEqual, number, body.length + 1), ...body, plain(answer, allow)]
}

/** Refuses a call whose argument has one of these bits. */
const refuseBits = (argument: number, bits: number): Instruction[] => [
  plain(load, argumentAt(argument)),
  when(ifAnyBit, bits, 1),
  plain(answer, fail(EPERM)),
]

function program(table: SyscallTable): Instruction[] {
  const { audit, foreignFrom, numbers } = table
  const kinds = Object.values(domain)
  return [
    plain(load, archAt),
    unless(ifEqual, audit, 1),
    plain(answer, killProcess),
    plain(load, numberAt),
    ...(foreignFrom === undefined ? [] : [when(ifAtLeast, foreignFrom, 1), plain(answer, fail(ENOSYS))]),
    // Its flags are in memory, where a filter cannot look; libraries go back to clone, whose flags are an argument.
    when(ifEqual, numbers.clone3 as number, 1),
    plain(answer, fail(ENOSYS)),
    ...inspected(table, 'clone', refuseBits(0, newNamespaces)),
    ...inspected(table, 'mknod', refuseBits(1, deviceBits)),
    ...inspected(table, 'mknodat', refuseBits(2, deviceBits)),
    ...inspected(table, 'socket', [
      plain(load, argumentAt(0)),
      // Only these families; of netlink what lists network interfaces, of the others nothing raw.
      ...kinds.map((kind, i) => unless(ifEqual, kind, kinds.length - i)),
      plain(answer, fail(EAFNOSUPPORT)),
      when(ifEqual, domain.netlink, 4),
      plain(load, argumentAt(2)),
      when(ifEqual, netlinkRoute, 1),
      plain(answer, allow),
      plain(answer, fail(EPERM)),
      plain(load, argumentAt(1)),
      plain(and, 0xf),
      when(ifEqual, rawSocket, 1),
      plain(answer, fail(EPERM)),
    ]),
    ...inspected(table, 'ioctl', [
      plain(load, argumentAt(1)),
      unless(ifEqual, TIOCSTI, 1),
      when(ifEqual, TIOCLINUX, 1),
      plain(answer, fail(EPERM)),
    ]),
    ...inspected(table, 'personality', [
      plain(load, argumentAt(0)),
      unless(ifEqual, 0, 2),
      unless(ifEqual, 0xffffffff, 1),
      plain(answer, fail(EPERM)),
    ]),
    ...refused.flatMap((call) => {
      const number = numbers[call]
      return number === undefined ? [] : [when(ifEqual, number, 1), plain(answer, fail(EPERM))]
    }),
    plain(answer, allow),
  ]
}

/**
 * The seccomp filter of function instances as bytes for `bwrap --seccomp`; undefined on architectures it is not
 * written for. https://docs.kernel.org/userspace-api/seccomp_filter.html
 */
export function seccompFilter(arch: string = process.arch): Buffer | undefined {
  const table = syscallTables[arch]
  if (!table || endianness() !== 'LE') return undefined
  const instructions = program(table)
  const bytes = Buffer.alloc(instructions.length * 8)
  instructions.forEach(({ code, k, whenTrue, whenFalse }, i) => {
    bytes.writeUInt16LE(code, i * 8)
    bytes.writeUInt8(whenTrue, i * 8 + 2)
    bytes.writeUInt8(whenFalse, i * 8 + 3)
    bytes.writeUInt32LE(k >>> 0, i * 8 + 4)
  })
  return bytes
}
