import { isAwsError } from '../../kernel/errors.ts'

/** What the files of CloudFormation types share. */

export type Kind = 'User' | 'Group' | 'Role'

export interface InlinePolicy {
  readonly PolicyName: string
  readonly PolicyDocument: object | string
}

export function asText(document: object | string): string {
  return typeof document === 'string' ? document : JSON.stringify(document)
}

export function pick<T extends object, K extends keyof T>(from: T, ...names: K[]): Partial<Pick<T, K>> {
  return Object.fromEntries(names.flatMap((name) => (from[name] === undefined ? [] : [[name, from[name]]]))) as Partial<
    Pick<T, K>
  >
}

/** Waits for a removal; what is gone already is removed. */
export async function gone(removal: Promise<unknown>): Promise<void> {
  try {
    await removal
  } catch (error) {
    if (!isAwsError(error, 'NoSuchEntityException')) throw error
  }
}
