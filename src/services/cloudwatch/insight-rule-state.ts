import { keyspace } from '../../store/keyspace.ts'

/** A Contributor Insights rule. */
export interface InsightRule {
  readonly name: string
  /** As it was given, JSON text. */
  readonly definition: string
  /** It sees events as their groups' transformers make them. */
  readonly onTransformed: boolean
  /**
   * When it looked at events, in order; the last goes on where `toMs` is absent. Events that came at other times are
   * none of its. A rule whose definition becomes another begins anew.
   */
  readonly spans: readonly { readonly fromMs: number; readonly toMs?: number | undefined }[]
  readonly tags: Readonly<Record<string, string>>
}

export const insightRule = keyspace('cloudwatch').record<InsightRule, [name: string]>('insight-rule')

export function isEnabled({ spans }: InsightRule): boolean {
  const last = spans.at(-1)
  return last !== undefined && last.toMs === undefined
}
