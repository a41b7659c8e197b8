import { rootPrincipal } from '../../authn/find-key.ts'
import type { PolicySource } from '../../kernel/policy-source.ts'
import type { Principal } from '../../kernel/principal.ts'
import type { ReadTx } from '../../kernel/records.ts'
import { documentOf, iamArn, lookUpPolicy, lower } from './find.ts'
import { accessKey, type Entity, generation, group, role, user } from './state.ts'

/** What IAM tells authentication and authorisation. Loads nothing of the service's API. */
export const policySource: PolicySource = {
  generation: (tx, account) => tx.in({ account }).snapshot.count(generation()),

  async policies(tx, principal) {
    const home = tx.in({ account: principal.account })
    const found = principal.kind === 'user' ? await ofUser(home, principal) : await ofRole(home, principal)
    if (!found) return undefined
    const texts = await Promise.all(found.entities.map((entity) => textsOf(home, entity)))
    const boundary = found.boundaryArn === undefined ? undefined : await textOf(home, found.boundaryArn)
    const session = await Promise.all((principal.session?.policyArns ?? []).map((arn) => textOf(home, arn)))
    return {
      identity: texts.flat(),
      // A boundary that is gone bounds everything: it can only be missing if a transaction was wrong.
      ...(found.boundaryArn !== undefined && { boundary: boundary ?? nothing }),
      session: session.flatMap((text) => (text === undefined ? [] : [text])),
      tags: found.tags,
    }
  },

  async accessKey(tx, account, accessKeyId) {
    const home = tx.in({ account })
    const key = await home.get(accessKey(accessKeyId))
    if (!key?.active) return undefined
    if (key.userName === undefined) {
      return { secretAccessKey: key.secretAccessKey, principal: { ...rootPrincipal(account), accessKeyId } }
    }
    const owner = await home.get(user(lower(key.userName)))
    return (
      owner && {
        secretAccessKey: key.secretAccessKey,
        principal: {
          kind: 'user',
          account,
          arn: iamArn(account, 'user', owner),
          userId: owner.id,
          name: owner.name,
          accessKeyId,
        },
      }
    )
  },
}

const nothing = JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Deny', Action: '*', Resource: '*' }] })

interface Attached {
  readonly entities: readonly Entity[]
  readonly boundaryArn?: string | undefined
  readonly tags: Readonly<Record<string, string>>
}

async function ofUser(tx: ReadTx, principal: Principal): Promise<Attached | undefined> {
  const found = await tx.get(user(lower(principal.name ?? '')))
  if (!found || found.id !== principal.userId) return undefined
  const groups = await tx.getMany(found.groups.map((name) => group(lower(name))))
  return {
    entities: [found, ...groups.flatMap((one) => (one ? [one] : []))],
    boundaryArn: found.boundaryArn,
    tags: found.tags,
  }
}

async function ofRole(tx: ReadTx, principal: Principal): Promise<Attached | undefined> {
  const found = await tx.get(role(lower(principal.name ?? '')))
  if (!found || !principal.userId.startsWith(`${found.id}:`)) return undefined
  return { entities: [found], boundaryArn: found.boundaryArn, tags: found.tags }
}

async function textsOf(tx: ReadTx, entity: Entity): Promise<readonly string[]> {
  const managed = await Promise.all(entity.attached.map((arn) => textOf(tx, arn)))
  return [...Object.values(entity.inline), ...managed.flatMap((text) => (text === undefined ? [] : [text]))]
}

async function textOf(tx: ReadTx, arn: string): Promise<string | undefined> {
  const policy = await lookUpPolicy(tx, arn)
  return policy && documentOf(policy)
}
