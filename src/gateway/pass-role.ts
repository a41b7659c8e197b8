import type { AccessRequest } from '../kernel/authorization.ts'

/** What handing a role to API Gateway needs; nothing where none is handed over. */
export function passedRole(roleArn: string | undefined): AccessRequest[] {
  if (!roleArn?.startsWith('arn:')) return []
  const context = { 'iam:PassedToService': 'apigateway.amazonaws.com' }
  return [{ action: 'iam:PassRole', resource: roleArn, context }]
}
