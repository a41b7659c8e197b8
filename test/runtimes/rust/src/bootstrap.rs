use lambda_runtime::{run, service_fn, Error, LambdaEvent};
use serde_json::{json, Value};

async fn handle(event: LambdaEvent<Value>) -> Result<Value, Error> {
    let (event, context) = event.into_parts();
    println!("handling");
    match event["name"].as_str() {
        Some(name) => Ok(json!({ "hello": name, "id": context.request_id, "arn": context.invoked_function_arn })),
        None => Err("no name".into()),
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    run(service_fn(handle)).await
}
