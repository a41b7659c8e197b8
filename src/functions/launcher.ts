import type { Cgroups } from './cgroup.ts'
import type { Isolation } from './isolation.ts'
import type { Networks } from './network.ts'
import type { InstanceProcess } from './process.ts'
import type { Slots } from './slots.ts'

/** What every instance of a node is started with. */
export interface Launcher {
  readonly isolation: Isolation
  readonly cgroups: Cgroups | undefined
  /** Undefined: instances share the host's network. */
  readonly networks?: Networks | undefined
  readonly slots: Slots
  /** Holds one folder per slot. */
  readonly tmpRoot: string
  /** Every process that has been started and not ended. */
  readonly live: Set<InstanceProcess>
}
