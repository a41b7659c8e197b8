/**
 * The modules that CloudFormation gives to functions whose source stands in their template, for answering a custom
 * resource's request: the same names and arguments, over whatever the ResponseURL speaks.
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cfn-lambda-function-code-cfnresponsemodule.html
 */
export const responseModules = {
  node: {
    mention: 'cfn-response',
    file: 'node_modules/cfn-response.js',
    source: `'use strict'
exports.SUCCESS = 'SUCCESS'
exports.FAILED = 'FAILED'

exports.send = function send(event, context, status, data, physicalResourceId, noEcho) {
  const body = JSON.stringify({
    Status: status,
    Reason: 'See the details in CloudWatch Log Stream: ' + context.logStreamName,
    PhysicalResourceId: physicalResourceId || context.logStreamName,
    StackId: event.StackId,
    RequestId: event.RequestId,
    LogicalResourceId: event.LogicalResourceId,
    NoEcho: noEcho || false,
    Data: data,
  })
  const url = new URL(event.ResponseURL)
  const client = require(url.protocol === 'https:' ? 'https' : 'http')
  const headers = { 'content-type': '', 'content-length': Buffer.byteLength(body) }
  return new Promise((resolve) => {
    const end = (outcome) => {
      console.log(outcome)
      if (context.done) context.done()
      resolve()
    }
    const request = client.request(url, { method: 'PUT', headers }, (response) => {
      response.resume()
      end('Status code: ' + response.statusCode)
    })
    request.on('error', (error) => end('The response could not be sent: ' + error))
    request.end(body)
  })
}
`,
  },
  python: {
    mention: 'cfnresponse',
    file: 'cfnresponse.py',
    source: `import json
import urllib.request

SUCCESS = "SUCCESS"
FAILED = "FAILED"


def send(event, context, responseStatus, responseData, physicalResourceId=None, noEcho=False, reason=None):
    body = json.dumps({
        "Status": responseStatus,
        "Reason": reason or "See the details in CloudWatch Log Stream: " + context.log_stream_name,
        "PhysicalResourceId": physicalResourceId or context.log_stream_name,
        "StackId": event["StackId"],
        "RequestId": event["RequestId"],
        "LogicalResourceId": event["LogicalResourceId"],
        "NoEcho": noEcho,
        "Data": responseData,
    }).encode()
    request = urllib.request.Request(event["ResponseURL"], data=body, method="PUT", headers={"content-type": ""})
    try:
        with urllib.request.urlopen(request) as response:
            print("Status code:", response.status)
    except Exception as error:
        print("The response could not be sent:", error)
`,
  },
} as const
