import static software.amazon.awssdk.services.kinesis.model.ShardIteratorType.AT_TIMESTAMP;
import static software.amazon.awssdk.services.kinesis.model.ShardIteratorType.TRIM_HORIZON;

import java.net.URI;
import java.time.Instant;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.core.interceptor.Context;
import software.amazon.awssdk.core.interceptor.ExecutionAttributes;
import software.amazon.awssdk.core.interceptor.ExecutionInterceptor;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.kinesis.KinesisAsyncClient;
import software.amazon.awssdk.services.kinesis.model.Record;
import software.amazon.awssdk.services.kinesis.model.ResourceNotFoundException;
import software.amazon.awssdk.services.kinesis.model.SubscribeToShardEvent;
import software.amazon.awssdk.services.kinesis.model.SubscribeToShardResponseHandler;

/** What a consumer does, with AWS's client for Java as it comes; says a line of what each answered. */
public class Kinesis {
  static final String STREAM = "from-java";
  static final String SHARD = "shardId-000000000000";

  public static void main(String[] args) {
    var key = AwsBasicCredentials.create("test", "test");
    try (var kinesis = KinesisAsyncClient.builder()
        .endpointOverride(URI.create(args[0]))
        .region(Region.US_EAST_1)
        .credentialsProvider(StaticCredentialsProvider.create(key))
        .overrideConfiguration(configuration -> configuration.addExecutionInterceptor(new Sent()))
        .build()) {
      var before = Instant.now().minusSeconds(60);
      kinesis.createStream(r -> r.streamName(STREAM).shardCount(1)).join();
      var stream = kinesis.describeStreamSummary(r -> r.streamName(STREAM)).join().streamDescriptionSummary();
      say("created lately", stream.streamCreationTimestamp().isAfter(before));
      kinesis.putRecord(r -> r.streamName(STREAM).partitionKey("k").data(SdkBytes.fromUtf8String("bytes, as they are: é"))).join();

      var start = kinesis.getShardIterator(r -> r.streamName(STREAM).shardId(SHARD).shardIteratorType(AT_TIMESTAMP).timestamp(before)).join();
      tell("read", kinesis.getRecords(r -> r.shardIterator(start.shardIterator())).join().records(), before);
      var later = kinesis.getShardIterator(r -> r.streamName(STREAM).shardId(SHARD).shardIteratorType(AT_TIMESTAMP).timestamp(Instant.now())).join();
      tell("read of now", kinesis.getRecords(r -> r.shardIterator(later.shardIterator())).join().records(), before);

      var consumer = kinesis.registerStreamConsumer(r -> r.streamARN(stream.streamARN()).consumerName("reader")).join().consumer();
      var first = new CompletableFuture<SubscribeToShardEvent>();
      var subscribed = kinesis.subscribeToShard(
          r -> r.consumerARN(consumer.consumerARN()).shardId(SHARD).startingPosition(p -> p.type(TRIM_HORIZON)),
          SubscribeToShardResponseHandler.builder()
              .onError(first::completeExceptionally)
              .subscriber(SubscribeToShardResponseHandler.Visitor.builder().onSubscribeToShardEvent(first::complete).build())
              .build());
      tell("pushed", first.join().records(), before);
      subscribed.cancel(true);

      try {
        kinesis.putRecord(r -> r.streamName("none").partitionKey("k").data(SdkBytes.fromUtf8String("x"))).join();
      } catch (CompletionException failed) {
        var refused = (ResourceNotFoundException) failed.getCause();
        say("refused", refused.statusCode() + " " + refused.awsErrorDetails().errorMessage());
      }
    }
  }

  static void tell(String what, Iterable<Record> records, Instant before) {
    for (var record : records) {
      say(what, record.data().asUtf8String() + ", lately: " + record.approximateArrivalTimestamp().isAfter(before));
    }
  }

  static void say(String what, Object value) {
    System.out.println(what + ": " + value);
  }

  static class Sent implements ExecutionInterceptor {
    @Override
    public void beforeTransmission(Context.BeforeTransmission context, ExecutionAttributes attributes) {
      var request = context.httpRequest();
      var operation = request.firstMatchingHeader("X-Amz-Target").orElseThrow().split("[.]")[1];
      say("sent " + operation, request.firstMatchingHeader("Content-Type").orElseThrow());
    }
  }
}
