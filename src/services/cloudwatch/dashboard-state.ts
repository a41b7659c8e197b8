import { keyspace } from '../../store/keyspace.ts'

export interface Dashboard {
  readonly name: string
  /** JSON text, as it was put. */
  readonly body: string
  readonly modifiedAtMs: number
  readonly tags: Readonly<Record<string, string>>
}

/** Dashboards are an account's, in all of its regions. */
const cloudwatch = keyspace('cloudwatch', { scope: 'account' })
export const dashboard = cloudwatch.record<Dashboard, [name: string]>('dashboard')
