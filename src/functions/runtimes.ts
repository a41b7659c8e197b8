import { dirname, join } from 'node:path'
import type { FunctionSpec } from '../kernel/functions.ts'
import type { CodeTraits } from './code-traits.ts'
import { baseEnvironment } from './environment.ts'
import type { Inherited } from './inherited-descriptors.ts'
import type { Isolation } from './isolation.ts'
import type { LaunchPlan } from './process.ts'

/** Runtimes that a function may name here. */
export const supportedRuntimes: readonly string[] = [
  ...['nodejs18.x', 'nodejs20.x', 'nodejs22.x', 'nodejs24.x'],
  ...['python3.8', 'python3.9', 'python3.10', 'python3.11', 'python3.12', 'python3.13', 'python3.14'],
  ...['provided.al2', 'provided.al2023'],
]

export interface Programs {
  readonly isolation: Isolation
  /** The host's Python 3; undefined where there is none. */
  readonly python: string | undefined
  /** Descriptors that every process started from here gets, and has to close. */
  readonly inherited: readonly Inherited[]
}

/** SDK packages that pooled processes load ahead of need: at most this many, those that functions here ask for. */
const mostPreloaded = 12

/** Which program runs the function, or a sentence on why none can. */
export function planFor(
  spec: FunctionSpec,
  traits: CodeTraits,
  { isolation, python, inherited }: Programs,
): LaunchPlan | string {
  const { inside } = isolation
  const tmpMb = spec.ephemeralStorageMb
  if (spec.runtime.startsWith('nodejs')) {
    const options = spec.environment.NODE_OPTIONS
    const preload = traits.sdkPackages.slice(0, mostPreloaded)
    const sdkRoot = dirname(inside.modulesDir)
    return {
      key: JSON.stringify(['node', preload, options ?? '', tmpMb]),
      tmpMb,
      argv: [
        inside.nodeBinary,
        join(inside.runtimesDir, 'node.mjs'),
        sdkRoot,
        JSON.stringify(preload),
        JSON.stringify(inherited),
      ],
      // Only a process of this function's own can honour it.
      environment: options ? { ...baseEnvironment, NODE_OPTIONS: options } : baseEnvironment,
    }
  }
  if (spec.runtime.startsWith('provided')) {
    const program = join(inside.runtimesDir, 'provided.mjs')
    return {
      key: JSON.stringify(['provided', tmpMb]),
      tmpMb,
      overheadMb: 64,
      argv: [
        inside.nodeBinary,
        '--max-old-space-size=48',
        program,
        JSON.stringify(inherited),
        isolation.kind === 'bubblewrap' ? 'sandbox' : '',
      ],
      environment: baseEnvironment,
    }
  }
  if (!python)
    return `This host has no Python 3 that functions could run. Install it (Debian: python3) to run ${spec.runtime}.`
  return {
    key: JSON.stringify(['python', python, tmpMb]),
    tmpMb,
    argv: [python, '-I', '-u', join(inside.runtimesDir, 'python.py'), JSON.stringify(inherited)],
    environment: baseEnvironment,
  }
}
