import { awsError } from '../../kernel/errors.ts'
import { operations } from '../../kernel/operation.ts'
import type { Api } from './api.ts'
import { describeRole } from './describe.ts'
import { findRole, iamArn, lower, noSuchEntity } from './find.ts'
import { makeNamed, unmade } from './make.ts'
import { onRole } from './permission.ts'
import { deletionTask, type Role, role } from './state.ts'

/**
 * Roles that belong to one service: https://docs.aws.amazon.com/IAM/latest/UserGuide/using-service-linked-roles.html.
 * Only the service can assume them. Services here act by themselves and need none, so the roles carry no permissions;
 * templates and tools that create and name them work.
 */
export const serviceLinkedRoles = operations<Api>()({
  CreateServiceLinkedRole: {
    authorize: ({ AWSServiceName, CustomSuffix }, ctx) => [
      {
        action: 'iam:CreateServiceLinkedRole',
        resource: iamArn(ctx.account, 'role', {
          name: roleName(AWSServiceName, CustomSuffix),
          path: `/aws-service-role/${AWSServiceName}/`,
        }),
        context: { 'iam:AWSServiceName': AWSServiceName },
      },
    ],
    async write(tx, { AWSServiceName, CustomSuffix, Description }, ctx) {
      if (!/^[a-z0-9-]+(?:\.[a-z0-9-]+)*\.amazonaws\.com$/.test(AWSServiceName)) {
        throw awsError(
          'InvalidInputException',
          `${AWSServiceName} is not a service principal, such as ops.apigateway.amazonaws.com.`,
        )
      }
      const name = roleName(AWSServiceName, CustomSuffix)
      if (await tx.get(role(lower(name)))) {
        throw awsError(
          'InvalidInputException',
          `Service role name ${name} has been taken in this account, please try a different suffix.`,
        )
      }
      const made: Role = {
        ...(await makeNamed(tx, 'role', name, `/aws-service-role/${AWSServiceName}/`, ctx)),
        inline: {},
        attached: [],
        trust: JSON.stringify({
          Version: '2012-10-17',
          Statement: [{ Effect: 'Allow', Principal: { Service: AWSServiceName }, Action: 'sts:AssumeRole' }],
        }),
        maxSessionSec: 3_600,
        tags: {},
        serviceName: AWSServiceName,
        ...(Description !== undefined && { description: Description }),
      }
      tx.set(role(lower(name)), made)
      return { Role: describeRole(ctx.account, made) }
    },
  },

  DeleteServiceLinkedRole: {
    authorize: ({ RoleName }, _ctx, tx) => onRole('DeleteServiceLinkedRole', RoleName, tx),
    async write(tx, { RoleName }, ctx) {
      const found = await findRole(tx, RoleName)
      if (found.serviceName === undefined) {
        throw awsError('InvalidInputException', `${RoleName} is not a service-linked role. Use DeleteRole.`)
      }
      const taskId = `task${found.path}${found.name}/${ctx.newId()}`
      tx.delete(role(lower(RoleName)))
      tx.set(deletionTask(taskId), { roleName: found.name, doneAtMs: ctx.nowMs })
      unmade(tx, 'role')
      return { DeletionTaskId: taskId }
    },
  },

  GetServiceLinkedRoleDeletionStatus: {
    authorize: ({ DeletionTaskId }, ctx) => [
      {
        action: 'iam:GetServiceLinkedRoleDeletionStatus',
        resource: `arn:aws:iam::${ctx.account}:role/${DeletionTaskId.split('/').slice(1, -1).join('/')}`,
      },
    ],
    async read(tx, { DeletionTaskId }) {
      // Nothing here uses such a role, so its deletion is done when it is accepted.
      if (!(await tx.get(deletionTask(DeletionTaskId))))
        throw noSuchEntity(`The deletion task ${DeletionTaskId} cannot be found.`)
      return { Status: 'SUCCEEDED' as const }
    },
  },
})

/** `AWSServiceRoleForLambdaReplicator` style: from the service's principal, and the suffix where one is given. */
function roleName(service: string, suffix: string | undefined): string {
  const known = Object.hasOwn(knownNames, service) ? knownNames[service] : undefined
  const made = service
    .replace(/\.amazonaws\.com$/, '')
    .split(/[.-]/)
    .reverse()
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join('')
  return `AWSServiceRoleFor${known ?? made}${suffix === undefined ? '' : `_${suffix}`}`.slice(0, 64)
}

/** The names of those that tools ask for by name. */
const knownNames: Readonly<Record<string, string>> = {
  'ops.apigateway.amazonaws.com': 'APIGateway',
  'dynamodb.application-autoscaling.amazonaws.com': 'ApplicationAutoScaling_DynamoDBTable',
  'lambda.application-autoscaling.amazonaws.com': 'ApplicationAutoScaling_LambdaConcurrency',
  'replication.dynamodb.amazonaws.com': 'DynamoDBReplication',
  'kinesisreplication.dynamodb.amazonaws.com': 'DynamoDBKinesisDataStreamsReplication',
  'replicator.lambda.amazonaws.com': 'LambdaReplicator',
  'ecs.amazonaws.com': 'ECS',
  'elasticloadbalancing.amazonaws.com': 'ElasticLoadBalancing',
  'autoscaling.amazonaws.com': 'AutoScaling',
  'rds.amazonaws.com': 'RDS',
  'events.amazonaws.com': 'CloudWatchEvents',
  'cognito-idp.amazonaws.com': 'AmazonCognitoIdp',
  'email.cognito-idp.amazonaws.com': 'AmazonCognitoIdpEmailService',
  'es.amazonaws.com': 'AmazonElasticsearchService',
}
