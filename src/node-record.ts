import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Config } from './config.ts'

/** What a running node leaves in its data folder, for commands to find it by. */
export interface NodeRecord {
  readonly pid: number
  readonly endpoint: string
  readonly dev: boolean
  /** Where its administrator key is, if it has one: a node that keeps nothing has it outside of the data folder. */
  readonly keyFile?: string
}

/** The file in a data folder that has the record of the node there. */
export const nodeRecordFile = (dataDir: string) => join(dataDir, 'node.json')

/** The file of an administrator key in a folder. */
export const keyFileIn = (folder: string) => join(folder, 'admin-key.json')

/**
 * Leaves the record of this process, and answers how to take it away. A node that keeps nothing has no lock on the data
 * folder: it leaves none where a node lives that others find by theirs, and is not `recorded`.
 */
export function leaveNodeRecord({ dataDir, ephemeral, dev }: Config, endpoint: string, keyFile: string) {
  const file = nodeRecordFile(dataDir)
  const record: NodeRecord = { pid: process.pid, endpoint, dev, keyFile }
  const other = recordedPid(file)
  const recorded = !ephemeral || other === undefined || other === record.pid || !isAlive(other)
  if (recorded) writeFileSync(file, JSON.stringify(record), { mode: 0o600 })
  const unrecord = () => {
    if (recordedPid(file) === record.pid) rmSync(file, { force: true })
  }
  return { recorded, unrecord }
}

/** Whether there is a process with this id, be it of someone else. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}

/** Nothing for a record that is not there, or damaged: then there is none to spare. */
function recordedPid(file: string): number | undefined {
  try {
    const { pid } = JSON.parse(readFileSync(file, 'utf8'))
    return typeof pid === 'number' ? pid : undefined
  } catch {
    return undefined
  }
}
