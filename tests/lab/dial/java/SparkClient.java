import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import org.apache.spark.SparkConf;
import org.apache.spark.SparkContext;
import org.apache.spark.deploy.SparkSubmit;

/**
 * Runs spark-submit with the spark-defaults.conf of a directory, up to the first answer that the
 * client does not get. An argument "submit DIRECTORY" may be followed by further options.
 */
public class SparkClient {
  private static final String[] QUICK = {
    "ipc.client.connect.max.retries=0",
    "ipc.client.connect.max.retries.on.timeouts=0",
    "ipc.client.connect.timeout=1000",
    "ipc.client.connect.retry.interval=1",
    "ipc.client.rpc-timeout.ms=3000",
    "ipc.client.connection.maxidletime=0",
    "fs.hdfs.impl.disable.cache=true",
    "dfs.client.failover.max.attempts=3",
    "dfs.client.failover.sleep.base.millis=1",
    "dfs.client.failover.sleep.max.millis=1",
    "yarn.client.failover-max-attempts=3",
    "yarn.client.failover-sleep-base-ms=1",
    "yarn.client.failover-sleep-max-ms=1",
    "yarn.resourcemanager.connect.max-wait.ms=2",
    "yarn.resourcemanager.connect.retry-interval.ms=1",
  };

  /** The application: in client mode it runs here, in cluster mode it never starts. */
  public static class Application {
    public static void main(String[] arguments) {
      new SparkContext(new SparkConf()).stop();
    }
  }

  public static void main(String[] arguments) throws Exception {
    Properties start = (Properties) System.getProperties().clone();
    Path application = Files.createTempFile("application", ".jar");
    application.toFile().deleteOnExit();
    DialLoop.run(
        (name, directory, words) -> {
          try {
            new SparkSubmit().doSubmit(options(directory, words, application.toString()));
          } finally {
            System.setProperties((Properties) start.clone());
          }
        });
  }

  private static String[] options(File directory, String[] words, String application) {
    List<String> options = new ArrayList<>(List.of("--master", "yarn", "--class", "SparkClient$Application"));
    options.addAll(List.of("--properties-file", new File(directory, "spark-defaults.conf").getPath()));
    for (String setting : QUICK) {
      options.addAll(List.of("--conf", "spark.hadoop." + setting));
    }
    options.addAll(List.of("--conf", "spark.ui.enabled=false"));
    for (int number = 2; number < words.length; number++) {
      options.add(words[number]);
    }
    options.add(application);
    return options.toArray(new String[0]);
  }
}
