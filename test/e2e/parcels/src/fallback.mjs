export const handler = async ({ routeKey, rawPath, rawQueryString, cookies = [], requestContext }) => ({
  statusCode: 404,
  cookies: ['seen=1; Path=/'],
  body: JSON.stringify({ routeKey, rawPath, rawQueryString, cookies, method: requestContext.http.method }),
})
