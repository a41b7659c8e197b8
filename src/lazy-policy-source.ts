import type { Directory } from './kernel/directory.ts'
import type { PolicySource } from './kernel/policy-source.ts'

/** The IAM service's policy source, the service being loaded when it is first asked: root needs no policies. */
export function lazyPolicySource(directory: Directory): PolicySource {
  const source = async (): Promise<PolicySource> => {
    const entry = directory.byId('iam')
    const found = entry && (directory.loaded(entry) ?? (await directory.load(entry))).policySource
    if (!found) throw new Error('the iam service has no policy source')
    return found
  }
  return {
    generation: async (tx, account) => (await source()).generation(tx, account),
    policies: async (tx, principal) => (await source()).policies(tx, principal),
    accessKey: async (tx, account, accessKeyId) => (await source()).accessKey(tx, account, accessKeyId),
  }
}
