/** What the instance's program is told when it becomes one function's. */
export interface Specialisation {
  readonly environment: Readonly<Record<string, string>>
  readonly taskRoot: string
  /** Where layers are: `/opt`, or elsewhere on hosts whose instances have none of their own; absent when there are none there. */
  readonly layersRoot?: string | undefined
  /** A file with what an earlier instance has compiled; and whether this one is to tell what it has. */
  readonly compiledFile?: string | undefined
  readonly keepsCompiled?: boolean
  readonly handler: string
  readonly account: string
  readonly logFormat: 'Text' | 'JSON'
  readonly logLevel: string
}
