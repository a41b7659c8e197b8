exports.echo = async (event) => ({ statusCode: 200, body: JSON.stringify(event.requestContext.authorizer ?? null) })

exports.guard = async (event) => {
  if (event.version === '2.0') return { isAuthorized: event.headers.token === 'yes', context: { by: 'guard' } }
  const Effect = event.authorizationToken === 'yes' ? 'Allow' : 'Deny'
  const Statement = [{ Action: 'execute-api:Invoke', Effect, Resource: event.methodArn }]
  return { principalId: 'ann', policyDocument: { Version: '2012-10-17', Statement } }
}
