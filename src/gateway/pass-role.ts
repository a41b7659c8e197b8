import { type AccessRequest, passingRole } from '../kernel/authorization.ts'

/** What handing a role to API Gateway needs; nothing where none is handed over. */
export function passedRole(roleArn: string | undefined): AccessRequest[] {
  if (!roleArn?.startsWith('arn:')) return []
  return [passingRole(roleArn, 'apigateway.amazonaws.com')]
}
