import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.lang.reflect.Method;
import java.net.URL;
import java.net.URLClassLoader;
import java.util.EnumSet;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.hdfs.HdfsConfiguration;
import org.apache.hadoop.mapred.JobConf;
import org.apache.hadoop.mapreduce.v2.api.MRClientProtocol;
import org.apache.hadoop.mapreduce.v2.api.protocolrecords.GetDelegationTokenRequest;
import org.apache.hadoop.yarn.api.records.YarnApplicationState;
import org.apache.hadoop.yarn.client.api.YarnClient;
import org.apache.hadoop.yarn.util.Records;

/**
 * Runs one step of a Hadoop client for each line "STEP DIRECTORY" of standard input.
 *
 * STEP is hdfs, yarn or history. DIRECTORY has the site files. Prints one line a step: "works", or
 * the class and the first line of each exception, outermost first, joined by " | ".
 *
 * The argument "hdfs" makes the JVM read what an HDFS client reads (core, hdfs). Otherwise it reads
 * what a job client reads (core, mapred, yarn, hdfs). Default resources are static, so one JVM
 * cannot be both.
 */
public class DialOracle {
  public static void main(String[] arguments) throws Exception {
    PrintStream answers = System.out;
    System.setOut(System.err);
    if (!arguments[0].equals("hdfs")) {
      new JobConf();
    }
    HdfsConfiguration.init();
    BufferedReader lines = new BufferedReader(new InputStreamReader(System.in, "UTF-8"));
    for (String line = lines.readLine(); line != null; line = lines.readLine()) {
      String[] words = line.split(" ", 2);
      String answer = "works";
      ClassLoader application = DialOracle.class.getClassLoader();
      URL[] place = {new File(words[1] + "/").toURI().toURL()};
      try (URLClassLoader loader = new URLClassLoader(place, application)) {
        Thread.currentThread().setContextClassLoader(loader);
        step(words[0], configuration(loader));
      } catch (Throwable failure) {
        answer = chain(failure);
      }
      Thread.currentThread().setContextClassLoader(application);
      answers.print(answer.replace('\n', ' ').replace('\r', ' ') + "\n");
      answers.flush();
    }
  }

  static Configuration configuration(ClassLoader loader) {
    Configuration conf = new Configuration();
    conf.setClassLoader(loader);
    conf.size(); // reads the files
    conf.setInt("ipc.client.connect.max.retries", 0);
    conf.setInt("ipc.client.connect.max.retries.on.timeouts", 0);
    conf.setInt("ipc.client.connect.timeout", 1000);
    conf.setInt("ipc.client.connect.retry.interval", 1);
    conf.setInt("ipc.client.rpc-timeout.ms", 3000);
    conf.setInt("dfs.client.failover.max.attempts", 3);
    conf.setInt("dfs.client.failover.sleep.base.millis", 1);
    conf.setInt("dfs.client.failover.sleep.max.millis", 1);
    conf.setInt("yarn.client.failover-max-attempts", 3);
    conf.setInt("yarn.client.failover-sleep-base-ms", 1);
    conf.setInt("yarn.client.failover-sleep-max-ms", 1);
    conf.setInt("yarn.resourcemanager.connect.max-wait.ms", 2);
    conf.setInt("yarn.resourcemanager.connect.retry-interval.ms", 1);
    return conf;
  }

  static void step(String name, Configuration conf) throws Exception {
    switch (name) {
      case "hdfs":
        try (FileSystem files = FileSystem.newInstance(conf)) {
          files.exists(new Path("/"));
        }
        return;
      case "yarn":
        try (YarnClient client = YarnClient.createYarnClient()) {
          client.init(conf);
          client.start();
          client.getApplications(EnumSet.of(YarnApplicationState.RUNNING));
        }
        return;
      default:
        history(conf);
    }
  }

  /** Asks the JobHistory server as org.apache.hadoop.mapred.ClientServiceDelegate does. */
  static void history(Configuration conf) throws Exception {
    Class<?> cache = Class.forName("org.apache.hadoop.mapred.ClientCache");
    Class<?> manager = Class.forName("org.apache.hadoop.mapred.ResourceMgrDelegate");
    var constructor = cache.getDeclaredConstructor(Configuration.class, manager);
    constructor.setAccessible(true);
    Method proxy = cache.getDeclaredMethod("getInitializedHSProxy");
    proxy.setAccessible(true);
    MRClientProtocol server = (MRClientProtocol) proxy.invoke(constructor.newInstance(conf, null));
    if (server == null) {
      throw new IOException("the job client has no JobHistory server");
    }
    GetDelegationTokenRequest request = Records.newRecord(GetDelegationTokenRequest.class);
    request.setRenewer("nobody");
    server.getDelegationToken(request);
  }

  static String chain(Throwable failure) {
    StringBuilder text = new StringBuilder();
    for (Throwable next = failure; next != null; next = next.getCause()) {
      String message = next.getMessage() == null ? "" : next.getMessage().split("[\r\n]")[0];
      text.append(text.length() == 0 ? "" : " | ").append(next.getClass().getName()).append(": ").append(message);
    }
    return text.toString();
  }
}
