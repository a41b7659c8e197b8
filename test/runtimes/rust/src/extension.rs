use lambda_extension::{
    service_fn, Error, Extension, LambdaEvent, LambdaTelemetry, LambdaTelemetryRecord, NextEvent, SharedService,
};

async fn on_event(event: LambdaEvent) -> Result<(), Error> {
    match event.next {
        NextEvent::Invoke(invoke) => println!("extension: invoke {}", invoke.request_id),
        NextEvent::Shutdown(shutdown) => println!("extension: shutdown {}", shutdown.shutdown_reason),
    }
    // What the platform tells comes beside it, in batches.
    tokio::time::sleep(std::time::Duration::from_millis(300)).await;
    Ok(())
}

async fn on_telemetry(events: Vec<LambdaTelemetry>) -> Result<(), Error> {
    for event in events {
        match event.record {
            LambdaTelemetryRecord::Function(line) => println!("telemetry: function {line}"),
            LambdaTelemetryRecord::PlatformInitStart { .. } => println!("telemetry: initStart"),
            LambdaTelemetryRecord::PlatformInitReport { .. } => println!("telemetry: initReport"),
            LambdaTelemetryRecord::PlatformStart { request_id, .. } => println!("telemetry: start {request_id}"),
            LambdaTelemetryRecord::PlatformRuntimeDone { request_id, .. } => println!("telemetry: done {request_id}"),
            LambdaTelemetryRecord::PlatformReport { request_id, metrics, .. } => {
                println!("telemetry: report {request_id} {}", metrics.memory_size_mb)
            }
            _ => {}
        }
    }
    Ok(())
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    Extension::new()
        .with_events(&["INVOKE", "SHUTDOWN"])
        .with_events_processor(service_fn(on_event))
        .with_telemetry_types(&["platform", "function"])
        .with_telemetry_buffering(lambda_extension::LogBuffering { timeout_ms: 25, max_bytes: 262_144, max_items: 1_000 })
        .with_telemetry_processor(SharedService::new(service_fn(on_telemetry)))
        .run()
        .await
}
