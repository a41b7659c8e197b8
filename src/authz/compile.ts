import { type ArnPattern, parseArnPattern } from './arn-pattern.ts'
import { type Condition, compileCondition } from './condition.ts'
import type { PrincipalDocument, StatementDocument } from './document.ts'
import { malformed, parsePolicy } from './parse.ts'
import { type Pattern, parsePattern } from './pattern.ts'

export interface CompiledPolicy {
  readonly statements: readonly CompiledStatement[]
}

export interface CompiledStatement {
  readonly sid: string | undefined
  readonly effect: 'Allow' | 'Deny'
  readonly actions: readonly Pattern[]
  readonly notAction: boolean
  /** Absent where there is no Resource element (trust policies): it is the resource the policy is on. */
  readonly resources: readonly ArnPattern[] | undefined
  readonly notResource: boolean
  readonly principal: PrincipalDocument | undefined
  readonly notPrincipal: boolean
  readonly conditions: readonly Condition[]
}

/** Enough for the policies of a few thousand roles; past it the oldest are compiled anew when needed. */
const maxPolicies = 4_096
const compiled = new Map<string, CompiledPolicy>()

/** The policy in `text`, ready to be evaluated; kept by its text. Throws MalformedPolicyDocument. */
export function compilePolicy(text: string): CompiledPolicy {
  const known = compiled.get(text)
  if (known) return known
  const document = parsePolicy(text)
  const variables = document.Version === '2012-10-17'
  const policy = { statements: document.Statement.map((statement) => compileStatement(statement, variables)) }
  if (compiled.size >= maxPolicies) compiled.delete(compiled.keys().next().value!)
  compiled.set(text, policy)
  return policy
}

function compileStatement(statement: StatementDocument, variables: boolean): CompiledStatement {
  const resources = statement.Resource ?? statement.NotResource
  return {
    sid: statement.Sid,
    effect: statement.Effect,
    // Actions compare without case, and have no variables.
    actions: (statement.Action ?? statement.NotAction ?? []).map((action) =>
      parsePattern(action.toLowerCase(), { wildcards: true, variables: false }),
    ),
    notAction: statement.NotAction !== undefined,
    resources: resources?.map((resource) => parseArnPattern(resource, variables)),
    notResource: statement.NotResource !== undefined,
    principal: statement.Principal ?? statement.NotPrincipal,
    notPrincipal: statement.NotPrincipal !== undefined,
    conditions: compileConditions(statement, variables),
  }
}

function compileConditions(statement: StatementDocument, variables: boolean): Condition[] {
  return Object.entries(statement.Condition ?? {}).flatMap(([operator, keys]) =>
    Object.entries(keys).map(([key, values]) => {
      const condition = compileCondition(operator, key, values, variables)
      if (!condition) throw malformed(`Invalid Condition type : ${operator.slice(0, 100)}`)
      return condition
    }),
  )
}
